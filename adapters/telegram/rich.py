"""A text with its formatting as Telegram wants it: marks over UTF-16 units, nested in each other, none of them blank.

Which mark stands where is the concern of `formatting`. Rules of the Bot API 10.1 (core.telegram.org/bots/api, read
2026-11-20): at most 4096 units and 100 entities; code stands alone; quotes are not nested.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

TEXT_LIMIT = 4096  # UTF-16 units
CAPTION_LIMIT = 1024  # the same for what stands under a file
MARK_LIMIT = 100  # Telegram ignores what is beyond

MarkKind = Literal[
    "pre", "expandable_blockquote", "text_link", "code", "blockquote", "bold", "italic", "strikethrough"
]  # fmt: skip

WEIGHT: dict[MarkKind, int] = {  # what is given up first when there are too many: the highest
    "pre": 0,
    "expandable_blockquote": 0,
    "text_link": 1,
    "code": 2,
    "blockquote": 3,
    "bold": 4,
    "italic": 5,
    "strikethrough": 5,
}
VERBATIM = ("pre", "code")


@dataclass(frozen=True, slots=True)
class Mark:
    kind: MarkKind
    start: int  # UTF-16 units
    length: int
    url: str = ""  # of a text_link
    language: str = ""  # of a pre

    @property
    def end(self) -> int:
        return self.start + self.length


@dataclass(frozen=True, slots=True)
class Rich:
    text: str = ""
    marks: tuple[Mark, ...] = ()

    @property
    def size(self) -> int:
        return units(self.text)


def units(text: str) -> int:
    """The length of a text as Telegram counts it."""
    return len(text) + sum(1 for letter in text if letter > "\uffff")


def cut(text: str, limit: int) -> str:
    """The beginning of a plain text, at most `limit` units, with an ellipsis where it was cut."""
    if units(text) <= limit:
        return text
    return _beginning(text, limit - 1).rstrip() + "…" if limit > 0 else ""


def clip(rich: Rich, limit: int) -> Rich:
    """The beginning of a rich text, at most `limit` units."""
    if rich.size <= limit:
        return rich
    text = _beginning(rich.text, limit)
    size = units(text)
    return trimmed(text, (replace(mark, length=min(mark.end, size) - mark.start) for mark in rich.marks))


def join(parts: Iterable[Rich]) -> Rich:
    """The parts that have a text, one under the other with a blank line between."""
    text, marks = "", list[Mark]()
    for part in parts:
        if part.text:
            text += "\n\n" if text else ""
            shift = units(text)
            text += part.text
            marks.extend(replace(mark, start=mark.start + shift) for mark in part.marks)
    return Rich(text, tuple(marks))


def marked(kind: MarkKind, text: str) -> Rich:
    return trimmed(text, [Mark(kind, 0, units(text))])


def trimmed(text: str, marks: Iterable[Mark]) -> Rich:
    """Without white space at the ends of the text and of the marks, as Telegram would trim them; code keeps its
    indentation. Blank marks are dropped.
    """
    text = text.rstrip()
    encoded = text.encode("utf-16-le")
    kept = [each for mark in marks if (each := _without_blanks(mark, encoded))]
    first = min((mark.start for mark in kept if mark.kind in VERBATIM), default=len(text))
    blank = min(len(text) - len(text.lstrip()), first)  # white space is one unit each
    moved = (replace(mark, start=max(mark.start - blank, 0), length=mark.end - max(mark.start, blank)) for mark in kept)
    return Rich(text[blank:], tuple(sorted(moved, key=lambda mark: (mark.start, -mark.length))))


def most_important(marks: Sequence[Mark]) -> Sequence[Mark]:
    """At most as many marks as Telegram takes."""
    if len(marks) <= MARK_LIMIT:
        return marks
    chosen = sorted(marks, key=lambda mark: (WEIGHT[mark.kind], mark.start))[:MARK_LIMIT]
    return sorted(chosen, key=lambda mark: (mark.start, -mark.length))


def _without_blanks(mark: Mark, encoded: bytes) -> Mark | None:
    """A quote keeps its indentation too: code may stand there."""
    covered = encoded[2 * mark.start : 2 * mark.end].decode("utf-16-le")
    indentation = 0 if mark.kind in (*VERBATIM, "blockquote") else len(covered) - len(covered.lstrip())
    length = units(covered.rstrip()) - indentation
    return replace(mark, start=mark.start + indentation, length=length) if length > 0 else None


def _beginning(text: str, limit: int) -> str:
    return text.encode("utf-16-le")[: 2 * limit].decode("utf-16-le", "ignore")
