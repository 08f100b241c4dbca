"""The bot as a process of its own, asked by whoever watches over it."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import aiohttp

from simulators.simulator import Fault
from tests.adapters.web.test_metrics import read
from tests.adapters.web.test_server import a_free_port
from tests.journeys.world import a_world


async def until_missing(session: aiohttp.ClientSession, *names: str) -> Any:
    """Wait until /readyz says that exactly these are missing; its words."""
    async with asyncio.timeout(20):
        while True:
            async with session.get("/readyz") as response:
                answer = await response.json()
                if set(answer["missing"]) == set(names):
                    assert response.status == (503 if names else 200)
                    return answer["missing"]
            await asyncio.sleep(0.05)


async def test_a_platform_that_is_away_is_named_until_it_is_back(tmp_path: Path) -> None:
    port = a_free_port()
    async with (
        aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session,
        a_world(tmp_path, "telegram", PARLEY_WEB__PORT=str(port), PARLEY_TELEGRAM__POLL_SECONDS="1") as world,
    ):
        await until_missing(session)
        fault = Fault("/getUpdates", "status", times=1000, status=502)
        world.telegram.faults.append(fault)
        assert await until_missing(session, "telegram") == {"telegram": "Telegram does not answer."}
        async with session.get("/healthz") as health:
            assert health.status == 200
        world.telegram.faults.remove(fault)
        await until_missing(session)


async def test_whatever_keeps_questions_from_coming_is_named_and_the_figures_agree(tmp_path: Path) -> None:
    port = a_free_port()
    async with (
        aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session,
        a_world(
            tmp_path, "discord", "telegram", PARLEY_WEB__PORT=str(port), PARLEY_TELEGRAM__POLL_SECONDS="1"
        ) as world,
    ):
        await until_missing(session)
        closed = Fault("/gateway/", "status", times=1000, status=503)
        world.discord.faults.append(closed)
        await world.discord.drop()
        assert await until_missing(session, "discord") == {"discord": "The gateway is not connected."}
        assert await ready(session) == {"database": 1, "discord": 0, "telegram": 1}
        world.discord.faults.remove(closed)
        await until_missing(session)

        with closing(sqlite3.connect(world.database, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            said = await until_missing(session, "database")
            assert "busy" in said["database"]
            assert await ready(session) == {"database": 0, "discord": 1, "telegram": 1}
            other.execute("ROLLBACK")
        await until_missing(session)
        assert await ready(session) == {"database": 1, "discord": 1, "telegram": 1}

        world.telegram.world.webhook = {"url": "https://elsewhere.example/", "max_connections": 40}
        said = await until_missing(session, "telegram")
        assert said == {"telegram": "Telegram sends this bot's updates to somebody else."}
        assert await ready(session) == {"database": 1, "discord": 1, "telegram": 0}


async def ready(session: aiohttp.ClientSession) -> dict[str, float]:
    """As the figures say it."""
    async with session.get("/metrics") as response:
        found = read(await response.text())
    return {dict(labels)["part"]: value for (name, labels), value in found.items() if name == "parley_ready"}
