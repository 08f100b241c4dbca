"""How an answer comes to stand in a chat: over the wire, against a Bot API that refuses what the real one refuses."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from adapters.telegram.place import place_of
from bot.events import Question
from bot.replies import Button, Page, Surface
from simulators.simulator import Fault
from simulators.telegram import TelegramSimulator
from simulators.telegram.values import Message
from tests.adapters.telegram.rig import SCALE, Answering, Door, serving
from tests.polling import until

SENDS, EDITS, ACTIONS = r"/sendMessage$", r"/editMessageText$", r"/sendChatAction$"
STOP = Button("stop", "Stop")


def ours(sim: TelegramSimulator, chat: Any) -> list[Message]:
    return [each for each in sim.messages(chat) if each.from_id == sim.bot.id]


async def show(surface: Surface, *texts: str, **last: Any) -> None:
    """Grow an answer through these texts, each shown, and finish it with the last."""
    for number, text in enumerate(texts):
        await asyncio.sleep(surface.wait(asyncio.get_running_loop().time(), final=False))
        pages = [Page(each) for each in text.split("\f")]
        known = texts[number - 1].count("\f") if number else -1
        await (surface.preview if known == text.count("\f") else surface.open)(pages)
    await surface.finish(pages, **last)


async def answered(sim: TelegramSimulator, answering: Answering, text: str = "hello", **changes: Any) -> Door:
    """Alice asks in private and the answer is made so."""
    door = Door(answering=answering)
    async with serving(sim, door, **changes):
        sim.say(sim.alice, sim.private(sim.alice), text)
        await until(lambda: door.running and sim.pending == 0)  # so that no other process gets it once more
    return door


def growing(*texts: str, **last: Any) -> Answering:
    return lambda question, surface: show(surface, *texts, **last)


def refusal(pattern: str, code: int, description: str, times: int = 1, **parameters: float) -> Fault:
    body = {"ok": False, "error_code": code, "description": description, "parameters": parameters}
    return Fault(pattern, "status", times, status=code, body=json.dumps(body).encode())


async def test_an_answer_grows_by_edits(sim: TelegramSimulator) -> None:
    await answered(sim, growing("One", "One **two", "One **two** three"))
    (message,) = ours(sim, sim.private(sim.alice))
    assert message.history == ["One", "One two", "One two three"]
    assert message.entities == [{"type": "bold", "offset": 4, "length": 3}]
    assert len(sim.seen(EDITS)) == 2  # the last one showed the final text already


async def test_what_is_unchanged_is_not_written_again(sim: TelegramSimulator) -> None:
    await answered(sim, growing("One", "One", "One"))
    assert len(sim.seen(SENDS)) == 1
    assert sim.seen(EDITS) == []


async def test_an_answer_goes_on_in_further_messages_and_buttons_stand_under_the_last(sim: TelegramSimulator) -> None:
    async def grow(question: Question, surface: Surface) -> None:
        await surface.open([Page("first", "a note", "a thought")], [STOP])
        handle = await surface.open([Page("first page", "", "a thought"), Page("sec")], [STOP])
        assert len(place_of(handle).pages) == 2
        await surface.finish([Page("first page", "", "a thought"), Page("second")], [Button("retry", "Retry")])

    await answered(sim, grow)
    first, second = ours(sim, sim.private(sim.alice))
    assert first.history == ["a thought\n\nfirst\n\na note", "a thought\n\nfirst page"]
    assert first.entities == [{"type": "expandable_blockquote", "offset": 0, "length": 9}]
    assert first.reply_markup is None
    assert second.history == ["sec", "second"]
    assert second.reply_markup
    assert second.reply_markup["inline_keyboard"] == [[{"text": "Retry", "callback_data": "retry:q0"}]]


async def test_many_buttons_stand_in_rows(sim: TelegramSimulator) -> None:
    await answered(sim, growing("One", buttons=[Button(f"b{number}", f"{number}") for number in range(5)]))
    (message,) = ours(sim, sim.private(sim.alice))
    assert message.reply_markup
    assert [[key["text"] for key in row] for row in message.reply_markup["inline_keyboard"]] == [list("0123"), ["4"]]


async def test_ten_thousand_characters_arrive_whole(sim: TelegramSimulator) -> None:
    lines = [f"{number} 😀 @alice_liddell **word** https://example.com/{number}\n" for number in range(200)]
    texts = ["".join(lines[start : start + 40]) for start in range(0, 200, 40)]
    assert sum(map(len, texts)) > 10_000
    door = await answered(sim, growing(texts[0], "\f".join(texts[:3]), "\f".join(texts)))
    shown = "\n".join(message.text for message in ours(sim, sim.private(sim.alice)))
    assert shown.replace("\u2060", "") == "".join(lines).replace("**", "").strip()
    surface = door.surfaces[0]
    assert all(surface.measure(text) <= surface.can.limit for text in texts)
    assert [surface.measure(text) for text in texts] == [
        len(message.text.encode("utf-16-le")) // 2 for message in ours(sim, sim.private(sim.alice))
    ]


async def test_of_too_many_entities_the_important_ones_are_sent(sim: TelegramSimulator) -> None:
    await answered(sim, growing("**word** " * 120 + "[here](https://example.com)"))
    (message,) = ours(sim, sim.private(sim.alice))
    assert message.text.endswith("word here (example.com)")
    assert len(message.entities) == 100
    assert message.entities[-1]["type"] == "text_link"


async def test_an_empty_answer_is_shown_as_such(sim: TelegramSimulator) -> None:
    await answered(sim, growing("\u200b"))
    assert [message.text for message in ours(sim, sim.private(sim.alice))] == ["…"]


async def test_in_a_group_the_first_message_replies_and_the_others_do_not(sim: TelegramSimulator) -> None:
    door = Door(answering=growing("one\ftwo"))
    async with serving(sim, door):
        asked = sim.say(sim.alice, sim.group, "@parley_test_bot hello")
        gone = sim.say(sim.bob, sim.group, "/chat hello")
        sim.remove(gone)
        await until(lambda: len(door.running) == 2)
    assert sorted(message.reply_to or 0 for message in ours(sim, sim.group)) == [0, 0, 0, asked.id]
    assert [entry.status for entry in sim.seen(SENDS)] == [200] * 4


async def test_a_topic_is_kept_also_when_the_question_is_deleted(sim: TelegramSimulator) -> None:
    forum = sim.add_group("Forum", topics=True)
    topic = next(iter(forum.topics))
    door = Door(answering=growing("one\ftwo"))
    sim.faults.append(refusal(SENDS, 400, "Bad Request: message to be replied not found"))
    async with serving(sim, door):
        sim.say(sim.alice, forum, "/chat hello", topic=topic)
        await until(lambda: door.running)
    assert [(message.text, message.topic, message.reply_to) for message in ours(sim, forum)] == [
        ("one", topic, None),
        ("two", topic, None),
    ]


async def test_all_answers_of_a_group_share_its_pace(sim: TelegramSimulator) -> None:
    door = Door(answering=growing("one", "one two", "one two three"))
    async with serving(sim, door):
        for _ in range(12):
            sim.say(sim.alice, sim.group, "/chat hello")
        await until(lambda: len(door.running) == 12)
    assert [message.text for message in ours(sim, sim.group)] == ["one two three"] * 12
    times = [entry.at for entry in sim.seen(f"{SENDS}|{EDITS}")]
    assert times[-1] - times[0] >= (len(times) - 1) * 3 * SCALE
    assert [entry for entry in sim.ledger if entry.status == 429] == []


async def test_a_hold_is_waited_out_by_one_chat_and_no_other(sim: TelegramSimulator) -> None:
    times: dict[str, float] = {}

    async def answer(question: Question, surface: Surface) -> None:
        name = question.event.author.name
        await surface.open([Page("one")])
        if question.event.text == "hold":
            sim.hold(sim.private(sim.alice), 100)
        for number in range(5):
            await surface.preview([Page(f"one {number}")])
            await asyncio.sleep(2 * SCALE)
        await surface.finish([Page(f"final for {name}")])
        times[name] = asyncio.get_running_loop().time()

    door = Door(answering=answer)
    async with serving(sim, door):
        sim.say(sim.alice, sim.private(sim.alice), "hold")
        sim.say(sim.bob, sim.private(sim.bob), "hello")
        await until(lambda: "Bob" in times)
        sim.say(sim.alice, sim.private(sim.alice), "hello")
        await until(lambda: len(door.running) == 3)
    (refused,) = [entry for entry in sim.ledger if entry.status == 429]
    assert times["Bob"] < refused.at + refused.hold <= times["Alice"]
    assert [message.text for message in ours(sim, sim.private(sim.alice))] == ["final for Alice"] * 2


async def test_a_message_that_shows_it_already_counts_as_shown(sim: TelegramSimulator) -> None:
    left: list[Question] = []

    async def crash(question: Question, surface: Surface) -> None:
        left.append(replace(question, handle=await surface.open([Page("one")])))

    await answered(sim, crash)
    door = Door(answering=lambda question, surface: surface.finish([Page("one")]), unfinished=left)
    async with serving(sim, door):
        await until(lambda: door.running)
    assert [entry.status for entry in sim.seen(EDITS)] == [400]
    assert door.lost == []


@pytest.mark.parametrize("verb", ["preview", "finish"])
async def test_a_deleted_message_ends_the_answer(sim: TelegramSimulator, verb: str) -> None:
    async def answer(question: Question, surface: Surface) -> None:
        await surface.open([Page("one")])
        sim.remove(ours(sim, sim.private(sim.alice))[0])
        await asyncio.sleep(surface.wait(asyncio.get_running_loop().time(), final=False))
        await getattr(surface, verb)([Page("two")])

    door = await answered(sim, answer)
    assert door.lost == ["BadRequest: Message to edit not found"]
    assert ours(sim, sim.private(sim.alice)) == []
    assert len(sim.seen(EDITS)) == 1


async def test_who_blocked_us_is_not_written_to_again(sim: TelegramSimulator) -> None:
    async def answer(question: Question, surface: Surface) -> None:
        sim.block(sim.alice)
        await show(surface, "one")

    door = await answered(sim, answer)
    assert door.lost == ["Forbidden: Forbidden: bot was blocked by the user"]
    assert len(sim.seen(SENDS)) == 1


async def test_refused_entities_cost_the_formatting_and_never_the_text(sim: TelegramSimulator) -> None:
    async def answer(question: Question, surface: Surface) -> None:
        await surface.open([Page("**one**")])
        (message,) = ours(sim, sim.private(sim.alice))
        assert (message.text, message.entities) == ("one", [])
        await surface.finish([Page("**one** two")])

    for method in (SENDS, EDITS):
        sim.faults.append(refusal(method, 400, "Bad Request: can't parse MessageEntity: unsupported type specified"))
    await answered(sim, answer)
    (message,) = ours(sim, sim.private(sim.alice))
    assert (message.text, message.entities) == ("one two", [])


async def test_after_a_restart_the_same_messages_are_finished(sim: TelegramSimulator) -> None:
    left: list[Question] = []

    async def crash(question: Question, surface: Surface) -> None:
        handle = await surface.open([Page("one"), Page("two"), Page("three")], [STOP])
        left.append(replace(question, handle=handle))

    await answered(sim, crash)
    assert len(ours(sim, sim.private(sim.alice))) == 3
    door = Door(answering=growing("one, two"), unfinished=left)
    async with serving(sim, door):
        await until(lambda: door.running)
    assert door.resumed == [("telegram", str(sim.bot.id))]
    assert [message.text for message in ours(sim, sim.private(sim.alice))] == ["one, two"]


async def test_what_was_never_opened_is_sent_after_a_restart(sim: TelegramSimulator) -> None:
    door = await answered(sim, _nothing)
    door = Door(answering=growing("one"), unfinished=list(door.questions.values()))
    async with serving(sim, door):
        await until(lambda: door.running)
    assert [message.text for message in ours(sim, sim.private(sim.alice))] == ["one"]


async def _nothing(question: Question, surface: Surface) -> None:
    pass
