"""Models beside each other, over the wire: they answer at the same time, people vote, and nothing of it is lost."""

import signal
from collections.abc import Sequence
from pathlib import Path

from simulators.huggingface import Script
from tests.journeys.people import BOTH, People, Seen, people
from tests.journeys.stored import states, until_ended
from tests.journeys.world import World, a_world
from tests.polling import until

FIRST, SECOND = "openai/gpt-oss-20b", "Qwen/Qwen3-32B"
MODELS = f"{FIRST},{SECOND}"
FAIR = ("discord",)  # where answers that grow beside each other are shown in turn


def answers(hands: People) -> Sequence[Seen]:
    """The models' own messages, those of one comparison in the order of `MODELS`."""
    shown = [each for each in hands.shown(hands.here) if "models answer this" not in each.text]
    pairs = (shown[at : at + 2] for at in range(0, len(shown), 2))
    return [each for pair in pairs for each in sorted(pair, key=lambda each: SECOND in each.text)]


def spoken(world: World, words: int, rate: float) -> None:
    """Every model says its own name, over and over."""
    world.hf.default = lambda body: Script(" ".join([body["model"].partition("/")[2]] * words), rate=rate)


async def test_two_answers_grow_at_once_and_people_vote(tmp_path: Path) -> None:
    async with a_world(tmp_path, *BOTH) as world:
        both = [people(world, platform) for platform in BOTH]
        for hands in both:
            await _grow_and_fail(world, hands)
        await world.restart()
        asked = len(world.hf.requests)
        for hands in both:
            second = answers(hands)[1]
            assert SECOND in await hands.pressed(hands.bob, second, "vote")
            assert SECOND in await hands.pressed(hands.alice, second, "vote")
        assert len(world.hf.requests) == asked


async def _grow_and_fail(world: World, hands: People) -> None:
    before = sum(states(world.database).values()) if world.database.exists() else 0
    spoken(world, 100, rate=40)
    head = await hands.told(hands.alice, hands.here, "compare", prompt="Why is the sky blue?", models=MODELS)
    assert head.text.startswith("2 models answer this")
    await until(lambda: world.hf.open_streams == 2 and len(answers(hands)) == 2)
    await until_ended(world, before + 3)
    assert {request["model"] for request in world.hf.requests[-2:]} == {FIRST, SECOND}
    first, second = answers(hands)
    assert first.text.count("gpt-oss-20b") == 101
    for each in (first, second):
        assert len(each.message.history) >= (3 if hands.name in FAIR else 2)
        assert each.buttons == {"vote"}
        assert "first words after" in each.text
        assert "tokens in" in each.text
        assert "$0.0000" in each.text
    assert FIRST in await hands.pressed(hands.alice, first, "vote")

    world.hf.default = lambda body: Script("I am here.") if body["model"] == FIRST else Script(status=404)
    await hands.ask(hands.alice, hands.here, "compare", prompt="Who is here today?", models=MODELS)
    await until_ended(world, before + 6)
    broken, whole = sorted(answers(hands)[2:], key=lambda each: "I am here." in each.text)
    assert "I am here." in whole.text
    assert whole.buttons == {"vote"}
    assert broken.buttons == {"retry"}
    told = await hands.told(hands.alice, hands.here, "compare", prompt="Who is here?", models="a/b,c/d,e/f,g/h,i/j")
    assert "Name 2 to 4 models" in told.text


async def test_stop_ends_one_and_sigkill_loses_none(tmp_path: Path) -> None:
    async with a_world(tmp_path, *BOTH) as world:
        both = [people(world, platform) for platform in BOTH]
        spoken(world, 5000, rate=40)
        for hands in both:
            await hands.ask(hands.alice, hands.here, "compare", prompt="Why is the sky blue?", models=MODELS)
        for hands in both:
            await until(lambda: [each.buttons for each in answers(hands)] == [{"stop"}] * 2)  # noqa: B023
            await until(lambda: all(len(each.text.split()) > 10 for each in answers(hands)))  # noqa: B023
            await hands.press(hands.alice, answers(hands)[0], "stop")
        await until(lambda: states(world.database) == {"answered": 2, "cancelled": 2, "accepted": 2})
        assert (world.hf.open_streams, world.hf.cancelled) == (2, 2)
        world.hf.default = Script("too late", first=3600)
        for hands in both:
            await hands.ask(hands.bob, hands.here, "compare", prompt="Why is the grass green?", models=MODELS)
        await until(lambda: len(world.hf.requests) == 8)
        await world.stop(signal.SIGKILL)
        spoken(world, 3, rate=0)
        await world.start()
        await until_ended(world, 12)
        assert states(world.database) == {"answered": 8, "cancelled": 2, "partial-told": 2}
        assert len(world.hf.requests) == 12
        for hands in both:
            stopped, cut, *others = answers(hands)
            assert "Stopped." in stopped.text
            assert "cut off" in cut.text
            assert "retry" in cut.buttons
            assert [each.buttons for each in others] == [{"vote"}] * 2
