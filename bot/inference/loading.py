"""A model that is being brought into memory is waited for; and the policies around everything that is not chat."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

from bot.inference.backend import Backend
from bot.inference.failures import LOADING_SECONDS, ModelLoading, in_words
from bot.replies import Delta

SHORTEST, LONGEST = 0.1, 20.0  # seconds between two looks: what a server says of it is a rough guess


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
