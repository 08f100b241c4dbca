"""Buttons after a restart, on both platforms: they work for who asked; anybody else is told, and nothing changes."""

import signal
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest
import pytest_asyncio

from simulators.completions import Script
from tests.journeys.members import everywhere
from tests.journeys.people import People, Seen
from tests.journeys.rows import tell
from tests.journeys.stored import states, until_ended
from tests.journeys.world import World, a_world
from tests.polling import until

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with a_world(tmp_path_factory.mktemp("presses"), "discord", "telegram") as world:
        yield world


async def asked(hands: People, text: str) -> Any:
    return await hands.ask(hands.alice, hands.here, "chat", text=text)


async def is_told_off(world: World, hands: People, seen: Seen, action: str) -> None:
    """Bob presses what is Alice's."""
    requests, before = len(world.hf.requests), states(world.database)
    shown = [each.text for each in hands.shown(hands.here)]
    assert "somebody else" in await hands.pressed(hands.bob, seen, action)
    assert len(world.hf.requests) == requests
    assert states(world.database) == before
    assert [each.text for each in hands.shown(hands.here)] == shown


async def test_continue_and_retry(world: World) -> None:
    scripts = {"a riddle": Script("half of", finish="length", rate=0)}
    tell(world, scripts)
    answers = [await asked(hands, "a riddle") for hands in everywhere(world)]
    await until_ended(world, 2)
    await world.restart(signal.SIGKILL)
    for number, hands in enumerate(everywhere(world)):
        seen = answers[number]()
        assert seen
        assert seen.buttons == {"continue", "retry"}
        for action in ("continue", "retry"):
            await is_told_off(world, hands, seen, action)
    for number, hands in enumerate(everywhere(world)):
        seen = answers[number]()
        assert seen
        before = sum(states(world.database).values())
        await hands.press(hands.alice, seen, "continue")
        await until_ended(world, before + 1)
        told = [each["content"] for each in world.hf.requests[-1]["messages"][1:]]
        assert told[:2] == ["a riddle", "half of"]
        scripts["a riddle"] = Script(f"the whole, on {hands.name}", rate=0)
        await hands.press(hands.alice, seen, "retry")
        await until_ended(world, before + 2)
        assert [each["content"] for each in world.hf.requests[-1]["messages"][1:]] == ["a riddle"]
        assert hands.shown(hands.here)[-1].text == f"the whole, on {hands.name}"
        assert hands.shown(hands.here)[-3].text == seen.text


def offers(hands: People, action: str) -> bool:
    """Whether the newest answer has this button."""
    return any(action in each.buttons for each in hands.shown(hands.here)[-1:])


async def test_stop(world: World) -> None:
    """What was not begun before the restart is answered after it, and can be stopped then."""
    before = sum(states(world.database).values())
    tell(world, {"a saga": Script("too late", first=3600)})
    for hands in everywhere(world):
        await asked(hands, "a saga")
    await until(lambda: world.hf.open_streams == 2)
    await world.stop(signal.SIGKILL)
    tell(world, {"a saga": Script("word " * 5000, rate=40)})
    await world.start()
    for hands in everywhere(world):
        await until(partial(offers, hands, "stop"))
        seen = hands.shown(hands.here)[-1]
        assert "somebody else" in await hands.pressed(hands.bob, seen, "stop")
        assert "stop" in hands.shown(hands.here)[-1].buttons
        await hands.press(hands.alice, seen, "stop")
        await until(partial(offers, hands, "continue"))
        assert "Stopped." in hands.shown(hands.here)[-1].text
        assert hands.shown(hands.here)[-1].buttons == {"continue", "retry"}
    await until_ended(world, before + 2)
    assert states(world.database)["cancelled"] == 2
    assert world.hf.open_streams == 0
