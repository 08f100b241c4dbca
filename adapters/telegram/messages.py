"""The messages of one answer: one for each page, in order, which grow by edits.

What may go when is the concern of `gate`, how a page looks that of `formatting`, how it gets through that of `writing`.
"""

import logging
import re
from collections.abc import Sequence
from dataclasses import replace

from adapters.telegram.formatting import compose, render
from adapters.telegram.place import Place
from adapters.telegram.rich import TEXT_LIMIT, Rich, clip
from adapters.telegram.shipping import Item
from adapters.telegram.writing import Buttons, Lost, Shown, Writer
from bot.replies import Button, Page
from bot.streaming.markdown import close_unfinished, parse

REPEATED = "Sent again: Telegram did not confirm the first copy."
NOTHING = Rich("…")

_BLANK = re.compile(r"[\s\u200b-\u200f\u2060\ufeff]*")

log = logging.getLogger(__name__)


class Messages:
    """All verbs raise what `Writer`'s do. `question` is the id that stands in the buttons."""

    def __init__(self, writer: Writer, place: Place, question: str) -> None:
        self.place = place
        self._writer = writer
        self._question = question
        self._shown: list[Shown | None] = [None] * len(place.pages)
        self._turned: tuple[Item, Buttons] | None = None  # what the first message carries, where that is a file
        self._lost = False  # a message for the next page may stand in the chat, and we do not know its id

    async def open(self, pages: Sequence[Page], buttons: Sequence[Button]) -> None:
        """A message stands there for every page, and shows it."""
        for number in range(len(pages)):
            if number < len(self.place.pages):
                await self._edit(number, self._laid_out(pages, number, buttons, growing=True))
            else:
                await self._send(pages, number, buttons, growing=True)

    async def preview(self, pages: Sequence[Page], buttons: Sequence[Button]) -> bool:
        """Only the last page grows. Whether it shows it."""
        number = len(pages) - 1
        shown = self._laid_out(pages, number, buttons, growing=True)
        if shown != self._shown[number]:
            if not await self._writer.preview(self.place, self.place.pages[number], shown):
                return False
            self._shown[number] = shown
        return True

    async def settle(self, pages: Sequence[Page], buttons: Sequence[Button]) -> None:
        """Before the end: a message stands there for every page."""

    async def finish(self, pages: Sequence[Page], buttons: Sequence[Button], turned: bool = False) -> None:
        """`turned`: the only page stands under its file already."""
        for number in range(0 if not turned else 1, len(pages)):
            await self._edit(number, self._laid_out(pages, number, buttons, growing=False))
        for surplus in self.place.pages[len(pages) :]:
            await self._writer.delete(self.place, surplus)
        self.place = replace(self.place, pages=self.place.pages[: len(pages)])
        del self._shown[len(pages) :]

    def ended(self) -> None:
        """They grow no further: their turn is for others."""
        for message in self.place.pages:
            self._writer.gate.ended(self.place.chat, message)

    def carries(self, item: Item, row: Buttons) -> bool:
        """Whether the first message was turned into this file."""
        return self._turned == (item, row)

    def turned(self, item: Item, row: Buttons) -> None:
        self._turned, self._shown[0] = (item, row), None

    def move(self, chat: int) -> None:
        """The group has another id now, and our messages stay in the old one: they are sent anew."""
        self.place = Place(chat, self.place.thread)
        self._shown.clear()
        self._turned, self._lost = None, False

    def row(self, buttons: Sequence[Button]) -> tuple[tuple[str, str], ...]:
        return tuple((each.label, f"{each.action}:{self._question}") for each in buttons)

    async def _edit(self, number: int, shown: Shown) -> None:
        if shown != self._shown[number]:
            await self._writer.edit(self.place, self.place.pages[number], shown)
            self._shown[number] = shown

    async def _send(self, pages: Sequence[Page], number: int, buttons: Sequence[Button], growing: bool) -> None:
        """A lost answer costs one extra message at most: the send is repeated once, when Telegram answers again.

        What is posted whole is repeated as an empty message that is then edited: whole, it stands there twice at most.
        """
        try:
            message = await self._send_once(pages, number, buttons, growing)
        except Lost as lost:
            log.warning("a message may appear twice: %s", lost.detail)
            self._lost = True
            message = await self._send_once(pages, number, buttons, growing)
        repeated = (message,) if self._lost else ()
        self._lost = False
        self.place = replace(self.place, pages=(*self.place.pages, message), repeated=(*self.place.repeated, *repeated))
        await self._edit(number, self._laid_out(pages, number, buttons, growing))

    async def _send_once(self, pages: Sequence[Page], number: int, buttons: Sequence[Button], growing: bool) -> int:
        shown = self._laid_out(pages, number, buttons, growing)
        if self._lost:
            await self._writer.reach()
            shown = shown if growing else Shown(NOTHING)
        message = await self._writer.send(self.place, shown)
        self._shown.append(shown)
        return message

    def _laid_out(self, pages: Sequence[Page], number: int, buttons: Sequence[Button], growing: bool) -> Shown:
        """What the message for this page shows: the marks of a text that goes on elsewhere or later are closed."""
        page, last = pages[number], number == len(pages) - 1
        known = number < len(self.place.pages)
        repeated = self.place.pages[number] in self.place.repeated if known else self._lost
        markdown = close_unfinished(page.markdown) if growing or not last else page.markdown
        note = "\n".join(filter(None, (page.note, REPEATED if repeated else "")))
        rich = compose(render(parse(markdown)), note, page.thought, unfolded=page.unfolded)
        rich = clip(rich, TEXT_LIMIT) if growing else rich
        if _BLANK.fullmatch(rich.text):
            rich = NOTHING
        return Shown(rich, self.row(buttons) if last else ())
