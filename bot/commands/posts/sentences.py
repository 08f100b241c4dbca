"""A text as its sentences and paragraphs (pure)."""

import re
from itertools import accumulate

_PARAGRAPH_END = re.compile(r"\n[ \t]*\n\s*")
_BLANKS = re.compile(r"[^\S\n]+")
_LINE_ENDS = re.compile(r" ?\n\s*")
_WRAPPED = re.compile(r"(?<=[^\n]{60})(?<![.!?:…])\n(?=[^\W\d_])")  # a line end of an e-mail's making
_TITLES = "".join(rf"(?<!\b{title}\.)" for title in ("Dr", "Mr", "Mrs", "Ms", "Prof", "St", "vs", "Nr", "ca"))
# Behind a full stop a capital or no letter at all must follow: "e.g. this" and "3.5" go on.
_SENTENCE_END = re.compile(
    rf"(?:(?<=[!?…])|{_TITLES}(?<=[^\W\d]{{2}}\.)|(?<=\d\d\.)|(?<=[)\]\"'”’»]\.)|(?<=[.!?…][)\]\"'”’»]))"
    r"[ \n](?=[^a-zß-öø-ÿ])"
    r"|(?<=[。！？])|\n"
)


def paragraphs(text: str) -> list[str]:
    return [part.strip() for part in _PARAGRAPH_END.split(text) if part.strip()]


def sentences(text: str) -> list[str]:
    """In order, each on one line; a line end ends a sentence, unless it only wraps it. Only white space is lost."""
    lines = _LINE_ENDS.sub("\n", _BLANKS.sub(" ", text))  # so that no pattern below meets a long run of blanks
    parts = (part.strip() for part in _SENTENCE_END.split(_WRAPPED.sub(" ", lines)))
    return [part for part in parts if part]


def beginning(text: str, room: int) -> str:
    """The first paragraphs that fit into `room` bytes of UTF-8; of a first one that is longer, as much as fits."""
    if len(text.encode("utf-8", "replace")) <= room:
        return text
    found = paragraphs(text)
    sizes = accumulate(len(part.encode("utf-8", "replace")) + 2 for part in found)
    kept = sum(size <= room for size in sizes)
    if not kept:
        return text.strip().encode("utf-8", "replace")[: max(0, room)].decode("utf-8", "ignore").rstrip()
    return "\n\n".join(found[:kept])
