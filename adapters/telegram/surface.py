"""One answer's place in a chat: messages that grow (`messages`), and the files that follow them."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace

from telegram.error import TelegramError

from adapters.telegram.drafts import DraftedMessages
from adapters.telegram.failures import Moved, translate
from adapters.telegram.formatting import PAGE_LIMIT, render
from adapters.telegram.inline import QUESTION_LIMIT, InlineMessages, link_to
from adapters.telegram.messages import REPEATED, Messages
from adapters.telegram.place import Place
from adapters.telegram.shared import Shared
from adapters.telegram.shipping import ALBUM_LIMIT, FILE_LIMIT, Item, shipment, under
from adapters.telegram.topics import open_topic
from adapters.telegram.whispers import LIMIT
from adapters.telegram.writing import Buttons, Lost
from bot.errors import Mistaken, Unreachable
from bot.events import Attachment, Author, Chat, Handle
from bot.replies import Abilities, Button, Media, Page
from bot.streaming.markdown import parse

DOWNLOAD_LIMIT = 20 * 2**20  # bytes; the Bot API gives no larger file (checked 2026-11-20)
NOT_ALL_FILES = f"Not all files are here: Telegram takes {ALBUM_LIMIT} of up to {FILE_LIMIT // 2**20} MB each."
NO_FILES = "Telegram did not take the files of this answer; they may be forbidden here."
UNKNOWN = (0,)  # ids of messages that may stand in the chat
DEAF = (
    "Telegram's privacy mode keeps messages that do not mention me from me. Make me an administrator of this group, or "
    "have my owner switch privacy mode off (@BotFather, /setprivacy), then remove me from the group and add me again."
)

log = logging.getLogger(__name__)


HERE = Abilities(limit=PAGE_LIMIT, files=ALBUM_LIMIT, file_bytes=FILE_LIMIT, buttons=True, folds=True)
ELSEWHERE = Abilities(limit=PAGE_LIMIT - QUESTION_LIMIT - 2, buttons=True, folds=True)

WHISPERED = Abilities(limit=LIMIT, buttons=True, private=True)


class TelegramSurface:
    def __init__(self, shared: Shared, place: Place, author: Author, question: str = "") -> None:
        """`question` is the id that stands in the buttons."""
        self.can = ELSEWHERE if place.elsewhere else WHISPERED if place.receiver else HERE
        self.begun = asyncio.Event()  # something of the answer has come
        self._shared = shared
        self._messages = _messages(shared, place, question)
        self._author = author
        self._files_lost = False  # files may stand in the chat, and we do not know their ids

    def measure(self, markdown: str) -> int:
        return render(parse(markdown)).size

    def wait(self, now: float, final: bool) -> float:
        return self._shared.gate.wait(self._place.chat, now, final)

    async def open(self, pages: Sequence[Page], buttons: Sequence[Button] = ()) -> Handle:
        self.begun.set()
        try:
            await self._messages.open(pages, buttons)
        except Moved as moved:
            await self._follow(moved, pages, buttons)
        return self._place.handle

    async def preview(self, pages: Sequence[Page], buttons: Sequence[Button] = ()) -> bool:
        try:
            return await self._messages.preview(pages, buttons)
        except Moved as moved:
            await self._follow(moved, pages, buttons)
            return True

    async def finish(self, pages: Sequence[Page], buttons: Sequence[Button] = (), media: Sequence[Media] = ()) -> None:
        """Files come last, in one message or album: only that send cannot be repeated without a trace."""
        try:
            await self._finish(pages, buttons, media)
        except Moved as moved:
            await self._follow(moved, pages, buttons)
            await self._finish(pages, buttons, media)

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
        """Where one message is all that we have, other answers stand in the author's private chat."""
        return (Place(int(self._author.id)) if self._place.elsewhere else self._place.beside).handle

    def link(self, chat: Chat, message: str) -> str:
        return self._shared.addresses.of(chat, message)

    @property
    def deafness(self) -> str:
        us = self._shared.bot.bot
        hears = self._place.private or self._place.elsewhere or us.can_read_all_group_messages
        return "" if hears or self._shared.admins.known(self._place.chat, us.id) else DEAF

    async def branch(self, title: str) -> tuple[Chat, Handle]:
        place = await open_topic(self._shared, self._place, title)
        return Chat(str(place.chat), str(place.chat), str(place.thread), private=place.private), place.handle

    def invitation(self, question: str) -> str:
        return link_to(self._shared.bot.username, question)

    @property
    def _place(self) -> Place:
        return self._messages.place

    async def _follow(self, moved: Moved, pages: Sequence[Page], buttons: Sequence[Button]) -> None:
        """The group became a supergroup while we answered: the answer goes on there."""
        self._shared.heed(self._place.chat, moved.chat)
        self._messages.move(moved.chat)
        await self._messages.open(pages, buttons)

    async def _finish(self, pages: Sequence[Page], buttons: Sequence[Button], media: Sequence[Media]) -> None:
        self._messages.ended()
        await self._messages.settle(pages, buttons)
        items = shipment([each for each in media if len(each.data) <= self.can.file_bytes][: self.can.files])
        pages = _noted(pages, NOT_ALL_FILES) if len(items) < len(media) else pages
        marked = _noted(pages, REPEATED) if self._place.pages[0] in self._place.repeated else pages
        caption = under(items[0], marked) if len(items) == 1 else None
        try:
            if caption is not None:
                await self._turn(replace(items[0], caption=caption), self._messages.row(buttons))
            await self._messages.finish(pages, buttons, turned=caption is not None)
            if items and caption is None and not self._place.media:
                await self._attach(items)
        except Moved:
            raise
        except Unreachable as refused:
            if not items:
                raise
            log.info("an answer goes without its files: %s", refused.detail)
            await self._messages.finish(_noted(pages, NO_FILES), buttons)

    async def _turn(self, item: Item, row: Buttons) -> None:
        """The first message becomes this file; an edit, so that a repeat converges."""
        if not self._messages.carries(item, row):
            await self._shared.uploads.turn(self._place, self._place.pages[0], item, row)
            self._messages.turned(item, row)

    async def _attach(self, items: Sequence[Item]) -> None:
        """At most one extra copy, however often Telegram does not say whether it took the files."""
        if not self._files_lost:
            try:
                self._attached(await self._shared.uploads.send(self._place, items))
                return
            except Lost as lost:
                log.warning("files may appear twice: %s", lost.detail)
                self._files_lost = True
        await self._shared.writer.reach()
        try:
            sent = await self._shared.uploads.send(self._place, items)
        except Lost as lost:
            log.warning("files were sent twice without an answer, and are let be: %s", lost.detail)
            sent = UNKNOWN
        self._attached(sent)

    def _attached(self, sent: tuple[int, ...]) -> None:
        self._messages.place = replace(self._place, media=sent)


def _messages(shared: Shared, place: Place, question: str) -> Messages:
    if place.elsewhere:
        return InlineMessages(shared.writer, place, question)
    if question and shared.drafts.wanted(place.chat):
        return DraftedMessages(shared.writer, place, question, shared.drafts)
    return Messages(shared.writer, place, question)


def _noted(pages: Sequence[Page], note: str) -> Sequence[Page]:
    last = pages[-1]
    return [*pages[:-1], replace(last, note="\n".join(filter(None, (last.note, note))))]
