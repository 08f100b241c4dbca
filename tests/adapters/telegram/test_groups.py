"""Groups: which have another id from one moment to the next, in which no mention is needed, and what is not heard."""

import asyncio
import logging

import pytest

from bot.events import Question
from bot.replies import Button, Media, Page, Surface
from bot.settings import home_setting, of_space
from simulators.media import png
from simulators.telegram import TelegramSimulator
from tests.adapters.telegram.rig import Door, serving
from tests.adapters.telegram.test_surface import SENDS, ours
from tests.fakes import Settings
from tests.polling import until

STOP, RETRY = Button("stop", "Stop"), Button("retry", "Retry")


async def test_row_47_an_answer_goes_on_where_the_group_went(sim: TelegramSimulator) -> None:
    """Once while it grows, once as it ends with a picture."""
    groups = [sim.add_group("One"), sim.add_group("Two")]
    moved = {}

    async def answer(question: Question, surface: Surface) -> None:
        await surface.open([Page("first"), Page("beginning of")], [STOP])
        group = next(each for each in groups if str(each.id) == question.event.chat.id)
        moved[group.id] = sim.upgrade(group)
        pages = [Page("first"), Page("beginning of the end")]
        if group is groups[0]:
            await until_shown(surface, pages)
        await surface.finish(
            pages, [RETRY], [Media(png("a garden"), "image/png", "a.png")] if group is groups[1] else ()
        )

    async def until_shown(surface: Surface, pages: list[Page]) -> None:
        shown = False
        while not shown:
            await asyncio.sleep(surface.wait(asyncio.get_running_loop().time(), final=False))
            shown = await surface.preview(pages, [STOP])

    door = Door(answering=answer)
    async with serving(sim, door):
        for group in groups:
            sim.say(sim.alice, group, "/chat hello")
        await until(lambda: len(door.running) == 2 and sim.pending == 0)
    for group in groups:
        assert [each.text for each in ours(sim, group)] == ["first", "beginning of"]
        there = ours(sim, moved[group.id])
        assert [each.text for each in there][:2] == ["first", "beginning of the end"]
        assert len(there) == (2 if group is groups[0] else 3)
        assert there[1].reply_markup is not None
    told = {(event.chat.id, event.text) for event in door.events if event.kind == "moved"}
    assert told == {(str(old), str(new.id)) for old, new in moved.items()}
    assert door.lost == []


async def test_in_a_home_everything_is_heard_as_soon_as_it_is_one(sim: TelegramSimulator) -> None:
    sim.world.privacy = False
    settings, door = Settings(), Door()
    other = sim.add_group("Other")
    scope = of_space("telegram", str(other.id))
    settings.values[scope, home_setting(str(other.id))] = "yes"
    async with serving(sim, door, settings=settings):
        sim.say(sim.alice, sim.group, "not for the bot")
        sim.say(sim.alice, other, "at home")
        sim.say(sim.alice, other, "/dance")
        await until(lambda: sim.pending == 0)
        assert [event.text for event in door.events] == ["at home"]


async def test_a_topic_may_be_a_home_of_its_own(sim: TelegramSimulator) -> None:
    sim.world.privacy = False
    settings, door = Settings(), Door()
    forum = sim.add_group("Forum", topics=True)
    first, second = forum.topics
    settings.values[of_space("telegram", str(forum.id)), home_setting(str(first))] = "yes"
    async with serving(sim, door, settings=settings):
        sim.say(sim.alice, forum, "here", topic=first)
        sim.say(sim.alice, forum, "not there", topic=second)
        await until(lambda: sim.pending == 0)
    assert [(event.text, event.chat.thread) for event in door.events] == [("here", str(first))]
    assert [message.topic for message in ours(sim, forum)] == [first]


async def test_privacy_mode_is_what_makes_deaf_unless_an_administrator_made_us_one(sim: TelegramSimulator) -> None:
    heard: dict[str, str] = {}

    async def answer(question: Question, surface: Surface) -> None:
        await surface.author_is_admin()
        heard[question.event.text] = surface.deafness

    open_, trusted = sim.add_group("Open"), sim.add_group("Trusted")
    sim.join(sim.bot, trusted, "administrator")
    async with serving(sim, Door(answering=answer)) as _:
        sim.say(sim.alice, sim.private(sim.alice), "private")
        sim.say(sim.alice, open_, "/chat open")
        sim.say(sim.alice, trusted, "/chat trusted")
        await until(lambda: len(heard) == 3)
    assert (heard["private"], heard["trusted"]) == ("", "")
    assert "/setprivacy" in heard["open"]
    sim.world.privacy = False
    async with serving(sim, Door(answering=answer)):
        sim.say(sim.alice, open_, "/chat without privacy")
        await until(lambda: len(heard) == 4)
    assert heard["without privacy"] == ""


async def test_an_invitation_leads_into_the_private_chat(sim: TelegramSimulator) -> None:
    said: list[str] = []

    async def answer(question: Question, surface: Surface) -> None:
        said.append(surface.invitation("q-7_x"))

    async with serving(sim, Door(answering=answer)):
        sim.say(sim.alice, sim.group, "/chat")
        await until(lambda: said)
    assert said == ["https://t.me/parley_test_bot?start=q-7_x"]
    assert sim.seen(SENDS) == []


async def test_what_is_wrong_is_said_once_when_the_bot_has_started(
    sim: TelegramSimulator, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "adapters")
    settings, door = Settings(), Door()
    settings.values[of_space("telegram", str(sim.group.id)), home_setting(str(sim.group.id))] = "yes"
    sim.world.webhook = {"url": "https://example.com/left/behind"}
    async with serving(sim, door, settings=settings):
        await until(lambda: "/setinline" in caplog.text)
        sim.world.webhook = {}
        sim.put({})
        await until(lambda: sim.pending == 0)
    said = [record for record in caplog.records if record.name == "adapters.telegram.beginning"]
    assert [record.levelname for record in said] == ["WARNING", "WARNING", "INFO"]
    assert "deleteWebhook" in said[0].message
    assert "/setprivacy" in said[1].message
    assert sim.token not in caplog.text
