"""A person on Telegram, over the wire: the real python-telegram-bot, the bot as a process of its own."""

import signal
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from bot.events import ConversationKey
from simulators.huggingface import Script
from simulators.simulator import Fault
from simulators.telegram.values import Chat, Message, User
from tests.journeys.answers import long_answer
from tests.journeys.stored import letters, on_screen, read_aloud, states, turns, until_ended
from tests.journeys.world import World, a_world
from tests.polling import until


def replies(world: World, chat: Chat) -> list[Message]:
    return [message for message in world.telegram.messages(chat) if message.sender is world.telegram.bot]


def texts(world: World, chat: Chat) -> Sequence[str]:
    return [message.text for message in replies(world, chat)]


def button(message: Message, action: str) -> str:
    """The callback data of the button with this action."""
    rows = (message.reply_markup or {}).get("inline_keyboard", [])
    return next((each["callback_data"] for row in rows for each in row if each["callback_data"].startswith(action)), "")


def buttons(message: Message) -> set[str]:
    rows = (message.reply_markup or {}).get("inline_keyboard", [])
    return {each["callback_data"].partition(":")[0] for row in rows for each in row}


def key_of(world: World, chat: Chat, user: User) -> ConversationKey:
    return ConversationKey("telegram", str(world.telegram.bot.id), str(chat.id), "", str(user.id))


async def test_a_message_becomes_an_answer_that_grows(tmp_path: Path) -> None:
    async with a_world(tmp_path, "telegram") as world:
        sim = world.telegram
        home = sim.private(sim.alice)
        words = " ".join(f"word{number}" for number in range(150))
        world.hf.scripts.append(Script(words, rate=50))
        sim.say(sim.alice, home, "tell me a lot")
        await until(lambda: replies(world, home) and buttons(replies(world, home)[0]) == {"stop"})
        await until_ended(world, 1)
        (message,) = replies(world, home)
        assert letters(message.text) == letters(words)
        assert len(message.history) >= 4
        assert all(letters(later).startswith(letters(sooner)) for sooner, later in pairwise(message.history))
        assert buttons(message) == {"retry"}
        assert states(world.database) == {"answered": 1}
        assert sim.pending == 0


async def test_in_groups_commands_mentions_and_replies_are_for_the_bot(tmp_path: Path) -> None:
    async with a_world(tmp_path, "telegram") as world:
        sim = world.telegram
        sim.say(sim.alice, sim.group, "not for the bot")
        sim.say(sim.alice, sim.group, "/chat by command")
        await until_ended(world, 1)
        sim.say(sim.alice, sim.group, f"@{sim.bot.username} by mention")
        await until_ended(world, 2)
        sim.say(sim.bob, sim.group, "by reply", reply_to=replies(world, sim.group)[0])
        await until_ended(world, 3)
        sim.say(sim.bob, sim.group, "/dance@another_bot")
        sim.say(sim.bob, sim.group, "/help")
        await until_ended(world, 4)
        shown = texts(world, sim.group)
        assert shown[:2] == ["You said: by command", "You said: by mention"]
        assert "by reply" in shown[2]
        assert shown[3].startswith("This is for your eyes only")
        assert len(shown) == 4
        sim.follow(sim.bob, replies(world, sim.group)[3].entities[0]["url"])
        await until_ended(world, 5)
        assert "/chat" in texts(world, sim.private(sim.bob))[-1]


async def test_ten_thousand_characters_arrive_whole_and_equal_what_is_stored(tmp_path: Path) -> None:
    async with a_world(tmp_path, "telegram") as world:
        sim, answer = world.telegram, long_answer()
        home = sim.private(sim.alice)
        world.hf.scripts.append(Script(answer, rate=2000))
        sim.say(sim.alice, home, "write code")
        await until_ended(world, 1)
        shown = replies(world, home)
        assert len(shown) >= 3
        assert letters("".join(message.text for message in shown)) == read_aloud(answer)
        assert all(any(entity["type"] == "pre" for entity in message.entities) for message in shown[:-1])
        assert [buttons(message) for message in shown] == [set()] * (len(shown) - 1) + [{"retry"}]
        assert await world.stop() == 0
        stored = await turns(tmp_path, key_of(world, home, sim.alice))
        assert stored[-1].text == answer


async def test_stop_keeps_the_partial_and_only_its_owner_may(tmp_path: Path) -> None:
    async with a_world(tmp_path, "telegram") as world:
        sim = world.telegram
        world.hf.scripts.append(Script("word " * 2000, rate=40))
        sim.say(sim.alice, sim.group, "/chat go on for ever")
        await until(lambda: replies(world, sim.group) and button(replies(world, sim.group)[0], "stop"))
        (message,) = replies(world, sim.group)
        foreign = sim.press(sim.bob, message, button(message, "stop"))
        await until(lambda: foreign.answered)
        assert "somebody else" in str(foreign.answered)
        assert world.hf.open_streams == 1
        own = sim.press(sim.alice, message, button(message, "stop"))
        await until(lambda: own.answered)
        assert own.answered == "Stopped."
        await until_ended(world, 1)
        assert states(world.database) == {"cancelled": 1}
        assert "Stopped." in message.text
        assert buttons(message) == {"continue", "retry"}
        assert (world.hf.open_streams, world.hf.cancelled) == (0, 1)


async def test_retry_and_continue_make_new_messages(tmp_path: Path) -> None:
    async with a_world(tmp_path, "telegram") as world:
        sim = world.telegram
        home = sim.private(sim.alice)
        world.hf.scripts += [Script("half of", finish="length"), Script("the other half"), Script("another try")]
        sim.say(sim.alice, home, "a riddle")
        await until_ended(world, 1)
        (first,) = replies(world, home)
        assert "length limit" in first.text
        retry = button(first, "retry")
        sim.press(sim.alice, first, button(first, "continue"))
        await until_ended(world, 2)
        sim.press(sim.alice, first, retry)
        await until_ended(world, 3)
        again = sim.press(sim.alice, first, retry)
        await until(lambda: again.answered is not None)
        assert texts(world, home)[1:] == ["the other half", "another try"]
        told = [[each["content"] for each in request["messages"][1:]] for request in world.hf.requests]
        assert told[0] == told[2] == ["a riddle"]
        assert told[1][:2] == ["a riddle", "half of"]


async def test_two_people_in_one_group_have_their_own_context(tmp_path: Path) -> None:
    async with a_world(tmp_path, "telegram") as world:
        sim = world.telegram
        said = ((sim.alice, "I am Alice"), (sim.bob, "I am Bob"), (sim.alice, "who am I?"))
        for number, (user, text) in enumerate(said, 1):
            sim.say(user, sim.group, f"/chat {text}")
            await until_ended(world, number)
        sim.say(sim.alice, sim.private(sim.alice), "and here?")
        await until_ended(world, 4)
        told = [[each["content"] for each in request["messages"][1:]] for request in world.hf.requests]
        assert told[1] == ["I am Bob"]
        assert told[2] == ["I am Alice", "You said: I am Alice", "who am I?"]
        assert told[3] == ["and here?"]


async def test_after_a_restart_the_history_is_there_and_nothing_is_answered_twice(tmp_path: Path) -> None:
    async with a_world(tmp_path, "telegram") as world:
        sim = world.telegram
        home = sim.private(sim.alice)
        sim.say(sim.alice, home, "remember 42")
        await until_ended(world, 1)
        (first,) = replies(world, home)
        calls = len(sim.menu_calls)
        await world.restart()
        sim.say(sim.alice, home, "what was it?")
        await until_ended(world, 2)
        assert [each["content"] for each in world.hf.requests[-1]["messages"]][1] == "remember 42"
        assert len(replies(world, home)) == 2
        assert "setMyCommands" not in sim.menu_calls[calls:]
        sim.press(sim.alice, first, button(first, "retry"))
        await until_ended(world, 3)
        assert states(world.database) == {"answered": 3}


async def test_after_sigkill_fifty_waiting_messages_are_answered_once(tmp_path: Path) -> None:
    async with a_world(tmp_path, "telegram", PARLEY_INFERENCE__CONCURRENT="4") as world:
        sim = world.telegram
        world.hf.default = Script("too late", first=3600)
        people = [sim.world.add_user(5000 + number, f"Person{number}", f"person_{number}") for number in range(50)]
        for number, person in enumerate(people):
            sim.say(person, sim.private(person), f"question {number}")
        # Four are being answered and say nothing yet; of the others it is known where their place in the queue stands.
        await until(lambda: on_screen(world.database) == 46)
        await world.stop(signal.SIGKILL)
        world.hf.default = lambda body: Script(f"answer to {body['messages'][-1]['content']}")
        await world.start()
        await until_ended(world, 50)
        assert states(world.database) == {"answered": 50}
        for number, person in enumerate(people):
            assert texts(world, sim.private(person)) == [f"answer to question {number}"]


async def test_what_was_not_confirmed_before_sigkill_comes_again_and_is_answered_once(tmp_path: Path) -> None:
    async with a_world(tmp_path, "telegram", start=False) as world:
        sim = world.telegram
        for number in range(3):
            sim.say(sim.alice, sim.private(sim.alice), f"question {number}")
        sim.faults.append(Fault("getUpdates", "status", times=10_000, skip=1, status=502))  # nothing is ever confirmed
        await world.start()
        await until_ended(world, 3)
        await world.stop(signal.SIGKILL)
        assert sim.pending == 3
        sim.faults.clear()
        await world.start()
        await until(lambda: sim.pending == 0)
        sim.say(sim.alice, sim.private(sim.alice), "one more")
        await until_ended(world, 4)
        assert [text.rpartition(": ")[2] for text in texts(world, sim.private(sim.alice))] == [
            "question 0", "question 1", "question 2", "one more",
        ]  # fmt: skip


async def test_a_first_write_whose_response_is_lost(tmp_path: Path) -> None:
    async with a_world(tmp_path, "telegram") as world:
        sim = world.telegram
        sim.faults.append(Fault("sendMessage", "lose request"))
        sim.say(sim.alice, sim.private(sim.alice), "lost on the way there")
        await until_ended(world, 1)
        (once,) = texts(world, sim.private(sim.alice))
        assert once.startswith("You said: lost on the way there")
        sim.faults.append(Fault("sendMessage", "lose response"))
        sim.say(sim.bob, sim.private(sim.bob), "lost on the way back")
        await until_ended(world, 2)
        shown = texts(world, sim.private(sim.bob))
        assert shown[-1].startswith("You said: lost on the way back")
        assert len(shown) <= 2  # one more at the most, and then marked: Telegram has nothing to recognise a repeat by
        assert "Sent again" in shown[-1]


async def test_a_flood_limit_holds_one_chat_and_the_end_still_arrives(tmp_path: Path) -> None:
    async with a_world(tmp_path, "telegram") as world:
        sim = world.telegram
        held, free = sim.private(sim.alice), sim.private(sim.bob)
        world.hf.default = Script("word " * 60, rate=40)
        sim.say(sim.alice, held, "first")
        await until(lambda: texts(world, held))
        sim.hold(held, 30)
        sim.say(sim.bob, free, "second")
        await until(lambda: states(world.database).get("answered") == 1)
        assert letters(texts(world, free)[0]) == "word" * 60
        await until_ended(world, 2)
        assert letters(texts(world, held)[0]) == "word" * 60


async def test_sigterm_leaves_a_note_and_the_next_process_ends_the_question(tmp_path: Path) -> None:
    async with a_world(tmp_path, "telegram", PARLEY_RUN__GRACE_SECONDS="0.5") as world:
        sim = world.telegram
        home = sim.private(sim.alice)
        world.hf.scripts.append(Script("word " * 5000, rate=40))
        sim.say(sim.alice, home, "a long one")
        await until(lambda: replies(world, home) and replies(world, home)[0].text.count("word") > 10)
        assert await world.stop() == 0
        assert "restart" in replies(world, home)[0].text
        await world.start()
        await until_ended(world, 1)
        assert states(world.database) == {"partial-told": 1}
        (message,) = replies(world, home)
        assert "cut off" in message.text
        assert buttons(message) == {"continue", "retry"}


async def test_nobody_is_pinged_and_no_link_is_shown_as_a_preview(tmp_path: Path) -> None:
    async with a_world(tmp_path, "telegram") as world:
        sim = world.telegram
        world.hf.default = Script(
            f"hello @{sim.bob.username}, see https://example.com and [this](https://example.org/x)"
        )
        sim.say(sim.alice, sim.group, "/chat ping them")
        sim.say(sim.alice, sim.private(sim.alice), "ping them")
        await until_ended(world, 2)
        assert len(replies(world, sim.group)) == 1  # World.check looks at every message's pings and previews
