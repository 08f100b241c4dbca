"""Menus of commands: what is taken, and which one a person is shown."""

from collections.abc import AsyncIterator

import pytest
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeChat,
    BotCommandScopeChatMember,
)

from simulators.telegram import TelegramSimulator
from tests.simulators.telegram_bot import raw, refused, talking

Pair = tuple[TelegramSimulator, Bot]


@pytest.fixture
async def pair() -> AsyncIterator[Pair]:
    async with talking(scale=0.001) as both:
        yield both


async def test_menus_by_scope_and_language(pair: Pair) -> None:
    sim, bot = pair
    await bot.set_my_commands([BotCommand("chat", "Talk")])
    await bot.set_my_commands([("new", "Neu")], scope=BotCommandScopeAllGroupChats(), language_code="de")
    assert set(sim.menus) == {("default", ""), ("all_group_chats", "de")}
    assert await bot.get_my_commands() == (BotCommand("chat", "Talk"),)
    assert await bot.get_my_commands(language_code="de") == ()
    await bot.delete_my_commands()
    assert await bot.get_my_commands() == ()
    assert sim.menu_calls[:2] == ["setMyCommands", "setMyCommands"]


@pytest.mark.parametrize(
    ("name", "description", "count", "words"),
    [
        ("Chat", "Talk", 1, "BOT_COMMAND_INVALID"),
        ("x" * 33, "Talk", 1, "BOT_COMMAND_INVALID"),
        ("chat", "", 1, "BOT_COMMAND_DESCRIPTION_INVALID"),
        ("chat", "x" * 257, 1, "BOT_COMMAND_DESCRIPTION_INVALID"),
        ("chat", "Talk", 101, "BOT_COMMANDS_TOO_MUCH"),
    ],
)
async def test_menus_that_are_refused(pair: Pair, name: str, description: str, count: int, words: str) -> None:
    await refused(pair[1].set_my_commands([(name, description)] * count), words)


async def test_a_menu_is_the_narrowest_that_is_set_in_ones_language_first(pair: Pair) -> None:
    sim, bot = pair

    def names(chat: int, user: str = "alice") -> list[str]:
        return [each["command"] for each in sim.menu(getattr(sim, user), chat)]

    assert names(sim.alice.id) == []
    await bot.set_my_commands([("default", "x")])
    await bot.set_my_commands([("english", "x")], language_code="en")
    await bot.set_my_commands([("groups", "x")], scope=BotCommandScopeAllGroupChats())
    await bot.set_my_commands([("admins", "x")], scope=BotCommandScopeAllChatAdministrators())
    member = BotCommandScopeChatMember(sim.group.id, sim.bob.id)
    await bot.set_my_commands([("bobs", "x")], scope=member)
    assert names(sim.alice.id) == ["english"]
    assert names(sim.group.id) == ["groups"]
    assert names(sim.group.id, "admin") == ["admins"]
    assert names(sim.group.id, "bob") == ["bobs"]
    await bot.delete_my_commands(scope=member)
    assert names(sim.group.id, "bob") == ["groups"]


async def test_scopes_and_languages_that_are_refused(pair: Pair) -> None:
    sim, bot = pair
    await refused(bot.set_my_commands([("chat", "x")], scope=BotCommandScopeChat(99)), "chat not found")
    await refused(bot.set_my_commands([("chat", "x")], language_code="eng"), "invalid language code")
    answer = await raw(sim, "setMyCommands", commands=[], scope={"type": "everybody"})
    assert "unsupported type" in answer["description"]
