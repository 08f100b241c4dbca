"""`python -m bot check`: all parts are looked at together, each for so long, and what is found is printed.

What is to be looked at, the composition root says; nothing that goes wrong with one keeps another from being seen.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

from bot.errors import ParleyError
from bot.finding import Finding

Look = Callable[[], Awaitable[Sequence[Finding]]]

PATIENCE = 15.0  # seconds for each part
WELL = "All is well."
WANTING = "What is marked “mend” needs you."


async def look_at(parts: Mapping[str, Look], patience: float = PATIENCE) -> Sequence[Finding]:
    """What is found of each part, in their order."""
    looks = [asyncio.create_task(_within(patience, look)) for look in parts.values()]
    found = await asyncio.gather(*looks, return_exceptions=True)
    return [each for part, outcome in zip(parts, found, strict=True) for each in _findings(part, outcome, patience)]


def tell(findings: Iterable[Finding]) -> bool:
    """Print them. Whether nothing has to be mended."""
    well = True
    for finding in findings:
        well = well and finding.mark != "mend"
        print(finding)  # noqa: T201
    print(WELL if well else WANTING)  # noqa: T201
    sys.stdout.flush()
    return well


async def _within(patience: float, look: Look) -> Sequence[Finding]:
    async with asyncio.timeout(patience):
        return await look()


def _findings(part: str, outcome: Sequence[Finding] | BaseException, patience: float) -> Sequence[Finding]:
    match outcome:
        case ParleyError():
            return [Finding("mend", part, outcome.message)]
        case TimeoutError():
            return [
                Finding(
                    "mend",
                    part,
                    f"it did not answer within {patience:g} s: it, or the way to it, is away or overloaded.",
                )
            ]
        case BaseException():  # its message may quote anything
            mistake = f"it could not be looked at, by a mistake in Parley ({type(outcome).__name__}); please report it."
            return [Finding("mend", part, mistake)]
    return outcome
