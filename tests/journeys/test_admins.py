"""Who may: the owner's code, strangers, /open, /allow, /deny and /ban, over the wire on both platforms."""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.access import BANNED, DENIED, STRANGER
from tests.journeys.people import BOTH, Name, People, Seen, people
from tests.journeys.world import World, a_world
from tests.polling import until

IN_PRIVATE = "Send that in a private chat with me, where nobody else can read the code."
FOR_ADMINS = "Only those in charge of this chat, and this bot's owners may do that."
FOR_OWNERS = "Only this bot's owners may do that."


@asynccontextmanager
async def owned(folder: Path, **settings: str | None) -> AsyncIterator[tuple[World, list[People]]]:
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
async def test_who_sends_the_code_owns_the_bot_and_decides_about_strangers(platform: Name, tmp_path: Path) -> None:
    async with a_world(tmp_path, *BOTH, PARLEY_ACCESS__OPEN="false") as world:
        both = [people(world, each) for each in BOTH]
        hands, other = both if platform == BOTH[0] else both[::-1]
        (code,) = codes(world)
        assert "until /open, it answers nobody" in world.log
        await _claim(hands, other, code)
        for each in both:
            await _stay_outside(each)
        assert world.untouched()
        await _decide(hands, other)
        asked = len(world.hf.requests)
        await world.restart()
        assert codes(world) == [code]  # no other one is printed
        assert "You own this bot." in await whoami(hands, hands.bob)
        assert "not the code" in await claimed(hands, hands.admin, code)
        assert "You said" in await said(other, other.alice, other.home(other.alice))
        assert await said(hands, hands.alice, hands.home(hands.alice)) == STRANGER
        assert len(world.hf.requests) == asked + 1
        assert sum("let_in" in each.buttons for each in hands.shown(hands.home(hands.bob))) == 3
        written = b"".join(file.read_bytes() for file in world.database.parent.glob("parley.db*"))
        assert code.encode() not in written


async def claimed(hands: People, user: Any, code: str) -> str:
    return (await hands.told(user, hands.home(user), "claim", code=code)).text


async def whoami(hands: People, user: Any) -> str:
    return (await hands.told(user, hands.home(user), "whoami")).text


async def _claim(hands: People, other: People, code: str) -> None:
    """Bob becomes the owner; nobody else does, with whatever code."""
    assert "not the code" in await claimed(hands, hands.alice, "0123456789")
    assert await tried(hands, hands.bob, "claim", code=code) in ("", IN_PRIVATE)
    assert "have not been let in" in await whoami(hands, hands.bob)
    assert "this bot is yours" in await claimed(hands, hands.bob, code.lower())
    assert "You own this bot." in await whoami(hands, hands.bob)
    assert "not the code" in await claimed(hands, hands.alice, code)
    assert "not the code" in await claimed(other, other.bob, code)
    assert "You said" not in await said(other, other.bob, other.home(other.bob))


async def _stay_outside(hands: People) -> None:
    """Alice is a stranger, wherever she asks and whatever."""
    for place in (hands.home(hands.alice), hands.here, hands.home(hands.alice)):
        assert await said(hands, hands.alice, place) == STRANGER
    drawn = await hands.told(hands.alice, hands.here, "imagine", prompt="a lighthouse in a storm")
    assert drawn.text == STRANGER


async def _decide(hands: People, other: People) -> None:
    """The owner has heard once of each stranger, and decides by a button, also about one on the other platform."""
    home = hands.home(hands.bob)
    strangers = {each.id(user): each for each, user in ((other, other.bob), (hands, hands.alice), (other, other.alice))}

    def announced() -> dict[str, Seen]:
        return {each: seen for each in strangers for seen in hands.shown(home) if each in seen.text}

    await until(lambda: len(announced()) == 3)
    asked = announced()
    assert all(seen.buttons == {"let_in", "keep_out"} for seen in asked.values())
    assert sum("let_in" in seen.buttons for seen in hands.shown(home)) == 3
    if hands.name == "telegram":  # where anybody may forge a press
        assert await hands.pressed(hands.alice, asked[hands.id(hands.alice)], "let_in") == STRANGER
    assert "may ask me" in await hands.pressed(hands.bob, asked[other.id(other.alice)], "let_in")
    assert "may not ask me" in await hands.pressed(hands.bob, asked[hands.id(hands.alice)], "keep_out")
    assert "You said" in await said(other, other.alice, other.here)
    assert await said(hands, hands.alice, hands.here) == STRANGER
    assert await said(other, other.bob, other.here) == STRANGER


async def test_open_by_an_admin_opens_one_place_and_by_an_owner_all(tmp_path: Path) -> None:
    async with owned(tmp_path, PARLEY_ACCESS__OPEN="false") as (world, both):
        telegram = both[1]
        elsewhere = world.telegram.add_group("Orchard")
        await _let_in_a_role(world, both[0])
        for hands in both:
            alice, home = hands.alice, hands.home(hands.alice)
            assert "have not been let in" in (await hands.told(alice, hands.here, "whoami")).text
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
        assert len(world.hf.requests) == asked == 4
        opened = await telegram.told(telegram.bob, telegram.home(telegram.bob), "open")
        assert opened.text.startswith("Open everywhere")
        assert "You said" in await said(telegram, telegram.alice, elsewhere)
        for hands in both:
            assert "You said" in await said(hands, hands.alice, hands.home(hands.alice))
            assert (await hands.told(hands.admin, hands.here, "open", state="off")).text.startswith("Closed here")
            assert await said(hands, hands.alice, hands.here) == STRANGER
            assert "You said" in await said(hands, hands.alice, hands.home(hands.alice))


async def _let_in_a_role(world: World, hands: People) -> None:
    """What a role permits holds in private chats too, as long as it is permitted."""
    role = world.discord.add_role("gardeners")
    carol = hands.newcomer("carol")
    world.discord.give(carol, role)
    bobs, home, name = hands.home(hands.bob), hands.home(carol), f"role:{role.id}"
    assert "may ask me everywhere" in (await hands.told(hands.bob, bobs, "allow", who=name)).text
    assert await said(hands, carol, home) == STRANGER  # a private chat does not tell who has which roles
    for place in (hands.here, home):
        assert "You said" in await said(hands, carol, place)
    assert "no longer let in" in (await hands.told(hands.bob, bobs, "allow", who=name, command="off")).text
    for place in (hands.here, home):
        assert await said(hands, carol, place) == STRANGER


async def test_deny_and_ban_hold_at_once_and_after_a_restart(tmp_path: Path) -> None:
    async with owned(tmp_path) as (world, both):
        for hands in both:
            await _switch_off(world, hands)
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
            assert "You are banned here." in (await hands.told(alice, home, "whoami")).text
            access = (await hands.told(hands.bob, bobs, "access")).text
            assert f"{hands.id(alice)}" in access
            assert "banned" in access
            assert "Last changes" in access
            assert len(world.hf.requests) == asked
            await hands.told(hands.bob, bobs, "ban", who=hands.id(alice), command="off")
            assert "You said" in await said(hands, alice, home)
            asked += 1


async def _switch_off(world: World, hands: People) -> None:
    """A command, for all who are here; by those in charge."""
    alice, words = hands.alice, "a lighthouse in a storm"
    assert await tried(hands, alice, "imagine", prompt="off here") == FOR_ADMINS
    assert await tried(hands, alice, "deny", who="/imagine") in ("", FOR_ADMINS)
    before = len(world.hf.task_requests)
    for command, value in (("deny", {"who": "/imagine"}), ("imagine", {"prompt": "off here"})):
        await hands.told(hands.admin, hands.here, command, **value)
        assert (await hands.told(alice, hands.here, "imagine", prompt=words)).text == DENIED
        assert "/imagine" in (await hands.told(alice, hands.here, "access")).text
        assert len(world.hf.task_requests) == before
        on = await hands.told(hands.admin, hands.here, "allow", who="/imagine")
        assert "switched on" in on.text
    drawn = await hands.told(alice, hands.here, "imagine", prompt=words)
    assert "lighthouse" in drawn.text
    assert len(world.hf.task_requests) == before + 1
