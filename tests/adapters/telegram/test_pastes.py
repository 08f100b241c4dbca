"""Pastes over the wire: one question each, whatever happens between Telegram and the database."""

import asyncio
from dataclasses import dataclass

from bot.events import Event, Question
from bot.replies import Reply
from simulators.telegram import TelegramSimulator
from tests.adapters.telegram.rig import Door, serving
from tests.fakes import Settings
from tests.polling import until

NEWSLETTER = "\n\n".join(f"Paragraph {number}:" + " all the news that is fit to be cut." * 8 for number in range(18))
LONG = ("word " * 800).strip()


@dataclass
class Crashing(Door):
    """Stores everything, and the process ends before Telegram hears of it."""

    async def accept(self, event: Event, within: float | None = None) -> Question | Reply | None:
        await super().accept(event, within)
        await asyncio.Event().wait()
        raise AssertionError


def texts(*doors: Door) -> list[str]:
    return [question.event.text for door in doors[-1:] for question in door.questions.values()]


async def test_a_paste_is_one_question(sim: TelegramSimulator) -> None:
    door = Door()
    async with serving(sim, door):
        shown = sim.paste(sim.alice, sim.private(sim.alice), f"/chat {NEWSLETTER}")
        await until(lambda: door.questions and sim.pending == 0)
    assert len(shown) == 2
    (event,) = door.events
    assert (event.command, event.text, event.message) == ("chat", NEWSLETTER, str(shown[0].id))


async def test_parts_that_come_later_are_waited_for_and_nobody_else_waits(sim: TelegramSimulator) -> None:
    door = Door()
    home = sim.private(sim.alice)
    async with serving(sim, door):
        sim.say(sim.alice, home, LONG)
        await until(lambda: len(sim.seen("/getUpdates$")) > 2)
        sim.say(sim.bob, sim.private(sim.bob), "hello")
        await until(lambda: len(door.questions) == 1)
        assert (texts(door), sim.pending) == (["hello"], 2)
        sim.say(sim.alice, home, "the end")
        await until(lambda: len(door.questions) == 2 and sim.pending == 0)
    assert texts(door) == ["hello", f"{LONG} the end"]


async def test_a_long_message_alone_is_answered_too(sim: TelegramSimulator) -> None:
    door, settings = Door(), Settings()
    async with serving(sim, door, settings=settings):
        sim.say(sim.alice, sim.private(sim.alice), LONG)
        await until(lambda: len(door.questions) == 1 and sim.pending == 0)
    assert texts(door) == [LONG]
    assert settings.values["instance", f"telegram.ends.{sim.bot.id}"] == str(sim.confirmed)


async def test_a_paste_that_was_stored_and_not_confirmed_is_stored_once(sim: TelegramSimulator) -> None:
    crashing, settings = Crashing(), Settings()
    sim.paste(sim.alice, sim.private(sim.alice), NEWSLETTER)
    async with serving(sim, crashing, settings=settings) as running:
        await until(lambda: crashing.questions)
        running.cancel()
    assert (len(crashing.questions), sim.pending) == (1, 2)
    door = Door(questions=crashing.questions)
    async with serving(sim, door, settings=settings):
        await until(lambda: sim.pending == 0)
    assert texts(door) == [NEWSLETTER]
    assert door.running == set()


async def test_a_part_that_comes_after_a_crash_is_neither_lost_nor_doubled(sim: TelegramSimulator) -> None:
    """The first process stored the first part alone, the second one finds both."""
    crashing, settings = Crashing(), Settings()
    home = sim.private(sim.alice)
    sim.say(sim.alice, home, LONG)
    async with serving(sim, crashing, settings=settings) as running:
        await until(lambda: crashing.questions)
        running.cancel()
    sim.say(sim.alice, home, "the end")
    assert sim.pending == 2
    door = Door(questions=crashing.questions)
    async with serving(sim, door, settings=settings):
        await until(lambda: sim.pending == 0)
    assert texts(door) == [LONG, "the end"]


async def test_in_a_group_each_has_their_own_paste(sim: TelegramSimulator) -> None:
    sim.world.privacy = False
    door = Door()
    async with serving(sim, door):
        first, second = sim.paste(sim.alice, sim.group, f"/chat {NEWSLETTER}")
        sim.say(sim.bob, sim.group, "/chat hello")
        await until(lambda: len(door.questions) == 2 and sim.pending == 0)
        sim.say(sim.alice, sim.group, second.text)  # by itself it is not for the bot
        await until(lambda: sim.pending == 0)
    assert sorted(texts(door), key=len) == ["hello", NEWSLETTER]
    assert door.events[0].message == str(first.id)
