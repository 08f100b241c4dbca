"""Telegram posts what happens to the bot's own port, with a process that is killed and a change of mind in between."""

import asyncio
import io
import signal
from pathlib import Path
from typing import Any

import aiohttp

from adapters.telegram.webhook import HEADER, LARGEST, secret_of
from simulators.huggingface import Script
from tests.adapters.web.test_server import a_free_port
from tests.journeys.newsletter import newsletter
from tests.journeys.stored import states, until_ended
from tests.journeys.test_telegram import texts
from tests.journeys.world import a_world
from tests.polling import until


async def test_a_webhook_and_polling_take_turns_and_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    port = a_free_port()
    url = f"http://127.0.0.1:{port}/telegram"
    settings: dict[str, Any] = {"PARLEY_WEB__PORT": str(port), "PARLEY_TELEGRAM__WEBHOOK_URL": url}
    async with a_world(tmp_path, "telegram", **settings) as world:
        sim = world.telegram
        home, other = sim.private(sim.alice), sim.private(sim.bob)
        sim.say(sim.alice, home, "by webhook")
        await until_ended(world, 1)
        assert texts(world, home) == ["You said: by webhook"]
        assert sim.seen("/getUpdates") == []

        world.hf.scripts.append(Script("a long paste, read"))
        sim.paste(sim.alice, home, newsletter())
        await until_ended(world, 2)
        assert world.hf.requests[-1]["messages"][-1]["content"] == newsletter()

        await world.stop(signal.SIGKILL)
        sim.say(sim.alice, home, "while it was down")
        await world.start()
        await until_ended(world, 3)

        await world.stop()
        sim.say(sim.bob, other, "now it is asked")
        world.settings["PARLEY_TELEGRAM__WEBHOOK_URL"] = ""
        await world.start()
        await until_ended(world, 4)
        assert texts(world, other) == ["You said: now it is asked"]
        assert len(texts(world, home)) == 3
        assert states(world.database) == {"answered": 4}


async def test_row_51_what_telegram_did_not_post_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    port = a_free_port()
    url = f"http://127.0.0.1:{port}/telegram"
    async with a_world(tmp_path, "telegram", PARLEY_WEB__PORT=str(port), PARLEY_TELEGRAM__WEBHOOK_URL=url) as world:
        secret = secret_of(world.telegram.token, url)
        update = b'{"update_id": 1, "message": {"text": "a forged message"}}'
        async with aiohttp.ClientSession() as session:
            for headers, body, status in (
                ({}, update, 401),
                ({HEADER: "wrong"}, update, 401),
                ({HEADER: secret}, b"x" * (LARGEST + 1), 413),
                ({HEADER: secret}, b'{"update_id": 1, "mess', 400),
            ):
                async with session.post(url, data=io.BytesIO(body), headers=headers) as response:
                    assert response.status == status
        assert states(world.database) == {}
        assert "forged" not in world.log
        assert secret not in world.log


async def test_a_webhook_without_a_port_is_the_operators_to_mend(tmp_path: Path) -> None:
    async with a_world(
        tmp_path, "telegram", start=False, PARLEY_TELEGRAM__WEBHOOK_URL="https://parley.example/telegram"
    ) as world:
        starting = asyncio.create_task(world.start())
        await until(lambda: world.process is not None and world.process.returncode is not None)
        assert await world.stop() == 78
        assert "PARLEY_WEB__PORT" in world.log
        await asyncio.gather(starting, return_exceptions=True)
