"""Which model answers: proved by the next request on the wire, on both platforms."""

from pathlib import Path
from typing import Any

from simulators.huggingface import Script, echo, listed
from tests.journeys.people import BOTH, People, people
from tests.journeys.test_admins import FOR_ADMINS, FOR_OWNERS, owned
from tests.journeys.world import World, a_world

USUAL, OTHER, THIRD = "openai/gpt-oss-20b", "Qwen/Qwen3-32B", "meta-llama/Llama-3.1-8B-Instruct"


async def answering(world: World, hands: People, user: Any, place: Any) -> str:
    """Which model is asked on the wire when this person says something there."""
    before = len(world.hf.requests)
    await hands.told(user, place, "chat", text="Who answers me at this moment?")
    (request,) = world.hf.requests[before:]
    return str(request["model"])


async def told(hands: People, user: Any, place: Any, name: str = "", **more: str) -> str:
    """What /model says."""
    given = {"name": name, **more} if name else more
    return (await hands.told(user, place, "model", **given)).text


def refusing(status: int) -> Script:
    return Script(status=status)


async def test_a_switch_changes_the_next_request_also_after_a_restart(tmp_path: Path) -> None:
    async with a_world(tmp_path, *BOTH) as world:
        both = [people(world, platform) for platform in BOTH]
        for hands in both:
            alice, bob, home = hands.alice, hands.bob, hands.home(hands.alice)
            assert await answering(world, hands, alice, home) == USUAL
            assert f"{OTHER} works" in (await told(hands, alice, home, "qwen3-32b")).replace("`", "")
            trial = world.hf.requests[-1]
            assert (trial["model"], trial["max_tokens"]) == (OTHER, 1)
            assert await answering(world, hands, alice, home) == OTHER
            assert await answering(world, hands, bob, hands.here) == USUAL
            await told(hands, bob, hands.home(bob), THIRD)
        assert "it answers nobody" not in world.log  # a world is open, unless its settings say otherwise
        await world.stop()
        world.hf.models = [listed(USUAL), listed(OTHER)]
        await world.start()
        for hands in both:
            assert await answering(world, hands, hands.alice, hands.home(hands.alice)) == OTHER
            await _look_back(world, hands)
            await _hear_of_it_once(world, hands)
        sim, lookups = world.discord, len(world.hf.ledger)
        assert await sim.autocomplete(sim.alice, sim.channel, "model", "name", "QWEN") == [OTHER]
        assert await sim.autocomplete(sim.alice, sim.channel, "model", "name", "") == [USUAL, OTHER]
        assert await sim.autocomplete(sim.alice, sim.channel, "compare", "models", "gpt") == [USUAL]
        assert len(world.hf.ledger) == lookups


async def _look_back(world: World, hands: People) -> None:
    """What alice chose is undone, brought back and given up; no model is asked for that."""
    alice, home = hands.alice, hands.home(hands.alice)
    assert OTHER in await told(hands, alice, home)
    asked = len(world.hf.requests)
    assert "any more" in await told(hands, alice, home, "undo")
    assert len(world.hf.requests) == asked
    assert await answering(world, hands, alice, home) == USUAL
    await told(hands, alice, home, "undo")
    assert await answering(world, hands, alice, home) == OTHER
    await told(hands, alice, home, "reset")
    assert await answering(world, hands, alice, home) == USUAL
    history = await told(hands, alice, home, "history")
    assert history.count(f"none → {OTHER}") == 2
    assert history.count(f"{OTHER} → none") == 2
    assert hands.id(alice) in history


async def _hear_of_it_once(world: World, hands: People) -> None:
    """What bob chose is no longer served."""
    first = await hands.told(hands.bob, hands.here, "chat", text="Who answers me at this moment?")
    assert f"The model {THIRD} is no longer served; {USUAL} stands in." in first.text
    assert world.hf.requests[-1]["model"] == USUAL
    second = await hands.told(hands.bob, hands.here, "chat", text="And who answers me the next time?")
    assert "no longer served" not in second.text


async def test_a_switch_that_fails_its_check_changes_nothing(tmp_path: Path) -> None:
    async with a_world(tmp_path, *BOTH, start=False, PARLEY_INFERENCE__BREAKER_FAILURES="1000") as world:
        world.hf.models = [listed(name) for name in (USUAL, OTHER, "org/discord", "org/telegram")]
        await world.start()
        for hands in (people(world, platform) for platform in BOTH):
            alice, home, broken = hands.alice, hands.home(hands.alice), f"org/{hands.name}"
            await told(hands, alice, home, OTHER)
            asked = len(world.hf.requests)
            assert "There is no model" in await told(hands, alice, home, "org/nonesuch")
            assert len(world.hf.requests) == asked
            for failing in (*map(refusing, (404, 500)), Script("Half an", finish=None), refusing(403)):
                world.hf.default = failing
                assert "nothing was changed" in await told(hands, alice, home, broken)
                assert world.hf.requests[-1]["model"] == broken
            world.hf.default = echo
            assert await answering(world, hands, alice, home) == OTHER
            assert (await told(hands, alice, home, "history")).count("→") == 1


async def test_here_is_for_admins_and_everywhere_for_owners(tmp_path: Path) -> None:
    async with owned(tmp_path) as (world, both):
        for hands in both:
            assert await told(hands, hands.alice, hands.here, OTHER, scope="here") == FOR_ADMINS
            assert await told(hands, hands.admin, hands.here, OTHER, scope="everywhere") == FOR_OWNERS
            assert await told(hands, hands.alice, hands.home(hands.alice), OTHER, scope="everywhere") == FOR_OWNERS
        assert world.untouched()
        for hands in both:
            assert "in this chat" in await told(hands, hands.admin, hands.here, OTHER, scope="here")
            assert await answering(world, hands, hands.alice, hands.here) == OTHER
            assert await answering(world, hands, hands.alice, hands.home(hands.alice)) == USUAL
        discord, telegram = both
        assert "everywhere" in await told(discord, discord.bob, discord.home(discord.bob), THIRD, scope="everywhere")
        for hands in both:
            assert await answering(world, hands, hands.alice, hands.home(hands.alice)) == THIRD
            assert await answering(world, hands, hands.alice, hands.here) == OTHER
        bounds = await told(telegram, telegram.bob, telegram.home(telegram.bob), "deny", argument="Qwen/*")
        assert "may not be chosen everywhere" in bounds
        for hands in both:
            asked = len(world.hf.requests)
            assert "may not be chosen here" in await told(hands, hands.alice, hands.home(hands.alice), OTHER)
            assert len(world.hf.requests) == asked
            assert await answering(world, hands, hands.alice, hands.here) == THIRD
            listing = await hands.told(hands.alice, hands.home(hands.alice), "models")
            assert THIRD in listing.text
            assert OTHER not in listing.text
