"""Messages that were written while no process was connected, read over the wire when the next session begins."""

import json
from functools import partial

import pytest

from bot.events import Event
from bot.replies import Reply
from simulators.discord import Channel, DiscordSimulator
from simulators.simulator import Fault
from tests.adapters.discord.conftest import Desk, answers, polite, running
from tests.fakes import Settings
from tests.polling import until

HISTORY = r"GET .*/channels/\d+/messages$"


def texts(desk: Desk) -> list[str]:
    return [event.text for event in desk.events]


async def opened(sim: DiscordSimulator, desk: Desk, *channels: Channel) -> Settings:
    """Alice speaks to the bot in each of these channels, then it stops. What it has kept."""
    settings = Settings()
    async with running(sim, desk, settings):
        for number, channel in enumerate(channels, 1):
            await sim.say(sim.alice, channel, "before", mention=not channel.private)
            await until(partial(has_answered, sim, number))
    desk.script = Desk().script
    return settings


def has_answered(sim: DiscordSimulator, number: int) -> bool:
    return sum(len(answers(sim, channel)) for channel in list(sim.world.channels.values())) == number


def marks(sim: DiscordSimulator, settings: Settings) -> dict[str, list[object]]:
    found: dict[str, list[object]] = json.loads(settings.values["instance", f"discord.read.{sim.application_id}"])
    return found


class TestNewSession:
    async def test_what_was_missed_is_answered_oldest_first_and_only_once(
        self, sim: DiscordSimulator, desk: Desk
    ) -> None:
        home, direct = sim.channel, sim.dm(sim.alice)
        settings = await opened(sim, desk, home, direct)
        await sim.say(sim.bob, home, "not for the bot")
        await sim.say(sim.other_bot, home, "nor this", mention=True)
        first = await sim.say(sim.bob, home, "missed 1", mention=True)
        await sim.say(sim.bob, home, "missed 2", mention=True)
        await sim.say(sim.alice, direct, "missed too", files=[("a.txt", b"abc")])
        async with running(sim, desk, settings):
            await until(lambda: len(answers(sim, home)) == 3 and len(answers(sim, direct)) == 2)
            assert texts(desk) == ["before", "before", "missed too", "missed 1", "missed 2"]
            assert answers(sim, home)[1].reference == first.id
            (file,) = desk.events[2].attachments
            assert await desk.surfaces[2].fetch(file, 3) == b"abc"
        second = Desk()
        async with running(sim, second, settings):
            await until(lambda: len(sim.seen(HISTORY)) == 4)
            await sim.say(sim.bob, home, "and now", mention=True)
            await until(lambda: second.answered)
        assert texts(second) == ["and now"]
        polite(sim)

    async def test_who_somebody_is_in_the_server_is_looked_up(self, sim: DiscordSimulator, desk: Desk) -> None:
        settings = await opened(sim, desk, sim.channel)
        role = sim.add_role("readers")
        sim.give(sim.bob, role)
        await sim.say(sim.bob, sim.channel, "I am Bob", mention=True)
        await sim.say(sim.bob, sim.channel, "still Bob", mention=True)
        await sim.say(sim.admin, sim.channel, "I am in charge", mention=True)
        async with running(sim, desk, settings):
            await until(lambda: len(desk.answered) == 4)
        _, bob, _, admin = desk.events
        assert (bob.author.admin, bob.author.roles) == (False, (role.id,))
        assert admin.author.admin
        assert len(sim.seen(r"GET .*/members/")) == 2

    async def test_a_session_that_goes_on_reads_nothing_anew(self, sim: DiscordSimulator, desk: Desk) -> None:
        async with running(sim, desk):
            await sim.say(sim.alice, sim.channel, "one", mention=True)
            await until(lambda: desk.answered)
            await sim.drop()
            await sim.say(sim.alice, sim.channel, "two", mention=True)
            await until(lambda: len(desk.answered) == 2)
            assert not sim.seen(HISTORY)
            await sim.op9(False)
            await until(lambda: sim.identifies == 2 and sim.seen(HISTORY), 30)
        assert sim.resumes == 1

    async def test_live_messages_do_not_wait_for_it(self, sim: DiscordSimulator, desk: Desk) -> None:
        settings = await opened(sim, desk, sim.channel)
        await sim.say(sim.bob, sim.channel, "missed", mention=True)
        sim.faults.append(Fault(HISTORY, "delay", seconds=1.0))
        async with running(sim, desk, settings):
            await until(lambda: sim.seen(HISTORY))
            await sim.say(sim.bob, sim.channel, "live", mention=True)
            await until(lambda: len(desk.answered) == 3)
        assert [question.event.text for question in desk.answered] == ["before", "live", "missed"]


class TestBounds:
    async def test_in_messages(self, sim: DiscordSimulator, desk: Desk) -> None:
        settings = await opened(sim, desk, sim.channel)
        for number in range(5):
            await sim.say(sim.bob, sim.channel, f"missed {number}", mention=True)
        async with running(sim, desk, settings, catch_up_messages=3):
            await until(lambda: len(desk.answered) == 4)
        assert texts(desk)[1:] == ["missed 0", "missed 1", "missed 2"]

    async def test_in_hours(self, sim: DiscordSimulator, desk: Desk) -> None:
        settings = await opened(sim, desk, sim.channel)
        await sim.say(sim.bob, sim.channel, "missed", mention=True)
        async with running(sim, desk, settings, catch_up_hours=1e-9):
            await until(lambda: sim.seen(HISTORY))
            await sim.say(sim.bob, sim.channel, "live", mention=True)
            await until(lambda: len(desk.answered) == 2)
        assert texts(desk)[1:] == ["live"]

    async def test_switched_off(self, sim: DiscordSimulator, desk: Desk) -> None:
        settings = await opened(sim, desk, sim.dm(sim.alice))
        await sim.say(sim.alice, sim.dm(sim.alice), "missed")
        async with running(sim, desk, settings, catch_up_channels=0):
            await sim.say(sim.bob, sim.channel, "live", mention=True)
            await until(lambda: len(desk.answered) == 2)
        assert texts(desk)[1:] == ["live"]
        assert not sim.seen(HISTORY)

    async def test_more_than_a_page_is_read_in_pages(self, sim: DiscordSimulator, desk: Desk) -> None:
        settings = await opened(sim, desk, sim.channel)
        for number in range(120):
            await sim.say(sim.bob, sim.channel, f"talk {number}")
        await sim.say(sim.bob, sim.channel, "at last", mention=True)
        async with running(sim, desk, settings):
            await until(lambda: len(desk.answered) == 2)
        assert len(sim.seen(HISTORY)) == 2


class TestTrouble:
    async def test_a_channel_that_cannot_be_read_now_is_read_at_the_next_session(
        self, sim: DiscordSimulator, desk: Desk
    ) -> None:
        settings = await opened(sim, desk, sim.channel)
        await sim.say(sim.bob, sim.channel, "missed", mention=True)
        sim.faults.append(Fault(HISTORY, "status", status=503, times=1000))
        second = Desk()
        async with running(sim, second, settings):
            await until(lambda: sim.seen(HISTORY))
            await sim.say(sim.bob, sim.channel, "live", mention=True)
            await until(lambda: second.answered)
        assert texts(second) == ["live"]
        sim.faults.clear()
        third = Desk()
        async with running(sim, third, settings):
            await until(lambda: third.answered)
        assert texts(third)[0] == "missed"

    async def test_a_channel_that_is_gone_is_not_asked_for_again(self, sim: DiscordSimulator, desk: Desk) -> None:
        settings = await opened(sim, desk, sim.channel, sim.dm(sim.alice))
        sim.faults.append(Fault(rf"GET .*/channels/{sim.channel.id}/messages$", "status", status=404, body=GONE))
        async with running(sim, desk, settings):
            await until(lambda: len(sim.seen(HISTORY)) == 2)
        assert list(marks(sim, settings)) == [sim.dm(sim.alice).id]

    async def test_a_message_that_cannot_be_understood_does_not_hold_up_the_next(
        self, sim: DiscordSimulator, desk: Desk, caplog: pytest.LogCaptureFixture
    ) -> None:
        settings = await opened(sim, desk, sim.channel)
        odd, sound = [await sim.say(sim.bob, sim.channel, each, mention=True) for each in ("odd", "sound")]
        page = [sim.board.json(sound), {name: sim.board.json(odd)[name] for name in ("id", "author", "channel_id")}]
        sim.faults.append(Fault(HISTORY, "status", status=200, body=json.dumps(page).encode()))
        async with running(sim, desk, settings):
            await until(lambda: len(desk.answered) == 2)
        assert texts(desk)[1:] == ["sound"]
        assert "a bug in catching up" in caplog.text
        assert int(str(marks(sim, settings)[sim.channel.id][1])) >= int(sound.id)

    async def test_a_server_that_is_not_there_is_asked_later(self, sim: DiscordSimulator, desk: Desk) -> None:
        settings = await opened(sim, desk, sim.channel, sim.dm(sim.alice))
        await sim.say(sim.bob, sim.channel, "missed", mention=True)
        before = marks(sim, settings)[sim.channel.id][1]
        sim.kick()
        await sim.say(sim.alice, sim.dm(sim.alice), "missed too")
        async with running(sim, desk, settings):
            await until(lambda: len(desk.answered) == 3)
        assert texts(desk)[2:] == ["missed too"]
        assert marks(sim, settings)[sim.channel.id][1] == before
        async with running(sim, desk, settings):
            await sim.say(sim.alice, sim.dm(sim.alice), "it listens")
            await until(lambda: len(desk.answered) == 4)
            sim.invite()
            await until(lambda: len(desk.answered) == 5)
        assert texts(desk)[-1] == "missed"

    async def test_a_refusal_is_said_for_a_message_that_was_missed(self, sim: DiscordSimulator, desk: Desk) -> None:
        settings = await opened(sim, desk, sim.channel)
        await sim.say(sim.bob, sim.channel, "missed", mention=True)
        desk.outcome = refuse
        async with running(sim, desk, settings):
            await until(lambda: len(answers(sim)) == 2)
        assert answers(sim)[-1].content == "Not now."


GONE = b'{"code": 10003, "message": "Unknown Channel"}'


def refuse(_event: Event) -> Reply:
    return Reply("Not now.")
