"""What runs beside the answers: best effort, bounded, and each thing once at a time."""

import asyncio
import logging
from collections.abc import Awaitable, Coroutine, Hashable, Iterable
from typing import Any

from telegram.error import TelegramError

from adapters.telegram.failures import describe, trouble_of
from bot.errors import ParleyError

MOST = 2000  # errands at a time; what is beyond is left undone

log = logging.getLogger(__name__)


class Background:
    def __init__(self) -> None:
        self._running: dict[Hashable, asyncio.Task[None]] = {}

    def run(self, key: Hashable, errand: Coroutine[Any, Any, object]) -> None:
        if key in self._running or len(self._running) >= MOST:
            errand.close()
            log.info("an errand was left undone: %d are running", len(self._running))
            return
        task = self._running[key] = asyncio.create_task(_best_effort(errand))
        task.add_done_callback(lambda done: self._done(key, done))

    @property
    def running(self) -> Iterable[Hashable]:
        """The keys of what is running."""
        return self._running.keys()

    async def close(self) -> None:
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _done(self, key: Hashable, task: asyncio.Task[None]) -> None:
        del self._running[key]
        if not task.cancelled() and (bug := task.exception()):
            log.error("a bug in an errand", exc_info=bug)


async def _best_effort(errand: Awaitable[object]) -> None:
    try:
        await errand
    except TelegramError as error:
        if trouble_of(error) not in ("late", "unreachable", "flood"):
            log.info("an errand failed: %s", describe(error))
    except ParleyError as trouble:
        log.info("an errand failed: %s %s", trouble.message, trouble.detail)
