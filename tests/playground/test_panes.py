"""What the panes show of their platforms, without a bot in between."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from playground.discord_pane import DID_NOT_RESPOND, DiscordPane
from playground.shapes import MOST_MESSAGES
from playground.telegram_pane import TelegramPane
from simulators.discord import DiscordSimulator
from simulators.telegram import TelegramSimulator


@pytest.fixture
async def discord() -> AsyncIterator[DiscordSimulator]:
    async with DiscordSimulator() as sim:
        yield sim


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramSimulator]:
    async with TelegramSimulator() as sim:
        yield sim


def place(pane: DiscordPane | TelegramPane, private: str = "member") -> Any:
    return next(each for each in pane.state()["places"] if each["private"] == private)


async def put_commands(sim: DiscordSimulator, *commands: dict[str, Any]) -> None:
    url = f"{sim.api_url}/applications/{sim.application_id}/commands"
    headers = {"Authorization": f"Bot {sim.token}"}
    async with aiohttp.ClientSession() as session, session.put(url, json=commands, headers=headers) as response:
        assert response.status == 200, await response.text()


async def call(sim: TelegramSimulator, method: str, **fields: Any) -> None:
    url = f"{sim.api_url}{sim.token}/{method}"
    async with aiohttp.ClientSession() as session, session.post(url, json=fields) as response:
        assert response.status == 200, await response.text()


async def test_a_command_is_offered_to_whom_it_is_for(discord: DiscordSimulator) -> None:
    pane = DiscordPane(discord)
    await put_commands(
        discord,
        {"name": "all", "description": "For all"},
        {"name": "few", "description": "For admins", "default_member_permissions": "0"},
        {"name": "Look", "type": 3},
    )
    shown = {each["name"]: each for each in pane.state()["commands"]}
    assert shown["all"]["for"] == ["member", "admin"]
    assert shown["few"]["for"] == ["admin"]
    assert [name for name, each in shown.items() if each["about"]] == ["Look"]


async def test_who_was_not_answered_in_time_sees_it_alone(discord: DiscordSimulator) -> None:
    pane = DiscordPane(discord)
    await put_commands(discord, {"name": "wait", "description": "For ever"})
    await pane.command("member", discord.channel.id, "wait", {})
    assert place(pane, "")["messages"] == []
    discord.advance(4)
    [failure] = place(pane, "")["messages"]
    assert (failure["body"], failure["only"]) == ([DID_NOT_RESPOND], "member")


async def test_threads_have_places_until_they_sleep(discord: DiscordSimulator) -> None:
    pane = DiscordPane(discord)
    thread = discord.open_thread(discord.alice, discord.channel, "Tea")
    assert [each["name"] for each in pane.state()["places"]] == ["#general", "↳ Tea", "Direct", "Direct"]
    thread.archived = True
    assert [each["name"] for each in pane.state()["places"]] == ["#general", "Direct", "Direct"]


async def test_a_draft_is_shown_as_a_message_that_grows(telegram: TelegramSimulator) -> None:
    pane = TelegramPane(telegram)
    await call(telegram, "sendMessageDraft", chat_id=telegram.alice.id, draft_id=7, text="so far")
    [draft] = place(pane)["messages"]
    assert (draft["body"], draft["growing"], draft["author"]) == (["so far"], True, "Parley")
    telegram.advance(31)
    assert place(pane)["messages"] == []


async def test_the_menu_is_the_one_of_the_person_and_the_chat(telegram: TelegramSimulator) -> None:
    pane = TelegramPane(telegram)
    one, two = ({"command": name, "description": name} for name in ("all", "few"))
    await call(telegram, "setMyCommands", commands=[one])
    await call(telegram, "setMyCommands", commands=[one, two], scope={"type": "all_chat_administrators"})
    menus = {name: [each["name"] for each in menu] for name, menu in pane.state()["menus"].items()}
    group = telegram.group.id
    assert menus[f"member {group}"] == ["all"]
    assert menus[f"admin {group}"] == ["all", "few"]
    assert f"member {telegram.admin.id}" not in menus, "nobody is in somebody else's private chat"


async def test_typing_is_shown_until_something_is_said(telegram: TelegramSimulator) -> None:
    pane = TelegramPane(telegram)
    chat = telegram.alice.id
    await call(telegram, "sendChatAction", chat_id=chat, action="typing")
    assert place(pane)["typing"]
    telegram.advance(6)
    assert not place(pane)["typing"]


async def test_only_the_newest_messages_are_shown(telegram: TelegramSimulator) -> None:
    pane = TelegramPane(telegram)
    for number in range(MOST_MESSAGES + 10):
        telegram.say(telegram.alice, telegram.alice.id, f"{number}")
    shown = place(pane)["messages"]
    assert len(shown) == MOST_MESSAGES
    assert shown[-1]["body"] == [f"{MOST_MESSAGES + 9}"]
