"""Who may: the owner's code, strangers, /open, /allow, /deny and /ban, over the wire on both platforms."""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.access import BANNED, DENIED, STRANGER
from tests.journeys.people import BOTH, Name, People, people
from tests.journeys.world import World, a_world
from tests.polling import until

IN_PRIVATE = "Send that in a private chat with me, where nobody else can read the code."
FOR_ADMINS = "Only those in charge of this chat, and this bot's owners may do that."
FOR_OWNERS = "Only this bot's owners may do that."


@asynccontextmanager
async def owned(folder: Path, **settings: str) -> AsyncIterator[tuple[World, list[People]]]:
    """A world that bob owns, on both platforms."""
    async with a_world(folder, *BOTH, start=False, **settings) as world:
        both = [people(world, platform) for platform in BOTH]
        world.settings["PARLEY_ACCESS__OWNERS"] = ",".join(hands.id(hands.bob) for hands in both)
        await world.start()
        yield world, both


async def said(hands: People, user: Any, place: Any, text: str = "What is the answer?") -> str:
    return (await hands.told(user, place, "chat", text=text)).text


async def tried(hands: People, user: Any, command: str, **values: Any) -> str:
    """What somebody hears who is not in charge; "" where the platform does not even offer them the command."""
    return "" if hands.hidden(user, command) else (await hands.told(user, hands.here, command, **values)).text


def codes(world: World) -> Sequence[str]:
    return re.findall(r"/claim ([0-9A-F]{10})", world.log)


@pytest.mark.parametrize("platform", BOTH)
async def test_the_first_to_send_the_code_in_private_owns_the_bot(platform: Name, tmp_path: Path) -> None:
    async with a_world(tmp_path, *BOTH, PARLEY_ACCESS__OPEN="false") as world:
        hands, other = sorted((people(world, each) for each in BOTH), key=lambda each: each.name != platform)
        alice, bob = hands.alice, hands.bob
        (code,) = codes(world)
        assert "not the code" in (await hands.told(bob, hands.home(bob), "claim", code="0123456789")).text
        assert await tried(hands, alice, "claim", code=code) in ("", IN_PRIVATE)
        assert "have not been let in" in (await hands.told(alice, hands.home(alice), "whoami")).text
        assert "this bot is yours" in (await hands.told(alice, hands.home(alice), "claim", code=code.lower())).text
        assert "not the code" in (await hands.told(bob, hands.home(bob), "claim", code=code)).text
        assert "not the code" in (await other.told(other.bob, other.home(other.bob), "claim", code=code)).text
        assert "You own this bot." in (await hands.told(alice, hands.home(alice), "whoami")).text
        await world.restart()
        assert codes(world) == [code]  # no other one is printed
        assert "You own this bot." in (await hands.told(alice, hands.home(alice), "whoami")).text
        assert "not the code" in (await hands.told(bob, hands.home(bob), "claim", code=code)).text
        assert world.untouched()
        assert "You said" in await said(hands, alice, hands.home(alice))
        written = b"".join(file.read_bytes() for file in world.database.parent.glob("parley.db*"))
        assert code.encode() not in written


async def test_a_stranger_costs_nothing_and_the_owner_decides_by_a_button(tmp_path: Path) -> None:
    async with owned(tmp_path, PARLEY_ACCESS__OPEN="false") as (world, both):
        discord, telegram = both
        for hands in both:
            for place in (hands.home(hands.alice), hands.here, hands.home(hands.alice)):
                assert await said(hands, hands.alice, place) == STRANGER
            drawn = await hands.told(hands.alice, hands.home(hands.alice), "imagine", prompt="a lighthouse in a storm")
            assert drawn.text == STRANGER
        for hands in both:
            await until(lambda: len(hands.shown(hands.home(hands.bob))) == 2)  # noqa: B023
        assert world.untouched()

        first = {hands: hands.shown(hands.home(hands.bob))[0] for hands in both}
        assert first[telegram].buttons == first[discord].buttons == {"let_in", "keep_out"}
        assert discord.id(discord.alice) in first[telegram].text
        forged = await telegram.pressed(telegram.alice, first[telegram], "let_in")
        assert forged == STRANGER
        assert await said(discord, discord.alice, discord.here) == STRANGER

        # Whom the owner knows on one platform may be decided about on the other.
        assert "may ask me" in await telegram.pressed(telegram.bob, first[telegram], "let_in")
        assert "You said" in await said(discord, discord.alice, discord.here)
        about_telegram = discord.shown(discord.home(discord.bob))[1]
        assert telegram.id(telegram.alice) in about_telegram.text
        assert "may not ask me" in await discord.pressed(discord.bob, about_telegram, "keep_out")
        assert await said(telegram, telegram.alice, telegram.here) == STRANGER
        await discord.told(discord.bob, discord.home(discord.bob), "allow", who=telegram.id(telegram.alice))
        await world.restart()
        for hands in both:
            assert "You said" in await said(hands, hands.alice, hands.home(hands.alice))
            assert len(hands.shown(hands.home(hands.bob))) <= 3  # nobody was announced twice
        assert len(world.hf.requests) == 3


async def test_open_by_an_admin_opens_one_place_and_by_an_owner_all(tmp_path: Path) -> None:
    async with owned(tmp_path, PARLEY_ACCESS__OPEN="false") as (world, both):
        telegram = both[1]
        elsewhere = world.telegram.add_group("Orchard")
        for hands in both:
            alice, home = hands.alice, hands.home(hands.alice)
            assert await tried(hands, alice, "open") in ("", FOR_ADMINS)
            assert (await hands.told(hands.admin, hands.here, "open")).text.startswith("Open here")
            refusal = await hands.told(hands.admin, hands.here, "open", scope="everywhere")
            assert refusal.text == FOR_OWNERS
            assert await tried(hands, alice, "open", state="off") in ("", FOR_ADMINS)
            assert "You said" in await said(hands, alice, hands.here)
            assert await said(hands, alice, home) == STRANGER
        assert await said(telegram, telegram.alice, elsewhere) == STRANGER
        asked = len(world.hf.requests)
        await world.restart()
        for hands in both:
            assert await said(hands, hands.alice, hands.home(hands.alice)) == STRANGER
        assert len(world.hf.requests) == asked == 2
        opened = await telegram.told(telegram.bob, telegram.home(telegram.bob), "open")
        assert opened.text.startswith("Open everywhere")
        assert "You said" in await said(telegram, telegram.alice, elsewhere)
        for hands in both:
            assert "You said" in await said(hands, hands.alice, hands.home(hands.alice))
            assert (await hands.told(hands.admin, hands.here, "open", state="off")).text.startswith("Closed here")
            assert await said(hands, hands.alice, hands.here) == STRANGER
            assert "You said" in await said(hands, hands.alice, hands.home(hands.alice))


async def test_deny_and_ban_hold_at_once_and_after_a_restart(tmp_path: Path) -> None:
    async with owned(tmp_path) as (world, both):
        for hands in both:
            alice, home, bobs = hands.alice, hands.home(hands.alice), hands.home(hands.bob)
            denied = await hands.told(hands.admin, hands.here, "deny", who=hands.id(alice))
            assert "may not ask me here" in denied.text
            assert await said(hands, alice, hands.here) == STRANGER
            assert "You said" in await said(hands, alice, home)
            await hands.told(hands.admin, hands.here, "allow", who=hands.id(alice))
            assert "You said" in await said(hands, alice, hands.here)
            banned = await hands.told(hands.bob, bobs, "ban", who=hands.id(alice))
            assert "banned everywhere" in banned.text
        asked = len(world.hf.requests)
        await world.restart()
        for hands in both:
            alice, home, bobs = hands.alice, hands.home(hands.alice), hands.home(hands.bob)
            assert await said(hands, alice, hands.here) == await said(hands, alice, home) == BANNED
            access = (await hands.told(hands.bob, bobs, "access")).text
            assert f"{hands.id(alice)}" in access
            assert "banned" in access
            assert "Last changes" in access
            assert len(world.hf.requests) == asked
            await hands.told(hands.bob, bobs, "ban", who=hands.id(alice), command="off")
            assert "You said" in await said(hands, alice, home)
            asked += 1


async def test_a_command_is_switched_off_here_by_those_in_charge(tmp_path: Path) -> None:
    async with owned(tmp_path) as (world, both):
        for hands in both:
            alice, words = hands.alice, "a lighthouse in a storm"
            assert await tried(hands, alice, "imagine", prompt="off here") == FOR_ADMINS
            assert await tried(hands, alice, "deny", who="/imagine") in ("", FOR_ADMINS)
            for command, value in (("deny", {"who": "/imagine"}), ("imagine", {"prompt": "off here"})):
                before = len(world.hf.task_requests)
                await hands.told(hands.admin, hands.here, command, **value)
                assert (await hands.told(alice, hands.here, "imagine", prompt=words)).text == DENIED
                assert "/imagine" in (await hands.told(alice, hands.here, "access")).text
                assert len(world.hf.task_requests) == before
                on = await hands.told(hands.admin, hands.here, "allow", who="/imagine")
                assert "switched on" in on.text
            drawn = await hands.told(alice, hands.here, "imagine", prompt=words)
            assert "lighthouse" in drawn.text
            assert len(world.hf.task_requests) == before + 1
