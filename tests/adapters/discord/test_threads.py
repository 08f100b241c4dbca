"""Threads that are opened for an answer, and those that fell asleep, over the wire."""

import pytest

from adapters.discord.threads import FORBIDDEN, INSIDE, NAME_LIMIT, PRIVATE, STRANGER, UNNAMED, name_of
from bot.errors import Barred, Mistaken
from bot.events import Chat
from bot.replies import Page
from simulators.discord import Channel, DiscordSimulator
from simulators.discord.rights import Right
from simulators.simulator import Fault
from tests.adapters.discord.conftest import Desk, a_question, answers, asked, polite, running

KINDS = ["message", "command"]
OPENING = r"POST .*/threads$"
DAYS = 86400.0


def threads(sim: DiscordSimulator) -> list[Channel]:
    return [each for each in sim.world.channels.values() if each.thread]


class TestOpening:
    @pytest.mark.parametrize("kind", KINDS)
    async def test_the_answer_stands_in_it(self, sim: DiscordSimulator, desk: Desk, kind: str) -> None:
        async with running(sim, desk) as adapter:
            surface = await asked(sim, desk, kind)
            chat, handle = await surface.branch("A week in\nVienna")
            (thread,) = threads(sim)
            assert chat == Chat(sim.world.guild_id, sim.channel.id, thread.id)
            revived = adapter.revive(a_question("q2", desk.events[0], handle))
            await revived.open([Page("day one")])
            await revived.finish([Page("day one, day two")])
        assert (thread.name, thread.owner) == ("A week in Vienna", sim.bot)
        assert [each.text for each in answers(sim, thread) if each.type in (0, 19)] == [
            f"-# <@{sim.alice.id}>\nday one, day two"
        ]
        assert (thread.id == sim.messages(sim.channel)[0].id) is (kind == "message")
        polite(sim)

    async def test_a_repeat_finds_the_messages_own(self, sim: DiscordSimulator, desk: Desk) -> None:
        async with running(sim, desk):
            surface = await asked(sim, desk, "message")
            sim.faults.append(Fault(OPENING, "lose response"))
            chat, _ = await surface.branch("Once")
            assert await surface.branch("Twice") == (chat, _)
        assert [each.id for each in threads(sim)] == [chat.thread]
        assert len(sim.seen(OPENING)) == 3

    async def test_where_there_are_none_it_says_why(self, sim: DiscordSimulator, desk: Desk) -> None:
        async with running(sim, desk):
            for place, why in (
                (sim.dm(sim.alice), PRIVATE),
                (sim.open_thread(sim.alice, sim.channel, "a thread"), INSIDE),
                (sim.add_channel("far", joined=False), STRANGER),
            ):
                surface = await asked(sim, desk, "command", place)
                with pytest.raises(Mistaken) as mistake:
                    await surface.branch("A title")
                assert mistake.value.message == why
        assert not sim.seen(OPENING)

    @pytest.mark.parametrize("kind", KINDS)
    async def test_without_the_permission_it_names_it(self, sim: DiscordSimulator, desk: Desk, kind: str) -> None:
        sim.deny(sim.channel, Right.CREATE_PUBLIC_THREADS)
        async with running(sim, desk):
            surface = await asked(sim, desk, kind)
            with pytest.raises(Mistaken, match="Create Public Threads") as mistake:
                await surface.branch("A title")
        assert mistake.value.message == FORBIDDEN.format("The bot lacks a permission in this channel.")

    def test_names_are_one_line_and_never_empty(self) -> None:
        assert name_of("  two\n\nlines ") == "two lines"
        assert name_of(" \n ") == UNNAMED
        assert name_of("@everyone <@1>") == "@everyone <@1>"
        long = name_of("👩‍👩‍👧 " * 99)
        assert 0 < len(long.encode("utf-16-le")) // 2 <= NAME_LIMIT


class TestAsleep:
    @pytest.mark.parametrize("kind", KINDS)
    async def test_it_is_woken(self, sim: DiscordSimulator, desk: Desk, kind: str) -> None:
        thread = sim.open_thread(sim.alice, sim.channel, "a thread")
        async with running(sim, desk):
            surface = await asked(sim, desk, kind, thread)
            await surface.open([Page("one")])
            sim.advance(8 * DAYS)
            await surface.preview([Page("one t")])
            await surface.finish([Page("one two")])
        assert answers(sim, thread)[-1].text == "one two"
        assert not thread.archived
        assert len(sim.seen(rf"PATCH .*/channels/{thread.id}$")) == 1
        polite(sim)

    @pytest.mark.parametrize("locked", [True, False])
    async def test_closed_by_a_person_it_stays_closed(self, sim: DiscordSimulator, desk: Desk, locked: bool) -> None:
        thread = sim.open_thread(sim.alice, sim.channel, "a thread")
        async with running(sim, desk):
            surface = await asked(sim, desk, "message", thread)
            await surface.open([Page("one")])
            sim.archive(thread, locked=locked)
            with pytest.raises(Barred):
                await surface.preview([Page("one t")])
            requests = len(sim.ledger)
            with pytest.raises(Barred):
                await surface.finish([Page("one two")])
        assert thread.archived
        assert len(sim.ledger) == requests
