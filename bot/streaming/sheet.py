"""Where a page of Markdown may end, and what it takes to close and to open a code fence there (pure)."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from bot.streaming.unfinished import beneath, close_unfinished

FENCE_LINE = re.compile(r"^((?:[ \t>]|[-*+][ \t]|\d{1,9}[.)][ \t])*)(`{3,}|~{3,})([^\n]*)$", re.MULTILINE)
_PARAGRAPH_END = re.compile(r"(?=\n[ \t]*\n)")
_LINE_END = re.compile(r"(?=\n)")
_SENTENCE_END = re.compile(r"(?<=\D[.!?…])[\"'”’»)\]*_]*(?=\s)|(?<=[。！？])")
_WORD_END = re.compile(r"(?<=\S)(?=\s)")
_BLOCK_START = re.compile(r"\s*(?:(?:#{1,6}|[-*+]|\d{1,9}[.)])(?:\s|$)|[>|]|```|~~~|(?:\d*|`*|~*)$)")  # or perhaps one
_TRIES = 4  # cuts of one kind that are measured before a worse kind is taken


@dataclass(frozen=True, slots=True)
class Fence:
    indent: str  # what stands before the marks in every line: white space and `>`
    marks: str
    info: str

    @property
    def opening(self) -> str:
        return f"{self.indent}{self.marks}{self.info}\n"

    @property
    def closing(self) -> str:
        return f"{self.indent}{self.marks}"

    def closes(self, line: re.Match[str]) -> bool:
        indent, marks, info = line.groups()
        return marks.startswith(self.marks) and not info.strip() and not indent.strip(" \t>")


class Sheet:
    """What is to be laid out next, and the page that each cut of it would make."""

    def __init__(self, text: str, fence: Fence | None, *, bare: bool = False) -> None:
        self.text = text
        self.bare = bare
        self._head = "" if fence is None else fence.opening
        self._fences = list(_fences(text, fence)) if not bare else [(0, 0, None)]
        self._starts = [start for start, _, _ in self._fences]
        self._ends = [end for _, end, _ in self._fences]

    @property
    def is_closing(self) -> bool:
        """Whether there is nothing but what may become the line that closes the fence."""
        fence = self._fences[0][2]
        line = self.text.strip()
        return fence is not None and "\n" not in self.text and not line.strip(" \t>" + fence.marks[0])

    def beginning(self, end: int) -> "Sheet":
        return Sheet(self.text[:end], self._fences[0][2], bare=self.bare)

    def shown(self, end: int) -> str:
        """The page as long as nothing follows: a fence may be open."""
        return (self._head + self.text[:end]).rstrip()

    def page(self, cut: int) -> str:
        fence = self.fence_at(cut)
        return self.shown(cut) + ("" if fence is None else "\n" + fence.closing)

    def fence_at(self, cut: int) -> Fence | None:
        return self._fences[bisect_right(self._ends, cut) - 1][2]

    def cuts(self, longest: int) -> Iterator[int]:
        """Places to cut, best first, in the second half of what fits: ends of paragraphs, lines, sentences, words."""
        yield from self._ends_of(_PARAGRAPH_END, longest)
        yield from self._ends_of(_LINE_END, longest)
        within = [*self._ends_of(_SENTENCE_END, longest), *self._ends_of(_WORD_END, longest)]
        yield from (at for at in within if self._opens_nothing(at))
        yield from within
        yield _between_letters(self.text, longest)

    def _ends_of(self, kind: re.Pattern[str], longest: int) -> list[int]:
        places = [match.end() for match in kind.finditer(self.text, longest // 2, longest + 1)]
        if kind in (_PARAGRAPH_END, _SENTENCE_END):
            places = [at for at in places if self.fence_at(at) is None]
        good = (at for at in reversed(places) if 0 < at <= longest and self._is_good(at, longest))
        return list(islice(good, _TRIES))

    def _is_good(self, at: int, longest: int) -> bool:
        start, end, fence = self._fences[bisect_right(self._starts, at - 1) - 1]
        if start < at < end or (at == end > 0 and fence is not None):
            return False  # in a fence's line, or right under the one that opens it
        if self.text.startswith("\n", at) or self.fence_at(at) is not None:
            return True
        return not _BLOCK_START.match(self.text, at, longest + 1)

    def _opens_nothing(self, at: int) -> bool:
        line = self.text[self.text.rfind("\n", 0, at) + 1 : at]
        if self.fence_at(at) is not None:
            return True
        return line.count("[") <= line.count("]") and close_unfinished(line) == line


def _fences(text: str, fence: Fence | None) -> Iterator[tuple[int, int, Fence | None]]:
    """(start and end of a fence's line, the fence that is open from there on), beginning with what is open at first."""
    yield 0, 0, fence
    for line in FENCE_LINE.finditer(text):
        if fence is None:
            indent, marks, info = line.groups()
            if marks[0] == "`" and "`" in info:
                continue
            fence = Fence(beneath(indent), marks, info.rstrip())
        elif fence.closes(line):
            fence = None
        else:
            continue
        yield line.start(), line.end(), fence


def _between_letters(text: str, at: int) -> int:
    """The last place up to `at` that is in no letter of several code points; `at` where that would be far away."""
    return next((place for place in range(at, max(at - 64, 0), -1) if not _joined(text, place)), at)


def _joined(text: str, at: int) -> bool:
    if at >= len(text):
        return False
    before, after = text[at - 1], text[at]
    if before in "\\\u200d" or "\ud800" <= before <= "\udbff":
        return True
    if "\U0001f1e6" <= before <= "\U0001f1ff" and "\U0001f1e6" <= after <= "\U0001f1ff":  # flags are pairs
        run = re.search("[\U0001f1e6-\U0001f1ff]*$", text[max(at - 64, 0) : at])
        return run is not None and len(run[0]) % 2 == 1
    return (
        unicodedata.category(after) in ("Mn", "Me", "Mc")
        or after == "\u200d"
        or "\U0001f3fb" <= after <= "\U0001f3ff"  # colours of skin
        or "\U000e0020" <= after <= "\U000e007f"  # tags of regional flags
        or "\u1160" <= after <= "\u11ff"  # the rest of a Hangul syllable
        or "\udc00" <= after <= "\udfff"
    )
