"""Answers beside an answer, notices that nobody asked for, and links: messages of their own."""

import pytest

from adapters.discord.client import DiscordAdapter
from adapters.discord.place import Place
from bot.errors import Unavailable, Unreachable
from bot.events import Chat
from bot.replies import Button, Media, Page, Surface
from simulators.discord import Channel, DiscordSimulator
from tests.adapters.discord.conftest import Desk, a_question, answers, asked, polite, running

ALLOW = Button("allow", "Allow")
PICTURE = Media(b"png", "image/png", "a.png")


def beside(adapter: DiscordAdapter, desk: Desk, surface: Surface, id: str = "q2", *, private: bool = False) -> Surface:
    handle = surface.beside()
    return adapter.revive(a_question(id, desk.events[0], handle, private=private))


def said(sim: DiscordSimulator, channel: Channel | None = None) -> list[str]:
    return [each.content for each in answers(sim, channel)]


@pytest.mark.parametrize("kind", ["message", "command"])
class TestBeside:
    async def test_each_answer_has_its_own_messages(self, sim: DiscordSimulator, desk: Desk, kind: str) -> None:
        async with running(sim, desk) as adapter:
            first = await asked(sim, desk, kind)
            others = [beside(adapter, desk, first, question) for question in ("q2", "q3")]
            await first.open([Page("one")])
            for surface, text in zip(others, ("two", "three"), strict=True):
                handle = await surface.open([Page(text)], [ALLOW])
                assert Place.load(handle).sent[0].way == "channel"
                await surface.finish([Page(f"{text}.")], (), [PICTURE])
            await first.finish([Page("one.")])
        lead = f"-# <@{sim.alice.id}>\n" if kind == "command" else ""
        assert said(sim) == ["one.", f"{lead}two.", f"{lead}three."]
        assert [sim.files(each) for each in answers(sim)] == [[], [b"png"], [b"png"]]
        polite(sim)

    async def test_it_may_come_first(self, sim: DiscordSimulator, desk: Desk, kind: str) -> None:
        async with running(sim, desk) as adapter:
            first = await asked(sim, desk, kind)
            await beside(adapter, desk, first).finish([Page("two")])
            await first.finish([Page("one")])
        assert sorted(each.rpartition("\n")[2] for each in said(sim)) == ["one", "two"]

    async def test_a_restart_goes_on_with_it(self, sim: DiscordSimulator, desk: Desk, kind: str) -> None:
        async with running(sim, desk) as adapter:
            first = await asked(sim, desk, kind)
            handle = await beside(adapter, desk, first).open([Page("two")])
            await adapter.revive(a_question("q2", desk.events[0], handle)).finish([Page("two.")])
        (text,) = said(sim)[1:] if kind == "command" else said(sim)
        assert text.endswith("two.")


class TestWhereTheBotIsNoMember:
    async def test_it_is_a_follow_up_that_leaves_the_response_alone(self, sim: DiscordSimulator, desk: Desk) -> None:
        channel = sim.add_channel("foreign", joined=False)
        async with running(sim, desk) as adapter:
            first = await asked(sim, desk, "command", channel)
            second = beside(adapter, desk, first)
            with pytest.raises(Unavailable):  # the first follow-up would become the response that was promised
                await second.open([Page("two")])
            await first.open([Page("one")])
            await second.open([Page("two")])
            await second.finish([Page("two.")])
            await first.finish([Page("one.")])
        assert said(sim, channel) == ["one.", "two."]
        polite(sim)

    async def test_a_response_that_was_deleted_is_not_waited_for(self, sim: DiscordSimulator, desk: Desk) -> None:
        channel = sim.add_channel("foreign", joined=False)
        async with running(sim, desk) as adapter:
            first = await asked(sim, desk, "command", channel)
            await first.open([Page("one")])
            await sim.delete(answers(sim, channel)[0])
            await beside(adapter, desk, first).finish([Page("two")])
        assert said(sim, channel) == ["two"]


async def test_a_private_one_stays_private(sim: DiscordSimulator, desk: Desk) -> None:
    desk.private = True
    async with running(sim, desk) as adapter:
        first = await asked(sim, desk, "command")
        await first.open([Page("one")])
        await beside(adapter, desk, first, private=True).finish([Page("two")])
    assert [(each.content, each.ephemeral) for each in answers(sim)] == [("one", True), ("two", True)]


class TestReach:
    async def test_a_notice_in_private(self, sim: DiscordSimulator, desk: Desk) -> None:
        async with running(sim, desk):
            surface = await asked(sim, desk, "message")
            assert desk.reach
            notice = await desk.reach(sim.admin.id, "q1")
            await notice.open([Page("Somebody asks.")], [ALLOW])
            await notice.finish([Page("Somebody asks.")], [ALLOW])
            await surface.finish([Page("answer")])
        (message,) = answers(sim, sim.dm(sim.admin))
        assert message.content == "Somebody asks."
        assert message.components[0]["components"][0]["custom_id"] == "allow:q1"
        assert said(sim) == ["answer"]
        assert notice.can.private
        polite(sim)

    async def test_the_same_notice_comes_once(self, sim: DiscordSimulator, desk: Desk) -> None:
        async with running(sim, desk):
            await asked(sim, desk, "message")
            assert desk.reach
            for _ in range(2):
                await (await desk.reach(sim.admin.id, "q1")).finish([Page("Somebody asks.")])
        assert said(sim, sim.dm(sim.admin)) == ["Somebody asks."]

    @pytest.mark.parametrize("who", ["closed", "a bot", "nobody", "no id"])
    async def test_who_takes_no_messages(self, sim: DiscordSimulator, desk: Desk, who: str) -> None:
        sim.bob.takes_messages = False
        account = {"closed": sim.bob.id, "a bot": sim.other_bot.id, "nobody": "17", "no id": "bob"}[who]
        async with running(sim, desk):
            await asked(sim, desk, "message")
            assert desk.reach
            with pytest.raises(Unreachable):
                await (await desk.reach(account, "q1")).finish([Page("Somebody asks.")])


@pytest.mark.parametrize(
    ("chat", "link"),
    [
        (Chat("10", "20"), "https://discord.com/channels/10/20/5"),
        (Chat("10", "20", "21"), "https://discord.com/channels/10/21/5"),
        (Chat("30", "30", private=True), "https://discord.com/channels/@me/30/5"),
    ],
)
async def test_links(sim: DiscordSimulator, desk: Desk, chat: Chat, link: str) -> None:
    async with running(sim, desk):
        assert (await asked(sim, desk, "message")).link(chat, "5") == link
