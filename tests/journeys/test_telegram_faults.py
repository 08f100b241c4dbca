"""Rows of the fault matrix that are about places on Telegram: groups that move, chats that close, topics that go."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from adapters.telegram.webhook import HEADER, secret_of
from simulators.completions import Script
from simulators.simulator import Entry
from simulators.telegram.values import Chat, User
from tests.adapters.web.test_server import a_free_port
from tests.journeys.rows import WORDS, ended, fates, tell
from tests.journeys.stored import letters, until_ended
from tests.journeys.test_telegram import button, texts
from tests.journeys.world import World, a_world
from tests.polling import until

pytestmark = pytest.mark.asyncio(loop_scope="module")

WRITES = r"/(sendMessage|editMessageText)$"
LONG = Script("word " * 3000, rate=40)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """One bot for all of them, with drafts in private chats; each row has people and places of its own."""
    folder = tmp_path_factory.mktemp("faults")
    async with a_world(folder, "telegram", PARLEY_TELEGRAM__PREVIEWS="drafts") as world:
        yield world


@pytest.fixture
def person(world: World) -> User:
    return newcomer(world)


@pytest.fixture
def home(world: World, person: User) -> Chat:
    return world.telegram.private(person)


def newcomer(world: World) -> User:
    number = len(world.telegram.world.users)
    return world.telegram.add_user("Somebody", f"somebody_{number}", started=True)


def asked_of_the_model(world: World, text: str) -> int:
    return sum(request["messages"][-1]["content"] == text for request in world.hf.requests)


def early(writes: Sequence[Entry], interval: float) -> list[str]:
    """Those that came sooner than the pace allows after any write before, but for what a busy machine shifts."""
    return [
        after.request
        for number, before in enumerate(writes)
        for steps, after in enumerate(writes[number + 1 :], 1)
        if after.at - before.at < steps * interval - 0.1
    ]


async def test_row_28_a_message_that_is_deleted_while_it_grows(world: World, person: User) -> None:
    """28: Message deleted mid-stream: generation stops; nothing re-posted; `cancelled`. I2 I7."""
    sim = world.telegram
    group = sim.add_group("Row 28")
    sim.join(person, group)
    tell(world, {"row 28": LONG})
    asked = sim.say(person, group, "/chat row 28")
    await until(lambda: texts(world, group))
    sim.remove(sim.messages(group)[-1])
    assert await ended(world, asked) == "cancelled"
    assert texts(world, group) == []
    await until(lambda: world.hf.open_streams == 0)


@pytest.mark.parametrize("how", ["closed", "deleted"])
async def test_row_29_a_topic_that_is_closed_or_deleted(world: World, person: User, how: str) -> None:
    """29: Channel or thread deleted, topic closed: stop. I2. That it is closed shows when a page must be posted."""
    sim = world.telegram
    forum = sim.add_group(f"Row 29 {how}", topics=True)
    sim.join(person, forum)
    topic, other = forum.topics
    question = f"row 29, a topic that is {how}"
    tell(world, {question: Script(LONG.text, rate=800)})
    asked = sim.say(person, forum, f"/chat {question}", topic=topic)
    await until(lambda: texts(world, forum))
    (sim.close_topic if how == "closed" else sim.delete_topic)(forum, topic)
    assert await ended(world, asked) == ("undeliverable" if how == "closed" else "cancelled")
    await until(lambda: world.hf.open_streams == 0)
    sim.say(person, forum, "/chat elsewhere", topic=other)
    await until(lambda: "You said: elsewhere" in texts(world, forum))


@pytest.mark.parametrize("how", ["block", "deactivate"])
async def test_row_31_a_person_who_blocks_the_bot(world: World, person: User, home: Chat, how: str) -> None:
    """31: Blocked by user, user deactivated: `undeliverable`; the queue for that chat is cleared. I11."""
    sim = world.telegram
    first, second, third = (f"row 31 {how} {number}" for number in (1, 2, 3))
    tell(world, {first: LONG})
    asked = [sim.say(person, home, first)]
    await until(lambda: sim.drafts(home) or texts(world, home))
    asked += [sim.say(person, home, second), sim.say(person, home, third)]
    await until(lambda: len([each for each in asked if str(each.id) in fates(world)]) == 3)
    getattr(sim, how)(person)
    await until(lambda: [fates(world)[str(each.id)][0] for each in asked] == ["undeliverable"] * 3, 40)
    assert asked_of_the_model(world, second) == asked_of_the_model(world, third) == 0
    refused = [entry for entry in sim.ledger if entry.status == 403 and str(home.id) in str(entry.body)]
    assert 1 <= len(refused) <= 4
    other = newcomer(world)
    sim.say(other, sim.private(other), "and I?")
    await until(lambda: texts(world, sim.private(other)) == ["You said: and I?"])


async def test_row_42_twelve_people_ask_in_one_group_at_once(world: World) -> None:
    """42: Group budget: first messages queue; edits at least 3 s apart, shared; all finals arrive. I2 I11.

    The simulator's 3 s are 0.3 here.
    """
    sim = world.telegram
    group = sim.add_group("Row 42")
    people = [newcomer(world) for _ in range(12)]
    questions = [f"row 42, person {number}" for number in range(12)]
    tell(world, {question: Script(f"{WORDS} for {question}", rate=100) for question in questions})
    asked = []
    for person, question in zip(people, questions, strict=True):
        sim.join(person, group)
        asked.append(sim.say(person, group, f"/chat {question}"))
    assert [await ended(world, each) for each in asked] == ["answered"] * 12
    shown = [letters(text) for text in texts(world, group)]
    assert sorted(shown) == sorted(letters(f"{WORDS} for {question}") for question in questions)
    writes = [entry for entry in sim.seen(WRITES) if str(entry.body.get("chat_id")) == str(group.id)]
    assert {entry.status for entry in writes} == {200}
    assert early(writes, 0.3) == []


async def test_row_45_drafts_that_are_refused(world: World, person: User, home: Chat) -> None:
    """45: Draft refused (`TEXTDRAFT_PEER_INVALID`): edits at the safe pace, no cascade. I11."""
    sim = world.telegram
    tell(world, {"row 45": Script(WORDS, rate=60)})
    sim.refuse_drafts(home)
    for number in (1, 2):
        assert await ended(world, sim.say(person, home, "row 45")) == "answered"
        assert [letters(text) for text in texts(world, home)] == [letters(WORDS)] * number
    calls = [entry for entry in sim.ledger if str(entry.body and entry.body.get("chat_id")) == str(home.id)]
    assert [entry.status for entry in calls if "Draft" in entry.request] == [400]
    edits = [entry for entry in calls if entry.request.endswith("/editMessageText")]
    assert len(edits) > 2
    assert early(edits, 0.1) == []

    other = newcomer(world)
    elsewhere = sim.private(other)
    asked = sim.say(other, elsewhere, "row 45")
    await until(lambda: sim.drafts(elsewhere))
    assert await ended(world, asked) == "answered"
    (message,) = [each for each in sim.messages(elsewhere) if each.sender is sim.bot]
    assert [letters(text) for text in message.history] == [letters(WORDS)]  # posted once, whole
    assert sim.drafts(elsewhere) == []


async def test_a_draft_has_a_stop_of_its_own(world: World, person: User, home: Chat) -> None:
    sim = world.telegram
    tell(world, {"go on for ever": LONG})
    asked = sim.say(person, home, "go on for ever")
    await until(lambda: [draft for draft in sim.drafts(home) if "word" in draft.text])
    sim.stop_draft(sim.drafts(home)[0])
    assert await ended(world, asked) == "cancelled"
    assert "Stopped." in texts(world, home)[0]
    assert len(texts(world, home)) == 1


async def test_row_47_a_group_that_becomes_a_supergroup(world: World, person: User) -> None:
    """47: Group upgraded to supergroup mid-conversation: history follows; answer in the new chat. I5 I6."""
    sim = world.telegram
    group = sim.add_group("Row 47")
    sim.join(person, group)
    tell(world, {"row 47 second": Script(WORDS, rate=40)})
    assert await ended(world, sim.say(person, group, "/chat row 47 first")) == "answered"
    asked = sim.say(person, group, "/chat row 47 second")
    await until(lambda: len(texts(world, group)) == 2)
    new = sim.upgrade(group)
    sim.join(person, new)
    assert await ended(world, asked) == "answered"
    assert [letters(text) for text in texts(world, new)] == [letters(WORDS)]
    assert await ended(world, sim.say(person, new, "/chat row 47 third")) == "answered"
    told = [each["content"] for each in world.hf.requests[-1]["messages"]][1:]
    assert told == ["row 47 first", "You said: row 47 first", "row 47 second", WORDS, "row 47 third"]
    retry = sim.press(person, sim.messages(new)[-1], button(sim.messages(new)[-1], "retry"))
    await until(lambda: retry.answered is not None and len(texts(world, new)) == 3)


async def test_row_49_updates_that_come_out_of_order(world: World, person: User, home: Chat) -> None:
    """49: Updates out of order, a gap in ids: by conversation order of message id. I5."""
    sim = world.telegram
    asked = [sim._message(person, home, f"row 49 {number}") for number in ("first", "second")]
    number = sim.put({"poll": {}}) + 100  # a gap
    for place, message in enumerate(reversed(asked)):
        sim.put({"update_id": number + place, "message": sim.world.json(message)})
    for each in asked:
        assert await ended(world, each) == "answered"
    assert texts(world, home) == ["You said: row 49 first", "You said: row 49 second"]


async def test_row_48_the_same_update_three_times(tmp_path: Path) -> None:
    """48: Same update delivered 3 times (webhook retry): one answer. I3."""
    port = a_free_port()
    url = f"http://127.0.0.1:{port}/telegram"
    async with a_world(tmp_path, "telegram", PARLEY_WEB__PORT=str(port), PARLEY_TELEGRAM__WEBHOOK_URL=url) as world:
        sim = world.telegram
        home = sim.private(sim.alice)
        message = sim._message(sim.alice, home, "only once")
        body = json.dumps({"update_id": 990_000_001, "message": sim.world.json(message)})
        secret = {HEADER: secret_of(sim.token, url)}
        async with aiohttp.ClientSession() as session:

            async def post() -> int:
                async with session.post(url, data=body, headers=secret) as response:
                    return response.status

            assert list(await asyncio.gather(post(), post(), post())) == [200, 200, 200]
            await until_ended(world, 1)
            assert await post() == 200
        assert texts(world, home) == ["You said: only once"]
        assert len(fates(world)) == 1
