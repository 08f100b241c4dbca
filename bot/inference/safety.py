"""What those who draw pictures say of what is on them (pure; the field names as their documentation has them).

fal-ai: `has_nsfw_concepts`, a list of booleans (fal.ai, text-to-image schemas); WaveSpeed: `data.has_nsfw_contents`,
the same; Replicate, Together and many Spaces refuse with a sentence instead. hf-inference says nothing in its answer
or its headers. Checked 2026-11-20.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from bot.errors import Refused

FLAGS = ("has_nsfw_concepts", "has_nsfw_contents", "has_nsfw_content", "nsfw_content_detected", "nsfw")
OBJECTION = re.compile(
    r"\bnsfw\b|safety (?:check|filter|system)|content (?:policy|filter|moderation)|flagged as|unsafe|inappropriate",
    re.IGNORECASE,
)


class Withheld(Refused):
    """A picture was made, or asked for, that its maker's safety check does not want to be shown."""

    def __init__(self, detail: str = "") -> None:
        super().__init__(
            "The picture was withheld: the safety check of whoever drew it flagged it. Another prompt may do.",
            detail=detail or "flagged",
        )


def flagged(body: Any) -> bool:
    """Whether a provider's decoded answer marks its picture as unfit to be shown."""
    return any(
        flag is True or (isinstance(flag, list) and True in flag)
        for fields in _levels(body)
        for flag in (fields.get(name) for name in FLAGS)
    )


def objects(sentence: str) -> bool:
    """Whether an error's sentence tells of a safety check, rather than of something broken."""
    return OBJECTION.search(sentence) is not None


def _levels(body: Any) -> Iterator[Mapping[str, Any]]:
    """The answer, and what it wraps: WaveSpeed's fields stand in `data`, others' in each of `images` or `data`."""
    if not isinstance(body, Mapping):
        return
    yield body
    for inner in body.values():
        candidates = inner if isinstance(inner, list) else [inner]
        yield from (each for each in candidates if isinstance(each, Mapping))
