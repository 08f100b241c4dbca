"""Lay a growing text out on pages, code fences whole (pure).

How large a page may be and what counts is the surface's knowledge; how a page looks is the concern of `markdown.py`.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count

from bot.replies import PAGE_BREAK
from bot.streaming.unfinished import beneath

_FENCE = re.compile(r"^((?:[ \t>]|[-*+][ \t]|\d{1,9}[.)][ \t])*)(`{3,}|~{3,})([^\n]*)$", re.MULTILINE)
_BLANK_LINES = re.compile(r"(?:[ \t]*\n)+")
_SPACES = re.compile(r"[ \t]+")
_PARAGRAPH_END = re.compile(r"\n[ \t]*\n")
_LINE_END = re.compile(r"\n")
_SENTENCE_END = re.compile(r"(?<=\D[.!?…])[\"'”’»)\]*_]*(?=\s)|(?<=[。！？])")
_WORD_END = re.compile(r"(?<=\S)(?=\s)")
_BLOCK_START = re.compile(r"\s*(?:(?:#{1,6}|[-*+]|\d{1,9}[.)])(?:\s|$)|[>|]|```|~~~|(?:\d*|`*|~*)$)")  # or perhaps one
_DENSITY = 8  # letters of Markdown to one unit of the measure: more than this does not go on a page
_GUESSES = 4  # measures that are spent near where a page should end before the distance is halved
_TRIES = 4  # cuts of one kind that are measured before a worse kind is taken


@dataclass(frozen=True, slots=True)
class _Fence:
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


class Layout:
    """The pages of one text, which is given again and again as it grows and only ever grows.

    A page measures at most `limit` and, once there is a next one, never changes. A fence that is cut is closed on its
    page and opened again, with its info, on the next one. Apart from these lines and from white space at the cuts
    nothing is added or lost. `measure` is asked a few times a page, and once a call for what is not full yet.
    """

    def __init__(self, limit: int, measure: Callable[[str], int]) -> None:
        self._limit = limit
        self._measure = measure
        self._full: list[str] = []
        self._start = 0  # of the first page that is not full
        self._fence: _Fence | None = None  # open at that place
        self._within_line = False  # that place is

    def pages(self, text: str) -> tuple[str, ...]:
        """The Markdown of each page; blank ones are left out. `PAGE_BREAK` ends a page, and a fence with it."""
        while True:
            self._skip_blank(text)
            end = text.find(PAGE_BREAK, self._start)
            part = end if end >= 0 else len(text)
            seen = min(part, self._start + _DENSITY * self._limit)
            sheet = _Sheet(text[self._start : seen], self._fence)
            if seen == part and (not sheet.text.strip() or sheet.is_closing):
                if end < 0:
                    return tuple(self._full)
                self._turn(end + 1)
                continue
            if self._fence is not None and self._measure(sheet.page(1)) > self._limit // 2:
                sheet = _Sheet(sheet.text, None, bare=True)  # the fence's lines would leave no room for the code
            longest = self._longest(sheet.shown, len(sheet.text))
            if longest < len(sheet.text) or seen < part:
                self._cut(sheet.beginning(longest + 1), longest)
            elif end < 0:
                return (*self._full, sheet.shown(longest))
            else:
                self._full.append(sheet.shown(longest))
                self._turn(end + 1)

    def _skip_blank(self, text: str) -> None:
        """A page begins with a word; the line that closes a fence stands on the page before."""
        if self._within_line and self._fence is None and (spaces := _SPACES.match(text, self._start)):
            self._start = spaces.end()
        if blank := _BLANK_LINES.match(text, self._start):
            self._start, self._within_line = blank.end(), False
        line_end = text.find("\n", self._start)
        if self._fence is None or line_end < 0:
            return
        line = _FENCE.match(text, self._start, line_end)
        if line is not None and self._fence.closes(line):
            self._turn(line_end + 1)
            self._skip_blank(text)

    def _turn(self, start: int) -> None:
        self._start, self._fence, self._within_line = start, None, False

    def _longest(self, shown: Callable[[int], str], end: int) -> int:
        """The highest number up to `end` for which what is shown fits; a higher one never shows less."""
        low, high = 0, min(end, 2 * self._limit)
        while (size := self._measure(shown(high))) <= self._limit:
            if high == end:
                return high
            low, high = high, min(end, 2 * high)
        guess = high * self._limit // size
        for turn in count():
            if high - low <= 1:
                break
            probe = guess if turn < _GUESSES and low < guess < high else (low + high) // 2
            size = self._measure(shown(probe))
            if size <= self._limit:
                low, guess = probe, probe + max(self._limit - size, 1)  # as if every letter measured one
            else:
                high, guess = probe, probe - (size - self._limit)
        return low

    def _cut(self, sheet: "_Sheet", longest: int) -> None:
        """Fill one page. Only what fits and the letter after it count, so that a cut is where it would be anyway."""
        longest = self._longest(sheet.page, longest)  # a fence needs room to be closed
        places = (at for at in sheet.cuts(longest) if self._measure(sheet.page(at)) <= self._limit)
        cut = next(places, 0) or max(longest, 1)
        if sheet.text[:cut].strip():
            self._full.append(sheet.page(cut))
        self._start += cut
        self._within_line = not sheet.text.startswith("\n", cut)
        if not sheet.bare:
            self._fence = sheet.fence_at(cut)


class _Sheet:
    """What is to be laid out next, and the page that each cut of it would make."""

    def __init__(self, text: str, fence: _Fence | None, *, bare: bool = False) -> None:
        self.text = text
        self.bare = bare
        self._head = "" if fence is None else fence.opening
        self._fences = list(_fences(text, fence)) if not bare else [(0, 0, None)]
        self._ends = [end for _, end, _ in self._fences]

    @property
    def is_closing(self) -> bool:
        """Whether there is nothing but what may become the line that closes the fence."""
        fence = self._fences[0][2]
        line = self.text.strip()
        return fence is not None and "\n" not in self.text and not line.strip(" \t>" + fence.marks[0])

    def beginning(self, end: int) -> "_Sheet":
        return _Sheet(self.text[:end], self._fences[0][2], bare=self.bare)

    def shown(self, end: int) -> str:
        """The page as long as nothing follows: a fence may be open."""
        return (self._head + self.text[:end]).rstrip()

    def page(self, cut: int) -> str:
        fence = self.fence_at(cut)
        return self.shown(cut) + ("" if fence is None else "\n" + fence.closing)

    def fence_at(self, cut: int) -> _Fence | None:
        return self._fences[bisect_right(self._ends, cut) - 1][2]

    def cuts(self, longest: int) -> Iterator[int]:
        """Places to cut, best first, in the second half of what fits: ends of paragraphs, lines, sentences, words."""
        for pattern in (_PARAGRAPH_END, _LINE_END, _SENTENCE_END, _WORD_END):
            places = [
                match.end() if pattern is _SENTENCE_END else match.start()
                for match in pattern.finditer(self.text, longest // 2, longest + 1)
            ]
            good = [at for at in reversed(places) if 0 < at <= longest and self._is_good(at, pattern, longest)]
            yield from good[:_TRIES]
        yield _between_letters(self.text, longest)

    def _is_good(self, at: int, pattern: re.Pattern[str], longest: int) -> bool:
        start, end, fence = self._fences[bisect_right([start for start, _, _ in self._fences], at - 1) - 1]
        if start < at < end or (at == end > 0 and fence is not None):
            return False  # in a fence's line, or right under the one that opens it
        in_code = self.fence_at(at) is not None
        if pattern in (_PARAGRAPH_END, _SENTENCE_END) and in_code:
            return False
        within_line = not self.text.startswith("\n", at)
        return in_code or not (within_line and _BLOCK_START.match(self.text, at, longest + 1))


def _fences(text: str, fence: _Fence | None) -> Iterator[tuple[int, int, _Fence | None]]:
    """(start and end of a fence's line, the fence that is open from there on), beginning with what is open at first."""
    yield 0, 0, fence
    for line in _FENCE.finditer(text):
        if fence is None:
            indent, marks, info = line.groups()
            if marks[0] == "`" and "`" in info:
                continue
            fence = _Fence(beneath(indent), marks, info.rstrip())
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
