"""The line to Telegram: signing in, and resting while it is down."""

import asyncio
import logging
import random

from telegram import Bot
from telegram.error import TelegramError

from adapters.telegram.failures import describe, retry_after, trouble_of
from bot.errors import Misconfigured

BAD_TOKEN = "Telegram refuses TELEGRAM_TOKEN. Copy it anew from @BotFather (/mybots, your bot, API Token)."  # noqa: S105

log = logging.getLogger(__name__)


class Backoff:
    """Pauses that grow, with jitter, and one log line for a whole outage."""

    def __init__(self, first: float = 0.5, longest: float = 30.0) -> None:
        self._first = self._next = first
        self._longest = longest
        self._troubled = False

    async def rest(self, error: TelegramError) -> None:
        if not self._troubled:
            log.warning("Telegram does not answer (%s): trying again until it does", describe(error))
        self._troubled = True
        jitter = random.uniform(0.5, 1.0)  # noqa: S311 - it protects nothing
        pause = max(self._next * jitter, retry_after(error) or 0.0)
        self._next = min(self._next * 2, self._longest)
        await asyncio.sleep(pause)

    def over(self) -> None:
        if self._troubled:
            log.info("Telegram answers again")
        self._next, self._troubled = self._first, False


class Line:
    def __init__(self, bot: Bot) -> None:
        self.bot = bot
        self.trouble = "It has not signed in to Telegram yet."  # "" while updates come
        self._backoff = Backoff()

    async def log_in(self) -> None:
        """Learn who we are. Raises `Misconfigured` where the token is refused."""
        while True:
            try:
                await self.bot.initialize()
                self.well()
                return
            except TelegramError as error:
                await self.rest(error)

    def well(self) -> None:
        self._backoff.over()
        self.trouble = ""

    def unwell(self, trouble: str) -> None:
        """Telegram answers, and yet no updates come."""
        self._backoff.over()
        self.trouble = trouble

    async def rest(self, error: TelegramError) -> None:
        """Raises `Misconfigured` where the token is refused."""
        if trouble_of(error) == "login":
            raise Misconfigured(BAD_TOKEN) from None  # the library's words may quote the token
        self.trouble = "Telegram does not answer."
        await self._backoff.rest(error)
