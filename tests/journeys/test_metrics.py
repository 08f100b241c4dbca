"""The figures of a bot that runs: after questions, a rate limit and failures they say what happened."""

import asyncio
from pathlib import Path

import aiohttp

from simulators.huggingface import Script
from simulators.simulator import Fault
from tests.adapters.web.test_metrics import Figures, read
from tests.adapters.web.test_server import a_free_port
from tests.journeys.stored import until_ended
from tests.journeys.world import a_world

FLOOD = b'{"ok":false,"error_code":429,"description":"Too Many Requests","parameters":{"retry_after":1}}'


async def figures(session: aiohttp.ClientSession) -> Figures:
    async with session.get("/metrics") as response:
        assert response.status == 200
        return read(await response.text())


async def settled(session: aiohttp.ClientSession) -> Figures:
    """When nothing is open any more: an end is stored a moment before it is counted."""
    async with asyncio.timeout(20):
        while of(found := await figures(session), "open_questions"):
            continue
    return found


def of(found: Figures, name: str, **labels: str) -> float:
    return found.get((f"parley_{name}", tuple(sorted(labels.items()))), 0.0)


async def test_the_figures_say_what_happened(tmp_path: Path) -> None:
    port = a_free_port()
    async with (
        a_world(tmp_path, "discord", "telegram", PARLEY_WEB__PORT=str(port)) as world,
        aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session,
    ):
        discord, telegram = world.discord, world.telegram
        world.hf.scripts += [
            Script(" ".join(f"word{n}" for n in range(60)), rate=50, first=0.3),  # grows, so it is edited
            Script(status=429),
            Script(status=500),
            Script("at the third try"),
        ]
        asked = await discord.slash(discord.alice, discord.channel, "chat", text="a long answer please")
        await until_ended(world, 1)
        telegram.faults.append(Fault("/sendMessage", "status", status=429, body=FLOOD))
        telegram.say(telegram.alice, telegram.private(telegram.alice), "what went wrong")
        await until_ended(world, 2)
        telegram.say(telegram.alice, telegram.private(telegram.alice), "/help")
        await until_ended(world, 3)
        found = await settled(session)
        while of(found, "loop_lag_seconds_count") < 1:
            found = await figures(session)
        edits = asked.response.edits if asked.response else 0

    assert of(found, "questions_total", platform="discord", end="answered") == 1
    assert of(found, "questions_total", platform="telegram", end="answered") == 2
    assert of(found, "first_token_seconds_count", platform="discord") == 1
    assert of(found, "first_token_seconds_sum", platform="discord") >= 0.3
    assert of(found, "first_shown_seconds_sum", platform="discord") >= 0.3
    assert of(found, "first_token_seconds_count", platform="telegram") == 1  # no model helps with /help
    assert of(found, "first_shown_seconds_count", platform="telegram") == 2
    assert of(found, "tokens_total", kind="completion") >= 60
    assert of(found, "tokens_total", kind="prompt") > 0
    assert of(found, "writes_total", platform="discord", kind="edit") == edits >= 3
    sent = [entry for entry in telegram.seen("/sendMessage") if entry.status == 200]
    assert of(found, "writes_total", platform="telegram", kind="send") == len(sent)
    assert of(found, "rate_limits_total", where="telegram") == 1
    assert of(found, "rate_limits_total", where="model") == 1
    assert of(found, "errors_total", where="model", kind="failing") == 1
    assert of(found, "open_questions") == of(found, "queued_questions") == 0
    for part in ("database", "discord", "telegram"):
        assert of(found, "ready", part=part) == 1


async def test_questions_that_wait_are_counted_while_they_do(tmp_path: Path) -> None:
    port = a_free_port()
    async with (
        a_world(tmp_path, "telegram", PARLEY_WEB__PORT=str(port)) as world,
        aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session,
    ):
        sim = world.telegram
        world.hf.default = Script("late", first=3600)
        for number in range(3):
            sim.say(sim.alice, sim.private(sim.alice), f"question {number}")
        found: Figures = {}
        while of(found, "open_questions") < 3:
            found = await figures(session)
        assert of(found, "queued_questions") == 2
        sim.say(sim.alice, sim.private(sim.alice), "/stop")
        await until_ended(world, 4)
        found = await settled(session)
    assert of(found, "questions_total", platform="telegram", end="cancelled") == 3
    assert of(found, "open_questions") == 0
