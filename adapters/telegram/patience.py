"""Trying until something can be stored: everything behind it waits with Telegram, in order."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bot.errors import Unavailable

HOLD_SECONDS = (0.5, 10.0)  # first and longest pause before the next try

log = logging.getLogger(__name__)
T = TypeVar("T")


async def patiently(commit: Callable[[], Awaitable[T]]) -> T:
    pause, longest = HOLD_SECONDS
    while True:
        try:
            return await commit()
        except Unavailable as trouble:
            log.warning("updates wait with Telegram: %s", trouble.detail or trouble.message)
        await asyncio.sleep(pause)
        pause = min(pause * 2, longest)
