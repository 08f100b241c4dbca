"""Questions that are edited, deleted or stopped, and chats that move, while they are answered and over a restart."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.errors import Unavailable
from bot.events import Author, Event, Question
from bot.events import Chat as Place
from bot.inference.offline import Offline
from bot.outcome import CONTINUE, DELETED, EDITED, LENGTH, RETRY, STOPPED
from bot.replies import Delta
from tests.bot.test_dispatcher import Slow
from tests.fakes import Memory, Screen, an_event
from tests.house import House, in_virtual_time, press


def edited(event: Event, text: str, at: int = 1) -> Event:
    return replace(event, id=f"{event.message}:{at}", kind="edit", text=text)


def deleted(question: Question, **changes: Any) -> Event:
    event = question.event
    return an_event(kind="delete", message=event.message, chat=event.chat, author=Author("", ""), **changes)


async def texts(house: House, event: Event) -> list[str]:
    return [turn.text for turn in await house.memory.recent(event.key, 20)]


@in_virtual_time
async def test_an_answered_question_that_is_edited_is_answered_anew_as_a_branch() -> None:
    house = House()
    await house.answered(an_event("before"))
    event = an_event("helo")
    first, _ = await house.answered(event)
    again, screen = await house.answered(edited(event, "hello"))
    assert (screen.text, house.end(first), house.end(again)) == ("you said hello", "answered", "answered")
    assert await texts(house, event) == ["before", "you said before", "hello", "you said hello"]
    _, screen = await house.answered(edited(event, "hello you", 2))
    assert await texts(house, event) == ["before", "you said before", "hello you", "you said hello you"]
    assert len(house.memory.turns) == 8, "nothing that was said is lost"


@in_virtual_time
async def test_an_edit_supersedes_the_answer_that_is_being_made() -> None:
    house = House(backend=Slow())
    event = an_event("helo")
    first = await house.ask(event)
    await asyncio.sleep(3.5)
    again = await house.ask(edited(event, "hello"))
    await house.quiet()
    screen = house.screens[first.id]
    assert (screen.text, screen.note, screen.buttons) == ("word0 word1 word2", EDITED, ())
    assert (house.end(first), house.end(again)) == ("cancelled", "answered")
    assert (await texts(house, event))[:1] == ["hello"], "what was superseded is not remembered"
    assert house.memory.questions[first.id].partial == "word0 word1 word2 "


@in_virtual_time
async def test_an_edit_before_the_first_word_leaves_nothing_on_the_screen() -> None:
    house = House(backend=Slow())
    busy = await house.ask(an_event("one"))
    event = an_event("helo")
    first = await house.ask(event)
    again = await house.ask(edited(event, "hello"))
    once_more = await house.ask(edited(event, "hello you", 2))
    await house.quiet()
    ends = [house.end(each) for each in (busy, first, again, once_more)]
    assert ends == ["answered", "cancelled", "cancelled", "answered"]
    assert house.screens[first.id].verbs == house.screens[again.id].verbs == []
    assert [turn for turn in await texts(house, event) if "word" not in turn] == ["one", "hello you"]


@in_virtual_time
async def test_an_edit_of_an_edit_takes_the_first_ones_place() -> None:
    house = House(backend=Slow())
    event = an_event("helo")
    await house.answered(event)
    second = await house.ask(edited(event, "hello"))
    await asyncio.sleep(0.5)
    await house.answered(edited(event, "hello you", 2))
    assert house.end(second) == "cancelled"
    assert [turn for turn in await texts(house, event) if "word" not in turn] == ["hello you"]


@in_virtual_time
async def test_edits_that_mean_nothing() -> None:
    house = House()
    event = an_event("hello")
    await house.answered(event)
    assert await house.dispatcher.accept(edited(event, "hello")) is None, "the same text"
    once = edited(event, "hello you")
    await house.answered(once)
    assert await house.dispatcher.accept(once) is None, "a repeat"
    later = an_event("and now?")
    await house.answered(later)
    assert await house.dispatcher.accept(edited(event, "hello all", 2)) is None, "not the latest question"
    assert len(house.memory.questions) == 3


@in_virtual_time
async def test_a_message_that_was_no_question_before_is_asked_when_it_is_edited() -> None:
    house = House()
    await house.answered(an_event("before"))
    event = an_event("")
    question, screen = await house.answered(edited(event, "now for you"))
    assert (screen.text, question.event.kind) == ("you said now for you", "ask")
    assert await texts(house, event) == ["before", "you said before", "now for you", "you said now for you"]


@in_virtual_time
async def test_a_command_that_is_edited_is_given_anew() -> None:
    house = House()
    event = an_event("helo", command="chat")
    await house.answered(event)
    _, screen = await house.answered(edited(event, "hello"))
    assert screen.text == "you said hello"
    assert "for example" in await house.refused(edited(event, "", 2))


@in_virtual_time
async def test_somebody_elses_answers_go_on() -> None:
    house = House(backend=Slow())
    event = an_event("helo")
    await house.ask(event)
    other = await house.ask(an_event("mine", author=Author("bob", "Bob"), message=event.message))
    await asyncio.sleep(1.5)
    await house.ask(edited(event, "hello"))
    await house.quiet()
    assert house.end(other) == "answered"


@in_virtual_time
async def test_retry_of_an_edited_question_asks_what_it_says_now() -> None:
    house = House()
    event = an_event("helo")
    await house.answered(event)
    again, _ = await house.answered(edited(event, "hello"))
    _, screen = await house.answered(press("retry", again))
    assert screen.text == "you said hello"
    assert await texts(house, event) == ["hello", "you said hello"]


@in_virtual_time
async def test_after_a_crash_only_the_edited_question_is_answered() -> None:
    house = House(backend=Slow())
    event = an_event("helo")
    first = await house.dispatcher.accept(event)
    again = await house.dispatcher.accept(edited(event, "hello"))
    assert isinstance(first, Question)
    assert isinstance(again, Question)
    after = House(memory=house.memory)
    await after.open()
    await after.quiet()
    assert (after.end(first), after.end(again)) == ("cancelled", "answered")
    assert await texts(after, event) == ["hello", "you said hello"]


@in_virtual_time
async def test_a_deleted_question_is_not_answered_any_more() -> None:
    house = House(backend=Slow())
    running = await house.ask(an_event("one"))
    waiting = await house.ask(an_event("two"))
    await asyncio.sleep(3.5)
    for question in (waiting, running):
        assert await house.dispatcher.accept(deleted(question)) is None
    await house.quiet()
    assert [house.end(each) for each in (running, waiting)] == ["cancelled", "cancelled"]
    screen = house.screens[running.id]
    assert (screen.text, screen.note, screen.buttons) == ("word0 word1 word2", DELETED, ())
    assert house.screens[waiting.id].verbs == [], "nobody is told of what nobody saw"
    assert await texts(house, running.event) == []


@in_virtual_time
async def test_only_the_deleted_message_of_that_chat_is_meant() -> None:
    house = House(backend=Slow())
    question = await house.ask(an_event("one", chat=Place("space", "chat", "thread")))
    other = await house.ask(an_event("two", chat=Place("space", "other"), message=question.event.message))
    await asyncio.sleep(0.5)
    await house.dispatcher.accept(deleted(question, bot="another"))
    await house.dispatcher.accept(replace(deleted(question), message="unknown"))
    await house.dispatcher.accept(replace(deleted(question), chat=Place("space", "thread")))  # as Discord names threads
    await house.quiet()
    assert (house.end(question), house.end(other)) == ("cancelled", "answered")


@in_virtual_time
async def test_a_chat_that_moves_keeps_its_history_and_its_order() -> None:
    house = House(backend=Slow())
    old, new = Place("-1", "-1"), Place("-1001", "-1001")
    running, waiting = [await house.ask(an_event(text, chat=old)) for text in ("one", "two")]
    await asyncio.sleep(2.5)
    moved = an_event("-1001", kind="moved", chat=old, author=Author("", ""))
    assert await house.dispatcher.accept(moved) is None
    third = await house.ask(an_event("three", chat=new))
    await asyncio.sleep(10)
    assert [house.end(each) for each in (running, waiting, third)] == ["answered", "open", "open"]
    await house.quiet()
    assert [house.end(each) for each in (running, waiting, third)] == ["answered"] * 3
    said = await texts(house, an_event(chat=new))
    assert said[::2] == ["one", "two", "three"]


@in_virtual_time
async def test_stop_reaches_a_question_that_another_process_holds() -> None:
    elsewhere = House(backend=Slow())
    question = await elsewhere.ask(an_event("one"))
    await asyncio.sleep(2.5)
    here = House(memory=elsewhere.memory)
    assert await here.refused(press("stop", question)) == "Stopped."
    await elsewhere.quiet()
    screen = elsewhere.screens[question.id]
    assert (screen.note, elsewhere.end(question)) == (STOPPED, "cancelled")
    assert "word9" not in screen.text
    assert "already ended" in await here.refused(press("stop", question))


@in_virtual_time
async def test_stop_by_command_reaches_a_question_that_another_process_holds() -> None:
    elsewhere = House(backend=Slow())
    question = await elsewhere.ask(an_event("one"))
    await asyncio.sleep(2.5)
    here = House(memory=elsewhere.memory)
    _, said = await here.answered(an_event(command="stop"))
    assert said.text == "Stopped."
    assert elsewhere.end(question) == "cancelled"


@in_virtual_time
async def test_stop_pressed_before_an_earlier_processs_question_is_taken_up() -> None:
    before = House(backend=Slow())
    shown, unseen = [await before.dispatcher.accept(an_event(text)) for text in ("one", "two")]
    assert isinstance(shown, Question)
    assert isinstance(unseen, Question)
    await before.memory.checkpoint(shown.id, "half an", shown.handle)
    after = House(memory=before.memory)
    for question in (shown, unseen):
        assert await after.refused(press("stop", question)) == "Stopped."
    await after.open()
    await after.quiet()
    assert [after.end(each) for each in (shown, unseen)] == ["cancelled", "cancelled"]
    screens = [after.screens[each.id] for each in (shown, unseen)]
    assert [(screen.text, screen.note) for screen in screens] == [("half an", STOPPED), ("", STOPPED)]
    assert await texts(after, shown.event) == ["one", "half an"], "Continue knows what was said"


@in_virtual_time
async def test_what_was_stopped_while_it_waited_stays_so_after_a_crash() -> None:
    before = House(backend=Slow())
    running, waiting = [await before.ask(an_event(text), Screen()) for text in ("one", "two")]
    await asyncio.sleep(0.5)
    await before.refused(press("stop", waiting))
    after = House(memory=before.memory)
    await after.open()
    await asyncio.sleep(0.4)  # the first process is as good as dead: its model says nothing yet
    assert after.end(waiting) == "cancelled"
    assert after.screens[running.id].text == "you said one"


@in_virtual_time
async def test_continue_and_retry_work_after_a_restart() -> None:
    def parts(messages: Sequence[Mapping[str, Any]]) -> list[Delta]:
        told = [each["content"] for each in messages[1:]]
        return [Delta(f"part {(len(told) + 1) // 2} of {told[0]}"), Delta(finish="length")]

    before = House(Offline(pace=0, answer=parts))
    question, screen = await before.answered(an_event("a tale"))
    assert (screen.text, screen.note, screen.buttons) == ("part 1 of a tale", LENGTH, (CONTINUE, RETRY))
    after = House(Offline(pace=0, answer=parts), memory=before.memory)
    await after.open()
    second, screen = await after.answered(press("continue", question))
    assert (screen.text, screen.note) == ("part 2 of a tale", LENGTH)
    assert await after.dispatcher.accept(press("continue", question)) is None, "once, over restarts too"
    last = House(Offline(pace=0, answer=parts), memory=after.memory)
    assert (await last.answered(press("retry", question)))[1].text == "part 1 of a tale"
    assert (await last.answered(press("retry", second)))[1].text == "part 2 of a tale"


@in_virtual_time
async def test_a_press_that_a_crash_interrupted_is_answered_after_the_restart() -> None:
    before = House()
    question, _ = await before.answered(an_event("hello"))
    pressed = await before.dispatcher.accept(press("retry", question))
    assert isinstance(pressed, Question)
    after = House(memory=before.memory)
    await after.open()
    await after.quiet()
    assert (after.end(pressed), after.screens[pressed.id].text) == ("answered", "you said hello")


@in_virtual_time
async def test_a_database_that_goes_away_does_not_keep_an_edit_from_being_answered() -> None:
    class Forgetful(Memory):
        async def stop(self, id: str) -> None:
            raise Unavailable("The database is away.")

    house = House(backend=Slow(), memory=Forgetful())
    event = an_event("helo")
    first = await house.ask(event)
    await asyncio.sleep(1.5)
    again = await house.ask(edited(event, "hello"))
    await house.quiet()
    assert (house.end(first), house.end(again)) == ("cancelled", "answered")
