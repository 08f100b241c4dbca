"""A person on Discord, over the wire: the real discord.py, the bot as a process of its own."""

import signal
from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Literal

from bot.events import ConversationKey
from simulators.discord.places import Channel, User
from simulators.discord.world import Message
from simulators.huggingface import Script
from simulators.simulator import Fault
from tests.journeys.answers import long_answer
from tests.journeys.stored import letters, read_aloud, seen, states, turns, until_ended
from tests.journeys.world import World, a_world
from tests.polling import until


def replies(world: World, channel: Channel) -> list[Message]:
    return [m for m in world.discord.messages(channel) if m.author_id == world.discord.bot.id and not m.loading]


def texts(world: World, channel: Channel) -> Sequence[str]:
    return [message.text for message in replies(world, channel)]


def button(message: Message, action: str) -> str:
    """The custom id of the button with this action."""
    ids = (each["custom_id"] for row in message.components for each in row["components"])
    return next((each for each in ids if each.startswith(f"{action}:")), "")


def buttons(message: Message) -> set[str]:
    return {each["custom_id"].partition(":")[0] for row in message.components for each in row["components"]}


def key_of(world: World, channel: Channel, user: User) -> ConversationKey:
    return ConversationKey("discord", world.discord.bot.id, channel.id, "", user.id)


async def test_a_slash_command_becomes_an_answer_that_grows(tmp_path: Path) -> None:
    async with a_world(tmp_path, "discord") as world:
        sim = world.discord
        world.hf.scripts.append(Script(" ".join(f"word{n}" for n in range(150)), rate=50))
        asked = await sim.slash(sim.alice, sim.channel, "chat", text="tell me a lot")
        await until(lambda: asked.acknowledged_at)
        assert asked.acknowledged_at
        assert asked.deferred
        assert asked.acknowledged_at - asked.created < 1.0
        await until(lambda: asked.response and asked.response.content and buttons(asked.response) == {"stop"})
        await until_ended(world, 1)
        message = asked.response
        assert message
        assert read_aloud(message.content) == letters(" ".join(f"word{n}" for n in range(150)))
        assert message.edits >= 3
        grown = [text for text in message.history if text]
        assert all(later.startswith(sooner) for sooner, later in pairwise(grown))
        assert buttons(message) == {"retry"}
        assert states(world.database) == {"answered": 1}


async def test_mentions_replies_and_direct_messages_are_plain_chat(tmp_path: Path) -> None:
    async with a_world(tmp_path, "discord") as world:
        sim = world.discord
        await sim.say(sim.alice, sim.channel, "not for the bot")
        await sim.say(sim.other_bot, sim.channel, "bots do not count", mention=True)
        await sim.say(sim.alice, sim.channel, "by mention", mention=True)
        await until(lambda: texts(world, sim.channel) == ["You said: by mention"])
        first = replies(world, sim.channel)[0]
        await sim.say(sim.alice, sim.channel, "by reply", reply_to=first)
        await sim.say(sim.bob, sim.dm(sim.bob), "by message")
        await until(lambda: texts(world, sim.dm(sim.bob)) == ["You said: by message"])
        await until_ended(world, 3)
        assert len(texts(world, sim.channel)) == 2
        assert "by reply" in texts(world, sim.channel)[1]
        assert len(world.hf.requests) == 3


async def test_ten_thousand_characters_arrive_whole_and_equal_what_is_stored(tmp_path: Path) -> None:
    async with a_world(tmp_path, "discord") as world:
        sim, answer = world.discord, long_answer()
        world.hf.scripts.append(Script(answer, rate=2000))
        await sim.slash(sim.alice, sim.channel, "chat", text="write code")
        await until_ended(world, 1)
        shown = replies(world, sim.channel)
        assert len(shown) >= 6
        assert seen(message.content for message in shown) == read_aloud(answer)
        assert all(message.content.count("```") % 2 == 0 for message in shown)
        assert [buttons(message) for message in shown] == [set()] * (len(shown) - 1) + [{"retry"}]
        assert await world.stop() == 0
        stored = await turns(tmp_path, key_of(world, sim.channel, sim.alice))
        assert stored[-1].text == answer


async def test_stop_keeps_the_partial_and_only_its_owner_may(tmp_path: Path) -> None:
    async with a_world(tmp_path, "discord") as world:
        sim = world.discord
        world.hf.scripts.append(Script("word " * 2000, rate=40))
        asked = await sim.slash(sim.alice, sim.channel, "chat", text="go on for ever")
        await until(lambda: asked.response and button(asked.response, "stop"))
        message = asked.response
        assert message
        foreign = await sim.press(sim.bob, message, button(message, "stop"))
        await until(lambda: foreign.response)
        assert foreign.response
        assert foreign.response.ephemeral
        assert "somebody else" in foreign.response.content
        assert world.hf.open_streams == 1
        await sim.press(sim.alice, message, button(message, "stop"))
        await until_ended(world, 1)
        assert states(world.database) == {"cancelled": 1}
        assert "Stopped." in message.content
        assert buttons(message) == {"continue", "retry"}
        assert (world.hf.open_streams, world.hf.cancelled) == (0, 1)


async def test_retry_and_continue_make_new_messages(tmp_path: Path) -> None:
    async with a_world(tmp_path, "discord") as world:
        sim = world.discord
        world.hf.scripts += [Script("half of", finish="length"), Script("the other half"), Script("another try")]
        asked = await sim.slash(sim.alice, sim.channel, "chat", text="a riddle")
        await until_ended(world, 1)
        first = asked.response
        assert first
        assert "length limit" in first.content
        await sim.press(sim.alice, first, button(first, "continue"))
        await until_ended(world, 2)
        await sim.press(sim.alice, first, button(first, "retry"))
        await until_ended(world, 3)
        assert texts(world, sim.channel)[1:] == ["the other half", "another try"]
        told = [[each["content"] for each in request["messages"][1:]] for request in world.hf.requests]
        assert told[0] == told[2] == ["a riddle"]
        assert told[1][:2] == ["a riddle", "half of"]


async def test_two_people_in_one_channel_have_their_own_context(tmp_path: Path) -> None:
    async with a_world(tmp_path, "discord") as world:
        sim = world.discord
        said = ((sim.alice, "I am Alice"), (sim.bob, "I am Bob"), (sim.alice, "who am I?"))
        for number, (user, text) in enumerate(said, 1):
            await sim.slash(user, sim.channel, "chat", text=text)
            await until_ended(world, number)
        await sim.say(sim.alice, sim.dm(sim.alice), "and here?")
        await until_ended(world, 4)
        told = [[each["content"] for each in request["messages"][1:]] for request in world.hf.requests]
        assert told[2] == ["I am Alice", "You said: I am Alice", "who am I?"]
        assert told[1] == ["I am Bob"]
        assert told[3] == ["and here?"]


async def test_after_a_restart_the_history_is_there_and_nothing_is_answered_twice(tmp_path: Path) -> None:
    async with a_world(tmp_path, "discord") as world:
        sim = world.discord
        asked = await sim.slash(sim.alice, sim.channel, "chat", text="remember 42")
        await until_ended(world, 1)
        await sim.drop(4000)
        await until(lambda: sim.resumes)
        await sim.replay(3)
        await sim.slash(sim.alice, sim.channel, "chat", text="first")
        await until_ended(world, 2)
        syncs = sim.syncs
        await world.restart()
        assert sim.syncs == syncs, "the same commands were synced again"
        await sim.slash(sim.alice, sim.channel, "chat", text="what was it?")
        await until_ended(world, 3)
        assert [each["content"] for each in world.hf.requests[-1]["messages"]][1] == "remember 42"
        assert len(texts(world, sim.channel)) == 3
        first = asked.response
        assert first
        await sim.press(sim.alice, first, button(first, "retry"))
        await until_ended(world, 4)
        assert states(world.database) == {"answered": 4}


async def test_after_sigkill_fifty_waiting_messages_are_answered_once(tmp_path: Path) -> None:
    async with a_world(tmp_path, "discord", PARLEY_INFERENCE__CONCURRENT="4") as world:
        sim = world.discord
        world.hf.default = Script("too late", first=3600)
        people = [sim.world.add_user(f"person{number}") for number in range(50)]
        asked = [
            await sim.slash(person, sim.channel, "chat", text=f"question {number}")
            for number, person in enumerate(people)
        ]
        await until(lambda: all(each.deferred for each in asked))
        assert states(world.database) == {"accepted": 50}
        await world.stop(signal.SIGKILL)
        world.hf.default = lambda body: Script(f"answer to {body['messages'][-1]['content']}")
        await world.start()
        await until_ended(world, 50)
        assert states(world.database) == {"answered": 50}
        assert sorted(texts(world, sim.channel)) == sorted(f"answer to question {number}" for number in range(50))


LOSSES: tuple[Literal["lose request", "lose response"], ...] = ("lose request", "lose response")


def shows(world: World, channel: Channel, text: str) -> bool:
    return text in texts(world, channel)


async def test_a_lost_acknowledgement_and_a_lost_first_write(tmp_path: Path) -> None:
    async with a_world(tmp_path, "discord") as world:
        sim = world.discord
        for kind in LOSSES:
            sim.faults.append(Fault("POST .*/callback", kind))
            await sim.slash(sim.alice, sim.channel, "chat", text=kind)
            await until(partial(shows, world, sim.channel, f"You said: {kind}"))
        for kind in LOSSES:
            sim.faults.append(Fault(r"POST .*/messages$", kind))
            await sim.say(sim.bob, sim.dm(sim.bob), kind)
            await until(partial(shows, world, sim.dm(sim.bob), f"You said: {kind}"))
        await until_ended(world, 4)
        assert texts(world, sim.dm(sim.bob)) == ["You said: lose request", "You said: lose response"]
        assert len(texts(world, sim.channel)) == 2


async def test_sigterm_leaves_a_note_and_the_next_process_ends_the_question(tmp_path: Path) -> None:
    async with a_world(tmp_path, "discord", PARLEY_RUN__GRACE_SECONDS="0.5") as world:
        sim = world.discord
        world.hf.scripts.append(Script("word " * 5000, rate=40))
        asked = await sim.slash(sim.alice, sim.channel, "chat", text="a long one")
        await until(lambda: asked.response and asked.response.content.count("word") > 10)
        assert await world.stop() == 0
        message = asked.response
        assert message
        assert "restart" in message.content
        await world.start()
        await until_ended(world, 1)
        assert states(world.database) == {"partial-told": 1}
        assert "cut off" in message.content
        assert buttons(message) == {"continue", "retry"}


async def test_nobody_is_pinged_and_no_link_is_shown_as_a_preview(tmp_path: Path) -> None:
    async with a_world(tmp_path, "discord") as world:
        sim = world.discord
        hostile = f"@everyone @here <@{sim.bob.id}> look at https://example.com and [this](https://example.org/x)"
        world.hf.default = Script(hostile * 3, rate=50)
        await sim.slash(sim.alice, sim.channel, "chat", text="ping them")
        await sim.say(sim.alice, sim.channel, "ping them", mention=True)
        await until_ended(world, 2)
        assert len(replies(world, sim.channel)) == 2  # World.check looks at every message's pings and previews
