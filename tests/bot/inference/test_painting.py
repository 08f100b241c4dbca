"""Several pictures of one prompt, by painters of which a test says what they do; and three people at one Space."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from typing import Any

import aiohttp
import pytest

from bot.errors import Mistaken, Refused
from bot.inference.failures import ModelUnavailable
from bot.inference.painting import Painter, captioned, said
from bot.inference.safety import Withheld
from bot.inference.spaces import Spaces
from bot.replies import Delta, Media
from simulators.spaces import Drawing, SpacesSimulator
from tests import virtual_time
from tests.polling import until

Act = Callable[[Mapping[str, Any]], AsyncGenerator[Delta, None]]
PICTURE = Media(b"png", "image/png", "picture.png")


class Fake:
    """A backend that does what `act` says, and keeps what it was asked."""

    def __init__(self, act: Act) -> None:
        self.act = act
        self.asked: list[tuple[str, Mapping[str, Any]]] = []
        self.busy = self.busiest = 0

    async def stream(self, model: str, task: Mapping[str, Any]) -> AsyncGenerator[Delta, None]:
        self.asked.append((model, task))
        self.busy += 1
        self.busiest = max(self.busiest, self.busy)
        try:
            async with aclosing(self.act(task["parameters"])) as deltas:
                async for delta in deltas:
                    yield delta
        finally:
            self.busy -= 1


async def at_once(parameters: Mapping[str, Any]) -> AsyncGenerator[Delta, None]:
    await asyncio.sleep(0)
    yield Delta(progress="▓▓▓▓▓░░░░░ 50 %")
    yield Delta(media=(PICTURE,), model="m", finish="stop")


async def never(parameters: Mapping[str, Any]) -> AsyncGenerator[Delta, None]:
    await asyncio.Event().wait()
    yield Delta()


def failing(*seeds: int, error: Callable[[], Exception]) -> Act:
    async def act(parameters: Mapping[str, Any]) -> AsyncGenerator[Delta, None]:
        if parameters["seed"] in seeds:
            raise error()
        async with aclosing(at_once(parameters)) as deltas:
            async for delta in deltas:
                yield delta

    return act


def painter(others: Fake, spaces: Fake | None = None, seconds: float = 10.0) -> Painter:
    return Painter(spaces or Fake(never), others, seconds, seed=lambda: 1000)


async def draw(backend: Painter, model: str = "m", **parameters: Any) -> list[Delta]:
    task = {"task": "text-to-image", "inputs": "a fox", "parameters": parameters}
    return [delta async for delta in backend.stream(model, task)]


def names(deltas: list[Delta]) -> set[str]:
    return {media.name for delta in deltas for media in delta.media}


async def test_one_picture_with_a_seed_of_its_own() -> None:
    fake = Fake(at_once)
    told = await draw(painter(fake), width=512, height=256, guidance_scale=3.5, scheduler=None)
    assert [delta.progress for delta in told] == ["Drawing …", "▓▓▓▓▓░░░░░ 50 %", "", ""]
    (picture,) = told[2].media
    assert (picture.name, picture.caption) == ("seed-1000.png", "seed 1000 · 512 × 256 · guidance 3.5")
    assert (told[-1].finish, told[-1].model, told[-1].note) == ("stop", "m", "")
    wanted = {"width": 512, "height": 256, "guidance_scale": 3.5, "seed": 1000}
    assert fake.asked == [("m", {"task": "text-to-image", "inputs": "a fox", "parameters": wanted})]


async def test_four_pictures_have_four_seeds_and_two_are_drawn_at_once() -> None:
    fake = Fake(at_once)
    told = await draw(painter(fake), seed=42, count=4, spoiler=True)
    assert names(told) == {"seed-42.png", "seed-43.png", "seed-44.png", "seed-45.png"}
    assert fake.busiest == 2
    assert told[0].progress == "Drawing 1 of 4 …"
    assert "Drawing 3 of 4 … ▓▓▓▓▓░░░░░ 50 %" in [delta.progress for delta in told]
    assert all(media.spoiler for delta in told for media in delta.media)
    assert all(set(task["parameters"]) == {"seed"} for _, task in fake.asked)


async def test_pictures_come_in_the_order_of_their_seeds_whichever_is_ready_first() -> None:
    second = asyncio.Event()

    async def act(parameters: Mapping[str, Any]) -> AsyncGenerator[Delta, None]:
        if parameters["seed"] == 1:
            await second.wait()
            await asyncio.sleep(0.01)
        second.set()
        yield Delta(media=(PICTURE,), model="m", finish="stop")

    told = await draw(painter(Fake(act)), seed=1, count=3)
    assert [media.name for delta in told for media in delta.media] == ["seed-1.png", "seed-2.png", "seed-3.png"]


@pytest.mark.parametrize("count", [0, 5, -1])
async def test_too_many(count: int) -> None:
    with pytest.raises(Mistaken, match="1 to 4 pictures"):
        await draw(painter(Fake(at_once)), count=count)


async def test_what_is_kept_out_of_every_picture_is_kept_out_of_this_one() -> None:
    for asked, told in (({"negative_prompt": "dogs"}, "dogs, gore"), ({}, "gore")):
        fake = Fake(at_once)
        task = {"task": "text-to-image", "inputs": "a cat", "parameters": asked}
        async with aclosing(Painter(fake, fake, 60, negative="gore").stream("m", task)) as deltas:
            assert [delta async for delta in deltas]
        assert fake.asked[0][1]["parameters"]["negative_prompt"] == told


async def test_models_of_spaces_go_to_the_space() -> None:
    space, others = Fake(at_once), Fake(at_once)
    await draw(painter(others, space), "spaces/a/b")
    assert [model for model, _ in space.asked] == ["spaces/a/b"]
    assert not others.asked


async def test_the_pictures_that_came_are_kept_and_the_others_told_of() -> None:
    fake = Fake(failing(2, 3, error=Withheld))
    told = await draw(painter(fake), seed=1, count=4)
    assert names(told) == {"seed-1.png", "seed-4.png"}
    assert told[-1].note.startswith("2 of 4 pictures are missing. The picture was withheld")
    assert told[-1].finish == "stop"


async def test_where_all_fail_the_cause_is_raised_with_all_that_was_begun() -> None:
    fake = Fake(failing(1, 2, 3, error=lambda: ModelUnavailable("It is out of paint.", starts=1)))
    with pytest.raises(ModelUnavailable) as caught:
        await draw(painter(fake), seed=1, count=3)
    assert (caught.value.message, caught.value.starts) == ("It is out of paint.", 3)


async def test_the_cause_stays_what_it_is() -> None:
    with pytest.raises(Refused):
        await draw(painter(Fake(failing(1, error=Withheld))), seed=1)


async def test_a_bug_is_not_taken_for_a_missing_picture() -> None:
    with pytest.raises(ZeroDivisionError):
        await draw(painter(Fake(failing(2, error=ZeroDivisionError))), seed=1, count=4)


async def test_a_stream_without_a_picture_is_a_failure() -> None:
    async def nothing(parameters: Mapping[str, Any]) -> AsyncGenerator[Delta, None]:
        yield Delta(finish="stop")

    with pytest.raises(ModelUnavailable, match="has a problem"):
        await draw(painter(Fake(nothing)))


def test_who_takes_too_long_is_given_up_and_the_rest_is_kept() -> None:
    async def scenario() -> tuple[list[Delta], float, Fake]:
        async def third_hangs(parameters: Mapping[str, Any]) -> AsyncGenerator[Delta, None]:
            async with aclosing((never if parameters["seed"] == 3 else at_once)(parameters)) as deltas:
                async for delta in deltas:
                    yield delta

        fake, now = Fake(third_hangs), asyncio.get_running_loop().time
        began = now()
        told = await draw(painter(fake, seconds=60.0), seed=1, count=4)
        return told, now() - began, fake

    told, seconds, fake = virtual_time.run(scenario())
    assert names(told) == {"seed-1.png", "seed-2.png", "seed-4.png"}
    assert told[-1].note == "1 of 4 pictures is missing. The model m did not answer in time."
    assert seconds == pytest.approx(120.0)  # four pictures, two at once
    assert fake.busy == 0


def test_where_nothing_comes_in_time() -> None:
    with pytest.raises(ModelUnavailable, match="did not answer in time"):
        virtual_time.run(draw(painter(Fake(never)), count=2))


async def test_closing_stops_everybody_at_once() -> None:
    fake = Fake(never)
    deltas = painter(fake).stream("m", {"task": "text-to-image", "inputs": "a fox", "parameters": {"count": 3}})
    await anext(deltas)
    await until(lambda: fake.busy == 2)
    await deltas.aclose()
    assert fake.busy == 0
    assert len(fake.asked) == 2


async def test_three_people_at_one_space_are_told_their_places_and_served(session: aiohttp.ClientSession) -> None:
    async with SpacesSimulator() as space:
        gate = asyncio.Event()
        space.drawings.append(Drawing(gate=gate))
        spaces = Spaces(session, space.url, 20.0, 1_000_000)
        backend = Painter(spaces, Fake(never), 20.0, seed=lambda: 7)
        people = [asyncio.create_task(draw(backend, "spaces/sim/painter", count=count)) for count in (1, 2, 1)]
        await until(lambda: len(space.waiting) == 3)
        gate.set()
        told = await asyncio.gather(*people)
    assert [names(each) for each in told] == [{"seed-7.png"}, {"seed-7.png", "seed-8.png"}, {"seed-7.png"}]
    progress = {delta.progress for each in told for delta in each}
    assert any("Place 3 of 3 in the Space's queue" in each for each in progress)
    assert any(each.startswith("Drawing 1 of 2 … Place") for each in progress)


def test_a_caption_tells_what_was_used_and_nothing_else() -> None:
    used = {
        "seed": 5,
        "width": 64,
        "height": 32,
        "num_inference_steps": 4,
        "scheduler": "DDIM",
        "negative_prompt": "gore",
    }
    assert captioned(PICTURE, used).caption == "seed 5 · 64 × 32 · 4 steps · DDIM"
    assert captioned(PICTURE, {"width": 64}) == PICTURE


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (said(1, 1), "Drawing …"),
        (said(1, 1, "50 %"), "50 %"),
        (said(2, 4), "Drawing 2 of 4 …"),
        (said(2, 4, "50 %"), "Drawing 2 of 4 … 50 %"),
    ],
)
def test_progress_in_words(told: str, words: str) -> None:
    assert told == words
