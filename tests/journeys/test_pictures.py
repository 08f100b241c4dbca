"""What members have drawn, over the wire: by providers and in a Space's queue, several at once, through trouble."""

import asyncio
import json
import signal
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.commands.imagine import VARIATIONS
from simulators.huggingface import TaskRequest, TaskScript
from simulators.media import png
from simulators.simulator import Fault
from simulators.spaces import Drawing, SpacesSimulator
from simulators.tasks import Mishap
from tests.journeys.members import ask, everywhere, files, told
from tests.journeys.people import BOTH, People, Seen
from tests.journeys.stored import states, until_ended
from tests.journeys.world import SCALE, World, a_world
from tests.polling import until

PAINTER = "black-forest-labs/FLUX.1-schnell"


def drawn(request: TaskRequest) -> bytes:
    """What the simulated provider made of this request."""
    return png(json.dumps(request.body, sort_keys=True, ensure_ascii=False))


def painted(data: Sequence[Any]) -> bytes:
    """The same of the simulated Space."""
    prompt, _, seed, _, width, height, *_ = data
    return png(f"{prompt} {seed}", width, height)


@asynccontextmanager
async def a_studio(folder: Path) -> AsyncIterator[tuple[World, SpacesSimulator]]:
    """A world with a Space in it."""
    async with SpacesSimulator(scale=SCALE) as space, a_world(folder, *BOTH) as world:
        world.hf.hub.spaces[space.id] = space.url
        yield world, space


async def shown(hands: People, **wish: Any) -> Seen:
    """Ask for a picture, alone with the bot; its answer, with the picture."""
    seen = await told(hands, hands.alice, hands.home(hands.alice), "imagine", **wish)
    await until(lambda: files(hands, seen))
    return seen


async def pressed(hands: People, seen: Seen, action: str) -> Seen:
    """Press a button that makes an answer anew; that answer, with its picture."""
    home = hands.home(hands.alice)
    count = len(hands.shown(home))
    await hands.press(hands.alice, seen, action)
    await until(lambda: len(hands.shown(home)) > count and files(hands, hands.shown(home)[-1]))
    return hands.shown(home)[-1]


async def test_a_picture_comes_as_it_was_made_and_is_made_anew(tmp_path: Path) -> None:
    async with a_world(tmp_path, *BOTH) as world:
        for hands in everywhere(world):
            await one_picture(world, hands)
            await another_model(world, hands)
            await an_album(world, hands)
            await wrong_wishes(world, hands)


async def one_picture(world: World, hands: People) -> None:
    wish = {"seed": 42, "width": 256, "height": 128, "steps": 4, "guidance": 3.5, "negative": "black dogs"}
    first = await shown(hands, prompt="a cat in the rain", **wish)
    asked = world.hf.task_requests[-1]
    assert files(hands, first) == [drawn(asked)]
    assert (asked.model, asked.provider) == (PAINTER, "fal-ai")
    assert (asked.body["prompt"], asked.body["seed"]) == ("a cat in the rain", 42)
    assert asked.body["negative_prompt"].startswith("black dogs, nsfw")
    assert asked.body["image_size"] == {"width": 256, "height": 128}
    for fact in ("a cat in the rain", "seed 42", "256 × 128", "4 steps", "guidance 3.5", "black dogs", PAINTER):
        assert first.text.count(fact) == 1
    if hands.name == "telegram":
        assert first.message.kind == "photo"
        assert "Drawing …" in first.message.history
    again = await pressed(hands, first, "redraw")
    repeated = world.hf.task_requests[-1]
    assert files(hands, again) == [drawn(repeated)] != files(hands, first)
    assert repeated.body["seed"] != 42
    assert {**repeated.body, "seed": 42} == asked.body
    varied = await pressed(hands, again, "vary")
    body = world.hf.task_requests[-1].body
    assert body["prompt"].removeprefix("a cat in the rain, ") in VARIATIONS
    assert files(hands, varied) == [drawn(world.hf.task_requests[-1])]


async def another_model(world: World, hands: People) -> None:
    """What stands in for the first one is named."""
    world.hf.task_scripts.append(TaskScript(fault="html"))
    seen = await shown(hands, prompt="a cat on a roof")
    assert PAINTER not in seen.text
    assert "stabilityai/stable-diffusion-xl-base-1.0" in seen.text
    assert files(hands, seen) == [drawn(world.hf.task_requests[-1])]


async def an_album(world: World, hands: People) -> None:
    home, before = hands.home(hands.alice), len(world.hf.task_requests)
    four = await told(hands, hands.alice, home, "imagine", prompt="four hills", count=4, spoiler=True)
    made = sorted(world.hf.task_requests[before:], key=lambda each: each.body["seed"])
    first = made[0].body["seed"]
    assert [each.body["seed"] for each in made] == [*range(first, first + 4)]
    assert f"seeds {first} to {first + 3}" in four.text
    if hands.name == "discord":
        await until(lambda: files(hands, four))
        assert [each.name for each in four.message.attachments] == [f"SPOILER_seed-{first + n}.png" for n in range(4)]
        pictures = files(hands, four)
    else:
        await until(lambda: hands.sim.albums(home))
        (album,) = hands.sim.albums(home)
        assert {(each.kind, each.spoiler) for each in album} == {("photo", True)}
        assert [each.text for each in album] == [f"seed {first + n}" for n in range(4)]
        pictures = [each.data for each in album]
    assert pictures == [drawn(each) for each in made]


async def wrong_wishes(world: World, hands: People) -> None:
    home, before = hands.home(hands.alice), len(world.hf.task_requests)
    nothing = await told(hands, hands.alice, home, "imagine")
    assert "Say what to draw" in nothing.text
    empty = await told(hands, hands.alice, home, "imagine", **{"from": True})
    assert "nothing to work on" in empty.text
    member = await told(hands, hands.bob, hands.here, "imagine", prompt="off here")
    assert "Only those in charge" in member.text
    nobody = await told(hands, hands.alice, home, "imagine", prompt="a hill", model="nobody/nothing")
    assert "nobody/nothing" in nobody.text
    lost = await told(hands, hands.alice, home, "imagine", prompt="a hill", model="spaces/nobody/nothing")
    assert "no public Space nobody/nothing" in lost.text
    if hands.name == "discord":
        with pytest.raises(ValueError, match="count"):
            await ask(hands, hands.alice, home, "imagine", prompt="hills", count=9)
    else:
        many = await told(hands, hands.alice, home, "imagine", prompt="hills", count=9)
        assert "count must be a whole number from 1 to 4" in many.text
    assert len(world.hf.task_requests) == before


MISHAPS: dict[Mishap, str] = {
    "html": "sent a web page instead of a picture",
    "empty": "sent nothing instead of a picture",
    "huge": "sent a picture of more than 10 MB",
    "bomb": "sent a picture of 50000 × 50000 pixels",
    "flagged": "safety check of whoever drew it flagged it",
    "garbage": "has a problem at the moment",
}


async def test_what_is_no_picture_is_told_in_words(tmp_path: Path) -> None:
    only, patience = PAINTER, "100"
    async with a_world(
        tmp_path, *BOTH, PARLEY_TASKS__IMAGINE=only, PARLEY_INFERENCE__BREAKER_FAILURES=patience
    ) as world:
        for hands in everywhere(world):
            for fault, words in MISHAPS.items():
                world.hf.task_scripts += [TaskScript(fault=fault)] * 2
                prompt = f"{fault} on {hands.name}"
                seen = await told(hands, hands.alice, hands.home(hands.alice), "imagine", prompt=prompt)
                world.hf.task_scripts.clear()
                assert words in seen.text
                assert files(hands, seen) == []
        await until_ended(world, 2 * len(MISHAPS))
        assert states(world.database) == {"failed-told": 2 * len(MISHAPS)}
        asked = [request.body["prompt"] for request in world.hf.task_requests]
        assert {asked.count(each) for each in asked if "garbage" not in each} == {1}


async def test_three_people_of_one_group_wait_in_a_spaces_queue(tmp_path: Path) -> None:
    async with a_studio(tmp_path) as (world, space):
        for hands in everywhere(world):
            await a_queue(hands, space)
            await stopped_in_the_queue(hands, space)
        space.drawings.append(Drawing(error="You have exceeded your GPU quota. Try again in 0:09:48"))
        for hands in everywhere(world):  # the Space is left in peace for as long as it said
            home = hands.home(hands.alice)
            spent = await told(hands, hands.alice, home, "imagine", prompt="a sea", model=f"spaces/{space.id}")
            assert f"The Space {space.id} has no free GPU time left" in spent.text
            assert "in 10 min" in spent.text
        assert space.drawings == deque()


async def a_queue(hands: People, space: SpacesSimulator) -> None:
    gates, before = (asyncio.Event(), asyncio.Event()), len(space.drawn)
    space.drawings += [Drawing(gate=gate, steps=5) for gate in gates]
    prompts = {hands.alice: "a cat", hands.bob: "a dog", hands.admin: "an owl"}
    answers = []
    for user, prompt in prompts.items():
        known = len(space.seen("/queue/join"))
        answers.append(await ask(hands, user, hands.here, "imagine", prompt=prompt, model=f"spaces/{space.id}"))
        await until(lambda known=known: len(space.seen("/queue/join")) > known)  # type: ignore[misc]

    def shows(number: int, words: str) -> bool:
        seen = answers[number]()
        return seen is not None and words in seen.text

    await until(lambda: shows(0, "▓▓▓▓▓▓▓▓░░ 80 %"))
    await until(lambda: shows(1, "Place 1 of 1 in the Space's queue, about 2 s"))
    await until(lambda: shows(2, "Place 2 of 2 in the Space's queue, about 3 s"))
    gates[0].set()
    await until(lambda: shows(1, "80 %") and shows(2, "Place 1 of 1 in the Space's queue, about 2 s"))
    gates[1].set()
    await until(lambda: all((seen := answer()) and seen.whole and files(hands, seen) for answer in answers))
    for answer, prompt, data in zip(answers, prompts.values(), space.drawn[before:], strict=True):
        seen = answer()
        assert seen
        assert files(hands, seen) == [painted(data)]
        assert data[0] == prompt
        assert prompt in seen.text
        assert f"seed {data[2]} · spaces/{space.id}" in seen.text
    for user in prompts:
        used = await told(hands, user, hands.home(user), "usage")
        assert "1 of 30 pictures" in used.text


async def stopped_in_the_queue(hands: People, space: SpacesSimulator) -> None:
    gate, before = asyncio.Event(), len(space.cancelled)
    space.drawings.append(Drawing(gate=gate))
    model = f"spaces/{space.id}"
    runs = await ask(hands, hands.alice, hands.here, "imagine", prompt="a hill", model=model)
    await until(lambda: (seen := runs()) and space.running and "stop" in seen.buttons)
    waits = await ask(hands, hands.bob, hands.here, "imagine", prompt="a lake", model=model)
    await until(lambda: (seen := waits()) and space.waiting and "Place 1 of 1" in seen.text)
    for user, answer in ((hands.bob, waits), (hands.alice, runs)):  # who waits first: the other's end would begin it
        seen = answer()
        assert seen
        await hands.press(user, seen, "stop")
        await until(lambda answer=answer: (seen := answer()) and "Stopped." in seen.text)  # type: ignore[misc]
    await until(lambda: len(space.cancelled) == before + 2 and not space.running and not space.waiting)
    space.drawings += [Drawing(fault="no picture")] * 2
    broken = await told(hands, hands.alice, hands.home(hands.alice), "imagine", prompt="a sea", model=model)
    assert f"The Space {space.id} has a problem" in broken.text


async def test_a_picture_that_was_made_before_sigkill_is_shown_after_it_and_paid_once(tmp_path: Path) -> None:
    async with a_world(tmp_path, *BOTH) as world:
        world.discord.faults.append(Fault("PATCH .*@original", "status", times=10_000, skip=1, status=502))
        world.telegram.faults.append(Fault("editMessageMedia", "status", times=10_000, status=502))
        members = everywhere(world)
        for hands in members:
            await ask(hands, hands.alice, hands.home(hands.alice), "imagine", prompt=f"a cat on {hands.name}")
        await until(lambda: states(world.database) == {"delivering": 2})
        await world.stop(signal.SIGKILL)
        world.discord.faults.clear()
        world.telegram.faults.clear()
        await world.start()
        await until_ended(world, 2)
        assert states(world.database) == {"answered": 2}
        assert len(world.hf.task_requests) == 2
        for hands in members:
            (seen,) = hands.shown(hands.home(hands.alice))
            (asked,) = (each for each in world.hf.task_requests if hands.name in str(each.body))
            assert files(hands, seen) == [drawn(asked)]
            assert seen.buttons == {"redraw", "vary"}
            used = await told(hands, hands.alice, hands.home(hands.alice), "usage")
            assert "1 of 30 pictures" in used.text
