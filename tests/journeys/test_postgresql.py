"""The bot with a PostgreSQL as its database."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from simulators.huggingface import Script
from tests.journeys.rows import a_second_process
from tests.journeys.test_discord import texts
from tests.journeys.test_telegram import button, buttons, replies
from tests.journeys.world import World, a_world
from tests.polling import until
from tests.storage.conftest import Place
from tests.storage.postgresql import MIGRATED, Server

STILL_WAITING = "Still waiting for the model …"  # said after ten seconds without a word
WORDS = " ".join(f"word{number}" for number in range(150))


@pytest.fixture
async def database(postgresql: Server, tmp_path: Path) -> Place:
    await postgresql.empty()
    return Place(tmp_path, postgresql.url(MIGRATED))


async def until_stored(server: Server, place: Place, query: str, expected: object) -> None:
    async with server.session(place.name) as session, asyncio.timeout(20):
        while await session.fetchval(query) != expected:  # noqa: ASYNC110 - a server's state
            await asyncio.sleep(0.01)


def in_state(state: str) -> str:
    return f"SELECT count(*) FROM inbox WHERE state = '{state}'"


async def test_what_sigkill_cut_off_is_taken_up_and_can_be_continued(
    tmp_path: Path, postgresql: Server, database: Place
) -> None:
    async with a_world(tmp_path, "telegram", DATABASE_URL=database.url) as world:
        sim = world.telegram
        home = sim.private(sim.alice)
        world.hf.scripts += [Script(WORDS, rate=20), Script("and so on")]
        sim.say(sim.alice, home, "tell me a lot")
        await until_stored(postgresql, database, "SELECT count(*) FROM inbox WHERE partial IS NOT NULL", 1)
        await world.restart(signal.SIGKILL)
        await until_stored(postgresql, database, in_state("partial-told"), 1)
        (message,) = replies(world, home)
        assert message.text.startswith("word0")
        assert "cut off" in message.text
        assert buttons(message) == {"continue", "retry"}
        sim.press(sim.alice, message, button(message, "continue"))
        await until_stored(postgresql, database, in_state("answered"), 1)
        assert replies(world, home)[1].text == "and so on"
        assert len(world.hf.requests) == 2


@asynccontextmanager
async def a_second_bot(world: World) -> AsyncIterator[Path]:
    """In the same place, under the same name. Yields its log."""
    log = world.folder / "second log"
    with log.open("wb") as file:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "run", cwd=world.folder, env=world._environment(), stdout=file, stderr=file
        )
    try:
        yield log
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0, log.read_text()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_of_two_processes_one_answers_an_open_question(
    tmp_path: Path, postgresql: Server, database: Place
) -> None:
    async with a_world(tmp_path, "telegram", DATABASE_URL=database.url) as world:
        sim = world.telegram
        home = sim.private(sim.alice)
        world.hf.scripts.append(Script("too late", first=3600))
        sim.say(sim.alice, home, "what do you say?")
        await until(lambda: world.hf.open_streams)
        async with a_second_bot(world) as log:
            await until(lambda: "(409)" in log.read_text() + world.log)  # it polls: what is open it has taken up before
            sim.say(sim.bob, sim.private(sim.bob), "and to me?")
            await until_stored(postgresql, database, in_state("answered"), 1)
            assert {message.text for message in replies(world, home)} <= {STILL_WAITING}
            assert len(world.hf.requests) == 2
            await world.restart(signal.SIGKILL)
            await until_stored(postgresql, database, in_state("answered"), 2)
        assert [message.text for message in replies(world, home)] == ["You said: what do you say?"]
        assert len(world.hf.requests) == 3


async def test_row_21_two_processes_hear_the_same(tmp_path: Path, postgresql: Server, database: Place) -> None:
    """21: two processes: one answer only. I3."""
    async with a_world(tmp_path, "discord", DATABASE_URL=database.url) as world:
        sim = world.discord
        sessions = len(sim.gateway.sessions)
        async with a_second_process(world):
            await until(lambda: len(sim.gateway.sessions) > sessions)
            place = sim.add_channel("two-processes")
            asked = [await sim.slash(sim.alice, place, "chat", text=f"question {number}") for number in range(4)]
            await sim.say(sim.bob, place, "question 4", mention=True)
            await until_stored(postgresql, database, in_state("answered"), 5)
        assert all(each.acknowledged_at is not None for each in asked)
        await until_stored(postgresql, database, "SELECT count(*) FROM inbox", 5)
        assert len(world.hf.requests) == 5
        assert sorted(texts(world, place)) == [f"You said: question {number}" for number in range(5)]
