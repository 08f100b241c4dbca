import asyncio
from collections.abc import AsyncGenerator, Mapping
from typing import Any

import pytest

from bot.errors import Unavailable
from bot.events import Author, Question
from bot.inference.catalogue import Catalogue, Offer
from bot.replies import Button, Delta
from bot.settings import INSTANCE
from tests.fakes import an_event
from tests.house import House, in_virtual_time, press

PRICED = Catalogue({"org/fast": (Offer("sim", live=True, price=(1.0, 2.0)),), "org/slow": (Offer("sim", live=True),)})
BOTH = {"prompt": "why?", "models": "org/fast, org/slow"}


class Voices:
    """Each model answers with its own name, one after one second and the other after five."""

    def __init__(self) -> None:
        self.running = self.most = 0
        self.asked: list[tuple[str, bool]] = []
        self.shy = True  # while it is, the model of that name says nothing

    async def stream(self, model: str, task: Mapping[str, Any]) -> AsyncGenerator[Delta, None]:
        self.asked.append((model, bool(task.get("alone"))))
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await asyncio.sleep(5 if "slow" in model else 1)
            if "broken" in model:
                raise Unavailable("It is broken.")
            if "shy" in model and self.shy:
                return
            yield Delta(f"I am {model}", model=model)
            yield Delta(finish="stop", tokens=(10, 20), model=model)
        finally:
            self.running -= 1


async def compared(house: House, values: Mapping[str, str]) -> dict[str, Question]:
    await house.open()
    await house.answered(an_event(command="compare", values=values))
    questions = house.memory.questions.values()
    return {q.event.values["model"]: q for q in questions if q.event.command == "compared" and q.event.values}


@in_virtual_time
async def test_models_answer_side_by_side_each_with_its_figures() -> None:
    voices = Voices()
    house = House(backend=voices, catalogue=PRICED)
    answers = await compared(house, BOTH)
    assert voices.most == 2
    assert sorted(voices.asked) == [("org/fast", True), ("org/slow", True)]
    fast, slow = (house.screens[answers[name].id] for name in ("org/fast", "org/slow"))
    assert fast.text == "**org/fast**\n\nI am org/fast"
    assert fast.note == "first words after 1.0 s · 20 tokens in 1.0 s · $0.000050"
    assert slow.note == "first words after 5.0 s · 20 tokens in 5.0 s"
    assert fast.buttons == (Button("vote", "Best answer"),)
    assert house.memory.turns == {}


@in_virtual_time
async def test_everybody_has_one_vote_in_a_comparison() -> None:
    house = House(backend=Voices(), catalogue=PRICED)
    answers = await compared(house, BOTH)
    for voter, model in (("eve", "org/fast"), ("eve", "org/slow"), ("bob", "org/slow")):
        said = await house.refused(press("vote", answers[model], author=Author(voter, voter, admin=False)))
        assert model in said
    assert [(each.model, each.votes, each.shown) for each in await house.votes.rank()] == [
        ("org/slow", 2, 1), ("org/fast", 0, 1),
    ]  # fmt: skip


@in_virtual_time
async def test_an_answer_that_was_made_again_is_voted_for_like_the_first() -> None:
    voices = Voices()
    house = House(backend=voices)
    answers = await compared(house, {"prompt": "why?", "models": "org/shy org/fast"})
    assert [button.action for button in house.screens[answers["org/shy"].id].buttons] == ["retry"]
    voices.shy = False
    again, screen = await house.answered(press("retry", answers["org/shy"]))
    assert screen.buttons == (Button("vote", "Best answer"),)
    assert "org/shy" in await house.refused(press("vote", again))
    assert [(each.model, each.votes, each.shown) for each in await house.votes.rank()] == [
        ("org/shy", 1, 1), ("org/fast", 0, 1),
    ]  # fmt: skip


@in_virtual_time
async def test_one_that_fails_does_not_take_the_other_with_it() -> None:
    house = House(backend=Voices())
    answers = await compared(house, {"prompt": "why?", "models": "org/broken org/fast"})
    broken = house.screens[answers["org/broken"].id]
    assert "It is broken." in broken.note
    assert not broken.text
    assert [button.action for button in broken.buttons] == ["retry"]
    assert house.screens[answers["org/fast"].id].text.endswith("I am org/fast")


@pytest.mark.parametrize(
    ("models", "complaint"), [("", "Name 2 to 4"), ("a,b,c,d,e", "Name 2 to 4"), ("a,bad/x", "bad/x")]
)
def test_what_cannot_be_compared_is_said(models: str, complaint: str) -> None:
    @in_virtual_time
    async def scenario() -> None:
        house = House(backend=Voices())
        await house.settings.write(INSTANCE, "models.deny", "bad/*")
        _, screen = await house.answered(an_event(command="compare", values={"prompt": "why?", "models": models}))
        assert complaint in screen.text
        assert len(house.memory.questions) == 1

    scenario()
