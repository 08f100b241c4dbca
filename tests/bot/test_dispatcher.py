import asyncio
import logging
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.admission import AdmissionConfig
from bot.commands import COMMANDS
from bot.conversation.turns import Turn
from bot.dispatcher import ATTEMPTS, RUN_AGAIN_SECONDS, TOO_LATE, TOO_OFTEN
from bot.errors import Barred, Gone, Refused, Unavailable, Unreachable
from bot.events import Author, Event, Handle, Question
from bot.events import Chat as Place
from bot.inference.backend import Entity, Label
from bot.inference.offline import Offline
from bot.outcome import CONTINUE, CUT, EMPTY, LENGTH, RESTART, RETRY, STOPPED
from bot.replies import Delta, Media, Surface
from tests.fakes import Memory, Screen, an_event
from tests.house import House, in_virtual_time, press
from tests.virtual_time import run

WHOLE = Delta(finish="stop")


class Slow:
    """Says ten words, one a second; the tenth ends it."""

    async def stream(self, model: str, task: Mapping[str, Any]) -> AsyncGenerator[Delta, None]:
        for number in range(10):
            await asyncio.sleep(1)
            yield Delta(f"word{number} ", model=model)
        yield Delta(finish="stop", tokens=(5, 10))


class Willing:
    """Does every task, without much care."""

    async def stream(self, model: str, task: Mapping[str, Any]) -> AsyncGenerator[Delta, None]:
        match task.get("task", "chat"):
            case "text-classification" | "zero-shot-classification":
                yield Delta(result=(Label("positive", 0.9), Label("negative", 0.1)))
            case "token-classification":
                yield Delta(result=(Entity("PER", "Ada", 0, 3, 0.9),))
            case "feature-extraction":
                yield Delta(result=[[1.0, 0.0] for _ in task["inputs"]])
            case "text-to-image":
                yield Delta(media=(Media(b"png", "image/png", "x.png"),))
            case _:
                yield Delta("as you like it")
        yield Delta(finish="stop", model=model)


def echo(messages: Sequence[Mapping[str, Any]]) -> str:
    return f"you said {messages[-1]['content']}"


@in_virtual_time
async def test_a_question_becomes_an_answer_and_both_are_remembered() -> None:
    house = House()
    question, screen = await house.answered(an_event("hello"))
    assert screen.text == "you said hello"
    assert screen.buttons == (RETRY,)
    assert house.end(question) == "answered"
    stored = [(turn.role, turn.text, turn.finish) for turn in await house.memory.recent(question.key, 10)]
    assert stored == [("user", "hello", "stop"), ("assistant", "you said hello", "stop")]
    assert house.memory.questions[question.id].handle == ""


@in_virtual_time
async def test_chat_is_the_same_as_plain_text() -> None:
    house = House()
    for event in (an_event("hi", command="chat"), an_event(command="chat", values={"text": "hi"}), an_event("hi")):
        assert (await house.answered(event))[1].text == "you said hi"


@in_virtual_time
async def test_a_repeat_is_dropped() -> None:
    house = House()
    event = an_event("hello")
    await house.ask(event)
    assert await house.dispatcher.accept(event) is None
    await house.quiet()
    assert await house.dispatcher.accept(event) is None


@in_virtual_time
async def test_nothing_is_said_before_the_question_is_stored() -> None:
    house = House()
    house.memory.away = True
    with pytest.raises(Unavailable):
        await house.dispatcher.accept(an_event("hello"))
    assert house.memory.questions == {}


@in_virtual_time
async def test_a_commit_that_comes_after_the_refusal_is_never_answered() -> None:
    class Late(Memory):
        async def accept(self, event: Event, key: Any, private: bool) -> Question | None:
            await asyncio.sleep(5)
            return await super().accept(event, key, private)

    house = House(memory=Late())
    with pytest.raises(Unavailable):
        await house.dispatcher.accept(an_event("hello"), within=2.0)
    await house.quiet()
    assert [end for end, _ in house.memory.ends.values()] == ["refused"]


@in_virtual_time
async def test_mistakes_and_unknown_commands_are_answered_without_being_stored() -> None:
    house = House()
    assert "Did you mean /help?" in await house.refused(an_event(command="hlep"))
    assert "/help" in await house.refused(an_event(command="zzz"))
    assert "for example" in await house.refused(an_event(command="chat"))
    assert house.memory.questions == {}


@in_virtual_time
async def test_one_conversation_is_answered_in_order_and_others_at_the_same_time() -> None:
    house = House(backend=Slow())
    first, second = [await house.ask(an_event(text)) for text in ("one", "two")]
    other = await house.ask(an_event("three", author=Author("bob", "Bob")))
    await asyncio.sleep(11)
    assert [house.end(each) for each in (first, second, other)] == ["answered", "open", "answered"]
    await asyncio.sleep(11)
    assert house.end(second) == "answered"
    assert [turn.text for turn in await house.memory.recent(first.key, 9) if turn.role == "user"] == ["one", "two"]


@in_virtual_time
async def test_one_person_cannot_fill_the_house() -> None:
    house = House(backend=Slow(), admission=AdmissionConfig(waiting_each=2, waiting_all=3, text_limit=100))
    for text in ("one", "two"):
        await house.ask(an_event(text))
    assert "/stop" in await house.refused(an_event("three"))
    await house.ask(an_event("from bob", author=Author("bob", "Bob")))
    assert "Too many" in await house.refused(an_event("from eve", author=Author("eve", "Eve")))
    assert "too long" in await house.refused(an_event("x" * 101))
    await house.quiet()
    await house.ask(an_event("three"))


@in_virtual_time
async def test_stop_by_command_and_by_button() -> None:
    house = House(backend=Slow())
    question = await house.ask(an_event("one"))
    await asyncio.sleep(3.5)
    _, said = await house.answered(an_event(command="stop"))
    assert said.text == "Stopped."
    screen = house.screens[question.id]
    assert (screen.text, screen.note) == ("word0 word1 word2", STOPPED)
    assert screen.buttons == (CONTINUE, RETRY)
    assert house.end(question) == "cancelled"
    assert (await house.memory.recent(question.key, 9))[-1].finish == "stopped"

    again = await house.ask(an_event("two"))
    await asyncio.sleep(2.5)
    assert await house.refused(press("stop", again)) == "Stopped."
    await house.quiet()
    assert house.end(again) == "cancelled"
    assert "already ended" in await house.refused(press("stop", again))
    assert (await house.answered(an_event(command="stop")))[1].text == "There is nothing to stop."


@in_virtual_time
async def test_a_question_that_is_stopped_while_it_waits_says_so() -> None:
    house = House(backend=Slow())
    await house.ask(an_event("one"))
    waiting = await house.ask(an_event("two"))
    await house.refused(press("stop", waiting))
    await house.quiet()
    assert (house.screens[waiting.id].note, house.end(waiting)) == (STOPPED, "cancelled")


@in_virtual_time
async def test_somebody_elses_button_does_nothing() -> None:
    house = House(backend=Slow())
    question = await house.ask(an_event("one"))
    await asyncio.sleep(1)
    bob = Author("bob", "Bob")
    for action in ("stop", "retry", "continue"):
        assert "somebody else" in await house.refused(press(action, question, author=bob))
    assert "too old" in await house.refused(an_event(kind="press", press=("stop", "nonsense")))
    assert "too old" in await house.refused(press("stop", question, bot="another"))
    assert "nothing any more" in await house.refused(press("delete", question))
    await house.quiet()
    assert house.end(question) == "answered"


@in_virtual_time
async def test_retry_makes_a_branch_and_works_once() -> None:
    house = House()
    await house.answered(an_event("first"))
    question, _ = await house.answered(an_event("second"))
    retried, screen = await house.answered(press("retry", question))
    assert screen.text == "you said second"
    assert await house.dispatcher.accept(press("retry", question)) is None
    texts = [turn.text for turn in await house.memory.recent(question.key, 10)]
    assert texts == ["first", "you said first", "second", "you said second"]
    assert len(house.memory.turns) == 6
    _, screen = await house.answered(press("retry", retried))
    assert screen.text == "you said second"
    by_command, screen = await house.answered(an_event(command="retry"))
    assert screen.text == "you said second"
    _, screen = await house.answered(press("retry", by_command))
    assert screen.text == "you said second", "the command's own text is empty"


@in_virtual_time
async def test_retry_by_command_without_a_question() -> None:
    house = House()
    question, screen = await house.answered(an_event(command="retry"))
    assert "no question of yours" in screen.text
    assert house.end(question) == "failed-told"


@in_virtual_time
async def test_a_cut_answer_is_marked_and_can_be_continued() -> None:
    house = House(backend=Offline(pace=0, answer=lambda messages: [Delta(f"{len(messages)} half an ans")]))
    question, screen = await house.answered(an_event("hello"))
    assert (screen.text, screen.note, screen.buttons) == ("2 half an ans", CUT, (CONTINUE, RETRY))
    assert house.end(question) == "partial-told"
    assert (await house.memory.recent(question.key, 9))[-1].finish == "cut"
    _, screen = await house.answered(press("continue", question))
    assert screen.text == "4 half an ans"


@in_virtual_time
async def test_the_length_limit_is_named() -> None:
    house = House(backend=Offline(pace=0, answer=lambda messages: [Delta("long"), Delta(finish="length")]))
    question, screen = await house.answered(an_event("hello"))
    assert (screen.note, screen.buttons, house.end(question)) == (LENGTH, (CONTINUE, RETRY), "answered")


@pytest.mark.parametrize(
    "body", [[], [Delta(" \n"), Delta(finish="stop")], [Delta(thought="hm"), Delta(finish="stop")]]
)
def test_no_answer_is_said(body: list[Delta]) -> None:
    async def scenario() -> None:
        house = House(backend=Offline(pace=0, answer=lambda messages: body))
        question, screen = await house.answered(an_event("hello"))
        assert (screen.note, screen.buttons, house.end(question)) == (EMPTY, (RETRY,), "failed-told")
        assert house.memory.turns == {}

    run(scenario())


def breaking(error: Exception, *before: Delta) -> Offline:
    def answer(messages: Any) -> Iterable[Delta]:
        yield from before
        raise error

    return Offline(pace=0, answer=answer)


@in_virtual_time
async def test_trouble_before_the_first_word_is_said_in_its_place() -> None:
    house = House(backend=breaking(Unavailable("The model is busy.")))
    question, screen = await house.answered(an_event("hello"))
    assert (screen.text + screen.note, screen.buttons) == ("The model is busy.", (RETRY,))
    assert house.end(question) == "failed-told"


@in_virtual_time
async def test_trouble_in_the_middle_is_said_under_what_was_shown() -> None:
    house = House(backend=breaking(Unavailable("The model is busy."), Delta("half ")))
    question, screen = await house.answered(an_event("hello"))
    assert (screen.text, screen.note) == ("half", f"{CUT} The model is busy.")
    assert house.end(question) == "partial-told"


@pytest.mark.parametrize("before", [(), (Delta("half "),)])
def test_a_bug_is_told_by_its_number_and_logged_without_words(
    before: tuple[Delta, ...], caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        house = House(backend=breaking(LookupError("secret words"), *before))
        question, screen = await house.answered(an_event("hello"))
        assert question.id in screen.text + screen.note
        assert "secret" not in screen.text + screen.note
        assert house.end(question) == ("partial-told" if before else "failed-told")

    with caplog.at_level(logging.ERROR):
        run(scenario())
    assert [record.levelname for record in caplog.records] == ["ERROR"]


@in_virtual_time
async def test_a_screen_that_is_gone_ends_the_question() -> None:
    def gone(verb: str) -> None:
        raise Unreachable("blocked")

    house = House(backend=Slow())
    question = await house.ask(an_event("hello"), Screen(trouble=gone))
    await house.quiet()
    assert house.memory.ends[question.id] == ("undeliverable", "blocked")


@in_virtual_time
async def test_the_answer_is_stored_before_its_last_write() -> None:
    house = House()
    states: list[str] = []

    def look(verb: str) -> None:
        if verb == "finish":
            states.append(next(iter(house.memory.questions.values())).state)

    await house.ask(an_event("hello"), Screen(trouble=look))
    await house.quiet()
    assert states == ["delivering"]


@in_virtual_time
async def test_the_database_may_be_away_for_a_while_during_an_answer() -> None:
    house = House(backend=Slow())
    question = await house.ask(an_event("hello"))
    await asyncio.sleep(3)
    house.memory.away = True
    await asyncio.sleep(15)
    assert house.end(question) == "open"
    house.memory.away = False
    await house.quiet()
    assert house.end(question) == "answered"
    assert house.screens[question.id].text.endswith("word9")


@in_virtual_time
async def test_new_begins_afresh() -> None:
    house = House(backend=Offline(pace=0, answer=lambda messages: f"{len(messages)}"))
    await house.answered(an_event("one"))
    assert (await house.answered(an_event("two")))[1].text == "4"
    await house.answered(an_event(command="new"))
    assert (await house.answered(an_event("three")))[1].text == "2"


@in_virtual_time
async def test_every_commands_example_is_answered() -> None:
    house = House(backend=Willing())
    await house.open()
    for command in COMMANDS:
        if command.hidden:
            continue
        name, _, line = command.example.partition(" ")
        assert name == f"/{command.name}"
        question, screen = await house.answered(an_event(line, command=command.name))
        assert screen.text or screen.note, command.name
        assert house.end(question) in ("answered", "failed-told"), command.name
        assert "Something went wrong" not in screen.text, command.name
    assert "org/model" in (await house.answered(an_event(command="about")))[1].text
    assert "There is no /dance" in (await house.answered(an_event("dance", command="help")))[1].text


@in_virtual_time
async def test_private_commands_are_private_only_where_others_look_on() -> None:
    house = House()
    assert (await house.ask(an_event(command="privacy"))).private
    assert not (await house.ask(an_event(command="privacy", chat=Place("s", "dm", private=True)))).private
    assert not (await house.ask(an_event("hello"))).private


@in_virtual_time
async def test_completion_from_memory() -> None:
    complete = House().dispatcher.complete
    assert list(await complete("help", "command", "/ret", Author("ada", "Ada"))) == ["retry"]
    assert list(await complete("chat", "text", "x", Author("ada", "Ada"))) == []


async def left_open(house: House, event: Event, **fate: Any) -> Question:
    """A question that an earlier process left behind."""
    question = await house.memory.accept(event, event.key, False)
    assert question
    house.memory.questions[question.id] = replace(question, **fate)
    return question


@in_virtual_time
async def test_after_a_restart_what_was_not_begun_is_answered() -> None:
    house = House()
    question = await left_open(house, an_event("hello"))
    await house.dispatcher.resume("fake", "bot", house.revive, house.reach)
    await house.quiet()
    assert (house.screens[question.id].text, house.end(question)) == ("you said hello", "answered")


@in_virtual_time
async def test_after_a_restart_a_finished_answer_is_only_shown_again() -> None:
    house = House(backend=breaking(AssertionError("the model was asked again")))
    event = an_event("hello")
    question = await left_open(house, event)
    await house.memory.conclude(question.id, "done", "length", [Turn("user", "hello"), Turn("assistant", "done")])
    await house.dispatcher.resume("fake", "bot", house.revive, house.reach)
    await house.quiet()
    screen = house.screens[question.id]
    assert (screen.text, screen.note, house.end(question)) == ("done", LENGTH, "answered")
    assert len(house.memory.turns) == 2


@in_virtual_time
async def test_after_a_restart_a_half_shown_answer_is_marked_and_kept() -> None:
    house = House(backend=breaking(AssertionError("the model was asked again")))
    question = await left_open(house, an_event("hello"), partial="half an", handle=Handle("1 messages"))
    await house.dispatcher.resume("fake", "bot", house.revive, house.reach)
    await house.quiet()
    screen = house.screens[question.id]
    assert (screen.text, screen.note, screen.buttons) == ("half an", CUT, (CONTINUE, RETRY))
    assert house.end(question) == "partial-told"
    assert [turn.text for turn in await house.memory.recent(question.key, 9)] == ["hello", "half an"]


@in_virtual_time
async def test_after_a_long_absence_old_questions_are_not_answered_unasked() -> None:
    house = House()
    event = an_event("hello")
    old = replace(event, at=event.at - timedelta(seconds=RUN_AGAIN_SECONDS + 60))
    question = await left_open(house, old)
    await house.dispatcher.resume("fake", "bot", house.revive, house.reach)
    await house.quiet()
    screen = house.screens[question.id]
    assert (screen.text, screen.buttons, house.end(question)) == (TOO_LATE, (RETRY,), "failed-told")


@in_virtual_time
async def test_a_question_that_kills_the_process_is_given_up() -> None:
    house = House()
    poison = await left_open(house, an_event("poison"), attempts=ATTEMPTS)
    await house.dispatcher.resume("fake", "bot", house.revive, house.reach)
    await house.quiet()
    assert (house.screens[poison.id].text, house.end(poison)) == (TOO_OFTEN, "failed-told")


@in_virtual_time
async def test_a_place_that_cannot_be_found_again() -> None:
    house = House()
    question = await left_open(house, an_event("hello"))

    def revive(question: Question) -> Surface:
        raise Unreachable("expired")

    await house.dispatcher.resume("fake", "bot", revive, house.reach)
    await house.quiet()
    assert house.memory.ends[question.id] == ("undeliverable", "expired")


@in_virtual_time
async def test_what_this_process_accepted_is_not_taken_up_twice() -> None:
    house = House(backend=Slow())
    question = await house.dispatcher.accept(an_event("hello"))
    assert isinstance(question, Question)
    await house.dispatcher.resume("fake", "bot", house.revive, house.reach)
    await house.quiet()
    assert house.screens == {}


@in_virtual_time
async def test_a_restart_leaves_a_note_and_the_question_open() -> None:
    house = House(backend=Slow())
    running = await house.ask(an_event("one"))
    waiting = await house.ask(an_event("two"))
    await asyncio.sleep(3.5)
    await house.dispatcher.drain(2.0)
    screen = house.screens[running.id]
    assert (screen.note, house.end(running), house.end(waiting)) == (RESTART, "open", "open")
    assert screen.text == house.memory.questions[running.id].partial.rstrip() == "word0 word1 word2 word3 word4"

    after = House(memory=house.memory, screens=house.screens)
    await after.dispatcher.resume("fake", "bot", after.revive, after.reach)
    await after.quiet()
    assert (after.end(running), after.end(waiting)) == ("partial-told", "answered")
    assert screen.note == CUT
    assert after.screens[waiting.id].text == "you said two"


@in_virtual_time
async def test_a_message_that_a_person_deleted_is_not_answered_any_more() -> None:
    def deleted(verb: str) -> None:
        if verb == "preview":
            raise Gone("deleted")

    house = House(backend=Slow())
    screen = Screen(trouble=deleted)
    question = await house.ask(an_event("hello"), screen)
    await house.quiet()
    assert house.memory.ends[question.id] == ("cancelled", "deleted")
    assert screen.verbs == ["open"], "nothing is posted again"
    assert house.memory.turns == {}, "the model was not read to its end"


@in_virtual_time
async def test_an_answer_whose_place_is_lost_is_made_to_its_end() -> None:
    def expired(verb: str) -> None:
        if verb != "open":
            raise Unreachable("expired")

    house = House(backend=Slow())
    question = await house.ask(an_event("hello"), Screen(trouble=expired))
    await house.quiet()
    assert house.memory.ends[question.id] == ("undeliverable", "expired")
    kept = house.memory.questions[question.id]
    assert (kept.partial[-6:], kept.finish) == ("word9 ", "stop")


@in_virtual_time
async def test_in_a_chat_that_is_closed_to_us_nothing_more_is_begun() -> None:
    def blocked(verb: str) -> None:
        raise Barred("blocked")

    house = House(backend=Slow())
    running, waiting = [await house.ask(an_event(text), Screen(trouble=blocked)) for text in ("one", "two")]
    other = await house.ask(an_event("three", author=Author("bob", "Bob")))
    await house.quiet()
    assert [house.memory.ends[each.id] for each in (running, waiting)] == [("undeliverable", "blocked")] * 2
    assert house.memory.questions[waiting.id].attempts == 0
    assert house.end(other) == "answered"
    assert not any(turn.text == "one" for turn in house.memory.turns.values()), "no answer was made"


@in_virtual_time
async def test_a_text_that_a_rule_of_the_place_forbids_has_failed() -> None:
    def forbidden(verb: str) -> None:
        if verb == "finish":
            raise Refused("A rule of this server blocked the answer.")

    house = House()
    question = await house.ask(an_event("hello"), Screen(trouble=forbidden))
    await house.quiet()
    assert house.end(question) == "failed-told"
