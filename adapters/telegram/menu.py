"""The menu of commands that Telegram's clients show: sent only when it changed, and never in the way of anything."""

import asyncio
import hashlib
import json
import logging
from collections.abc import Sequence

from telegram import Bot, BotCommand
from telegram.error import TelegramError

from adapters.telegram.failures import describe, retry_after
from bot.commands.command import Command
from bot.errors import Unavailable
from bot.settings import INSTANCE, Settings

AGAIN_SECONDS = 60.0
MOST_SECONDS = 3600.0

log = logging.getLogger(__name__)


def menu_of(commands: Sequence[Command]) -> list[BotCommand]:
    """What everybody may use; Telegram allows 100 of them."""
    return [
        BotCommand(each.name, each.summary)
        for each in commands
        if each.role in ("stranger", "anyone") and not each.hidden
    ][:100]


def hash_of(menu: Sequence[BotCommand]) -> str:
    entries = [(each.command, each.description) for each in menu]
    return hashlib.sha256(json.dumps(entries).encode()).hexdigest()


async def keep_menu(bot: Bot, commands: Sequence[Command], settings: Settings) -> None:
    """Returns when the menu stands; tries for as long as it takes."""
    menu = menu_of(commands)
    name = f"telegram.menu.{bot.id}"
    pause = AGAIN_SECONDS
    while True:
        try:
            if await settings.read(INSTANCE, name) != hash_of(menu):
                await bot.set_my_commands(menu)
                await settings.write(INSTANCE, name, hash_of(menu))
                log.info("the menu of commands was sent to Telegram")
            return
        except Unavailable as trouble:
            log.warning("the menu of commands waits: %s", trouble.detail or trouble.message)
        except TelegramError as error:
            pause = max(pause, retry_after(error) or 0.0)
            log.warning("the menu of commands waits: %s", describe(error))
        await asyncio.sleep(pause)
        pause = min(pause * 2, MOST_SECONDS)
