"""Takes updates in by long polling. The offset moves only when everything that was received is stored.

So nothing is lost: what was not confirmed comes again, to this process or to the next (Telegram keeps it for 24 h).
What an update means is the concern of `events`, which of them belong together that of `pasting`.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Sequence

from telegram import Bot, Update
from telegram.error import TelegramError

from adapters.telegram.failures import describe, retry_after, trouble_of
from adapters.telegram.pasting import Bundle, Intake
from bot.errors import Misconfigured

KINDS = ("message", "callback_query")
PILED_UP = 3  # looks in a row at which updates wait: nobody receives them any more
AGAIN_SECONDS = 0.2  # between two requests while the rest of a paste may come
WEBHOOK_SECONDS = 60.0  # how long a webhook may stand in the way

BAD_TOKEN = "Telegram refuses TELEGRAM_TOKEN. Copy it anew from @BotFather (/mybots, your bot, API Token)."  # noqa: S105
WEBHOOK = (
    "A webhook is set for this bot, so Telegram sends its updates there and not to us. If nothing else uses this bot, "
    "remove the webhook: curl {api_url}$TELEGRAM_TOKEN/deleteWebhook"
)

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


class Polling:
    """`look_seconds`: between two looks while somebody else receives the updates."""

    def __init__(
        self, bot: Bot, seconds: int, api_url: str, look_seconds: float = 2.0, webhook_seconds: float = WEBHOOK_SECONDS
    ) -> None:
        self._bot = bot
        self._seconds = seconds
        self._webhook = WEBHOOK.format(api_url=api_url)
        self._look_seconds = look_seconds
        self._webhook_seconds = webhook_seconds
        self._backoff = Backoff()
        self.trouble = "It has not signed in to Telegram yet."  # "" while updates come

    async def log_in(self) -> None:
        """Learn who we are. Raises `Misconfigured` where the token is refused."""
        while True:
            try:
                await self._bot.initialize()
                self._well()
                return
            except TelegramError as error:
                await self._rest(error)

    async def run(self, take: Callable[[Bundle], Awaitable[None]], intake: Intake) -> None:
        """Hand over what comes, oldest first; what `take` has returned from is done with.

        Runs until cancelled. Raises `Misconfigured`.
        """
        loop = asyncio.get_running_loop()
        while True:
            intake.receive(await self._receive(intake), loop.time())
            for bundle in intake.ready(loop.time()):
                await take(bundle)
                intake.done(bundle)
            if intake.waits:
                await asyncio.sleep(AGAIN_SECONDS)

    async def _receive(self, intake: Intake) -> Sequence[Update]:
        """What was not confirmed comes at once: while a paste may go on, there is nothing to wait for."""
        timeout = 0 if intake.waits else self._seconds
        try:
            updates = await self._bot.get_updates(intake.offset, timeout=timeout, allowed_updates=KINDS)
        except TelegramError as error:
            if trouble_of(error) == "conflict":
                await self._stand_by()
            else:
                await self._rest(error)
            return ()
        self._well()
        return updates

    def _well(self) -> None:
        self._backoff.over()
        self.trouble = ""

    async def _rest(self, error: TelegramError) -> None:
        if trouble_of(error) == "login":
            raise Misconfigured(BAD_TOKEN) from None  # the library's words may quote the token
        self.trouble = "Telegram does not answer."
        await self._backoff.rest(error)

    async def _stand_by(self) -> None:
        """Somebody else receives our updates. Asking again would take them away from there, so only look: when they
        pile up, nobody receives them any more. A webhook has to be removed by a person.
        """
        log.warning("Telegram sends this bot's updates to somebody else (409): standing by until nobody takes them")
        piled_up, webhook_since = 0, 0.0
        loop = asyncio.get_running_loop()
        while piled_up < PILED_UP:
            try:
                info = await self._bot.get_webhook_info()
            except TelegramError as error:
                await self._rest(error)
                continue
            self._backoff.over()
            self.trouble = "Telegram sends this bot's updates to somebody else."
            if info.url:
                if not webhook_since:
                    log.error(self._webhook)
                webhook_since = webhook_since or loop.time()
                if loop.time() - webhook_since >= self._webhook_seconds:
                    raise Misconfigured(self._webhook)
            piled_up = piled_up + 1 if info.pending_update_count and not info.url else 0
            await asyncio.sleep(self._look_seconds)
        log.warning("nobody takes this bot's updates any more: taking over")
