"""Presses, refusals, typing and menus: what the adapter does beside taking in and showing."""

import asyncio
import json
from dataclasses import replace
from functools import partial

from adapters.telegram.menu import hash_of, menus_of
from bot.events import Question
from bot.replies import Button, Page, Surface
from simulators.simulator import Fault
from simulators.telegram import TelegramSimulator
from tests.adapters.telegram.rig import Door, chat, serving
from tests.fakes import Settings
from tests.polling import until

SENDS, EDITS, ACTIONS, MENUS = r"/sendMessage$", r"/editMessageText$", r"/sendChatAction$", r"/setMyCommands$"


async def with_a_button(question: Question, surface: Surface) -> None:
    name = question.event.press[0] if question.event.press else question.event.text
    pages = [Page(f"answer to {name}")]
    await surface.open(pages, [Button("stop", "Stop")])
    await surface.finish(pages, [Button("retry", "Retry")])


async def test_a_press_is_taken_as_an_event_and_answered_in_a_new_message(sim: TelegramSimulator) -> None:
    door = Door(answering=with_a_button)
    async with serving(sim, door):
        sim.say(sim.alice, sim.group, "/chat hello")
        await until(lambda: len(sim.seen(EDITS)) == 1)
        answer = sim.messages(sim.group)[-1]
        assert answer.reply_markup
        data = answer.reply_markup["inline_keyboard"][0][0]["callback_data"]
        query = sim.press(sim.bob, answer, data)
        await until(lambda: query.answered is not None and len(door.running) == 2)
    assert (query.answered, query.alert) == ("", False)
    assert (door.events[1].kind, door.events[1].press) == ("press", ("retry", "q0"))
    assert (door.events[1].author.name, door.events[1].author.admin) == ("Bob", None)
    assert [(each.text, each.reply_to) for each in sim.messages(sim.group)[1:]] == [
        ("answer to hello", sim.messages(sim.group)[0].id),
        ("answer to retry", answer.id),
    ]


async def test_a_press_that_is_refused_gets_a_passing_notice(sim: TelegramSimulator) -> None:
    door = Door()
    async with serving(sim, door):
        message = sim.say(sim.alice, sim.private(sim.alice), "hello")
        await until(lambda: len(sim.messages(sim.private(sim.alice))) == 2)
        door.reply = "This button belongs to somebody else. " * 10
        query = sim.press(sim.bob, message, "stop:q0")
        await until(lambda: query.answered is not None)
        assert query.answered
        assert query.answered.startswith("This button")
        assert len(query.answered) == 200
        door.reply = ""
        sim.say(sim.alice, sim.private(sim.alice), "hello again")
        await until(lambda: len(door.running) == 2)
    assert [entry.body["text"] for entry in sim.seen(SENDS)] == ["Hello, Alice."] * 2


async def test_a_press_that_means_nothing_or_was_met_before_is_answered_silently(sim: TelegramSimulator) -> None:
    door = Door()
    async with serving(sim, door):
        message = sim.say(sim.alice, sim.private(sim.alice), "hello")
        foreign = sim.press(sim.alice, message, "nonsense")
        first = sim.press(sim.alice, message, "retry:q0")
        sim.put(dict(sim.world.updates.pending[-1]))
        await until(lambda: foreign.answered is not None and first.answered is not None and sim.pending == 0)
    assert (foreign.answered, first.answered) == ("", "")
    assert len(door.running) == 2


async def test_a_press_too_old_to_be_answered_is_taken_all_the_same(sim: TelegramSimulator) -> None:
    door = Door()
    async with serving(sim, door):
        query = sim.press(sim.alice, sim.say(sim.alice, sim.private(sim.alice), "hello"), "retry:q0")
        del sim.world.queries[query.id]
        await until(lambda: len(door.running) == 2)


async def test_a_refusal_is_said_and_not_stored(sim: TelegramSimulator) -> None:
    door = Door(reply="That is **too long**.")
    async with serving(sim, door):
        asked = sim.say(sim.alice, sim.group, "/chat hello")
        await until(lambda: len(sim.seen(SENDS)) == 1 and sim.pending == 0)
    (message,) = sim.messages(sim.group)[1:]
    assert (message.text, message.reply_to) == ("That is too long.", asked.id)
    assert message.entities == [{"type": "bold", "offset": 8, "length": 8}]


async def test_refusals_do_not_pile_up_and_hold_nobody_back(sim: TelegramSimulator) -> None:
    door = Door(reply="No.")
    sim.hold(sim.private(sim.alice), 30)
    async with serving(sim, door):
        for _ in range(30):
            sim.say(sim.alice, sim.private(sim.alice), "hello")
        sim.say(sim.bob, sim.private(sim.bob), "hello")
        await until(lambda: sim.pending == 0 and len(sim.messages(sim.private(sim.bob))) == 2)
        door.reply = ""
        sim.say(sim.alice, sim.private(sim.alice), "hello")
        await until(lambda: door.running)
    texts = [message.text for message in sim.messages(sim.private(sim.alice)) if message.from_id == sim.bot.id]
    assert texts == ["No.", "Hello, Alice."]


async def test_typing_is_shown_until_the_answer_begins(sim: TelegramSimulator) -> None:
    async def answer(question: Question, surface: Surface) -> None:
        await until(lambda: sim.seen(ACTIONS))
        await surface.open([Page("one")])

    async with serving(sim, Door(answering=answer)):
        sim.say(sim.alice, sim.private(sim.alice), "hello")
        await until(lambda: sim.seen(SENDS))
    (action,) = sim.seen(ACTIONS)
    assert (action.body["action"], action.body["chat_id"]) == ("typing", str(sim.alice.id))


async def test_nothing_is_typed_into_a_chat_that_must_rest(sim: TelegramSimulator) -> None:
    async def answer(question: Question, surface: Surface) -> None:
        if question.event.text == "first":
            sim.hold(sim.private(sim.alice), 60)
            await surface.open([Page("one")])
        else:
            await asyncio.sleep(0.7)  # longer than typing waits
            await surface.open([Page("two")])

    async with serving(sim, Door(answering=answer)):
        sim.say(sim.alice, sim.private(sim.alice), "first")
        await until(lambda: [entry for entry in sim.ledger if entry.status == 429])
        sim.say(sim.alice, sim.private(sim.alice), "second")
        await until(lambda: len(sim.messages(sim.private(sim.alice))) == 4)
    (refused,) = [entry for entry in sim.ledger if entry.status == 429]
    assert [entry for entry in sim.seen(ACTIONS) if entry.at < refused.at + refused.hold] == []


async def test_quick_answers_show_no_typing(sim: TelegramSimulator) -> None:
    async def answer(question: Question, surface: Surface) -> None:
        await asyncio.sleep(0.1)
        await surface.open([Page("one")])

    async with serving(sim, Door(answering=answer)):
        sim.say(sim.alice, sim.private(sim.alice), "hello")
        await until(lambda: sim.seen(SENDS))
    assert sim.seen(ACTIONS) == []


async def test_the_menus_are_sent_only_when_they_changed(sim: TelegramSimulator) -> None:
    settings = Settings()
    other = replace(chat, summary="Another summary.")
    name = "instance", f"telegram.menus.{sim.bot.id}"
    for commands in ([chat], [chat], [other], [other]):
        hashes = {"/".join(whose): hash_of(menu) for whose, menu in menus_of(commands, ()).items()}
        expected = {name: json.dumps(hashes)}
        sim.say(sim.alice, sim.private(sim.alice), "hello")
        async with serving(sim, Door(), settings=settings, commands=commands):
            await until(partial(lambda expected: sim.pending == 0 and settings.values == expected, expected))
    assert len(sim.seen(MENUS)) == 6
    assert sim.menus["default", ""] == [{"command": "chat", "description": "Another summary."}]


async def test_the_menu_is_never_in_the_way(sim: TelegramSimulator) -> None:
    settings = Settings()
    sim.faults.append(Fault(MENUS, "delay", seconds=60))
    door = Door()
    async with serving(sim, door, settings=settings):
        sim.say(sim.alice, sim.private(sim.alice), "hello")
        await until(lambda: door.running and sim.pending == 0)
    assert settings.values == {}
    sim.faults = [Fault(MENUS, "status", status=500, body=b"{}")]
    async with serving(sim, Door(), settings=settings) as running:
        await until(lambda: sim.seen(MENUS)[-1].status == 500)
        assert not running.done()
    assert settings.values == {}


async def test_in_a_group_only_what_is_meant_for_us_is_taken(sim: TelegramSimulator) -> None:
    sim.world.privacy = False  # the bot may have been made an administrator
    door = Door()
    async with serving(sim, door):
        for text in ("hello", "/chat@other_bot x", "/unknown x", "@parley_test_bot yes", "/chat yes"):
            sim.say(sim.alice, sim.group, text)
        await until(lambda: len(door.running) == 2 and sim.pending == 0)
        await until(lambda: len([each for each in sim.messages(sim.group) if each.from_id == sim.bot.id]) == 2)
        answer = sim.messages(sim.group)[-1]
        sim.say(sim.bob, sim.group, "and me?", reply_to=answer)
        await until(lambda: len(door.running) == 3)
    assert [(event.command, event.text) for event in door.events] == [("", "yes"), ("chat", "yes"), ("", "and me?")]
    assert door.events[2].quotes == (("Parley", "Hello, Alice."),)


async def test_other_bots_are_answered_only_if_config_names_them(sim: TelegramSimulator) -> None:
    from_a_bot = {
        "message": {
            "message_id": 1,
            "date": 1_700_000_000,
            "chat": sim.group.json,
            "from": sim.other_bot.json,
            "text": "/chat hello",
            "entities": [{"type": "bot_command", "offset": 0, "length": 5}],
        }
    }
    for answer_bots, expected in (((), 0), (("@Otto_Other_Bot",), 1)):
        door = Door()
        async with serving(sim, door, answer_bots=answer_bots):
            sim.put({**from_a_bot})
            await until(lambda: sim.pending == 0)
        assert len(door.events) == expected


async def test_an_adapter_that_never_ran_closes(sim: TelegramSimulator) -> None:
    async with serving(sim, Door()) as running:
        running.cancel()
    assert sim.ledger == []
