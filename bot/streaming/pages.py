"""Lay a growing text out on pages, code fences whole (pure).

How large a page may be and what counts is the surface's knowledge, how a page looks the concern of `markdown.py`, and
where it may be cut that of `sheet.py`.
"""

import re
from collections.abc import Callable
from itertools import count

from bot.replies import PAGE_BREAK
from bot.streaming.sheet import FENCE_LINE, Fence, Sheet

_BLANK_LINES = re.compile(r"(?:[ \t]*\n)+")
_SPACES = re.compile(r"[ \t]+")
_DENSITY = 8  # letters of Markdown to one unit of the measure: more than this does not go on a page
_GUESSES = 4  # measures that are spent near where a page should end before the distance is halved


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
        self._fence: Fence | None = None  # open at that place
        self._within_line = False  # that place is

    def pages(self, text: str) -> tuple[str, ...]:
        """The Markdown of each page; blank ones are left out. `PAGE_BREAK` ends a page, and a fence with it."""
        while True:
            self._skip_blank(text)
            end = text.find(PAGE_BREAK, self._start)
            part = end if end >= 0 else len(text)
            seen = min(part, self._start + _DENSITY * self._limit)
            sheet = Sheet(text[self._start : seen], self._fence)
            if seen == part and (not sheet.text.strip() or sheet.is_closing):
                if end < 0:
                    return tuple(self._full)
                self._turn(end + 1)
                continue
            if self._fence is not None and self._measure(sheet.page(1)) > self._limit // 2:
                sheet = Sheet(sheet.text, None, bare=True)  # the fence's lines would leave no room for the code
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
        line = FENCE_LINE.match(text, self._start, line_end)
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

    def _cut(self, sheet: Sheet, longest: int) -> None:
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
