"""Takes updates in by long polling. The offset moves only when everything that was received is stored.

So nothing is lost: what was not confirmed comes again, to this process or to the next (Telegram keeps it for 24 h).
What an update means is the concern of `events`, which of them belong together that of `pasting`.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from telegram import Update
from telegram.error import TelegramError

from adapters.telegram.failures import trouble_of
from adapters.telegram.line import Line
from adapters.telegram.pasting import Bundle, Intake
from bot.errors import Misconfigured

KINDS = (
    "message", "edited_message", "callback_query", "inline_query", "chosen_inline_result", "guest_message",
    "stopped_message_generation",
)  # fmt: skip
PILED_UP = 3  # looks in a row at which updates wait: nobody receives them any more
AGAIN_SECONDS = 0.2  # between two requests while the rest of a paste may come
LOOK_SECONDS = 2.0
WEBHOOK_SECONDS = 60.0  # how long a webhook may stand in the way

WEBHOOK = (
    "A webhook is set for this bot, so Telegram sends its updates there and not to us. If nothing else uses this bot, "
    "remove the webhook: curl {api_url}$TELEGRAM_TOKEN/deleteWebhook"
)

log = logging.getLogger(__name__)


class Polling:
    """`look_seconds`: between two looks while somebody else receives the updates."""

    def __init__(
        self,
        line: Line,
        seconds: int,
        api_url: str,
        look_seconds: float = LOOK_SECONDS,
        webhook_seconds: float = WEBHOOK_SECONDS,
    ) -> None:
        self._line = line
        self._bot = line.bot
        self._seconds = seconds
        self._webhook = WEBHOOK.format(api_url=api_url)
        self._look_seconds = look_seconds
        self._webhook_seconds = webhook_seconds

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
                await self._line.rest(error)
            return ()
        self._line.well()
        return updates

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
                await self._line.rest(error)
                continue
            self._line.unwell("Telegram sends this bot's updates to somebody else.")
            if info.url:
                if not webhook_since:
                    log.error(self._webhook)
                webhook_since = webhook_since or loop.time()
                if loop.time() - webhook_since >= self._webhook_seconds:
                    raise Misconfigured(self._webhook)
            piled_up = piled_up + 1 if info.pending_update_count and not info.url else 0
            await asyncio.sleep(self._look_seconds)
        log.warning("nobody takes this bot's updates any more: taking over")
