from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from bot.commands.complete import STOP_LIMIT, complete, stops
from bot.errors import Mistaken, Unavailable
from bot.events import Attachment
from bot.replies import Button, Delta
from bot.settings import INSTANCE
from tests.bot.commands.scripted import Scripted
from tests.fakes import Screen, an_event
from tests.house import House, in_virtual_time, press


def go_on(model: str, task: Mapping[str, Any]) -> Iterable[Delta | Exception]:
    yield Delta(progress="waiting for a free place")
    yield Delta(" there", model=model)
    yield Delta(" was")
    yield Delta(finish="stop", tokens=(4, 2))


@in_virtual_time
async def test_a_text_is_gone_on_with_and_the_note_says_by_whom() -> None:
    backend = Scripted(go_on)
    house = House(backend=backend)
    question, screen = await house.answered(an_event("Once upon a time", command="complete"))
    assert screen.text == "there was"
    assert screen.note == "org/model · 4 tokens read, 2 written"
    assert screen.buttons == (Button("complete_again", "Again"),)
    assert house.end(question) == "answered"
    task = {"temperature": 0.7, "max_new_tokens": 200}
    assert backend.tasks == [
        {"task": "text-generation", "inputs": "Once upon a time", "parameters": task, "alone": False}
    ]
    assert house.memory.turns == {}


@in_virtual_time
async def test_every_parameter_is_passed_on() -> None:
    backend = Scripted(go_on)
    house = House(backend=backend)
    line = (
        "--temperature 0 --top_p 0.5 --top-k 40 --max_tokens 7 --stop \\n|END --frequency_penalty -1 "
        "--echo --model org/base Once --upon"
    )
    _, screen = await house.answered(an_event(line, command="complete"))
    assert screen.text == "Once --upon there was"
    assert backend.asked[0][0] == "org/base"
    assert backend.tasks[0]["alone"]
    assert backend.tasks[0]["parameters"] == {
        "temperature": 0.0,
        "top_p": 0.5,
        "top_k": 40,
        "max_new_tokens": 7,
        "stop": ["\n", "END"],
        "frequency_penalty": -1.0,
    }


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--temperature 3 x", "temperature must be a number from 0 to 2"),
        ("--top_p 0 x", "from 0.01 to 1"),
        ("--max_tokens 0 x", "from 1 to 2048"),
        ("--frequency_penalty much x", "must be a number"),
    ],
)
def test_what_is_out_of_bounds_is_said_and_not_stored(line: str, said: str) -> None:
    @in_virtual_time
    async def scenario() -> None:
        house = House(backend=Scripted(go_on))
        assert said in await house.refused(an_event(line, command="complete"))
        assert complete.example in await house.refused(an_event(line, command="complete"))

    scenario()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--stop a|b|c|d|e x", "stop may name up to 4"),
        ("--model http://10.0.0.1/x y", "OWNER/NAME"),
        ("--model bad/model y", "bad/model may not be used here"),
        ("", "nothing to work on"),
    ],
)
def test_other_mistakes_cost_nothing(line: str, said: str) -> None:
    @in_virtual_time
    async def scenario() -> None:
        backend = Scripted(go_on)
        house = House(backend=backend)
        await house.settings.write(INSTANCE, "models.deny", "bad/*")
        question, screen = await house.answered(an_event(line, command="complete"))
        assert said in screen.text
        assert (house.end(question), backend.asked) == ("failed-told", [])

    scenario()


def test_where_it_ends() -> None:
    assert stops("") == []
    assert stops("###|\\n\\n|") == ["###", "\n\n"]
    with pytest.raises(Mistaken):
        stops("x" * (STOP_LIMIT + 1))


@in_virtual_time
async def test_again_asks_the_same_once_more_through_presses_of_presses() -> None:
    backend = Scripted(go_on)
    house = House(backend=backend)
    file = Attachment("prompt.txt", "text/plain", 4, "ref")
    files = {"ref": b"Once"}
    event = an_event("--max_tokens 5", command="complete", attachments=(file,))
    first = await house.ask(event, Screen(files=files))
    await house.quiet()
    second = await house.ask(press("complete_again", first), Screen(files=files))
    await house.quiet()
    third = await house.ask(press("complete_again", second), Screen(files=files))
    await house.quiet()
    assert house.screens[third.id].text == "there was"
    assert [(task["inputs"], task["parameters"]["max_new_tokens"]) for task in backend.tasks] == [("Once", 5)] * 3


@in_virtual_time
async def test_again_where_the_question_is_no_longer_stored() -> None:
    house = House(backend=Scripted(go_on))
    first, _ = await house.answered(an_event("Once", command="complete"))
    second, _ = await house.answered(press("complete_again", first))
    del house.memory.questions[first.id]
    _, screen = await house.answered(press("complete_again", second))
    assert "no longer stored" in screen.text


@in_virtual_time
async def test_nothing_is_echoed_where_nothing_came() -> None:
    house = House(backend=Scripted(lambda *_: [Unavailable("The model is away.")]))
    question, screen = await house.answered(an_event("--echo Once", command="complete"))
    assert (screen.text, screen.note, house.end(question)) == ("", "The model is away.", "failed-told")


@in_virtual_time
async def test_what_is_no_model_says_so() -> None:
    def kin(model: str, task: Mapping[str, Any]) -> Iterable[Delta]:
        yield Delta("a guide", model="offline guide")
        yield Delta(finish="stop", note="Offline: read out of the documentation")

    _, screen = await House(backend=Scripted(kin)).answered(an_event("Once", command="complete"))
    assert screen.note == "offline guide\nOffline: read out of the documentation"
