"""Messages that need no mention, that change and that go away, over the wire."""

import asyncio
from functools import partial

import pytest

from adapters.discord.hearing import HIDDEN, TYPING, UNHEARD
from bot.errors import Unreachable
from bot.events import Event
from bot.replies import Page, Reply
from bot.settings import home_setting
from simulators.discord import DiscordSimulator
from simulators.discord.rights import Right
from tests.adapters.discord.conftest import Desk, answers, asked, polite, running
from tests.fakes import Settings
from tests.polling import until


def a_home(sim: DiscordSimulator) -> Settings:
    return Settings({(f"space:discord:{sim.world.guild_id}", home_setting(sim.channel.id)): "yes"})


def has_said(sim: DiscordSimulator, number: int) -> bool:
    return len(answers(sim)) == number


class TestHomes:
    async def test_every_message_is_answered_but_those_of_bots(self, sim: DiscordSimulator, desk: Desk) -> None:
        async with running(sim, desk, a_home(sim), message_content=True):
            await sim.say(sim.alice, sim.channel, "no mention")
            await sim.say(sim.other_bot, sim.channel, "beep")
            await sim.say(sim.alice, sim.channel, "!play a song")
            await sim.say(sim.alice, sim.channel, f"{sim.bob.mention} are you there?")
            await sim.say(sim.bob, sim.add_channel("elsewhere"), "not a home")
            await sim.say(sim.bob, sim.channel, "at last")
            await until(lambda: len(desk.answered) == 2)
            assert desk.surfaces[0].deafness == ""
        assert [event.text for event in desk.events] == ["no mention", "at last"]
        polite(sim)

    async def test_what_cannot_be_heard_is_said_once(self, sim: DiscordSimulator, desk: Desk) -> None:
        stored = a_home(sim)
        sim.gateway.privileged = 0
        async with running(sim, desk, stored):
            await sim.say(sim.alice, sim.channel, "no mention")
            await until(lambda: len(answers(sim)) == 1)
            await sim.say(sim.alice, sim.channel, "no mention again")
            await sim.say(sim.alice, sim.channel, "with a mention", mention=True)
            await until(lambda: len(answers(sim)) == 2)
            assert "Message Content Intent" in desk.surfaces[0].deafness
        async with running(sim, desk, stored):
            await sim.say(sim.bob, sim.channel, "after a restart")
            await sim.say(sim.bob, sim.channel, "hello", mention=True)
            await until(lambda: len(answers(sim)) == 3)
        assert [each.content for each in answers(sim)] == [UNHEARD, "You said: with a mention", "You said: hello"]

    async def test_who_answers_the_bot_hears_it_each_time(self, sim: DiscordSimulator, desk: Desk) -> None:
        sim.gateway.privileged = 0
        async with running(sim, desk, a_home(sim)):
            command = await sim.slash(sim.alice, sim.channel, "chat", text="hi")
            await until(lambda: command.response and command.response.content)
            for number in (2, 3):
                await sim.say(sim.alice, sim.channel, "and more?", reply_to=answers(sim)[0])
                await until(partial(has_said, sim, number))
        assert [each.content for each in answers(sim)[1:]] == [HIDDEN, HIDDEN]


class TestChanges:
    async def test_an_edited_question_is_an_event_of_its_own(self, sim: DiscordSimulator, desk: Desk) -> None:
        async with running(sim, desk):
            message = await sim.say(sim.alice, sim.channel, "frist", mention=True)
            await until(lambda: desk.answered)
            await sim.edit(message, f"{sim.bot.mention} first")
            await until(lambda: len(desk.answered) == 2)
            assert desk.events[1].handle == desk.events[0].handle
        before, after = desk.events
        assert (after.kind, after.text, after.message) == ("edit", "first", message.id)
        assert after.id == f"{message.id}:{int(message.edited.timestamp() * 1000)}" if message.edited else False
        assert before.author == after.author

    async def test_a_link_preview_and_a_pin_are_no_changes(self, sim: DiscordSimulator, desk: Desk) -> None:
        """Discord sends them as updates in which the time of the last edit did not move."""
        async with running(sim, desk):
            message = await sim.say(sim.alice, sim.channel, "see https://example.com", mention=True)
            await until(lambda: desk.answered)
            await sim.unfurl(message, url="https://example.com", title="Example")
            await sim.say(sim.alice, sim.channel, "next", mention=True)
            await until(lambda: len(desk.answered) == 2)
        assert [event.kind for event in desk.events] == ["ask", "ask"]

    async def test_what_was_not_for_the_bot_may_become_so(self, sim: DiscordSimulator, desk: Desk) -> None:
        async with running(sim, desk):
            message = await sim.say(sim.alice, sim.channel, "hello")
            await sim.edit(message, f"{sim.bot.mention} hello")
            await until(lambda: desk.answered)
        assert [(event.kind, event.text) for event in desk.events] == [("edit", "hello")]

    async def test_a_deleted_question_is_told_to_the_core(self, sim: DiscordSimulator, desk: Desk) -> None:
        async with running(sim, desk):
            message = await sim.say(sim.alice, sim.dm(sim.alice), "never mind")
            await until(lambda: desk.answered)
            await sim.delete(message)
            await until(lambda: len(desk.events) == 2)
        gone = desk.events[1]
        assert (gone.kind, gone.message, gone.bot) == ("delete", message.id, sim.bot.id)


class TestTyping:
    """It says that an answer is coming: only while one is."""

    async def test_until_the_answer_can_be_seen(self, sim: DiscordSimulator, desk: Desk) -> None:
        async with running(sim, desk):
            surface = await asked(sim, desk, "message")
            await until(lambda: sim.seen(r"POST .*/typing") and typing() == 1)
            await surface.open([Page("an answer")])
            await until(lambda: typing() == 0)

    async def test_until_the_question_is_deleted(self, sim: DiscordSimulator, desk: Desk) -> None:
        async with running(sim, desk):
            await asked(sim, desk, "message")
            await until(lambda: typing() == 1)
            await sim.delete(sim.messages(sim.channel)[0])
            await until(lambda: typing() == 0)

    async def test_until_there_is_no_way_to_answer(self, sim: DiscordSimulator, desk: Desk) -> None:
        async with running(sim, desk):
            surface = await asked(sim, desk, "message")
            sim.deny(sim.channel, Right.SEND_MESSAGES)
            with pytest.raises(Unreachable):
                await surface.open([Page("an answer")])
            await until(lambda: typing() == 0)

    async def test_not_for_what_is_refused(self, sim: DiscordSimulator, desk: Desk) -> None:
        desk.outcome = refuse
        async with running(sim, desk):
            await sim.say(sim.alice, sim.channel, "hello", mention=True)
            await until(lambda: answers(sim))
        assert not sim.seen(r"POST .*/typing")


def typing() -> int:
    """How many answers are being announced."""
    return sum(task.get_name() == TYPING for task in asyncio.all_tasks())


def refuse(_event: Event) -> Reply:
    return Reply("Not now.")


@pytest.mark.parametrize("granted", [True, False])
async def test_at_the_start_the_log_says_what_is_not_heard(
    sim: DiscordSimulator, desk: Desk, caplog: pytest.LogCaptureFixture, granted: bool
) -> None:
    caplog.set_level("INFO")
    async with running(sim, desk, message_content=granted):
        pass
    assert ("without the Message Content Intent" in caplog.text) is not granted
