"""One answer's place in a chat: messages that grow by edits, and the files that follow them.

What may go when is the concern of `gate`, how an answer looks that of `formatting` and `shipping`, how it gets through
that of `writing` and `uploads`.
"""

import asyncio
import logging
import re
from collections.abc import Sequence
from dataclasses import replace

from telegram.error import TelegramError

from adapters.telegram.failures import translate
from adapters.telegram.formatting import PAGE_LIMIT, compose, render
from adapters.telegram.place import Place
from adapters.telegram.rich import TEXT_LIMIT, Rich, clip
from adapters.telegram.shared import Shared
from adapters.telegram.shipping import ALBUM_LIMIT, FILE_LIMIT, Item, shipment, under
from adapters.telegram.writing import Buttons, Lost, Shown
from bot.errors import Mistaken, Unreachable
from bot.events import Attachment, Author, Chat, Handle
from bot.replies import Abilities, Button, Media, Page
from bot.streaming.markdown import close_unfinished, parse

DOWNLOAD_LIMIT = 20 * 2**20  # bytes; the Bot API gives no larger file (checked 2026-11-20)
REPEATED = "Sent again: Telegram did not confirm the first copy."
NOT_ALL_FILES = f"Not all files are here: Telegram takes {ALBUM_LIMIT} of up to {FILE_LIMIT // 2**20} MB each."
NO_FILES = "Telegram did not take the files of this answer; they may be forbidden here."
NOTHING = Rich("…")
UNKNOWN = (0,)  # ids of messages that may stand in the chat

_BLANK = re.compile(r"[\s\u200b-\u200f\u2060\ufeff]*")

log = logging.getLogger(__name__)


class TelegramSurface:
    can = Abilities(limit=PAGE_LIMIT, files=ALBUM_LIMIT, file_bytes=FILE_LIMIT, buttons=True, folds=True)

    def __init__(self, shared: Shared, place: Place, author: Author, question: str = "") -> None:
        """`question` is the id that stands in the buttons."""
        self.begun = asyncio.Event()  # something of the answer has come
        self._shared = shared
        self._writer = shared.writer
        self._place = place
        self._author = author
        self._question = question
        self._shown: list[Shown | None] = [None] * len(place.pages)
        self._turned: tuple[Item, Buttons] | None = None  # what the first message carries, where that is a file
        self._lost = False  # a message for the next page may stand in the chat, and we do not know its id
        self._files_lost = False  # the same of the files

    def measure(self, markdown: str) -> int:
        return render(parse(markdown)).size

    def wait(self, now: float, final: bool) -> float:
        return self._writer.gate.wait(self._place.chat, now, final)

    async def open(self, pages: Sequence[Page], buttons: Sequence[Button] = ()) -> Handle:
        self.begun.set()
        for number in range(len(pages)):
            if number < len(self._place.pages):
                await self._edit(number, self._laid_out(pages, number, buttons, growing=True))
            else:
                await self._send(pages, number, buttons)
        return self._place.handle

    async def preview(self, pages: Sequence[Page], buttons: Sequence[Button] = ()) -> bool:
        """Only the last page grows."""
        number = len(pages) - 1
        shown = self._laid_out(pages, number, buttons, growing=True)
        if shown != self._shown[number]:
            if not await self._writer.preview(self._place, self._place.pages[number], shown):
                return False
            self._shown[number] = shown
        return True

    async def finish(self, pages: Sequence[Page], buttons: Sequence[Button] = (), media: Sequence[Media] = ()) -> None:
        """Files come last, in one message or album: only that send cannot be repeated without a trace."""
        for message in self._place.pages:
            self._writer.gate.ended(self._place.chat, message)
        items = shipment([each for each in media if len(each.data) <= FILE_LIMIT][:ALBUM_LIMIT])
        pages = _noted(pages, NOT_ALL_FILES) if len(items) < len(media) else pages
        marked = _noted(pages, REPEATED) if self._place.pages[0] in self._place.repeated else pages
        caption = under(items[0], marked) if len(items) == 1 else None
        try:
            if caption is not None:
                await self._turn(replace(items[0], caption=caption), self._row(buttons))
            await self._finish_pages(pages, buttons, turned=caption is not None)
            if items and caption is None and not self._place.media:
                await self._attach(items)
        except Unreachable as refused:
            if not items:
                raise
            log.info("an answer goes without its files: %s", refused.detail)
            await self._finish_pages(_noted(pages, NO_FILES), buttons)

    async def fetch(self, attachment: Attachment, limit: int) -> bytes:
        limit = min(limit, DOWNLOAD_LIMIT)
        too_large = Mistaken(f"{attachment.name} is too large: I can read files of up to {limit // 2**20} MB.")
        if attachment.size > limit:
            raise too_large
        try:
            file = await self._shared.bot.get_file(attachment.ref)
            if (file.file_size or 0) > limit:
                raise too_large
            data = bytes(await file.download_as_bytearray())
        except TelegramError as error:
            if "file is too big" in error.message.lower():
                raise too_large from error
            raise translate(error) from error
        if len(data) > limit:
            raise too_large
        return data

    async def author_is_admin(self) -> bool:
        if self._author.admin is not None or self._place.private:
            return bool(self._author.admin)
        return await self._shared.admins.include(self._place.chat, int(self._author.id))

    def beside(self) -> Handle:
        return self._place.beside.handle

    def link(self, chat: Chat, message: str) -> str:
        return self._shared.addresses.of(chat, message)

    @property
    def deafness(self) -> str:
        return ""

    async def branch(self, title: str) -> tuple[Chat, Handle]:  # noqa: ARG002
        raise Mistaken("I cannot open a topic here.")

    def invitation(self, question: str) -> str:  # noqa: ARG002
        return ""

    async def _finish_pages(self, pages: Sequence[Page], buttons: Sequence[Button], turned: bool = False) -> None:
        """`turned`: the only page stands under its file already."""
        for number in range(0 if not turned else 1, len(pages)):
            await self._edit(number, self._laid_out(pages, number, buttons, growing=False))
        for surplus in self._place.pages[len(pages) :]:
            await self._writer.delete(self._place, surplus)
        self._place = replace(self._place, pages=self._place.pages[: len(pages)])
        del self._shown[len(pages) :]

    async def _turn(self, item: Item, row: Buttons) -> None:
        """The first message becomes this file; an edit, so that a repeat converges."""
        if self._turned != (item, row):
            await self._shared.uploads.turn(self._place, self._place.pages[0], item, row)
            self._turned, self._shown[0] = (item, row), None

    async def _attach(self, items: Sequence[Item]) -> None:
        """At most one extra copy, however often Telegram does not say whether it took the files."""
        if not self._files_lost:
            try:
                self._place = replace(self._place, media=await self._shared.uploads.send(self._place, items))
                return
            except Lost as lost:
                log.warning("files may appear twice: %s", lost.detail)
                self._files_lost = True
        await self._writer.reach()
        try:
            sent = await self._shared.uploads.send(self._place, items)
        except Lost as lost:
            log.warning("files were sent twice without an answer, and are let be: %s", lost.detail)
            sent = UNKNOWN
        self._place = replace(self._place, media=sent)

    async def _edit(self, number: int, shown: Shown) -> None:
        if shown != self._shown[number]:
            await self._writer.edit(self._place, self._place.pages[number], shown)
            self._shown[number] = shown

    async def _send(self, pages: Sequence[Page], number: int, buttons: Sequence[Button]) -> None:
        """A lost answer costs one extra message at most: the send is repeated once, when Telegram answers again."""
        try:
            message = await self._send_once(pages, number, buttons)
        except Lost as lost:
            log.warning("a message may appear twice: %s", lost.detail)
            self._lost = True
            message = await self._send_once(pages, number, buttons)
        repeated = (message,) if self._lost else ()
        self._lost = False
        self._place = replace(
            self._place, pages=(*self._place.pages, message), repeated=(*self._place.repeated, *repeated)
        )

    async def _send_once(self, pages: Sequence[Page], number: int, buttons: Sequence[Button]) -> int:
        if self._lost:
            await self._writer.reach()
        shown = self._laid_out(pages, number, buttons, growing=True)
        message = await self._writer.send(self._place, shown)
        self._shown.append(shown)
        return message

    def _laid_out(self, pages: Sequence[Page], number: int, buttons: Sequence[Button], growing: bool) -> Shown:
        """What the message for this page shows: the marks of a text that goes on elsewhere or later are closed."""
        page, last = pages[number], number == len(pages) - 1
        known = number < len(self._place.pages)
        repeated = self._place.pages[number] in self._place.repeated if known else self._lost
        markdown = close_unfinished(page.markdown) if growing or not last else page.markdown
        note = "\n".join(filter(None, (page.note, REPEATED if repeated else "")))
        rich = compose(render(parse(markdown)), note, page.thought, unfolded=page.unfolded)
        rich = clip(rich, TEXT_LIMIT) if growing else rich
        if _BLANK.fullmatch(rich.text):
            rich = NOTHING
        return Shown(rich, self._row(buttons) if last else ())

    def _row(self, buttons: Sequence[Button]) -> tuple[tuple[str, str], ...]:
        return tuple((each.label, f"{each.action}:{self._question}") for each in buttons)


def _noted(pages: Sequence[Page], note: str) -> Sequence[Page]:
    last = pages[-1]
    return [*pages[:-1], replace(last, note="\n".join(filter(None, (last.note, note))))]
