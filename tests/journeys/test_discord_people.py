"""How people talk on Discord: homes and threads without a mention, messages that are changed, passed on and answered.

One bot for all of them, which has the Message Content Intent; each test has a channel of its own.
"""

import asyncio
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from adapters.discord.homes import FRESH_SECONDS
from simulators.completions import Script
from simulators.discord import Channel, User
from tests.journeys.rows import WORDS, ended, tell
from tests.journeys.stored import letters
from tests.journeys.test_discord import replies, texts
from tests.journeys.world import World, a_world
from tests.polling import until

pytestmark = pytest.mark.asyncio(loop_scope="module")

PLACES = count(1)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    folder = tmp_path_factory.mktemp("people")
    async with a_world(folder, "discord", PARLEY_DISCORD__MESSAGE_CONTENT="true") as world:
        yield world


@pytest.fixture
def place(world: World) -> Channel:
    return world.discord.add_channel(f"place-{next(PLACES)}")


async def command(world: World, user: User, place: Channel, name: str, **options: Any) -> str:
    """Give a command; what its answer says."""
    asked = await world.discord.slash(user, place, name, **options)
    assert await ended(world, asked) == "answered"
    assert asked.response
    return asked.response.content


async def heard(world: World, user: User, place: Channel, text: str) -> str:
    """Say something without a mention; the answer to it."""
    before = len(replies(world, place))
    said = await world.discord.say(user, place, text)
    assert await ended(world, said) == "answered"
    return texts(world, place)[before]


async def noticed() -> None:
    """A home is looked up a few times a second."""
    loop = asyncio.get_running_loop()
    then = loop.time() + 2 * FRESH_SECONDS
    await until(lambda: loop.time() > then)


def told(world: World) -> list[str]:
    """What the model was told last, without the system prompt."""
    return [each["content"] for each in world.hf.requests[-1]["messages"] if each["role"] != "system"]


async def test_a_home_answers_every_message_that_is_meant_for_it(world: World, place: Channel) -> None:
    sim = world.discord
    assert "without a mention" in await command(world, sim.admin, place, "here", state="on")
    await noticed()
    assert await heard(world, sim.alice, place, "no mention needed") == "You said: no mention needed"
    asked = len(world.hf.requests)
    first = await sim.say(sim.alice, place, f"{sim.bob.mention} shall we have lunch?")
    await sim.say(sim.bob, place, "yes, at noon", reply_to=first)
    await sim.say(sim.bob, place, "!play a song")
    await sim.say(sim.other_bot, place, "Now playing: a song")
    assert await heard(world, sim.bob, place, "and I am Bob") == "You said: and I am Bob"
    assert len(world.hf.requests) == asked + 1
    await command(world, sim.admin, place, "here", state="off")
    await noticed()
    await sim.say(sim.alice, place, "is anybody there?")
    again = await sim.say(sim.alice, place, "with a mention", mention=True)
    assert await ended(world, again) == "answered"
    assert texts(world, place)[-1] == "You said: with a mention"
    assert "You said: is anybody there?" not in texts(world, place)


async def test_only_those_in_charge_make_a_home(world: World, place: Channel) -> None:
    sim = world.discord
    asked = await sim.slash(sim.alice, place, "here", state="on")
    assert await ended(world, asked) != "answered"
    await noticed()
    await sim.say(sim.alice, place, "no mention")
    last = await sim.say(sim.alice, place, "a mention", mention=True)
    assert await ended(world, last) == "answered"
    assert "You said: no mention" not in texts(world, place)


async def test_a_thread_goes_on_without_a_mention_and_with_its_own_memory(world: World, place: Channel) -> None:
    sim = world.discord
    said = await command(world, sim.alice, place, "thread", text="Let us plan a week in Vienna")
    assert "Vienna" in said
    (thread,) = [each for each in sim.world.channels.values() if each.parent is place]
    assert thread.name == "Let us plan a week in Vienna"
    await until(lambda: "plan a week in Vienna" in "".join(texts(world, thread)))
    await heard(world, sim.alice, thread, "and the weather?")
    assert told(world) == [
        "Let us plan a week in Vienna", "You said: Let us plan a week in Vienna", "and the weather?"
    ]  # fmt: skip
    asked = await sim.say(sim.alice, place, "outside of it", mention=True)
    assert await ended(world, asked) == "answered"
    assert "Let us plan a week in Vienna" not in told(world)


async def test_a_thread_of_others_needs_a_mention(world: World, place: Channel) -> None:
    sim = world.discord
    thread = sim.open_thread(sim.bob, place, "of people")
    await sim.say(sim.bob, thread, "among ourselves")
    asked = await sim.say(sim.bob, thread, "what do you say?", mention=True)
    assert await ended(world, asked) == "answered"
    assert texts(world, thread) == ["You said: what do you say?"]


async def test_a_changed_question_is_answered_anew(world: World, place: Channel) -> None:
    sim = world.discord
    asked = await sim.say(sim.alice, place, "my first wrods", mention=True)
    assert await ended(world, asked) == "answered"
    await sim.unfurl(asked, url="https://example.com")
    await sim.edit(asked, f"{sim.bot.mention} my first words")
    await until(lambda: "You said: my first words" in texts(world, place))
    assert told(world) == ["my first words"]
    follow = await sim.say(sim.alice, place, "and then?", mention=True)
    assert await ended(world, follow) == "answered"
    assert told(world) == ["my first words", "You said: my first words", "and then?"]


async def test_a_question_changed_while_its_answer_grows(world: World, place: Channel) -> None:
    sim = world.discord
    tell(world, {"for ever": Script("word " * 9000, rate=30)})
    asked = await sim.say(sim.alice, place, "for ever", mention=True)
    await until(lambda: replies(world, place) and "word" in texts(world, place)[-1])
    await sim.edit(asked, f"{sim.bot.mention} just once")
    await until(lambda: "You said: just once" in texts(world, place))
    await until(lambda: not world.hf.open_streams)


async def test_words_of_others_come_with_their_names(world: World, place: Channel) -> None:
    sim = world.discord
    theirs = await sim.say(sim.bob, place, "the earth is flat")
    asked = await sim.say(sim.alice, place, f"is that so, {sim.bob.mention}?", reply_to=theirs, mention=True)
    assert await ended(world, asked) == "answered"
    assert "Quoted from Bob" in told(world)[-1]
    assert "the earth is flat" in told(world)[-1]
    assert told(world)[-1].endswith("is that so, @Bob?")


async def test_a_forwarded_message_is_material_of_nobody_known(world: World, place: Channel) -> None:
    sim = world.discord
    theirs = await sim.say(sim.bob, place, "a text that goes around")
    asked = await sim.forward(sim.alice, theirs, sim.dm(sim.alice))
    assert await ended(world, asked) == "answered"
    assert "a text that goes around" in told(world)[-1]
    assert "a forwarded message" in told(world)[-1]


async def test_an_answer_cut_by_its_length_goes_on(world: World) -> None:
    sim = world.discord
    home = sim.dm(sim.bob)
    tell(world, {"a riddle": Script(WORDS, finish="length", rate=0), "Go on": Script("and the rest", rate=0)})
    asked = await sim.say(sim.bob, home, "a riddle")
    assert await ended(world, asked) == "answered"
    (message,) = replies(world, home)
    assert letters("length limit") in letters(message.content)
    going_on = next(
        each["custom_id"] for row in message.components for each in row["components"] if "continue" in each["custom_id"]
    )
    pressed = await sim.press(sim.bob, message, going_on)
    await until(lambda: pressed.response and len(replies(world, home)) == 2 and not replies(world, home)[1].loading)
    assert told(world)[:2] == ["a riddle", WORDS]


async def test_thirty_commands_at_once_are_acknowledged_in_time(world: World, place: Channel) -> None:
    """While plain answers grow; nobody sees "the application did not respond"."""
    sim = world.discord
    tell(world, {"a long one": Script(WORDS, rate=30)})
    people = [sim.world.add_user(f"member{number}") for number in range(40)]
    plain = [await sim.say(each, place, "a long one", mention=True) for each in people[:10]]
    asked = [await sim.slash(each, place, "chat", text="hello") for each in people[10:]]
    for each in (*plain, *asked):
        assert await ended(world, each) == "answered"
    assert all(each.acknowledged_at and each.acknowledged_at - each.created < 3.0 for each in asked)


async def test_without_any_privileged_intent(tmp_path: Path) -> None:
    """Commands, mentions, private chats and one's own account work; what is missing is said once in a place."""
    async with a_world(tmp_path, "discord") as world:
        sim = world.discord
        sim.gateway.privileged = 0
        home, far = sim.add_channel("home"), sim.add_channel("far", joined=False)
        assert "Message Content Intent" in world.log
        assert "Message Content Intent" in await command(world, sim.admin, home, "here", state="on")
        await noticed()
        await sim.say(sim.alice, home, "is anybody there?")
        await until(lambda: "I see that you wrote something" in texts(world, home)[-1])
        await sim.say(sim.alice, home, "and now?")
        await world.restart()
        await sim.say(sim.alice, home, "still nothing?")
        asked = await sim.say(sim.alice, home, "with a mention", mention=True)
        assert await ended(world, asked) == "answered"
        assert len([text for text in texts(world, home) if "I see that you wrote something" in text]) == 1
        private = await sim.say(sim.bob, sim.dm(sim.bob), "in private")
        assert await ended(world, private) == "answered"
        assert await command(world, sim.bob, far, "chat", text="by my own install") == "You said: by my own install"
        nothing = await sim.slash(sim.bob, far, "thread", text="in a thread")
        await until(lambda: nothing.response and "no member" in nothing.response.content)
        theirs = await sim.say(sim.alice, sim.channel, "a text of somebody")
        await sim.context(sim.bob, sim.channel, "Sentiment", theirs)
        await until(lambda: "neutral" in "".join(texts(world, sim.channel)).lower())
