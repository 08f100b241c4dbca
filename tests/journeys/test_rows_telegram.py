"""Rows of the fault matrix on Telegram: what people see, and what is stored, whatever the Bot API answers."""

from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from simulators.completions import Script
from simulators.simulator import Entry, Fault
from simulators.telegram.refusals import DURING
from simulators.telegram.values import Chat, User
from tests.journeys.rows import WORDS, a_second_process, by_telegram, ended, rows_of, tell
from tests.journeys.stored import letters
from tests.journeys.test_telegram import button, replies, texts
from tests.journeys.world import World, a_world
from tests.polling import until

pytestmark = pytest.mark.asyncio(loop_scope="module")

SEND, EDIT = r"/sendMessage$", r"/editMessageText$"
FLOOD_SECONDS = 2.5


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """One bot for all of them; each has a person of its own, so that none disturbs another."""
    async with a_world(tmp_path_factory.mktemp("rows"), "telegram") as world:
        yield world


@pytest.fixture
def person(world: World) -> User:
    number = len(world.telegram.world.users)
    return world.telegram.add_user("Somebody", f"somebody_{number}", started=True)


@pytest.fixture
def home(world: World, person: User) -> Chat:
    return world.telegram.private(person)


def calls(world: World, method: str, home: Chat) -> list[Entry]:
    """What was asked of this method for this chat."""
    return [entry for entry in world.telegram.seen(method) if str(entry.body.get("chat_id")) == str(home.id)]


async def test_row_41_a_flood_limit_during_streaming(world: World, person: User, home: Chat) -> None:
    """41: Edit flood: 429 `retry_after` 120 during streaming: no edit for 120 s, other chats unaffected, final arrives
    after it. I11 I12 I4. It is shorter here.
    """
    sim = world.telegram
    tell(world, {"a long one": Script(WORDS, rate=60)})
    asked = sim.say(person, home, "a long one")
    await until(lambda: texts(world, home) and "word3" in texts(world, home)[0])
    sim.hold(home, FLOOD_SECONDS / sim.scale)
    await until(lambda: calls(world, EDIT, home)[-1].status == 429)
    told = calls(world, EDIT, home)[-1]
    neighbour = sim.add_user("Neighbour", "neighbour", started=True)
    beside = sim.say(neighbour, sim.private(neighbour), "and me?")
    assert await ended(world, beside) == "answered"
    await until(lambda: not world.hf.open_streams)  # the model is not held back
    assert sim.clock.now() < told.at + told.hold
    assert await ended(world, asked) == "answered"
    later = calls(world, EDIT, home)
    after = later[later.index(told) + 1]
    assert after.at - told.at >= told.hold > FLOOD_SECONDS / 2
    assert letters(texts(world, home)[0]) == letters(WORDS)
    assert len(texts(world, home)) == 1
    assert [entry for entry in sim.ledger if entry.verdict == DURING] == []


async def test_row_43_an_edit_that_changes_nothing(world: World, person: User, home: Chat) -> None:
    """43: "message is not modified": ignored as success. I4. Here of a last edit that arrived, unheard of."""
    sim = world.telegram
    tell(world, {"a short one": Script("One two three four", rate=50, fault="stall", after=3)})
    asked = sim.say(person, home, "a short one")
    await until(lambda: texts(world, home) == ["One two three"])  # and nothing more comes
    sim.faults.append(Fault(EDIT, "lose response"))
    (message,) = replies(world, home)
    sim.press(person, message, button(message, "stop"))
    assert await ended(world, asked) == "cancelled"
    assert message.text == "One two three\n\nStopped."
    lost, repeated = calls(world, EDIT, home)[-2:]
    assert (lost.status, repeated.status) == (0, 400)
    assert "not modified" in repeated.verdict
    assert "Traceback" not in world.log


async def test_row_44_a_formatting_that_is_refused(world: World, person: User, home: Chat) -> None:
    """44: "can't parse entities" on a half Markdown: plain text for that edit; final rendered. I4."""
    sim = world.telegram
    tell(world, {"a bold one": Script(tokens=["**bold", " words** and", " more."], rate=5)})
    wrong = "Bad Request: can't parse MessageEntity: unsupported type specified"
    sim.faults += [by_telegram(SEND, 400, wrong), by_telegram(EDIT, 400, wrong)]
    asked = sim.say(person, home, "a bold one")
    assert await ended(world, asked) == "answered"
    sim.faults.clear()
    (message,) = replies(world, home)
    refused = [entry for entry in (*calls(world, SEND, home), *calls(world, EDIT, home)) if entry.status == 400]
    assert refused
    assert all("entities" in entry.body for entry in refused)
    plain = [entry for entry in calls(world, SEND, home) if "entities" not in entry.body]
    assert [entry.status for entry in plain] == [200]
    assert message.history[0].startswith("bold")
    assert message.text == "bold words and more."
    assert message.entities == [{"type": "bold", "offset": 0, "length": 10}]
    assert all("*" not in text for text in message.history)


@pytest.mark.parametrize("times", [1, 2])
async def test_row_46_a_message_that_was_sent_unheard_of(world: World, person: User, home: Chat, times: int) -> None:
    """46: `sendMessage` time-out after the server accepted it: at most one extra message each time, counted; a
    repeat that may be one is marked. I3.
    """
    sim = world.telegram
    sim.faults.append(Fault(SEND, "lose response", times=times))
    asked = sim.say(person, home, "hello")
    assert await ended(world, asked) == "answered"
    sim.faults.clear()
    first, *repeats = texts(world, home)
    assert "Sent again" not in first
    assert 1 <= len(repeats) <= times
    assert all("Sent again" in text for text in repeats)
    assert repeats[-1].startswith("You said: hello")
    assert len(calls(world, SEND, home)) == 1 + len(repeats)
    assert rows_of(world, asked) == Counter(answered=1)


async def test_row_50_a_second_process_polls(tmp_path: Path) -> None:
    """50: Second instance polls (409): one leader; the other stands by and says so. I3."""
    async with a_world(tmp_path, "telegram") as world:
        sim = world.telegram
        async with a_second_process(world) as second:
            await until(lambda: "standing by" in world.log)
            asked: list[Any] = []
            for number in range(5):
                asked.append(sim.say(sim.alice, sim.private(sim.alice), f"question {number}"))
                assert await ended(world, asked[-1]) == "answered"
            shown = [text.rpartition(": ")[2] for text in texts(world, sim.private(sim.alice))]
            assert shown == [f"question {number}" for number in range(5)]
            assert rows_of(world, *asked) == Counter(answered=5)
            assert second.returncode is None
            assert world.process
            assert world.process.returncode is None
            refused = [entry for entry in sim.seen("/getUpdates$") if entry.status == 409]
            assert 1 <= len(refused) <= 3
            assert world.log.count("standing by") == 1
