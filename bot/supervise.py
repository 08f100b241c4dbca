"""Keep a task running: what it raises is logged, and it is begun again after a pause."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from bot.errors import Misconfigured, ParleyError

LONGEST_PAUSE = 60.0  # seconds between two starts
HEALTHY = 120.0  # seconds after which a start counts as good, and the pauses begin small again
BUG = "A mistake in the program stopped it; the log says more, and it is started again."

Report = Callable[[str], None]

log = logging.getLogger(__name__)


async def supervised(name: str, run: Callable[[], Awaitable[None]], report: Report = lambda _: None) -> None:
    """Run until it returns or is cancelled. Raises only `Misconfigured`: another start would not mend that.

    `report` hears "" at each start, and when it stopped why, in words for the operator.
    """
    loop = asyncio.get_running_loop()
    pause = 1.0
    while True:
        started = loop.time()
        report("")
        try:
            return await run()
        except Misconfigured as remedy:
            report(remedy.message)
            raise
        except ParleyError as trouble:
            report(trouble.message)
            log.error("%s: %s %s", name, trouble.message, trouble.detail)
        except Exception:
            report(BUG)
            log.exception("%s stopped; it is started again", name)
        pause = 1.0 if loop.time() - started > HEALTHY else min(pause * 2, LONGEST_PAUSE)
        await asyncio.sleep(pause)
