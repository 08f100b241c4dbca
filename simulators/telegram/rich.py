"""Rich messages: what a call brings of one, and roughly what it becomes.

Limits: Bot API 10.1, and 32,768 characters as its reference is quoted (read 2026-11-29), counted in UTF-16 units as the
strictest reading. Markdown and HTML are not parsed: every paragraph of the source is a block of plain text.
"""

from typing import Any

from simulators.telegram.parameters import Parameters
from simulators.telegram.refusals import bad
from simulators.telegram.text import units
from simulators.telegram.values import Json

RICH_LIMIT, BLOCK_LIMIT = 32_768, 500


def rich_of(call: Parameters) -> tuple[str, Json]:
    """(its source, the InputRichMessage) of a call. Raises `Refusal`."""
    rich = call.mapping("rich_message")
    sources = [rich[each] for each in ("html", "markdown") if rich.get(each)]
    if len(sources) != 1:
        raise bad("exactly one of the fields html and markdown must be used in InputRichMessage")
    source = Parameters({}, {"source": sources[0]}).text("source")
    if not source.strip():
        raise bad("message text is empty")
    if units(source) > RICH_LIMIT or len(_paragraphs(source)) > BLOCK_LIMIT:
        raise bad("message is too long")
    return source, rich


def as_shown(rich: Json) -> Json:
    """The RichMessage that an InputRichMessage becomes."""
    source = rich.get("html") or rich.get("markdown") or ""
    blocks: list[Any] = [{"type": "paragraph", "text": each} for each in _paragraphs(source)]
    return {"blocks": blocks, **({"is_rtl": True} if rich.get("is_rtl") else {})}


def _paragraphs(source: str) -> list[str]:
    return [each for each in source.split("\n\n") if each.strip()]
