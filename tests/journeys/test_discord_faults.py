"""Rows 28 to 36 of the fault matrix on Discord: messages, threads, channels and rights that go while an answer grows.

One bot for all of them; each test has a channel of its own.
"""

from collections.abc import AsyncIterator
from itertools import count
from typing import Any, Literal

import pytest
import pytest_asyncio

from simulators.completions import Script
from simulators.discord import Channel, Message
from simulators.discord.rights import Right
from tests.adapters.discord.reader import shown
from tests.journeys.answers import long_answer
from tests.journeys.rows import WORDS, by_discord, ended, fates, tell
from tests.journeys.stored import letters, read_aloud, seen
from tests.journeys.test_discord import buttons, replies, texts
from tests.journeys.world import World, a_world
from tests.polling import until

pytestmark = pytest.mark.asyncio(loop_scope="module")

Kind = Literal["mention", "command"]
KINDS: tuple[Kind, ...] = ("mention", "command")
POST, EDIT = r"POST .*/channels/\d+/messages$", r"PATCH .*/messages/"
PLACES = count(1)
HOUR = 3600.0
STANDING = {"a long one": Script(WORDS, rate=30), "for ever": Script("word " * 9000, rate=30)}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with a_world(tmp_path_factory.mktemp("faults"), "discord") as world:
        tell(world, STANDING)
        yield world
        assert [entry.request for entry in world.discord.ledger if entry.verdict == "before retry_after"] == []


@pytest.fixture
def place(world: World) -> Channel:
    return world.discord.add_channel(f"place-{next(PLACES)}")


async def ask(world: World, place: Channel, text: str, kind: Kind = "mention") -> Any:
    sim = world.discord
    if kind == "command":
        return await sim.slash(sim.alice, place, "chat", text=text)
    return await sim.say(sim.alice, place, text, mention=not place.private)


async def growing(world: World, place: Channel, text: str = "for ever", kind: Kind = "mention") -> tuple[Any, Message]:
    """A question and its answer, which has begun to grow."""
    before = len(replies(world, place))
    asked = await ask(world, place, text, kind)
    await until(lambda: len(replies(world, place)) > before and "word" in texts(world, place)[-1])
    return asked, replies(world, place)[-1]


def written(world: World, place: Channel, since: int) -> list[str]:
    """What was sent to this place: requests that make or change messages there."""
    lines = (entry.request for entry in world.discord.ledger[since:])
    return [line for line in lines if place.id in line and not line.endswith("/typing") and not line.startswith("GET")]


async def silent(world: World) -> None:
    """The model is asked for nothing any more."""
    await until(lambda: not world.hf.open_streams)


@pytest.mark.parametrize("kind", KINDS)
async def test_row_28_the_answer_is_deleted_while_it_grows(world: World, place: Channel, kind: Kind) -> None:
    """28: message deleted mid-stream (10008): generation stops; nothing re-posted; `cancelled`. I2 I7."""
    asked, answer = await growing(world, place, kind=kind)
    await world.discord.delete(answer)
    assert await ended(world, asked) == "cancelled"
    await silent(world)
    assert texts(world, place) == []
    assert len([line for line in written(world, place, 0) if line.startswith("POST")]) == (kind == "mention")


async def test_row_28_the_question_is_deleted(world: World, place: Channel) -> None:
    """28: who deletes the question wants no answer: it stops where it is."""
    asked, answer = await growing(world, place)
    await world.discord.delete(asked)
    assert await ended(world, asked) == "cancelled"
    await silent(world)
    assert "stop" not in buttons(answer)
    assert len(replies(world, place)) <= 1


async def test_row_28_a_moderator_purges_both(world: World, place: Channel) -> None:
    """28: several messages at once are one event, and nothing comes after it."""
    asked, answer = await growing(world, place)
    world.discord.purge(asked, answer)
    assert await ended(world, asked) == "cancelled"
    await silent(world)
    assert texts(world, place) == []


@pytest.mark.parametrize("kind", KINDS)
async def test_row_29_the_channel_is_deleted(world: World, place: Channel, kind: Kind) -> None:
    """29: channel deleted: stop, without a word elsewhere. I2."""
    sim = world.discord
    private = len(sim.messages(sim.dm(sim.alice)))
    asked, _ = await growing(world, place, kind=kind)
    sim.close_channel(place)
    assert await ended(world, asked) == "undeliverable"
    await silent(world)
    assert len(sim.messages(sim.dm(sim.alice))) == private


async def test_row_29_who_asked_for_that_gets_the_answer_in_private(world: World, place: Channel) -> None:
    """29: channel deleted, and the person opted in: the whole answer by direct message."""
    sim = world.discord
    home, other = sim.dm(sim.alice), sim.add_channel("another place")
    before = len(sim.messages(home))
    opted = await sim.slash(sim.alice, other, "settings", name="elsewhere", value="on")
    assert await ended(world, opted) == "answered"
    asked, _ = await growing(world, place, "a long one")
    sim.close_channel(place)
    assert await ended(world, asked) == "answered"
    (told,) = sim.messages(home)[before:]
    assert WORDS in shown(told.text)
    assert "takes no answer of mine any more" in told.text
    opted_out = await sim.slash(sim.alice, other, "settings", name="elsewhere", value="default")
    assert await ended(world, opted_out) == "answered"


async def test_row_29_the_thread_is_deleted(world: World, place: Channel) -> None:
    """29: the same of a thread; its channel goes on."""
    sim = world.discord
    thread = sim.open_thread(sim.alice, place, "to be deleted")
    asked, _ = await growing(world, thread)
    sim.close_channel(thread)
    assert await ended(world, asked) == "undeliverable"
    await silent(world)
    again = await ask(world, place, "hello")
    assert await ended(world, again) == "answered"
    assert texts(world, place) == ["You said: hello"]


@pytest.mark.parametrize("locked", [True, False])
async def test_row_29_a_thread_that_somebody_closes(world: World, place: Channel, locked: bool) -> None:
    """29: archived (50083) or locked by a person: stop, and leave it closed."""
    sim = world.discord
    thread = sim.open_thread(sim.alice, place, "to be closed")
    asked, _ = await growing(world, thread)
    sim.archive(thread, locked=locked)
    assert await ended(world, asked) == "undeliverable"
    await silent(world)
    assert thread.archived
    assert "closed" in fates(world)[asked.id][1] or "locked" in fates(world)[asked.id][1]


async def test_row_29_a_thread_that_fell_asleep_is_woken(world: World, place: Channel) -> None:
    """29: archived by its silence: writing opens it again where the bot may, and the answer is whole."""
    sim = world.discord
    thread = sim.open_thread(sim.alice, place, "to fall asleep")
    asked, _ = await growing(world, thread, "a long one")
    sim.advance(25 * HOUR)
    assert await ended(world, asked) == "answered"
    assert [shown(text) for text in texts(world, thread)] == [WORDS]
    assert not thread.archived
    assert [entry.body for entry in sim.seen(rf"PATCH .*/channels/{thread.id}$")] == [{"archived": False}]


async def test_row_30_the_bot_is_thrown_out(world: World, place: Channel) -> None:
    """30: bot kicked: `undeliverable`; no repeats. I11."""
    sim = world.discord
    asked, _ = await growing(world, place)
    since = len(sim.ledger)
    sim.kick()
    try:
        assert await ended(world, asked) == "undeliverable"
        await silent(world)
        assert len(written(world, place, since)) <= 2
    finally:
        sim.invite()
    again = await ask(world, place, "hello")
    assert await ended(world, again) == "answered"


@pytest.mark.parametrize("right", [Right.VIEW_CHANNEL, Right.SEND_MESSAGES])
async def test_row_30_a_permission_is_taken_before_the_answer(world: World, place: Channel, right: Right) -> None:
    """30: lost permission (50001/50013): `undeliverable`; one request says so, and no more."""
    sim = world.discord
    tell(world, {**STANDING, "in a while": Script("an answer", first=0.5)})
    since = len(sim.ledger)
    asked = await ask(world, place, "in a while")
    await until(lambda: world.hf.open_streams)
    sim.deny(place, right)
    assert await ended(world, asked) == "undeliverable"
    assert fates(world)[asked.id][1]
    assert len(written(world, place, since)) == 1
    assert texts(world, place) == []


async def test_row_30_a_command_still_has_its_token(world: World, place: Channel) -> None:
    """30: who gave a command is answered all the same, by the interaction."""
    sim = world.discord
    sim.deny(place, Right.SEND_MESSAGES)
    tell(world, {**STANDING, "two pages": Script("\n\n".join(letter * 1500 for letter in "ab"), rate=0)})
    asked = await ask(world, place, "two pages", "command")
    assert await ended(world, asked) == "answered"
    assert letters("".join(texts(world, place))) == "a" * 1500 + "b" * 1500


@pytest.mark.parametrize("kind", KINDS)
async def test_row_32_a_rule_of_the_server_forbids_the_answer(world: World, place: Channel, kind: Kind) -> None:
    """32: AutoMod refuses (200000): "a server rule blocked the answer"; sent ephemerally if an interaction. I2."""
    sim = world.discord
    word = f"forbidden{next(PLACES)}"
    sim.block_words(word)
    tell(world, {**STANDING, "say it": Script(f"first some harmless words and then {word} at last", rate=20)})
    asked = await ask(world, place, "say it", kind)
    assert await ended(world, asked) == ("answered" if kind == "command" else "failed-told")
    answers = replies(world, place)
    assert "A rule of this server blocked the answer." in answers[0].content
    assert not any(word in text for message in answers if not message.ephemeral for text in message.history)
    assert [word in message.content for message in answers[1:]] == ([True] if kind == "command" else [])
    assert all(message.ephemeral for message in answers[1:])


async def test_row_32_the_link_filter_too(world: World, place: Channel) -> None:
    """32: 240000."""
    sim = world.discord
    sim.block_links("harmful.example")
    tell(world, {**STANDING, "a link": Script("see https://harmful.example/page for more", rate=20)})
    asked = await ask(world, place, "a link")
    assert await ended(world, asked) == "failed-told"
    assert "link filter blocked the answer" in texts(world, place)[0]


async def test_row_33_slow_mode_is_waited_for(world: World, place: Channel) -> None:
    """33: slow mode (20016): a plain answer waits for its turn. I2."""
    sim = world.discord
    sim.slow_mode(place, 10, bots=True)
    first, second = await ask(world, place, "one"), await sim.say(sim.bob, place, "two", mention=True)
    for each in (first, second):
        assert await ended(world, each) == "answered"
    assert sorted(texts(world, place)) == ["You said: one", "You said: two"]
    early, late = replies(world, place)
    assert late.created - early.created >= 10 * sim.scale


async def test_row_33_a_command_goes_around_it(world: World, place: Channel) -> None:
    """33: or ephemeral, by the interaction: nobody waits an hour for the second page."""
    sim = world.discord
    sim.slow_mode(place, 21600, bots=True)
    tell(world, {**STANDING, "two pages": Script("\n\n".join(letter * 1500 for letter in "ab"), rate=0)})
    asked = await ask(world, place, "two pages", "command")
    assert await ended(world, asked) == "answered"
    assert letters("".join(texts(world, place))) == "a" * 1500 + "b" * 1500


@pytest.mark.parametrize("kind", KINDS)
async def test_row_34_longer_than_one_message_while_it_grows(world: World, place: Channel, kind: Kind) -> None:
    """34: split outside surrogates and fences, on the screen at every moment. I4."""
    answer = long_answer(5000)
    tell(world, {**STANDING, "write code": Script(answer, rate=400)})
    asked = await ask(world, place, "write code", kind)
    assert await ended(world, asked) == "answered"
    messages = replies(world, place)
    assert len(messages) >= 3
    assert seen(message.content for message in messages) == read_aloud(answer)
    for content in (content for message in messages for content in message.history):
        assert len(content.encode("utf-16-le")) // 2 <= 2000
        assert content.count("```") % 2 == 0
        assert content.encode("utf-8").decode("utf-8") == content
        assert not content.startswith(("\u200d", "\ufe0f")), "an emoji was torn apart"


async def test_row_35_a_message_too_old_to_be_edited(world: World, place: Channel) -> None:
    """35: edit of a > 1 h message (30046): a new message instead of edits. I4."""
    sim = world.discord
    asked, old = await growing(world, place, "a long one")
    sim.faults.append(by_discord(rf"PATCH .*/messages/{old.id}$", 400, 30046, times=99))
    assert await ended(world, asked) == "answered"
    assert [shown(text) for text in texts(world, place)] == [WORDS]
    assert old.deleted


async def test_row_35_few_edits_of_old_messages_are_waited_for(world: World, place: Channel) -> None:
    """35: three edits in six seconds are allowed of them: the end is whole, and nothing goes out early."""
    sim = world.discord
    asked, _ = await growing(world, place, "a long one")
    sim.advance(HOUR + 60)
    assert await ended(world, asked) == "answered"
    assert [shown(text) for text in texts(world, place)] == [WORDS]


async def test_row_36_the_token_expires_while_it_grows(world: World, place: Channel) -> None:
    """36: interaction token expires during generation (16 min): falls to a channel message. I2."""
    sim = world.discord
    asked, _ = await growing(world, place, "a long one", "command")
    sim.advance(16 * 60)
    assert await ended(world, asked) == "answered"
    assert [shown(text) for text in texts(world, place)] == [WORDS]
    (message,) = replies(world, place)
    assert buttons(message) == {"retry"}


async def test_row_36_without_a_channel_it_is_kept(world: World) -> None:
    """36: or kept for next contact: a user install has the token and nothing else."""
    sim = world.discord
    far = sim.add_channel(f"far-{next(PLACES)}", joined=False)
    asked, _ = await growing(world, far, "a long one", "command")
    sim.advance(16 * 60)
    assert await ended(world, asked) == "undeliverable"
    assert "expired" in fates(world)[asked.id][1]
    again = await ask(world, far, "hello", "command")
    assert await ended(world, again) == "answered"
    await until(lambda: any(WORDS in shown(message.content) for message in sim.messages(far)))
