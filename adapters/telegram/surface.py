"""One answer's place in a chat: messages that grow by edits.

What may go when is the concern of `gate`, how an answer looks that of `formatting`, how a message gets through that of
`writing`.
"""

import asyncio
import logging
import re
from collections.abc import Sequence
from dataclasses import replace

from telegram import ChatMember
from telegram.error import TelegramError

from adapters.telegram.failures import translate, trouble_of
from adapters.telegram.formatting import PAGE_LIMIT, compose, render
from adapters.telegram.place import Place
from adapters.telegram.rich import TEXT_LIMIT, Rich, clip
from adapters.telegram.writing import Lost, Shown, Writer
from bot.errors import Mistaken
from bot.events import Attachment, Author, Handle
from bot.replies import Abilities, Button, Media, Page
from bot.streaming.markdown import close_unfinished, parse

DOWNLOAD_LIMIT = 20 * 2**20  # bytes; the Bot API gives no larger file (checked 2026-11-20)
ADMIN_SECONDS = 10.0  # how long a closed chat may keep the question who is its administrator
REPEATED = "Sent again: Telegram did not confirm the first copy."
NOTHING = Rich("…")

_BLANK = re.compile(r"[\s\u200b-\u200f\u2060\ufeff]*")

log = logging.getLogger(__name__)


class TelegramSurface:
    can = Abilities(limit=PAGE_LIMIT, buttons=True, folds=True)

    def __init__(self, writer: Writer, place: Place, author: Author, question: str = "") -> None:
        """`question` is the id that stands in the buttons."""
        self.begun = asyncio.Event()  # something of the answer has come
        self._writer = writer
        self._place = place
        self._author = author
        self._question = question
        self._shown: list[Shown | None] = [None] * len(place.pages)
        self._lost = False  # a message for the next page may stand in the chat, and we do not know its id

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

    async def preview(self, pages: Sequence[Page], buttons: Sequence[Button] = ()) -> None:
        """Only the last page grows."""
        number = len(pages) - 1
        shown = self._laid_out(pages, number, buttons, growing=True)
        if shown != self._shown[number] and await self._writer.preview(self._place, self._place.pages[number], shown):
            self._shown[number] = shown

    async def finish(
        self,
        pages: Sequence[Page],
        buttons: Sequence[Button] = (),
        media: Sequence[Media] = (),  # noqa: ARG002 - `can` says that there are none
    ) -> None:
        for number in range(len(pages)):
            await self._edit(number, self._laid_out(pages, number, buttons, growing=False))
        for surplus in self._place.pages[len(pages) :]:
            await self._writer.delete(self._place, surplus)
        self._place = replace(self._place, pages=self._place.pages[: len(pages)])
        del self._shown[len(pages) :]

    async def fetch(self, attachment: Attachment, limit: int) -> bytes:
        limit = min(limit, DOWNLOAD_LIMIT)
        too_large = Mistaken(f"{attachment.name} is too large: I can read files of up to {limit // 2**20} MB.")
        if attachment.size > limit:
            raise too_large
        try:
            file = await self._writer.bot.get_file(attachment.ref)
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
        if self._author.admin is not None:
            return self._author.admin
        chat, author = self._place.chat, int(self._author.id)
        try:
            member = await self._writer.gate.aside(
                chat, lambda: self._writer.bot.get_chat_member(chat, author), ADMIN_SECONDS
            )
        except TelegramError as error:
            if trouble_of(error) in ("unreachable", "refused"):
                return False
            raise translate(error) from error
        return member.status in (ChatMember.ADMINISTRATOR, ChatMember.OWNER)

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
        rich = compose(render(parse(markdown)), note, page.thought)
        rich = clip(rich, TEXT_LIMIT) if growing else rich
        if _BLANK.fullmatch(rich.text):
            rich = NOTHING
        row = tuple((each.label, f"{each.action}:{self._question}") for each in buttons) if last else ()
        return Shown(rich, row)
