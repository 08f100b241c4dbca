"""Where no mention is needed: the homes that an admin chose (`/here on`), and the threads that the bot opened.

People who talk to each other there are left alone: a message that mentions or answers somebody else is theirs, one that
begins like a command of another bot is that bot's. Whoever mentions the bot is heard all the same (`events.py`).
"""

import asyncio
import logging
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import discord

from adapters.discord.events import PLATFORM, chat_of
from bot.errors import Unavailable
from bot.events import Chat
from bot.settings import Settings, home_setting, is_home, of_space

FRESH_SECONDS = 0.2  # for which a look into the settings is good: every message of every server asks
TOLD = "discord.unheard|"  # a setting: when it was last said in this channel or thread that it can't be heard
TOLD_DAYS = 7
OTHER_COMMAND = re.compile(r"[!?.$%&;+=/\\~]{1,2}[a-z][\w-]*(\s|$)")  # "!play", "?rank": the usual signs of bots

log = logging.getLogger(__name__)


class Homes:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._known: dict[str, dict[str, str]] = {}  # scope -> setting -> value
        self._until = float("-inf")
        self._looking = asyncio.Lock()
        self._telling: set[tuple[str, str]] = set()

    async def includes(self, message: discord.Message, bot: discord.abc.User) -> bool:
        """Whether this is for the bot although nothing in it says so."""
        if message.guild is None or message.author.id == bot.id or _wordless(message) or _of_others(message, bot):
            return False
        chat = chat_of(message.channel)
        here = await self._of(of_space(PLATFORM, chat.space))
        return is_home(here, chat) or (own_thread(message, bot) and not _sent_away(here, chat))

    async def may_tell(self, chat: Chat) -> bool:
        """Whether it is time to say in this place what the bot can't hear there: it is said once in `TOLD_DAYS`."""
        scope, name, now = of_space(PLATFORM, chat.space), f"{TOLD}{chat.thread or chat.id}", datetime.now(UTC)
        if (scope, name) in self._telling:
            return False
        self._telling.add((scope, name))
        try:
            before = await self._settings.read(scope, name)
            due = not before or datetime.fromisoformat(before) < now - timedelta(days=TOLD_DAYS)
            if due:
                await self._settings.write(scope, name, now.isoformat(timespec="seconds"))
            return due
        except Unavailable:
            return False
        finally:
            self._telling.discard((scope, name))

    async def _of(self, scope: str) -> Mapping[str, str]:
        now = asyncio.get_running_loop().time()
        async with self._looking:
            if now >= self._until:
                self._until = now + FRESH_SECONDS
                await self._look()
        return self._known.get(scope, {})

    async def _look(self) -> None:
        try:
            found = await self._settings.beginning(home_setting(""))
        except Unavailable as trouble:
            log.warning("which channels are homes could not be read: %s", trouble.message)
            return
        self._known = {}
        for scope, name, value in found:
            self._known.setdefault(scope, {})[name] = value


def own_thread(message: discord.Message, bot: discord.abc.User) -> bool:
    return isinstance(message.channel, discord.Thread) and message.channel.owner_id == bot.id


def _sent_away(here: Mapping[str, str], chat: Chat) -> bool:
    """Whether somebody has said `/here off` in this thread."""
    return here.get(home_setting(chat.thread)) == "no"


def _wordless(message: discord.Message) -> bool:
    """A sticker or a poll, of which there is nothing to say."""
    said = message.content or message.attachments or message.message_snapshots
    return not said and bool(message.stickers or message.poll)


def _of_others(message: discord.Message, bot: discord.abc.User) -> bool:
    named = [each for each in message.mentions if each.id != bot.id]
    to_many = message.mention_everyone or message.role_mentions
    return bool(named or to_many or _answers_somebody(message, bot) or OTHER_COMMAND.match(message.content))


def _answers_somebody(message: discord.Message, bot: discord.abc.User) -> bool:
    if message.type is not discord.MessageType.reply or message.reference is None:
        return False
    original = message.reference.resolved
    return not (isinstance(original, discord.Message) and original.author.id == bot.id)
