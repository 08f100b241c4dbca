"""An event loop whose clock stands still while anything is ready, and jumps to the next timer when nothing is.

Hours of back-off pass in microseconds, and always in the same order. It is for code without real I/O: a loop that waits
for a socket jumps too, so the other side would never have the time to answer. Threads (`asyncio.to_thread`) are waited
for only while no timer is set.
"""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _JumpingSelector(selectors.DefaultSelector):
    def __init__(self) -> None:
        super().__init__()
        self.now = 1_000.0  # not 0: a clock that starts at 0 hides mistakes

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(timeout if timeout is None else 0)
        if not ready and timeout is not None and timeout > 0:
            self.now += timeout
        return ready


class VirtualClock(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._clock = _JumpingSelector()
        super().__init__(self._clock)

    def time(self) -> float:
        return self._clock.now

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Without a time limit, which would pass at once: Python 3.12 and later set one."""
        await super().shutdown_default_executor()


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run to the end in virtual time: `run(scenario())` in an ordinary, synchronous test."""
    with asyncio.Runner(loop_factory=VirtualClock) as runner:
        return runner.run(coroutine)
