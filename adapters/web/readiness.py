"""Whether everything is well that questions need. What that is, the composition root says, by name."""

import asyncio
import math
from collections.abc import Callable, Coroutine, Mapping
from datetime import UTC, datetime
from typing import Any

from bot.errors import Unavailable
from bot.settings import INSTANCE, Settings

Check = Callable[[], Coroutine[Any, Any, str]]
"""Says "" where all is well, and otherwise what is not: a sentence for the operator, without a secret."""

PATIENCE = 2.0  # seconds for each check
KEPT = 1.0  # seconds for which a look counts: who asks more often costs no more


class Readiness:
    def __init__(self, checks: Mapping[str, Check]) -> None:
        self._checks = checks
        self._looking = asyncio.Lock()
        self._at = -math.inf  # the event loop's time
        self._found: Mapping[str, str] = {}

    async def missing(self) -> Mapping[str, str]:
        """What is not ready, and why; empty where everything is. All who ask at once share one look."""
        clock = asyncio.get_running_loop().time
        async with self._looking:
            if clock() - self._at >= KEPT:
                said = await asyncio.gather(*(_ask(check) for check in self._checks.values()))
                self._found = {name: why for name, why in zip(self._checks, said, strict=True) if why}
                self._at = clock()
            return self._found


def writable(settings: Settings) -> Check:
    """Whether the database can be written: only a commit shows that."""

    async def check() -> str:
        try:
            await settings.write(INSTANCE, "web.readiness", datetime.now(UTC).isoformat(timespec="seconds"))
        except Unavailable as trouble:
            return trouble.message
        return ""

    return check


async def _ask(check: Check) -> str:
    try:
        async with asyncio.timeout(PATIENCE):
            return await check()
    except TimeoutError:
        return f"It did not answer within {PATIENCE:g} seconds."
