"""Answers that grow as drafts: `telegram.previews = "drafts"`, in private chats only.

A draft is shown for 30 seconds or until a message is posted, so it is sent again during silence, and the answer itself
is posted at the end (Bot API 10.1). One request is on its way at a time and carries the newest text. Where drafts are
refused, messages grow by edits instead, in that chat for as long as the process runs: never both, because who fell from
failed drafts into edits met waits of 280 s (read 2026-11-20). After a crash a draft needs no clean-up.
"""

import asyncio
import logging
import zlib
from collections.abc import Callable, Coroutine, Hashable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

from telegram import Bot
from telegram.error import TelegramError

from adapters.telegram.failures import describe, trouble_of
from adapters.telegram.messages import Messages
from adapters.telegram.place import Place
from adapters.telegram.writing import Shown, Writer, entities
from bot.errors import Unreachable
from bot.replies import Button, Page

FRESH_SECONDS = 20.0  # after this long without a new text the same is sent again
LOOK_SECONDS = 0.25  # between two tries while the chat's budget allows no write
TIMEOUTS: dict[str, Any] = {"connect_timeout": 3.0, "read_timeout": 5.0, "write_timeout": 5.0, "pool_timeout": 3.0}
STOPPABLE = {"can_stop": True, "keep_on_stop": True}  # Bot API 10.3; an older server ignores them
MOST = 1000  # chats

log = logging.getLogger(__name__)

Run = Callable[[Hashable, Coroutine[Any, Any, None]], None]


class Drafts:
    """What is known of drafts: who takes them, and whose answer each shows. `run` keeps a task in the background."""

    def __init__(self, run: Run, wanted: bool, fresh_seconds: float = FRESH_SECONDS) -> None:
        self.run = run
        self.fresh_seconds = fresh_seconds
        self._wanted = wanted
        self._taken: dict[int, bool] = {}  # chat -> whether it takes drafts, by use
        self._questions: dict[tuple[int, int], str] = {}  # (chat, draft) -> question

    def wanted(self, chat: int) -> bool:
        return self._wanted and chat > 0 and self._taken.get(chat, True)

    def proven(self, chat: int) -> bool:
        return self._taken.get(chat, False)

    def learn(self, chat: int, taken: bool, everywhere: bool = False) -> None:
        self._wanted = self._wanted and not everywhere
        self._taken.pop(chat, None)
        self._taken[chat] = taken
        if len(self._taken) > MOST:
            del self._taken[next(iter(self._taken))]

    def shows(self, chat: int, draft: int, question: str) -> None:
        self._questions[chat, draft] = question

    def ended(self, question: str) -> None:
        self._questions = {key: each for key, each in self._questions.items() if each != question}

    def question(self, chat: int, draft: int) -> str:
        """ "": it has ended, or an earlier process showed it."""
        return self._questions.get((chat, draft), "")


class DraftedMessages(Messages):
    """The last page is a draft until the answer is whole; those before it are messages."""

    def __init__(self, writer: Writer, place: Place, question: str, drafts: Drafts) -> None:
        super().__init__(writer, place, question)
        self._drafts = drafts
        self._newest: Shown | None = None  # what the draft is to show; None: nothing
        self._sent: Shown | None = None
        self._stands = False  # a draft may be on the screen
        self._left: tuple[int, ...] = ()  # messages in whose place another one was posted
        self._changed = asyncio.Event()
        self._over = False
        self._idle = asyncio.Event()
        self._idle.set()

    async def open(self, pages: Sequence[Page], buttons: Sequence[Button]) -> None:
        if not self._draws(pages):
            await super().open(pages, buttons)
            return
        self._newest = None  # of the page before: a message will stand there
        with self._while_wanted():
            if len(pages) > 1:
                await self._open_whole(pages, buttons)
            await self._draw(pages, buttons)

    async def preview(self, pages: Sequence[Page], buttons: Sequence[Button]) -> bool:
        with self._while_wanted():
            if self._draws(pages):
                return await self._draw(pages, buttons)
            if len(self.place.pages) < len(pages):
                await super().open(pages, buttons)
                return True
            return await super().preview(pages, buttons)

    async def settle(self, pages: Sequence[Page], buttons: Sequence[Button]) -> None:
        self._end()
        await self._idle.wait()  # a draft that arrives after the message would stand below it
        if self._stands and len(self.place.pages) >= len(pages):
            self._leave(len(pages) - 1)
        while len(self.place.pages) < len(pages):
            await self._send(pages, len(self.place.pages), buttons, growing=False)
        for message in self._left:
            await self._writer.delete(self.place, message)
        self._left = ()

    @contextmanager
    def _while_wanted(self) -> Iterator[None]:
        """Where the answer is wanted no more, nobody will settle it."""
        try:
            yield
        except Unreachable:
            self._end()
            raise

    def _end(self) -> None:
        """Nothing is drawn any more."""
        self._over, self._newest = True, None
        self._changed.set()
        self._drafts.ended(self._question)

    def _leave(self, number: int) -> None:
        """Have the pages from this one on posted anew: only a message ends a draft at once."""
        self._left = (*self._left, *self.place.pages[number:])
        self.place = replace(self.place, pages=self.place.pages[:number])
        del self._shown[number:]

    async def _send(self, pages: Sequence[Page], number: int, buttons: Sequence[Button], growing: bool) -> None:
        await super()._send(pages, number, buttons, growing)
        self._stands = False

    def _draws(self, pages: Sequence[Page]) -> bool:
        """Not where a message stands for the last page: it was posted when drafts were refused, or before a restart."""
        return self._drafts.wanted(self.place.chat) and len(self.place.pages) < len(pages)

    async def _open_whole(self, pages: Sequence[Page], buttons: Sequence[Button]) -> None:
        """Post the pages before the last one. The last has the buttons when it is posted."""
        for number in range(len(pages) - 1):
            if number < len(self.place.pages):
                await self._edit(number, self._laid_out(pages, number, buttons, growing=False))
            else:
                await self._send(pages, number, buttons, growing=False)

    async def _draw(self, pages: Sequence[Page], buttons: Sequence[Button]) -> bool:
        """Have the draft show this; whether it does already.

        The first time in a chat, wait until it is known whether drafts are taken there.
        """
        shown = self._laid_out(pages, len(pages) - 1, buttons, growing=True)
        self._newest = shown
        self._changed.set()
        if not self._drafts.proven(self.place.chat):
            await self._put()
        if not self._drafts.wanted(self.place.chat):
            await super().open(pages, buttons)
            return True
        if self._idle.is_set():
            self._drafts.run(self, self._keep_drawing())
        return self._sent == shown

    async def _keep_drawing(self) -> None:
        self._idle.clear()
        try:
            while not self._over and self._drafts.wanted(self.place.chat):
                await self._put()
                self._changed.clear()
                waiting = self._newest is not self._sent
                try:
                    async with asyncio.timeout(LOOK_SECONDS if waiting else self._drafts.fresh_seconds):
                        await self._changed.wait()
                except TimeoutError:
                    self._sent = self._sent if waiting else None  # silence: the same once more
        finally:
            self._idle.set()

    async def _put(self) -> None:
        """Show the newest text, if it is new and the chat's budget allows it now."""
        chat, draft = self.place.chat, self._number()
        if self._newest is None or self._newest is self._sent:
            return
        self._drafts.shows(chat, draft, self._question)
        try:
            await self._writer.gate.preview(chat, draft, partial(self._show, self._writer.bot, draft))
        except TelegramError as error:
            trouble = trouble_of(error)
            if trouble in ("refused", "login", "unreachable"):  # "login": a 404, because the method is unknown
                log.info("drafts are refused, so messages grow by edits: %s", describe(error))
                self._drafts.learn(chat, taken=False, everywhere=trouble == "login")

    async def _show(self, bot: Bot, draft: int) -> None:
        shown = self._newest
        if shown is None:  # meanwhile a message is posted in its place
            return
        self._stands = True
        await bot.send_message_draft(
            self.place.chat,
            draft,
            shown.rich.text,
            self.place.thread or None,
            entities=entities(shown.rich),
            api_kwargs=STOPPABLE,
            **TIMEOUTS,
        )
        self._sent = shown
        self._drafts.learn(self.place.chat, taken=True)

    def _number(self) -> int:
        """Not zero; another one for each page, so that none becomes the draft of an earlier page."""
        return zlib.crc32(f"{self._question}:{len(self.place.pages)}".encode()) % (2**31 - 1) + 1
