"""What is said in the log when the bot has started: what is wrong, in the words of `python -m bot check`."""

import logging

import aiohttp

from adapters.looking import Look
from adapters.telegram.config import TelegramConfig
from adapters.telegram.diagnosis import diagnose
from bot.finding import Clocks, Place
from bot.settings import HOME, Settings

log = logging.getLogger(__name__)


async def say_what_is_wrong(config: TelegramConfig, token: str, settings: Settings, platform: str) -> None:
    """Once. Raises `Unavailable` where the database is away."""
    async with aiohttp.ClientSession(trust_env=False) as session:
        look = Look(session, Clocks(), await _homes(settings, platform))
        found = await diagnose(config, token, look)
        if not any(finding.mark == "fine" for finding in found):
            return  # Telegram could not be asked this way, a proxy may be in between; the bot itself signed in
        for finding in found:
            if finding.mark == "mend":
                log.warning(finding.text)
            elif finding.mark == "note":
                log.info(finding.text)


async def _homes(settings: Settings, platform: str) -> list[Place]:
    scopes = f"space:{platform}:"
    rows = await settings.beginning(HOME)
    chats = {scope.removeprefix(scopes) for scope, _, value in rows if scope.startswith(scopes) and value == "yes"}
    return [Place(platform, chat, home=True) for chat in sorted(chats)]
