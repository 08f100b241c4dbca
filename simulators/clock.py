"""The simulators' time: the machine's, until a test lets it jump. Hours of a platform's rules pass in an instant."""

import asyncio
import time
from contextlib import suppress


class Clock:
    """`now()` is for spans (seconds, as time.monotonic() counts them), `wall()` is the date (as time.time())."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self._jump = asyncio.Event()

    def now(self) -> float:
        return time.monotonic() + self._ahead

    def wall(self) -> float:
        return time.time() + self._ahead

    def advance(self, seconds: float) -> None:
        """Let time jump. ValueError where it would run backwards."""
        if seconds < 0:
            raise ValueError("time does not run backwards")
        self._ahead += seconds
        self._jump.set()
        self._jump = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        """As asyncio.sleep, but a jump shortens it."""
        await self.until(self.now() + seconds)

    async def until(self, then: float) -> None:
        """Wait for a moment of `now()`."""
        while (left := then - self.now()) > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._jump.wait()
