"""Takes in what Telegram posts to a webhook: of each chat one update at a time, the next when this one is confirmed.

So the rest of a paste comes only when its beginning was confirmed: parts are kept (`held`) until they are whole. What
an update means is the concern of `events`, which of them belong together that of `pasting`.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from weakref import WeakValueDictionary

from telegram import Update

from adapters.telegram.ends import MOST, Ends
from adapters.telegram.held import Held
from adapters.telegram.pasting import Bundle, Intake
from bot.errors import Unavailable

AGAIN_SECONDS = 0.2  # between two looks whether the rest of a paste has come

log = logging.getLogger(__name__)


class Posting:
    """`take` returns when a bundle is stored, and raises `Unavailable` where it cannot be."""

    def __init__(self, take: Callable[[Bundle], Awaitable[None]], held: Held, ends: Ends, joined: Ends) -> None:
        self._take = take
        self._held = held
        self._stored_ends = ends
        self._stored_joined = joined
        self._ends: list[int] = []
        self._joined: list[int] = []
        self._kept: set[int] = set()  # updates that are stored by themselves
        self._intakes: dict[int, Intake] = {}  # by chat, where parts wait for others
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self._watches: dict[int, asyncio.Task[None]] = {}

    async def begin(self) -> None:
        """Take up what an earlier process held. Raises `Unavailable`."""
        self._ends = await self._stored_ends.read()
        self._joined = await self._stored_joined.read()
        for update in await self._held.read():
            self._kept.add(update.update_id)
            chat = update.effective_chat.id if update.effective_chat else 0
            self._intakes.setdefault(chat, Intake(self._ends)).receive([update], asyncio.get_running_loop().time())
            self._watch(chat)

    async def post(self, update: Update, posted: str) -> None:
        """Returns when it is stored, `posted` being the update as it came. Raises `Unavailable`."""
        if update.message is None:
            await self._take(Bundle((update,)))
            return
        chat = update.message.chat.id
        async with self._lock(chat):
            intake = self._intakes.setdefault(chat, Intake(self._ends))
            now = asyncio.get_running_loop().time()
            intake.receive([update], now)
            try:
                if not any(bundle.updates == (update,) for bundle in intake.ready(now)):
                    await self._held.keep(update.update_id, posted)
                    self._kept.add(update.update_id)
                await self._give(intake)
            finally:
                self._watch(chat)

    async def close(self) -> None:
        watches = list(self._watches.values())
        for watch in watches:
            watch.cancel()
        await asyncio.gather(*watches, return_exceptions=True)

    async def _give(self, intake: Intake) -> None:
        for bundle in intake.ready(asyncio.get_running_loop().time()):
            first, *others = (update.update_id for update in bundle.updates)
            if first not in self._joined:  # otherwise it comes again, and all of it is in an earlier question
                if others:
                    await self._remember(self._joined, self._stored_joined, *others)
                if bundle.late:
                    await self._remember(self._ends, self._stored_ends, bundle.last)
                await self._take(bundle)
            for each in (first, *others):
                if each in self._kept:
                    await self._held.drop(each)
                    self._kept.discard(each)
            intake.done(bundle)

    async def _remember(self, known: list[int], stored: Ends, *update_ids: int) -> None:
        await stored.keep(*update_ids)
        known.extend(update_ids)
        del known[:-MOST]

    def _watch(self, chat: int) -> None:
        """Nobody may post anything that makes a paste whole: then time does."""
        if chat in self._watches:
            return
        if self._intakes[chat].waits:
            self._watches[chat] = asyncio.create_task(self._until_whole(chat))
        else:
            del self._intakes[chat]

    async def _until_whole(self, chat: int) -> None:
        intake = self._intakes[chat]
        while intake.waits:
            await asyncio.sleep(AGAIN_SECONDS)
            async with self._lock(chat):
                try:
                    await self._give(intake)
                except Unavailable as trouble:
                    log.warning("the parts of a paste wait: %s", trouble.detail or trouble.message)
        del self._intakes[chat], self._watches[chat]

    def _lock(self, chat: int) -> asyncio.Lock:
        return self._locks.setdefault(chat, asyncio.Lock())
