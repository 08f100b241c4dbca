"""Questions in chats where the bot is not: one message, known by its inline id, that grows and can be stopped."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from adapters.telegram.place import Place, place_of
from bot.errors import Mistaken
from bot.events import Question
from bot.replies import Button, Media, Page, Surface
from simulators.media import png
from simulators.simulator import Fault
from simulators.telegram import TelegramSimulator
from simulators.telegram.values import Message
from tests.adapters.telegram.rig import Door, check_manners, serving
from tests.adapters.telegram.test_surface import EDITS, SENDS, refusal, show
from tests.polling import until

STOP, RETRY = Button("stop", "Stop"), Button("retry", "Retry")


@pytest.fixture
async def sim() -> AsyncIterator[TelegramSimulator]:
    """Telegram keeps an inline query for 30 s: so much of that is left that a busy machine answers in time."""
    async with TelegramSimulator(scale=0.3) as running:
        yield running
        check_manners(running)


def keys(message: Message) -> list[str]:
    """What the buttons under a message do."""
    rows = (message.reply_markup or {}).get("inline_keyboard", [])
    return [each.get("callback_data") or each["url"] for row in rows for each in row]


async def chosen(sim: TelegramSimulator, text: str) -> Message:
    """Alice types the bot's name with this after it, in a chat where the bot is not, and picks what she is offered."""
    query = sim.ask_inline(sim.alice, text)
    await until(lambda: query.results is not None)
    return sim.choose(sim.alice, query, 0, sim.elsewhere())


async def test_an_inline_question_is_offered_chosen_and_answered_in_its_message(sim: TelegramSimulator) -> None:
    sim.world.inline = True
    seen: list[list[str]] = []

    async def answer(question: Question, surface: Surface) -> None:
        await surface.open([Page("It **scatters")], [STOP])
        seen.append(keys(messages[0]))
        await surface.preview([Page("It **scatters** lig")], [STOP])
        await surface.finish([Page("It **scatters** light.")], [RETRY])

    messages: list[Message] = []
    door = Door(answering=answer)
    async with serving(sim, door):
        query = sim.ask_inline(sim.alice, " why is the sky blue? ")
        await until(lambda: query.results is not None)
        assert (query.personal, query.until <= sim.world.clock.now()) == (True, True)
        assert query.button == {"text": "Ask in private", "start_parameter": "inline"}
        messages.append(sim.choose(sim.alice, query, 0, sim.elsewhere()))
        await until(lambda: door.running)
    (event,) = door.events
    assert (event.text, event.command, event.kind) == ("why is the sky blue?", "", "ask")
    assert (event.author.id, event.author.admin, event.chat.private) == (str(sim.alice.id), False, False)
    assert event.chat.thread == messages[0].inline_id
    message = messages[0]
    assert message.history[0] == "why is the sky blue?\n\nThe answer appears here …"
    assert message.text == "why is the sky blue?\n\nIt scatters light."
    assert message.entities[0] == {"type": "blockquote", "offset": 0, "length": 20}
    assert seen == [["stop:q0"]]
    assert keys(message) == ["https://t.me/parley_test_bot?start=inline"]
    assert (sim.seen(SENDS), sim.seen(r"/sendChatAction$"), door.lost) == ([], [], [])
    assert message.previews_off


async def test_what_does_not_fit_is_behind_a_button(sim: TelegramSimulator) -> None:
    sim.world.inline = True

    async def answer(question: Question, surface: Surface) -> None:
        pages = [Page("The beginning"), Page("and the end")]
        await surface.open(pages[:1])
        await surface.open(pages)
        await surface.finish(pages, [RETRY], [Media(png("x"), "image/png", "x.png")])

    async with serving(sim, Door(answering=answer)):
        message = await chosen(sim, "tell me all")
        await until(lambda: "more does not fit" in message.text)
    assert message.text.startswith("tell me all\n\nThe beginning\n\n")
    assert keys(message) == ["https://t.me/parley_test_bot?start=all_q0"]


async def test_nothing_is_offered_for_nothing_and_without_feedback_nothing_is_answered(sim: TelegramSimulator) -> None:
    sim.world.inline, sim.world.inline_feedback = True, False
    door = Door()
    async with serving(sim, door):
        empty = sim.ask_inline(sim.alice, "  ")
        await until(lambda: empty.results is not None)
        assert empty.results == []
        message = await chosen(sim, "hello")
        await until(lambda: sim.pending == 0)
    assert door.events == []
    assert keys(message) == ["https://t.me/parley_test_bot?start=inline"]


async def test_in_a_chat_of_the_bot_its_inline_message_is_not_asked_twice(sim: TelegramSimulator) -> None:
    sim.world.inline, sim.world.privacy = True, False
    door = Door(answering=lambda question, surface: show(surface, "Hello."))
    home = sim.private(sim.alice)
    async with serving(sim, door):
        query = sim.ask_inline(sim.alice, "hello")
        await until(lambda: query.results is not None)
        message = sim.choose(sim.alice, query, 0, home)
        await until(lambda: message.text == "hello\n\nHello." and sim.pending == 0)
    assert len(door.events) == 1
    assert sim.messages(home) == [message]


async def test_a_stop_under_an_inline_message_is_answered_by_a_notice(sim: TelegramSimulator) -> None:
    sim.world.inline = True
    door = Door(answering=lambda question, surface: show(surface, "Hello."))
    async with serving(sim, door):
        message = await chosen(sim, "hello")
        await until(lambda: message.text.endswith("Hello."))
        door.reply = "Stopped."
        query = sim.press(sim.alice, message, "stop:q0")
        await until(lambda: query.answered)
    assert query.answered == "Stopped."
    event = door.events[-1]
    assert (event.press, event.chat.thread) == (("stop", "q0"), message.inline_id)
    assert sim.seen(SENDS) == []


async def test_a_refusal_stands_in_the_inline_message(sim: TelegramSimulator) -> None:
    sim.world.inline = True
    async with serving(sim, Door(reply="You are not let in.")):
        message = await chosen(sim, "hello")
        await until(lambda: message.text == "hello\n\nYou are not let in.")


async def test_a_guest_answers_once_and_that_message_grows(sim: TelegramSimulator) -> None:
    sim.world.knows_guests = True
    door = Door(answering=lambda question, surface: show(surface, "One", "One two"))
    elsewhere = sim.elsewhere()
    async with serving(sim, door):
        query = sim.summon(sim.alice, elsewhere, "@parley_test_bot count, please")
        await until(lambda: query.answer is not None and query.answer.text == "One two")
    assert query.answer
    assert query.answer.history == ["One", "One two"]
    (event,) = door.events
    assert (event.text, event.author.admin, event.chat.space) == ("count, please", False, str(elsewhere.id))
    assert event.chat.thread == f"guest {query.message.id}"
    assert len(sim.seen(r"/answerGuestQuery$")) == 1
    assert (sim.seen(SENDS), door.lost) == ([], [])


async def test_a_guest_query_that_was_answered_before_a_crash_is_undeliverable(sim: TelegramSimulator) -> None:
    sim.world.knows_guests = True
    sim.faults.append(Fault(r"/answerGuestQuery$", "lose response"))
    door = Door(answering=lambda question, surface: show(surface, "One"))
    async with serving(sim, door):
        sim.summon(sim.alice, sim.elsewhere(), "@parley_test_bot hello")
        await until(lambda: door.running)
        with pytest.raises(Exception, match="Telegram"):
            await door.settled()
        door.running.clear()


async def test_an_inline_message_that_is_gone_is_not_wanted(sim: TelegramSimulator) -> None:
    sim.world.inline = True
    door = Door(answering=lambda question, surface: show(surface, "One", "One two"))
    sim.faults.append(refusal(EDITS, 400, "Bad Request: MESSAGE_ID_INVALID"))
    async with serving(sim, door):
        await chosen(sim, "hello")
        await until(lambda: door.running)
    assert len(door.lost) == 1


async def test_elsewhere_there_is_no_topic_no_file_and_answers_beside_are_private(sim: TelegramSimulator) -> None:
    sim.world.inline = True
    found: list[Any] = []

    async def answer(question: Question, surface: Surface) -> None:
        found.extend([surface.can.files, surface.deafness, await surface.author_is_admin(), place_of(surface.beside())])
        with pytest.raises(Mistaken):
            await surface.branch("a topic")

    async with serving(sim, Door(answering=answer)):
        await chosen(sim, "hello")
        await until(lambda: len(found) == 4)
    assert found == [0, "", False, Place(sim.alice.id)]
