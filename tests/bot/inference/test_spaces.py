"""Over the wire, against the simulated Space: what is told while one waits, what goes wrong, and what Stop does."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import aiohttp
import pytest

from bot.errors import Mistaken, ParleyError
from bot.inference.failures import ModelUnavailable
from bot.inference.spaces import Spaces
from bot.replies import Delta
from simulators.media import bomb_png
from simulators.simulator import Fault
from simulators.spaces import Drawing, SpacesSimulator
from tests.polling import until

MODEL = "spaces/sim/painter"
PROMPT = "my secret fox"
LIMIT = 1_000_000


@pytest.fixture
async def space() -> AsyncIterator[SpacesSimulator]:
    async with SpacesSimulator() as running:
        yield running


@pytest.fixture
def backend(space: SpacesSimulator, session: aiohttp.ClientSession) -> Spaces:
    return Spaces(session, space.url, seconds=20.0, max_bytes=LIMIT, pause=0.001)


def stream(backend: Spaces, model: str = MODEL, **parameters: Any) -> AsyncGenerator[Delta, None]:
    return backend.stream(model, {"task": "text-to-image", "inputs": PROMPT, "parameters": parameters})


async def draw(backend: Spaces, model: str = MODEL, **parameters: Any) -> list[Delta]:
    return [delta async for delta in stream(backend, model, **parameters)]


async def failure_of(backend: Spaces, model: str = MODEL) -> ParleyError:
    with pytest.raises(ParleyError) as caught:
        await draw(backend, model)
    assert PROMPT not in caught.value.message + caught.value.detail
    if isinstance(caught.value, ModelUnavailable):
        assert (caught.value.scope, caught.value.alarm) == ("model", False)  # other models are not touched
    return caught.value


# What arrives


async def test_a_picture_with_everything_that_is_told_on_the_way(space: SpacesSimulator, backend: Spaces) -> None:
    *told, last = await draw(backend, seed=42, width=64, negative_prompt="gore", num_inference_steps=99)
    assert [delta.progress for delta in told] == [
        "Place 1 of 1 in the Space's queue, about 2 s …",
        "The Space is drawing, about 2 s …",
        "░░░░░░░░░░ 0 %",
        "▓▓▓▓▓░░░░░ 50 %",
    ]
    (picture,) = last.media
    assert (picture.media_type, picture.name) == ("image/png", "picture.png")
    assert picture.data[16:24] == b"\0\0\0\x40\0\0\0\x20"  # 64 × 32
    assert (last.finish, last.model) == ("stop", MODEL)
    assert last.result == {"seed": 42, "width": 64, "negative_prompt": "gore", "num_inference_steps": 50}
    assert space.drawn == [[PROMPT, "gore", 42, False, 64, 32, 0.0, 50]]


@pytest.mark.parametrize("prefix", ["/gradio_api", ""])
async def test_both_generations_of_gradio(session: aiohttp.ClientSession, prefix: str) -> None:
    async with SpacesSimulator(prefix=prefix) as space:
        (*_, last) = await draw(Spaces(session, space.url, 20.0, LIMIT))
    assert last.finish == "stop"


async def test_an_app_without_info_is_read_by_its_labels(space: SpacesSimulator, backend: Spaces) -> None:
    space.info = None
    assert (await draw(backend, seed=7))[-1].result == {"seed": 7}


async def test_a_picture_in_an_update(space: SpacesSimulator, backend: Spaces) -> None:
    space.drawings.append(Drawing(fault="update"))
    assert (await draw(backend))[-1].media


async def test_three_at_once_are_told_their_places_and_all_served(space: SpacesSimulator, backend: Spaces) -> None:
    gate = asyncio.Event()
    space.drawings.append(Drawing(gate=gate))
    told: list[list[str]] = [[], [], []]

    async def one(number: int) -> None:
        await until(lambda: len(space.drawn) + len(space.waiting) == number)
        async for delta in stream(backend, seed=number):
            told[number].append(delta.progress)

    async with asyncio.TaskGroup() as people:
        for number in range(3):
            people.create_task(one(number))
        await until(lambda: told[2])
        gate.set()
    assert "Place 2 of 2 in the Space's queue, about 3 s …" in told[2]
    assert "Place 1 of 1 in the Space's queue, about 2 s …" in told[2]  # it moves up
    assert [data[2] for data in space.drawn] == [0, 1, 2]


async def test_a_sleeping_space_is_woken_and_waited_for(space: SpacesSimulator, backend: Spaces) -> None:
    space.stages.extend(["SLEEPING", "SLEEPING", "APP_STARTING"])
    told = [delta.progress for delta in await draw(backend)]
    assert told[:3] == ["The Space is waking up …", "The Space is waking up …", "The Space is starting …"]
    assert len(space.seen("^GET /$")) == 1  # one visit wakes it


async def test_it_is_anonymous(space: SpacesSimulator, backend: Spaces) -> None:
    await draw(backend)
    assert len(space.headers) == 7
    assert not any({"Authorization", "Cookie"} & {*headers} for headers in space.headers)


# What Stop does


@pytest.mark.parametrize("waiting", [True, False])
async def test_closing_gives_the_place_back(space: SpacesSimulator, backend: Spaces, waiting: bool) -> None:
    gate = asyncio.Event()
    space.drawings.extend([Drawing(gate=gate)] * (1 + waiting))
    other = asyncio.create_task(draw(backend)) if waiting else None
    await until(lambda: space.running or not waiting)
    deltas = stream(backend)
    await anext(deltas)
    await deltas.aclose()
    assert len(space.cancelled) == 1
    gate.set()
    await until(lambda: not space.running and not space.open_streams)
    if other is not None:
        assert (await other)[-1].media
    assert len(space.drawn) == 1  # who was stopped in the queue was never drawn


async def test_a_cancelled_reader_gives_the_place_back(space: SpacesSimulator, backend: Spaces) -> None:
    space.drawings.append(Drawing(fault="silent"))
    reader = asyncio.create_task(draw(backend))
    await until(lambda: space.running and space.open_streams)
    reader.cancel()
    await asyncio.wait([reader])
    assert reader.cancelled()
    assert len(space.cancelled) == 1
    await until(lambda: not space.running)


async def test_a_space_that_does_not_answer_a_cancel_holds_nobody_up(space: SpacesSimulator, backend: Spaces) -> None:
    space.drawings.append(Drawing(fault="silent"))
    space.faults.append(Fault("/cancel", "lose request"))
    deltas = stream(backend)
    await anext(deltas)
    await deltas.aclose()
    await until(lambda: not space.open_streams)


# What goes wrong


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("cut", "The Space sim/painter cannot be reached at the moment."),
        ("garbage", "The Space sim/painter has a problem at the moment."),
        ("unexpected", "The Space sim/painter has a problem at the moment."),
        ("no picture", "The Space sim/painter has a problem at the moment."),
        ("elsewhere", "The Space sim/painter has a problem at the moment."),
    ],
)
async def test_a_queue_that_breaks(space: SpacesSimulator, backend: Spaces, fault: Any, said: str) -> None:
    space.drawings.append(Drawing(fault=fault))
    assert (await failure_of(backend)).message == said


async def test_a_space_that_says_nothing_more(space: SpacesSimulator, session: aiohttp.ClientSession) -> None:
    space.drawings.append(Drawing(fault="silent"))
    failure = await failure_of(Spaces(session, space.url, seconds=0.3, max_bytes=LIMIT))
    assert failure.message == "The Space sim/painter did not answer in time."
    assert len(space.cancelled) == len(space.seen("/queue/join"))


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (b"<!doctype html>", "sent a web page instead of a picture."),
        (b"", "sent nothing instead of a picture."),
        (bomb_png(), "sent a picture of 50000 × 50000 pixels, which is too large to be shown."),
        (bytes(LIMIT + 1), "sent a picture of more than 0.954 MB, which is too large."),
    ],
    ids=["html", "empty", "bomb", "large"],
)
async def test_a_file_that_is_no_fit_picture(space: SpacesSimulator, backend: Spaces, file: bytes, said: str) -> None:
    space.drawings.append(Drawing(file=file))
    assert (await failure_of(backend)).message == f"The model {MODEL} {said}"


async def test_a_full_queue_is_asked_again_later(space: SpacesSimulator, backend: Spaces) -> None:
    space.max_size = 0
    failure = await failure_of(backend)
    assert isinstance(failure, ModelUnavailable)
    assert (failure.message, failure.again) == ("The Space sim/painter has a full queue.", "later")


@pytest.mark.parametrize("said", ["", f"Cannot draw {PROMPT}"])
async def test_an_error_of_the_app_is_told_without_its_words(
    space: SpacesSimulator, backend: Spaces, said: str
) -> None:
    space.drawings.append(Drawing(error=said))
    assert (await failure_of(backend)).message == "The Space sim/painter could not draw this."


@pytest.mark.parametrize(
    ("stage", "said"),
    [
        ("PAUSED", "The Space sim/painter is switched off."),
        ("RUNTIME_ERROR", "The Space sim/painter is out of order."),
    ],
)
async def test_a_space_that_does_not_run(space: SpacesSimulator, backend: Spaces, stage: str, said: str) -> None:
    space.stages.append(stage)
    assert (await failure_of(backend)).message == said


async def test_a_space_that_is_not_there(backend: Spaces) -> None:
    assert (await failure_of(backend, "spaces/sim/other")).message == "There is no public Space sim/other."


async def test_a_space_of_which_the_hub_tells_only_the_place(space: SpacesSimulator, backend: Spaces) -> None:
    space.faults.append(Fault("/runtime", "status", status=404))
    assert (await draw(backend))[-1].media


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ("<html>Streamlit</html>", "The Space sim/painter is no Gradio app."),
        ({"protocol": "sse_v3"}, "The Space sim/painter draws no pictures of words."),
    ],
)
async def test_a_space_that_cannot_draw(space: SpacesSimulator, backend: Spaces, config: Any, said: str) -> None:
    space.config = config
    assert (await failure_of(backend)).message == said


@pytest.mark.parametrize("line", ["/config", "/queue/join", "/queue/data", "/file="])
@pytest.mark.parametrize("kind", ["status", "lose request"])
async def test_trouble_at_any_step(space: SpacesSimulator, backend: Spaces, line: str, kind: Any) -> None:
    space.faults.append(Fault(line, kind, times=9))
    failure = await failure_of(backend)
    assert isinstance(failure, ModelUnavailable)
    assert failure.again == "once"
    assert failure.message.startswith("The Space sim/painter ")


async def test_where_the_hub_cannot_be_reached(space: SpacesSimulator, backend: Spaces) -> None:
    space.faults.append(Fault("/api/spaces", "lose request", times=9))
    assert "cannot be reached" in (await failure_of(backend)).message


@pytest.mark.parametrize("model", ["spaces/", "spaces/a", "spaces/a/b/c", "spaces/a/..", "spaces/a/b?c", "a/b"])
async def test_what_is_no_name_of_a_space(backend: Spaces, model: str) -> None:
    with pytest.raises(Mistaken, match="spaces/OWNER/NAME"):
        await draw(backend, model)
