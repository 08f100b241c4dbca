"""A model that is being brought into memory is waited for; and the policies around everything that is not chat."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

from bot.inference.backend import Backend
from bot.inference.config import InferenceConfig, TasksConfig
from bot.inference.failures import LOADING_SECONDS, ModelLoading, in_words
from bot.inference.policies import Breaker, Limited, Line, Retrying, Tell
from bot.meter import SILENT, Meter
from bot.replies import Delta

SHORTEST, LONGEST = 0.1, 20.0  # seconds between two looks: what a server says of it is a rough guess


def task_chain(
    backend: Backend,
    tasks: TasksConfig,
    inference: InferenceConfig,
    tell: Tell = lambda *_: None,
    lines: dict[str, Line] | None = None,
    meter: Meter = SILENT,
) -> Backend:
    """All policies around a backend for tasks other than chat; no model stands in for another one's task here."""
    waiting = WhileLoading(Limited(backend, tasks.concurrent, tasks.seconds), tasks.seconds)
    guarded = Breaker(waiting, inference.breaker_failures, inference.breaker_seconds, tell, lines, meter)
    return Retrying(guarded, inference.retries, tasks.seconds)


class WhileLoading:
    """Ask again while the model loads, for `seconds` at most; a longer wait is passed on at once.

    Stands outside of `Limited`, so that nobody takes a place who only waits.
    """

    def __init__(self, backend: Backend, seconds: float) -> None:
        self._backend = backend
        self._seconds = seconds

    async def stream(self, model: str, task: Mapping[str, Any]) -> AsyncGenerator[Delta, None]:
        now = asyncio.get_running_loop().time
        end = now() + self._seconds
        while True:
            try:
                async with aclosing(self._backend.stream(model, task)) as deltas:
                    async for delta in deltas:
                        yield delta
                return
            except ModelLoading as failure:
                told = failure.retry_after or LOADING_SECONDS
                if now() + told > end:
                    raise
            yield Delta(progress=f"The model is loading, about {in_words(told)} …")
            await asyncio.sleep(min(max(told, SHORTEST), LONGEST))
