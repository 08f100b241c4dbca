"""Every request to a chat passes here: one at a time in each chat, at its pace, none before a `retry_after` is over.

How long to wait is reckoned in `pace`; what to do about any other error is the caller's concern.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar
from weakref import WeakValueDictionary

from telegram.error import TelegramError

from adapters.telegram.failures import retry_after
from adapters.telegram.pace import Pace
from bot.errors import Unavailable

NEARLY = 0.05  # seconds that a preview waits rather than being dropped

log = logging.getLogger(__name__)
T = TypeVar("T")
Call = Callable[[], Awaitable[T]]


class Gate:
    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    def wait(self, chat: int, now: float, final: bool) -> float:
        return self._pace.wait(chat, now, final)

    async def write(self, chat: int, call: Call[T], count: int = 1) -> T:
        """A write that must go: waits for its turn and, as often as it takes, for the end of a `retry_after`.

        `count`: messages that it makes.
        """
        self._pace.queue(chat, _now())
        try:
            async with self._lock(chat):
                while True:
                    await _pass(lambda: self._pace.wait(chat, _now(), final=True))
                    try:
                        return await self._write(chat, call, count)
                    except TelegramError as error:
                        if retry_after(error) is None:
                            raise
        finally:
            self._pace.leave(chat)

    async def preview(self, chat: int, message: int, call: Call[object]) -> bool:
        """A cosmetic write: goes now or not at all. Tells whether it went.

        Of several messages that grow in one chat, each has its turn.
        """
        lock = self._lock(chat)
        wait = self._pace.wait(chat, _now(), final=False)
        if lock.locked() or wait > NEARLY or not self._pace.has_turn(chat, message, _now()):
            self._pace.overlook(chat, message, _now())
            return False
        async with lock:
            await asyncio.sleep(wait)
            if self._pace.wait(chat, _now(), final=False) > 0:
                return False
            self._pace.had_turn(chat, message, _now())
            await self._write(chat, call)
        return True

    def ended(self, chat: int, message: int) -> None:
        """This message grows no further: its turn is for others."""
        self._pace.had_turn(chat, message, _now())

    async def aside(self, chat: int, call: Call[T], patience: float = 0.0) -> T:
        """What is not a message. Raises `Unavailable` where the chat is closed for longer than patience, in seconds."""
        wait = self._pace.wait_aside(chat, _now())
        if wait > patience:
            raise Unavailable("Telegram asked us to wait.", retry_after=wait)
        await _pass(lambda: self._pace.wait_aside(chat, _now()))
        self._pace.went_aside(_now())
        return await self._watched(chat, call)

    async def typing(self, chat: int, call: Call[object]) -> None:
        """Only where nothing else goes on in the chat: while another answer grows there, nobody misses it."""
        lock = self._lock(chat)
        if lock.locked() or self._pace.rushed(_now()) or self._pace.wait(chat, _now(), final=False) > 0:
            return
        async with lock:
            self._pace.went_aside(_now())
            await self._watched(chat, call)

    async def _write(self, chat: int, call: Call[T], count: int = 1) -> T:
        self._pace.wrote(chat, _now(), count)
        return await self._watched(chat, call)

    async def _watched(self, chat: int, call: Call[T]) -> T:
        try:
            return await call()
        except TelegramError as error:
            seconds = retry_after(error)
            if seconds is not None:
                self._pace.close(chat, _now(), seconds)
                log.warning("Telegram asks for %.0f s of silence in one chat", seconds)
            raise

    def _lock(self, chat: int) -> asyncio.Lock:
        return self._locks.setdefault(chat, asyncio.Lock())


async def _pass(wait: Callable[[], float]) -> None:
    while (seconds := wait()) > 0:  # noqa: ASYNC110 - time is what is waited for, and it may be put off meanwhile
        await asyncio.sleep(seconds)


def _now() -> float:
    return asyncio.get_running_loop().time()
