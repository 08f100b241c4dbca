"""The menus of commands that Telegram's clients show, by who looks and where: sent only when they changed.

Scopes are what is displayed, not who may (Bot API 10.1, read 2026-11-29). In groups private commands are ephemeral, so
that nobody else sees them (`whispers`; older servers ignore the word); those in charge of a group see the commands for
them as well, owners see all in their private chat.
A language has a menu of its own where a command has a summary in it; everybody else sees the one without a language.
"""

import asyncio
import hashlib
import json
import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from telegram import (
    Bot,
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeChat,
    BotCommandScopeDefault,
)
from telegram.error import TelegramError

from adapters.telegram.failures import describe, retry_after, trouble_of
from bot.commands.command import Command
from bot.errors import Unavailable
from bot.settings import INSTANCE, Settings

MOST = 100  # commands of a menu
LOOK_SECONDS = 60.0  # between two looks whether owners have come or gone
MOST_SECONDS = 3600.0
EVERYBODY = ("stranger", "anyone")
GROUPS = ("all_group_chats", "all_chat_administrators")

log = logging.getLogger(__name__)

Menus = Mapping["Whose", Sequence[BotCommand]]


class Whose(NamedTuple):
    scope: str  # of Telegram's; "chat:7" is one private chat
    language: str = ""  # two letters; "": everybody for whom there is no menu in their language

    @property
    def of_telegram(self) -> BotCommandScope:
        kind, _, chat = self.scope.partition(":")
        if kind == "chat":
            return BotCommandScopeChat(int(chat))
        return {
            "all_group_chats": BotCommandScopeAllGroupChats,
            "all_chat_administrators": BotCommandScopeAllChatAdministrators,
        }.get(kind, BotCommandScopeDefault)()


def menus_of(commands: Sequence[Command], owners: Collection[str]) -> Menus:
    """All menus. `owners` are accounts, each of which has a private chat of the same id."""
    shown = [each for each in commands if not each.hidden]
    everybody = [each for each in shown if each.role in EVERYBODY]
    scopes = {
        "default": everybody,
        "all_group_chats": everybody,
        "all_chat_administrators": [each for each in shown if each in everybody or each.role == "admin"],
        **{f"chat:{owner}": shown for owner in sorted(owners) if owner.isdecimal()},
    }
    return dict(menu for scope, those in scopes.items() for menu in _in_each_language(scope, those))


def hash_of(menu: Sequence[BotCommand]) -> str:
    entries = [(each.command, each.description, *sorted(each.api_kwargs)) for each in menu]
    return hashlib.sha256(json.dumps(entries).encode()).hexdigest()


class Keeper:
    """Sends what changed; what stands with Telegram is kept in the settings, by scope and language."""

    def __init__(self, bot: Bot, settings: Settings) -> None:
        self._bot = bot
        self._settings = settings
        self._name = f"telegram.menus.{bot.id}"

    async def keep(
        self, commands: Sequence[Command], owners: Callable[[], Collection[str]], look_seconds: float = LOOK_SECONDS
    ) -> None:
        """Until cancelled, and never in the way of anything."""
        pause = look_seconds
        while True:
            try:
                await self._send(menus_of(commands, owners()))
                pause = look_seconds
            except Unavailable as trouble:
                log.warning("the menus of commands wait: %s", trouble.detail or trouble.message)
            except TelegramError as error:
                pause = max(min(2 * pause, MOST_SECONDS), retry_after(error) or 0.0)
                log.warning("the menus of commands wait: %s", describe(error))
            await asyncio.sleep(pause)

    async def _send(self, menus: Menus) -> None:
        known: dict[str, str] = json.loads(await self._settings.read(INSTANCE, self._name) or "{}")
        before = dict(known)
        for whose, menu in menus.items():
            name = "/".join(whose)
            if known.get(name) != hash_of(menu) and await self._set(whose, menu):
                known[name] = hash_of(menu)
        for name in known.keys() - {"/".join(whose) for whose in menus}:
            scope, _, language = name.rpartition("/")
            await self._drop(Whose(scope, language))
            del known[name]
        if known != before:
            await self._settings.write(INSTANCE, self._name, json.dumps(known))
            log.info("the menus of commands were sent to Telegram")

    async def _set(self, whose: Whose, menu: Sequence[BotCommand]) -> bool:
        """False: not now. An owner may not have opened the private chat."""
        try:
            await self._bot.set_my_commands(menu, whose.of_telegram, whose.language or None)
        except TelegramError as error:
            if whose.scope.startswith("chat:") and trouble_of(error) in ("refused", "unreachable"):
                return False
            raise
        return True

    async def _drop(self, whose: Whose) -> None:
        try:
            await self._bot.delete_my_commands(whose.of_telegram, whose.language or None)
        except TelegramError as error:
            if trouble_of(error) not in ("refused", "unreachable"):
                raise


def _entry(command: Command, language: str, group: bool) -> BotCommand:
    silent = {"is_ephemeral": True} if group and command.private else None  # Bot API 10.2
    return BotCommand(command.name, command.summaries.get(language, command.summary), api_kwargs=silent)


def _in_each_language(scope: str, commands: Sequence[Command]) -> Iterator[tuple[Whose, Sequence[BotCommand]]]:
    languages = {language for each in commands for language in each.summaries}
    for language in ("", *sorted(languages)):
        menu = [_entry(each, language, scope in GROUPS) for each in commands]
        yield Whose(scope, language), menu[:MOST]
