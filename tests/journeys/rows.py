"""What the tests of the fault matrix share: who asks, what the model says to whom, and how a question ended.

The fault matrix is the list of faults that Parley promises to survive; each row's test is named after its number.
"""

import asyncio
import json
import signal
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing
from typing import Any

from simulators.completions import Script
from simulators.huggingface import echo
from simulators.simulator import Fault
from tests.journeys.nursery import Bot
from tests.journeys.stored import ENDS
from tests.journeys.world import World
from tests.polling import until

WORDS = " ".join(f"word{number}" for number in range(60))


def tell(world: World, scripts: Mapping[str, Script]) -> None:
    """Let the model answer these questions so, and every other one with its own words."""

    def chosen(body: Mapping[str, Any]) -> Script:
        return scripts.get(body["messages"][-1]["content"]) or echo(body)

    world.hf.default = chosen


def fates(world: World) -> dict[str, tuple[str, str]]:
    """The state of every question and the reason for it, by the id of what was asked (an interaction, a message)."""
    with closing(sqlite3.connect(f"file:{world.database}?mode=ro", uri=True)) as connection:
        found = connection.execute("SELECT message, state, reason FROM inbox ORDER BY number").fetchall()
    return {message: (state, reason) for message, state, reason in found}


async def ended(world: World, asked: Any) -> str:
    """How the question ended that was asked by this interaction or message, as soon as it has."""
    await until(lambda: fates(world).get(str(asked.id), ("", ""))[0] in ENDS, 30)
    return fates(world)[str(asked.id)][0]


def rows_of(world: World, *asked: Any) -> Counter[str]:
    """How many rows of the inbox there are for these questions, by their state."""
    with closing(sqlite3.connect(f"file:{world.database}?mode=ro", uri=True)) as connection:
        found = connection.execute("SELECT message, state FROM inbox").fetchall()
    return Counter(state for message, state in found if message in {str(each.id) for each in asked})


def by_discord(pattern: str, status: int, code: int = 0, *, times: int = 1, skip: int = 0, **more: Any) -> Fault:
    """A refusal in Discord's own words."""
    body = json.dumps({"code": code, "message": "no", **more}).encode()
    return Fault(pattern, "status", times=times, skip=skip, status=status, body=body, headers={"Via": "1.1 google"})


def by_telegram(pattern: str, code: int, description: str, *, times: int = 1, skip: int = 0, **more: float) -> Fault:
    """A refusal in Telegram's own words."""
    body = {"ok": False, "error_code": code, "description": description, "parameters": more}
    return Fault(pattern, "status", times=times, skip=skip, status=code, body=json.dumps(body).encode())


@asynccontextmanager
async def a_second_process(world: World) -> AsyncIterator[Bot]:
    """The same bot once more, over the same database."""
    process = Bot(world.folder, world._environment())
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(30):
            await process.wait()
