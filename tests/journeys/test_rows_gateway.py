"""Rows of the fault matrix at Discord's gateway: connections that end, come back, and repeat what was heard before."""

from collections import Counter
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio

from simulators.completions import Script
from tests.journeys.rows import WORDS, ended, rows_of, tell
from tests.journeys.stored import letters
from tests.journeys.test_discord import texts
from tests.journeys.world import World, a_world
from tests.polling import until

pytestmark = pytest.mark.asyncio(loop_scope="module")

DROPS = 50
IDENTIFIES_A_DAY = 1000  # then Discord resets the token
MISCONFIGURED = 78


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """One bot that finds a deaf connection out within a second."""
    folder = tmp_path_factory.mktemp("gateway")
    async with a_world(folder, "discord", PARLEY_DISCORD__HEARTBEAT_ACK_SECONDS="1", start=False) as world:
        world.discord.gateway.heartbeat_interval = 0.2
        await world.start()
        yield world


async def is_answered(world: World, text: str) -> None:
    """Bob asks in private, and gets one answer."""
    sim = world.discord
    asked = await sim.say(sim.bob, sim.dm(sim.bob), text)
    assert await ended(world, asked) == "answered"
    assert texts(world, sim.dm(sim.bob)).count(f"You said: {text}") == 1


async def test_row_37_events_that_come_once_more(world: World) -> None:
    """37: Gateway close 4000 → resume with replay of 3 events seen before: no double answers. I3."""
    sim = world.discord
    identifies = sim.identifies
    asked = [await sim.slash(sim.alice, sim.channel, "chat", text=f"question {number}") for number in range(2)]
    said = await sim.say(sim.bob, sim.channel, "question 2", mention=True)
    for each in (*asked, said):
        assert await ended(world, each) == "answered"
    requests = len(world.hf.requests)
    await sim.replay(3)
    await is_answered(world, "and then?")  # whoever hears this has heard the three again
    assert rows_of(world, *asked, said) == Counter(answered=3)
    assert sorted(texts(world, sim.channel)) == [f"You said: question {number}" for number in range(3)]
    assert len(world.hf.requests) == requests + 1
    assert sim.identifies == identifies


async def test_row_38_a_session_that_is_invalid(world: World) -> None:
    """38: op 9 invalid session (false): short silence, then normal; what was written meanwhile is answered."""
    sim = world.discord
    await is_answered(world, "before the silence")
    identifies = sim.identifies
    await sim.op9(resumable=False)
    await is_answered(world, "written during the silence")
    assert sim.identifies == identifies + 1


async def test_row_38_a_connection_that_is_asked_to_come_again(world: World) -> None:
    """38: op 7 reconnect: the same session goes on."""
    sim = world.discord
    identifies, resumes = sim.identifies, sim.resumes
    await sim.op7()
    await until(lambda: sim.resumes > resumes)
    await is_answered(world, "after op 7")
    assert sim.identifies == identifies


async def test_row_38_a_connection_that_is_dead(world: World) -> None:
    """38: zombie (no ACK): found out, and made anew; an answer that grows meanwhile is not disturbed. I12."""
    sim = world.discord
    identifies = sim.identifies
    tell(world, {"a long one": Script(WORDS, rate=40)})
    asked = await sim.slash(sim.alice, sim.add_channel("growing"), "chat", text="a long one")
    sim.mute_acks = True
    await until(lambda: sim.identifies > identifies)
    sim.mute_acks = False
    assert await ended(world, asked) == "answered"
    assert asked.response
    assert letters(asked.response.text) == letters(WORDS)
    await is_answered(world, "after the zombie")


def comes_back(world: World, connections: int) -> bool:
    """Whether the gateway was connected to once more than so many times."""
    sim = world.discord
    return sim.identifies + sim.resumes > connections and sim.gateway.live.is_set()


async def test_row_40_fifty_drops_in_ten_minutes(world: World) -> None:
    """40: 50 gateway drops in 10 min: back-off; identify count within budget. I11.

    Most can be resumed, which costs nothing; two take the session with them.
    """
    sim = world.discord
    identifies, began = sim.identifies, sim.clock.now()
    for number in range(1, DROPS + 1):
        known = sim.identifies + sim.resumes
        await sim.drop(4009 if number % 25 == 0 else 4000)
        await until(partial(comes_back, world, known))
        sim.advance(12)
    assert sim.clock.now() - began >= 600
    assert sim.identifies - identifies == DROPS // 25
    assert sim.identifies < IDENTIFIES_A_DAY
    await is_answered(world, "after fifty drops")


async def test_row_39_a_token_that_is_withdrawn(tmp_path: Path) -> None:
    """39: Close 4004: that adapter stops with a clear log; exit 78 when none is left; no reconnect loop. I11."""
    async with a_world(tmp_path, "discord") as world:
        await world.discord.drop(4004)
        process = world.process
        assert process
        await until(lambda: process.returncode is not None)
        assert process.returncode == MISCONFIGURED
        assert world.discord.identifies == 1
        assert "DISCORD_TOKEN" in world.log
        assert "Make a new one at https://discord.com/developers/applications" in world.log


async def test_row_39_an_intent_that_is_not_granted(tmp_path: Path) -> None:
    """39: Close 4014: the other platform goes on. I12."""
    async with a_world(tmp_path, "discord", "telegram", PARLEY_DISCORD__MESSAGE_CONTENT="true", start=False) as world:
        world.discord.gateway.privileged = 0
        world.platforms = ("telegram",)  # the one that will be heard
        world.settings = {**world.settings, "DISCORD_TOKEN": world.discord.token}
        await world.start()
        await until(lambda: "Message Content Intent" in world.log)
        sim = world.telegram
        said = sim.say(sim.alice, sim.private(sim.alice), "hello")
        assert await ended(world, said) == "answered"
        assert world.discord.identifies == 1
        assert "set discord.message_content = false" in world.log
