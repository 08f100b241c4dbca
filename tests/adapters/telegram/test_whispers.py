"""What one person alone sees in a group: answered so, never to everybody."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from adapters.telegram.place import place_of
from bot.events import Question
from bot.replies import Button, Page, Surface
from simulators.telegram import TelegramSimulator
from tests.adapters.telegram.rig import Door, chat, check_manners, serving
from tests.adapters.telegram.test_surface import EDITS, SENDS, ours, refusal
from tests.polling import until

SCALE = 0.3  # so that even a busy machine answers within the 15 s that Telegram gives
MINE = replace(chat, name="mine", private=True)
STOP, RETRY = Button("stop", "Stop"), Button("retry", "Retry")


@pytest.fixture
async def sim() -> AsyncIterator[TelegramSimulator]:
    async with TelegramSimulator(scale=SCALE) as running:
        yield running
        check_manners(running)


async def test_an_ephemeral_command_is_answered_to_its_sender_alone(sim: TelegramSimulator) -> None:
    sim.world.knows_ephemeral = True

    async def answer(question: Question, surface: Surface) -> None:
        assert surface.can.private
        await surface.open([Page("One"), Page("two")], [STOP])
        handle = await surface.open([Page("One"), Page("two")], [STOP])
        assert place_of(handle).receiver == sim.alice.id
        await surface.finish([Page("One **two**.")], [RETRY])

    door = Door(answering=answer)
    async with serving(sim, door, commands=[chat, MINE]):
        await until(lambda: [each for each in sim.menu(sim.alice, sim.group) if each.get("is_ephemeral")])
        asked = sim.whisper(sim.alice, sim.group, "/mine please")
        await until(lambda: door.running and sim.pending == 0)
    (event,) = door.events
    assert (event.command, event.text, event.message) == ("mine", "please", f"ephemeral {asked.ephemeral_id}")
    shown = sim.ephemerals(sim.group, sim.alice)[1:]
    assert [each.text for each in shown] == ["One two."]
    assert (ours(sim, sim.group), sim.ephemerals(sim.group, sim.bob)) == ([], [])
    assert (sim.seen(r"/sendChatAction$"), sim.seen(EDITS), door.lost) == ([], [], [])


async def test_a_press_under_it_is_answered_to_its_sender_alone_and_so_is_a_refusal(sim: TelegramSimulator) -> None:
    sim.world.knows_ephemeral = True

    async def answer(question: Question, surface: Surface) -> None:
        said = question.event.press[0] if question.event.press else "asked"
        await surface.open([Page(said)], [RETRY])
        await surface.finish([Page(said)], [RETRY])

    door = Door(answering=answer)
    async with serving(sim, door, commands=[chat, MINE]):
        await until(lambda: [each for each in sim.menu(sim.alice, sim.group) if each.get("is_ephemeral")])
        sim.whisper(sim.alice, sim.group, "/mine")
        await until(lambda: len(sim.ephemerals(sim.group, sim.alice)) == 2)
        sim.press(sim.alice, sim.ephemerals(sim.group, sim.alice)[1], "retry:q0")
        await until(lambda: len(sim.ephemerals(sim.group, sim.alice)) == 3)
        door.reply = "Not now."
        sim.whisper(sim.alice, sim.group, "/mine again")
        await until(lambda: len(sim.ephemerals(sim.group, sim.alice)) == 5)
    assert [each.text for each in sim.ephemerals(sim.group, sim.alice) if each.sender is sim.bot] == [
        "asked", "retry", "Not now.",
    ]  # fmt: skip
    assert ours(sim, sim.group) == []


async def test_an_answer_that_comes_too_late_is_shown_to_nobody(sim: TelegramSimulator) -> None:
    sim.world.knows_ephemeral = True
    sim.faults.append(refusal(SENDS, 400, "Bad Request: MESSAGE_NOT_COMMAND"))
    door = Door()
    async with serving(sim, door, commands=[chat, MINE]):
        await until(lambda: [each for each in sim.menu(sim.alice, sim.group) if each.get("is_ephemeral")])
        sim.whisper(sim.alice, sim.group, "/mine")
        await until(lambda: door.running)
    assert len(door.lost) == 1
    assert (ours(sim, sim.group), len(sim.ephemerals(sim.group, sim.alice))) == ([], 1)


async def test_an_older_server_has_the_command_seen_by_everybody_and_nothing_private_is_promised(
    sim: TelegramSimulator,
) -> None:
    promised: list[bool] = []

    async def answer(question: Question, surface: Surface) -> None:
        promised.append(surface.can.private)

    async with serving(sim, Door(answering=answer), commands=[chat, MINE]):
        sim.say(sim.alice, sim.group, "/mine")
        await until(lambda: promised)
    assert promised == [False]
