from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from bot.commands.imagine import VARIATIONS, offline_prompt, quoted
from bot.errors import Unavailable
from bot.events import Attachment, Author, Question
from bot.ledger import Amount
from bot.replies import Button, Delta, Media
from bot.settings import INSTANCE
from tests.fakes import Screen, an_event
from tests.house import House, in_virtual_time, press


@dataclass
class Studio:
    """Draws what it is told, and writes "a quiet harbour" when it is asked for words."""

    told: str = ""
    drawn: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    alone: list[bool] = field(default_factory=list)
    briefs: list[Mapping[str, Any]] = field(default_factory=list)

    async def stream(self, model: str, task: Mapping[str, Any]) -> AsyncGenerator[Delta, None]:
        if "messages" in task:
            self.briefs.append(task)
            yield Delta("a quiet\nharbour", finish="stop", tokens=(20, 5))
            return
        self.drawn.append((task["inputs"], task["parameters"]))
        self.alone.append(task["alone"])
        yield Delta(progress="Drawing …")
        if task["inputs"] == "trouble":
            raise Unavailable("The painter is ill.")
        for number in range(task["parameters"]["count"]):
            yield Delta(media=(Media(b"png", "image/png", f"{number}.png", self.told),), model=model)
        yield Delta(finish="stop", model=model)


async def asked(house: House, *, screen: Screen | None = None, **values: Any) -> tuple[Question, Screen]:
    question = await house.ask(an_event(command="imagine", values=values), screen)
    await house.quiet()
    return question, house.screens[question.id]


@in_virtual_time
async def test_a_picture_comes_with_what_it_takes_to_draw_it_again() -> None:
    studio = Studio()
    house = House(backend=studio)
    question, screen = await asked(
        house,
        prompt="a cat",
        negative="dogs",
        width=512,
        height=256,
        steps=20,
        guidance=7.5,
        seed=42,
        scheduler="euler",
    )
    assert studio.drawn == [
        ("a cat", {
            "seed": 42, "count": 1, "negative_prompt": "dogs", "width": 512, "height": 256,
            "num_inference_steps": 20, "guidance_scale": 7.5, "scheduler": "euler",
        }),
    ]  # fmt: skip
    assert screen.text.startswith("> a cat\n\nseed 42 · ")
    for fact in ("negative prompt dogs", "width 512", "guidance scale 7.5", "org/model"):
        assert fact in screen.text
    assert [media.media_type for media in screen.media] == ["image/png"]
    assert screen.buttons == (Button("redraw", "Again"), Button("vary", "Vary"))
    assert house.end(question) == "answered"
    assert house.ledger.spent["person:fake:ada", question.event.at.date()] == Amount(pictures=1, micros=10_000)


@in_virtual_time
async def test_what_a_picture_was_really_made_with_is_said_once() -> None:
    house = House(backend=Studio(told="seed 42 · 1024 × 512"))
    _, screen = await asked(
        house, prompt="a cat", width=2048, height=1024, negative="dogs", seed=42, model="my/painter"
    )
    assert screen.text == "> a cat\n\nseed 42 · 1024 × 512 · negative prompt dogs · my/painter"
    assert [each.caption for each in screen.media] == [""]
    _, screen = await asked(house, prompt="a cat", seed=42, count=2)
    assert screen.text == "> a cat\n\nseeds 42 to 43 · org/model"
    assert [each.caption for each in screen.media] == ["seed 42 · 1024 × 512"] * 2


@in_virtual_time
async def test_for_a_model_that_was_named_no_other_stands_in() -> None:
    studio = Studio()
    house = House(backend=studio)
    await asked(house, prompt="a cat", model="my/painter")
    await asked(house, prompt="a cat")
    assert studio.alone == [True, False]


@in_virtual_time
async def test_again_has_another_seed_and_vary_other_words() -> None:
    studio = Studio()
    house = House(backend=studio)
    question, _ = await asked(house, prompt="a cat", seed=42, count=2)
    again, _ = await house.answered(press("redraw", question))
    await house.answered(press("vary", again))
    (_, first), (same, second), (other, third) = studio.drawn
    assert (first["seed"], first["count"], second["count"]) == (42, 2, 2)
    assert second["seed"] != 42
    assert same == "a cat"
    assert other.removeprefix("a cat, ") in VARIATIONS
    assert third["seed"] == 42


@in_virtual_time
async def test_the_prompt_is_written_from_a_text_first_and_shown() -> None:
    studio = Studio()
    house = House(backend=studio)
    letter = Attachment("letter.txt", "text/plain", 10, "ref")
    event = an_event("--from", command="imagine", attachments=(letter,))
    question = await house.ask(event, Screen(files={"ref": b"News from the port"}))
    await house.quiet()
    assert studio.drawn[0][0] == "a quiet harbour"
    assert house.screens[question.id].text.startswith("> a quiet harbour\n\n")
    material = studio.briefs[0]["messages"][-1]["content"]
    assert "News from the port" in material
    assert "untrusted" in material


@in_virtual_time
async def test_a_file_may_be_chosen_and_another_one_does_not_matter() -> None:
    studio, letter = Studio(), Attachment("letter.txt", "text/plain", 10, "ref")
    house = House(backend=studio)
    chosen = an_event(command="imagine", values={"from": True, "file": letter})
    await house.ask(chosen, Screen(files={"ref": b"News from the port"}))
    photo = Attachment("photo.jpg", "image/jpeg", 10, "elsewhere")
    await house.ask(an_event("a cat", command="imagine", attachments=(photo,)))
    await house.quiet()
    assert [words for words, _ in studio.drawn] == ["a quiet harbour", "a cat"]
    assert "News from the port" in studio.briefs[0]["messages"][-1]["content"]


@in_virtual_time
async def test_bounds_are_said_to_the_last_digit() -> None:
    assert "from 1 to 2147483647." in await House().refused(an_event("--seed 0 x", command="imagine"))


@in_virtual_time
async def test_trouble_is_told_and_costs_nothing() -> None:
    house = House(backend=Studio())
    question, screen = await asked(house, prompt="trouble")
    assert ("The painter is ill." in screen.note, house.end(question)) == (True, "failed-told")
    assert set(house.ledger.spent.values()) == {Amount()}


@in_virtual_time
async def test_those_in_charge_switch_it_off_here() -> None:
    house = House(backend=Studio())
    stranger = Author("eve", "Eve", admin=False)
    _, screen = await house.answered(an_event("off here", command="imagine", author=stranger))
    assert screen.text.startswith("Only those in charge")
    _, screen = await asked(house, prompt="off here", screen=Screen(admin=True))
    assert "/allow /imagine" in screen.text
    assert "switched off" in await house.refused(an_event("a cat", command="imagine"))
    await house.services.access.grant("person:fake:ada", "space:fake:space", "everyone", "imagine", "allow")
    assert (await asked(house, prompt="a cat"))[1].media


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({}, "Say what to draw"),
        ({"prompt": "x", "model": "bad/model"}, "bad/model"),
        ({"from": True}, "nothing to work on"),
    ],
)
def test_what_is_wrong_is_said(values: dict[str, Any], complaint: str) -> None:
    @in_virtual_time
    async def scenario() -> None:
        house = House(backend=Studio())
        await house.settings.write(INSTANCE, "models.deny", "bad/*")
        assert complaint in (await asked(house, **values))[1].text

    scenario()


def test_a_prompts_own_marks_are_taken_literally() -> None:
    assert quoted("**a**\n# b") == r"> \*\*a\*\* \# b"


@pytest.mark.parametrize(
    ("material", "prompt"),
    [
        ("Dear neighbours,\n\nThe garden opens on Saturday. Bring a cup.", "The garden opens on Saturday."),
        ("Two   wild\tgeese", "Two wild geese"),
        ("", ""),
    ],
)
def test_offline_a_prompt_is_the_first_sentence_that_says_something(material: str, prompt: str) -> None:
    assert offline_prompt(material) == prompt
