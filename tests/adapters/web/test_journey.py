"""The bot as a process of its own, asked by whoever watches over it."""

import asyncio
from pathlib import Path
from typing import Any

import aiohttp

from simulators.simulator import Fault
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
