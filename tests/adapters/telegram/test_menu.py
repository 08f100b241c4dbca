"""Who sees which menu of commands, and when one counts as changed."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Annotated

from telegram import Bot

from adapters.telegram.menu import Keeper, Whose, hash_of, menus_of
from bot.commands.command import About, Command, command
from bot.replies import Reply
from simulators.simulator import Fault
from simulators.telegram import TelegramSimulator
from tests.fakes import Settings
from tests.polling import until

MENUS, DROPS = r"/setMyCommands$", r"/deleteMyCommands$"


@command()
async def chat(call: object, text: Annotated[str, About("What to say")]) -> Reply:
    """Talk to the model."""
    return Reply(text)


@command(private=True)
async def mine(call: object) -> Reply:
    """Only for you."""
    return Reply("")


@command(role="admin")
async def govern(call: object) -> Reply:
    """For those in charge."""
    return Reply("")


@command(role="owner")
async def secret(call: object) -> Reply:
    """Not for everybody."""
    return Reply("")


ALL = [chat, mine, govern, secret, replace(chat, name="candidate", hidden=True)]


def names(commands: Sequence[Command], *owners: str) -> dict[str, list[str]]:
    menus = menus_of(commands, owners)
    return {"/".join(whose).rstrip("/"): [each.command for each in menu] for whose, menu in menus.items()}


def test_each_sees_what_is_for_them() -> None:
    assert names(ALL, "7", "a name is no private chat") == {
        "default": ["chat", "mine"],
        "all_group_chats": ["chat", "mine"],
        "all_chat_administrators": ["chat", "mine", "govern"],
        "chat:7": ["chat", "mine", "govern", "secret"],
    }


def test_in_groups_alone_private_commands_are_ephemeral() -> None:
    menus = {whose.scope: menu for whose, menu in menus_of(ALL, "7").items()}
    silent = {scope: [each.command for each in menu if each.api_kwargs] for scope, menu in menus.items()}
    assert silent == {"default": [], "all_group_chats": ["mine"], "all_chat_administrators": ["mine"], "chat:7": []}
    assert menus["all_group_chats"][1].to_dict()["is_ephemeral"] is True


def test_a_menu_holds_a_hundred_commands() -> None:
    many = [replace(chat, name=f"chat{number}") for number in range(120)]
    assert {len(menu) for menu in names(many).values()} == {100}


def test_a_language_has_a_menu_where_a_command_has_a_summary_in_it() -> None:
    menus = menus_of([replace(chat, summaries={"de": "Mit dem Modell reden."}), mine], ())
    german = menus[Whose("default", "de")]
    assert [(each.command, each.description) for each in german] == [
        ("chat", "Mit dem Modell reden."),
        ("mine", "Only for you."),
    ]
    assert menus[Whose("default")][0].description == "Talk to the model."
    assert {whose.language for whose in menus_of([chat, mine], ())} == {""}


def test_the_hash_changes_with_names_summaries_and_order() -> None:
    new = replace(chat, name="new")
    menus = [[chat], [new], [replace(chat, summary="Other.")], [chat, new], [new, chat]]
    assert len({hash_of(menus_of(menu, ())[Whose("default")]) for menu in menus}) == len(menus)
    same = [menus_of([each], ())[Whose("default")] for each in (chat, replace(chat, example="/chat x"))]
    assert hash_of(same[0]) == hash_of(same[1])


@asynccontextmanager
async def kept(
    sim: TelegramSimulator, settings: Settings, commands: Sequence[Command], owners: Sequence[str]
) -> AsyncIterator[None]:
    async with Bot(sim.token, sim.api_url) as bot:
        keeping = asyncio.create_task(Keeper(bot, settings).keep(commands, lambda: owners, look_seconds=0.02))
        try:
            yield
        finally:
            keeping.cancel()
            await asyncio.wait({keeping})


def stored(settings: Settings) -> set[str]:
    return set(json.loads(next(iter(settings.values.values()), "{}")))


async def test_only_what_changed_is_sent_and_owners_come_and_go(sim: TelegramSimulator) -> None:
    settings, owners = Settings(), [str(sim.alice.id)]
    sim.private(sim.alice).started = True
    async with kept(sim, settings, ALL, owners):
        await until(lambda: len(stored(settings)) == 4)
        assert [each["command"] for each in sim.menu(sim.alice, sim.private(sim.alice))][-1] == "secret"
        assert [each["command"] for each in sim.menu(sim.bob, sim.private(sim.bob))] == ["chat", "mine"]
        assert [each["command"] for each in sim.menu(sim.bob, sim.group)] == ["chat", "mine"]
        assert [each["command"] for each in sim.menu(sim.admin, sim.group)] == ["chat", "mine", "govern"]
        owners[:] = []
        await until(lambda: len(stored(settings)) == 3)
        assert [each["command"] for each in sim.menu(sim.alice, sim.private(sim.alice))] == ["chat", "mine"]
    assert (len(sim.seen(MENUS)), len(sim.seen(DROPS))) == (4, 1)
    async with kept(sim, settings, [replace(chat, summary="Another."), *ALL[1:]], owners):
        await until(lambda: len(sim.seen(MENUS)) == 7)
    assert sim.menus["default", ""][0]["description"] == "Another."


async def test_an_owner_without_a_private_chat_keeps_nobody_from_a_menu(sim: TelegramSimulator) -> None:
    settings = Settings()
    async with kept(sim, settings, ALL, ["424242"]):
        await until(lambda: len(stored(settings)) == 3)
    assert "chat:424242" not in " ".join(stored(settings))


async def test_a_menu_that_is_refused_for_now_is_sent_later(sim: TelegramSimulator) -> None:
    settings = Settings()
    sim.faults.append(Fault(MENUS, "status", status=500, body=b"{}"))
    async with kept(sim, settings, ALL, ()):
        await until(lambda: len(stored(settings)) == 3)
