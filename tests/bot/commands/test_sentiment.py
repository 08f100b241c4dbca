import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from bot.budgets import BudgetConfig
from bot.commands.batches import AT_ONCE, MOST
from bot.errors import Unavailable
from bot.events import Attachment
from bot.inference.backend import Label
from bot.replies import Delta
from tests.bot.commands.scripted import Scripted
from tests.fakes import Screen, an_event
from tests.house import House, in_virtual_time

FILE = Attachment("reviews.txt", "text/plain", 20, "file")
AWAY = Unavailable("The model is away.")


def judge(model: str, task: Mapping[str, Any]) -> Iterable[Delta | Exception]:
    assert task["task"] == "text-classification"
    if "broken" in task["inputs"]:
        return [AWAY]
    if "nothing" in task["inputs"]:
        return [Delta(result=(), finish="stop")]
    good = "good" in task["inputs"]
    best = Label("positive" if good else "negative", 0.9)
    return [Delta(result=(best, Label("neutral", 0.1)), finish="stop", model=model)]


@in_virtual_time
async def test_one_text_gets_a_bar_for_each_label() -> None:
    backend = Scripted(judge)
    house = House(backend=backend)
    question, screen = await house.answered(an_event("a good day", command="sentiment"))
    assert screen.text == "▰▰▰▰▱ **positive** 90 %\n▱▱▱▱▱ neutral 10 %"
    assert screen.note == "org/model"
    assert house.end(question) == "answered"
    assert [task["inputs"] for task in backend.tasks] == ["a good day"]
    assert backend.asked[0][0] == "org/model"


@in_virtual_time
async def test_a_batch_grows_in_its_order_and_ends_with_a_summary() -> None:
    backend = Scripted(judge)
    house = House(backend=backend)
    _, screen = await house.answered(an_event("good *one*\n\nbad two\nbroken three\ngood four", command="sentiment"))
    lines = screen.text.splitlines()
    assert lines[0] == "1. ▰▰▰▰▱ **positive** 90 % – “good \\*one\\*”"
    assert lines[1].startswith("2. ▰▰▰▰▱ **negative**")
    assert lines[2] == "3. “broken three” – could not be read"
    assert lines[3].startswith("4. ▰▰▰▰▱ **positive**")
    assert lines[-2] == "**4 texts**: 2 positive, 1 negative; mean confidence 90 %"
    assert lines[-1] == "1 could not be read: The model is away."


@in_virtual_time
async def test_a_few_are_asked_at_a_time_and_shown_as_they_come() -> None:
    backend = Scripted(judge)
    house = House(backend=backend)
    _, screen = await house.answered(an_event("\n".join(["good"] * 9), command="sentiment"))
    assert backend.most == AT_ONCE
    assert len(backend.asked) == 9
    growing = [text.count("positive") for text in screen.history]
    assert growing[0] == 4
    assert growing == sorted(growing)


@in_virtual_time
async def test_a_file_is_a_batch_and_what_is_too_much_is_told() -> None:
    backend = Scripted(judge, seconds=0)
    house = House(backend=backend)
    data = "\n".join(f"good {number}" for number in range(MOST + 30)).encode()
    event = an_event(command="sentiment", values={"file": FILE})
    await house.ask(event, screen := Screen(limit=20_000, files={"file": data}))
    await house.quiet()
    assert len(backend.asked) == MOST
    assert f"**{MOST} texts**" in screen.text
    assert screen.note.startswith(f"The first {MOST} texts only; 30 more were left out.")


@in_virtual_time
async def test_the_message_replied_to_is_one_text() -> None:
    backend = Scripted(judge)
    house = House(backend=backend)
    _, screen = await house.answered(an_event(command="sentiment", quotes=(("bob", "good\nas it is"),)))
    assert [task["inputs"] for task in backend.tasks] == ["good\nas it is"]
    assert "1." not in screen.text


@in_virtual_time
async def test_loading_is_told_and_so_is_what_the_answer_is_worth() -> None:
    def loading(model: str, task: Mapping[str, Any]) -> Iterable[Delta]:
        yield Delta(progress="The model is loading, about 20 s …")
        yield Delta(result=(Label("unsure", 0.6),), finish="stop", note="English only, from a word list")

    house = House(backend=Scripted(loading))
    _, screen = await house.answered(an_event("well", command="sentiment"))
    assert screen.note == "English only, from a word list"
    assert screen.text == "▰▰▰▱▱ **unsure** 60 %"


@pytest.mark.parametrize("text", ["broken", "broken one\nbroken two\nbroken three"])
def test_where_nothing_could_be_read_the_cause_is_said_once(text: str) -> None:
    @in_virtual_time
    async def scenario() -> None:
        house = House(backend=Scripted(judge))
        question, screen = await house.answered(an_event(text, command="sentiment"))
        assert (screen.text, screen.note) == ("", "The model is away.")
        assert house.end(question) == "failed-told"

    scenario()


@in_virtual_time
async def test_a_model_that_says_nothing() -> None:
    _, screen = await House(backend=Scripted(judge)).answered(an_event("nothing", command="sentiment"))
    assert "no answer" in screen.note


@in_virtual_time
async def test_a_batch_ends_where_the_budget_does() -> None:
    backend = Scripted(judge)
    house = House(backend=backend, budget=BudgetConfig(person=("40 tokens a day",)))
    _, screen = await house.answered(an_event("\n".join(["good"] * 30), command="sentiment"))
    assert "budget" in screen.note
    assert len(backend.asked) < 10
    assert backend.running == 0


@in_virtual_time
async def test_stop_ends_what_is_being_asked() -> None:
    backend = Scripted(judge, seconds=5)
    house = House(backend=backend)
    question = await house.ask(an_event("\n".join(["good"] * 30), command="sentiment"))
    await asyncio.sleep(7)
    assert house.services.lanes.stop(question.id)
    await house.quiet()
    assert house.end(question) == "cancelled"
    assert backend.running == 0
    assert len(backend.asked) == 8


@in_virtual_time
async def test_nothing_to_look_at() -> None:
    _, screen = await House(backend=Scripted(judge)).answered(an_event(command="sentiment"))
    assert "reply to a message" in screen.text


@in_virtual_time
async def test_a_file_that_is_no_text() -> None:
    house = House(backend=Scripted(judge))
    await house.ask(
        an_event(command="sentiment", attachments=(FILE,)), screen := Screen(files={"file": b"\xff\x00\xfe"})
    )
    await house.quiet()
    assert "is not a text file" in screen.text
