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
FAIR = ("discord", "telegram")


def answers(hands: People) -> Sequence[Seen]:
    """The models' own messages, those of one comparison in the order of `MODELS`."""
    shown = [each for each in hands.shown(hands.here) if "models answer this" not in each.text]
    pairs = (shown[at : at + 2] for at in range(0, len(shown), 2))
    return [each for pair in pairs for each in sorted(pair, key=lambda each: SECOND in each.text)]


def spoken(world: World, words: int, rate: float) -> None:
    """Every model says its own name, over and over."""
    world.hf.default = lambda body: Script(" ".join([body["model"].partition("/")[2]] * words), rate=rate)


async def growing(hands: People) -> None:
    """Until both answers of the one comparison grow, each with its own button."""
    await until(lambda: [each.buttons for each in answers(hands)] == [{"stop"}] * 2)
    enough = all if hands.name in FAIR else any
    await until(lambda: enough(len(each.text.split()) > 5 for each in answers(hands)))


async def test_two_answers_grow_at_once_each_with_its_figures(tmp_path: Path) -> None:
    async with a_world(tmp_path, *BOTH) as world:
        both = [people(world, platform) for platform in BOTH]
        spoken(world, 100, rate=40)
        for hands in both:
            asked = await hands.told(hands.alice, hands.here, "compare", prompt="Why is the sky blue?", models=MODELS)
            assert asked.text.startswith("2 models answer this")
        await until(lambda: world.hf.open_streams == 4 and all(len(answers(hands)) == 2 for hands in both))
        await until_ended(world, 6)
        assert sorted(request["model"] for request in world.hf.requests) == [SECOND, SECOND, FIRST, FIRST]
        for hands in both:
            assert answers(hands)[0].text.count("gpt-oss-20b") == 101
            for each in answers(hands):
                assert len(each.message.history) >= (3 if hands.name in FAIR else 2)
                assert each.buttons == {"vote"}
                assert "first words after" in each.text
                assert "tokens in" in each.text
                assert "$0.0000" in each.text
        world.hf.default = lambda body: Script("I am here.") if body["model"] == FIRST else Script(status=404)
        for hands in both:
            await hands.ask(hands.bob, hands.here, "compare", prompt="Who is here today?", models=MODELS)
        await until_ended(world, 12)
        for hands in both:
            broken, whole = sorted(answers(hands)[2:], key=lambda each: "I am here." in each.text)
            assert whole.buttons == {"vote"}
            assert broken.buttons == {"retry"}
            five = await hands.told(hands.bob, hands.home(hands.bob), "compare", prompt="Who?", models="a,b,c,d,e")
            assert "Name 2 to 4 models" in five.text


async def test_stop_ends_one_and_sigkill_loses_neither_answers_nor_votes(tmp_path: Path) -> None:
    async with a_world(tmp_path, *BOTH) as world:
        both = [people(world, platform) for platform in BOTH]
        spoken(world, 5000, rate=10)
        for hands in both:
            await hands.ask(hands.alice, hands.here, "compare", prompt="Why is the sky blue?", models=MODELS)
        for hands in both:
            await growing(hands)
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
            await _vote(hands, others)
        await world.restart()
        for hands in both:
            assert SECOND in await hands.pressed(hands.admin, answers(hands)[3], "vote")
            ranking = (await hands.told(hands.bob, hands.home(hands.bob), "models", search="rank")).text
            assert ranking.index(SECOND) < ranking.index(FIRST)
        assert "6 votes, in 2 comparisons" in ranking
        assert len(world.hf.requests) == 12


async def _vote(hands: People, answers: Sequence[Seen]) -> None:
    """Two people vote, one of them again."""
    first, second = answers
    assert FIRST in await hands.pressed(hands.alice, first, "vote")
    assert SECOND in await hands.pressed(hands.bob, second, "vote")
    assert SECOND in await hands.pressed(hands.alice, second, "vote")
