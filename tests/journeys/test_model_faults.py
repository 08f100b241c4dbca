"""Whatever goes wrong with the model: what the person sees, and what is stored; each fault played over the wire."""

from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path

import pytest
import pytest_asyncio

from bot.outcome import CUT, EMPTY, LENGTH
from simulators.completions import Trouble
from simulators.huggingface import Script
from simulators.telegram.values import Message, User
from tests.journeys.stored import letters, read_aloud, states, turns, until_ended
from tests.journeys.test_telegram import buttons, key_of, replies
from tests.journeys.world import World, a_world
from tests.polling import until

pytestmark = pytest.mark.asyncio(loop_scope="module")

TEXT = " ".join(f"word{number}" for number in range(40))
NEXT_USER = count(7000)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """One bot with short deadlines, which never leaves a model in peace."""
    async with a_world(
        tmp_path_factory.mktemp("faults"), "telegram",
        PARLEY_INFERENCE__FIRST_TOKEN_SECONDS="1", PARLEY_INFERENCE__BETWEEN_TOKENS_SECONDS="1",
        PARLEY_INFERENCE__TOTAL_SECONDS="3", PARLEY_INFERENCE__BREAKER_FAILURES="1000",
        PARLEY_INFERENCE__MAX_BYTES="20000",
    ) as world:  # fmt: skip
        yield world


async def asked(world: World, *scripts: Script, default: Script | None = None) -> tuple[User, Message, str]:
    """Somebody new asks, and these scripts answer: who, the message that came of it, and how the question ended."""
    number = next(NEXT_USER)
    sim = world.telegram
    person = sim.world.add_user(number, "Somebody", f"somebody_{number}")
    before = states(world.database) if world.database.exists() else {}
    world.hf.scripts.clear()
    world.hf.scripts.extend(scripts)
    world.hf.default = default or Script("not asked for")
    sim.say(person, sim.private(person), "hello")
    await until_ended(world, sum(before.values()) + 1)
    after = states(world.database)
    (end,) = [state for state in after if after[state] != before.get(state, 0)]
    return person, replies(world, sim.private(person))[-1], end


async def stored(world: World, person: User) -> list[tuple[str, str]]:
    """The assistant's turns of this person's conversation."""
    found = await turns(world.folder, key_of(world, world.telegram.private(person), person))
    return [(turn.text, turn.finish) for turn in found if turn.role == "assistant"]


ODD: list[Trouble] = [
    "comments", "crlf", "cr", "no space", "bom", "bytewise", "split utf8", "choices null", "content null", "no done",
    "hold open", "json",
]  # fmt: skip


@pytest.mark.parametrize("fault", ODD)
async def test_an_oddly_written_stream_is_whole(world: World, fault: Trouble) -> None:
    text = f"{TEXT} – ünïcödé 漢字 🎈"
    person, message, end = await asked(world, Script(text, rate=0, fault=fault))
    assert end == "answered"
    assert letters(message.text) == letters(text)
    assert await stored(world, person) == [(text, "stop")]


async def test_line_separators_inside_the_json_do_not_end_the_stream(world: World) -> None:
    person, message, end = await asked(world, Script(TEXT, rate=0, fault="u2028"))
    assert end == "answered"
    ((answer, finish),) = await stored(world, person)
    assert (answer.count("\u2028"), finish) == (40, "stop")
    assert letters(message.text) == read_aloud(answer)


BROKEN: list[Trouble] = [
    "reset", "drop", "eof", "half json", "garbage", "error event", "error object", "error string", "stall",
    "slow loris", "only comments", "huge line",
]  # fmt: skip


@pytest.mark.parametrize("fault", BROKEN)
async def test_a_stream_that_breaks_in_the_middle_is_marked_and_can_be_continued(world: World, fault: Trouble) -> None:
    person, message, end = await asked(world, Script(TEXT, rate=100, fault=fault, after=20))
    assert end == "partial-told"
    assert letters(message.text).startswith("word0word1")
    assert CUT in message.text
    assert "word20" not in message.text
    assert buttons(message) == {"continue", "retry"}
    ((answer, finish),) = await stored(world, person)
    assert finish == "cut"
    assert letters(message.text).startswith(letters(answer))


async def test_an_answer_without_end_is_cut_at_the_cap(world: World) -> None:
    person, _, end = await asked(world, Script(TEXT, rate=0, fault="endless", after=20))
    assert end == "partial-told"
    ((answer, finish),) = await stored(world, person)
    assert finish == "cut"
    assert 1000 < len(answer) <= 20_000
    assert world.hf.open_streams == 0


@pytest.mark.parametrize("fault", ["reset", "drop", "eof", "half json", "error event", "error string"])
async def test_a_stream_that_breaks_before_the_first_word_is_run_again_once(world: World, fault: Trouble) -> None:
    requests = len(world.hf.requests)
    person, message, end = await asked(world, Script(TEXT, fault=fault), default=Script("second try"))
    assert (message.text, end) == ("second try", "answered")
    assert len(world.hf.requests) == requests + 2
    assert await stored(world, person) == [("second try", "stop")]


@pytest.mark.parametrize("fault", ["reset", "stall", "mute", "slow loris"])
async def test_a_stream_that_always_breaks_is_told_after_a_few_tries(world: World, fault: Trouble) -> None:
    requests = len(world.hf.requests)
    person, message, end = await asked(world, default=Script(TEXT, fault=fault))
    assert end == "failed-told"
    assert message.text.strip()
    assert buttons(message) == {"retry"}
    assert len(world.hf.requests) <= requests + 3
    assert await stored(world, person) == []


@pytest.mark.parametrize(
    "script",
    [
        Script(fault="empty"),
        Script(" \n ", rate=0),
        Script("", reasoning="only thinking"),
        Script("<think>only this</think>"),
    ],
)
async def test_no_answer_is_told(world: World, script: Script) -> None:
    person, message, end = await asked(world, default=script)
    assert end == "failed-told"
    assert EMPTY in message.text
    assert buttons(message) == {"retry"}
    assert await stored(world, person) == []


async def test_the_length_limit_is_named(world: World) -> None:
    person, message, end = await asked(world, Script(TEXT, rate=0, finish="length"))
    assert end == "answered"
    assert LENGTH in message.text
    assert buttons(message) == {"continue", "retry"}
    assert await stored(world, person) == [(TEXT, "length")]


@pytest.mark.parametrize(
    "script",
    [Script("So: 42", reasoning="let me think", rate=0), Script("<think>let me think</think>So: 42", rate=0)],
)
async def test_thinking_is_folded_and_never_stored(world: World, script: Script) -> None:
    person, message, _ = await asked(world, script)
    assert "So: 42" in message.text
    folded = [entity for entity in message.entities if entity["type"] == "expandable_blockquote"]
    assert [message.text[e["offset"] : e["offset"] + e["length"]].strip() for e in folded] == ["let me think"]
    assert await stored(world, person) == [("So: 42", "stop")]


@pytest.mark.parametrize("status", [400, 404, 413, 422, 500, 502, 503, 504])
async def test_a_status_is_told_in_plain_words(world: World, status: int) -> None:
    person, message, end = await asked(world, default=Script(status=status))
    assert end == "failed-told"
    assert message.text[0].isupper()
    assert message.text.strip().endswith(".")
    assert str(status) not in message.text
    assert await stored(world, person) == []


@pytest.mark.parametrize("status", [429, 503])
async def test_a_busy_model_is_asked_again_when_it_said(world: World, status: int) -> None:
    again = Script(status=status, headers={"Retry-After": "5"})
    _, message, end = await asked(world, again, default=Script("now it works"))
    assert (message.text, end) == ("now it works", "answered")
    busy, asked_again = world.hf.seen("/v1/chat/completions")[-2:]
    assert busy.hold
    assert asked_again.at - busy.at >= busy.hold


@pytest.mark.parametrize("status", [400, 404, 500, 504])
async def test_another_model_stands_in(world: World, status: int) -> None:
    first = world.hf.models
    assert first
    scripts = [Script(status=status)] * (2 if status == 500 else 1)
    _, message, end = await asked(world, *scripts, default=Script("from another"))
    assert (message.text, end) == ("from another", "answered")
    assert world.hf.requests[-1]["model"] != world.hf.requests[-2]["model"]


@pytest.mark.parametrize("status", [401, 402, 403])
async def test_what_only_the_operator_can_mend_is_logged_once(status: int, tmp_path: Path) -> None:
    async with a_world(tmp_path, "telegram") as world:
        for _ in range(2):
            person, message, end = await asked(world, default=Script(status=status))
            assert end == "failed-told"
            assert str(status) not in message.text
            assert await stored(world, person) == []
        alarms = [line for line in world.log.splitlines() if f"status={status}" in line and " ERROR " in line]
        assert len(alarms) == (1 if status != 403 else 3), world.log
        await until(lambda: "hello" not in world.log)
