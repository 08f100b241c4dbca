"""Has Telegram post what happens to an address of ours, and answers 200 only when it is stored.

What was posted in vain Telegram posts again, for 24 hours, and waits as long as a 503 says (tdlib/telegram-bot-api,
WebhookActor.cpp, read 2026-11-20). The secret with which it shows that it is Telegram is made of the token: the same
after a restart and in every process, so that none refuses what another one asked for, and it stands in no file.
"""

import asyncio
import hashlib
import hmac
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from math import ceil

from telegram import Update, WebhookInfo
from telegram.error import TelegramError

from adapters.adapter import Hook, Taken
from adapters.telegram.config import TelegramConfig
from adapters.telegram.failures import describe, trouble_of
from adapters.telegram.line import Line
from adapters.telegram.patience import patiently
from adapters.telegram.polling import KINDS
from adapters.telegram.request import id_of, readable
from bot.errors import Misconfigured, Unavailable
from bot.settings import INSTANCE, Settings

SETTING = "telegram.webhook_url"
HEADER = "X-Telegram-Bot-Api-Secret-Token"
LARGEST = 2**20  # bytes of an update; a message of Telegram is a small part of that
CONNECTIONS = 40  # posts at a time, each from another chat
AGAIN_SECONDS = 2  # when to post again what could not be stored
FULL_SECONDS = 10  # the same for what is not taken because too much waits here already
LOOK_SECONDS = 30.0  # between two looks at how Telegram fares with posting

REFUSED = (
    "Telegram refuses telegram.webhook_url ({words}). It has to be a public https address on port 443, 80, 88 or 8443 "
    "with a certificate that it can check; docs/telegram.md shows a reverse proxy for it."
)

log = logging.getLogger(__name__)

Post = Callable[[Update, str], Awaitable[None]]


def secret_of(token: str, url: str) -> str:
    """64 characters that only who has the token can make, and from which nobody makes the token."""
    return hmac.new(token.encode(), f"parley webhook {url}".encode(), hashlib.sha256).hexdigest()


class Webhook:
    """`look_seconds`: see LOOK_SECONDS."""

    def __init__(
        self, line: Line, token: str, config: TelegramConfig, settings: Settings, look_seconds: float = LOOK_SECONDS
    ) -> None:
        self._line = line
        self._bot = line.bot
        self._settings = settings
        self._url = config.webhook_url
        self._secret = secret_of(token, self._url)
        self._look_seconds = look_seconds
        self.stands = asyncio.Event()  # Telegram took it
        self._post: Post | None = None  # None: not yet, or not any more
        self._full: Callable[[], bool] = lambda: False
        self.hook = Hook(SETTING, config.webhook_path, LARGEST, self._admits, self._take)

    async def run(self, post: Post, full: Callable[[], bool]) -> None:
        """Until cancelled: `post` is given each update, and raises `Unavailable` where it cannot be stored.

        While the house is `full`, messages stay with Telegram; what is pressed is let in. Raises `Misconfigured` where
        Telegram refuses the address or the token.
        """
        self._post, self._full = post, full
        try:
            await self._set()
            while True:
                await asyncio.sleep(self._look_seconds)
                await self._look()
        finally:
            self._post = None

    async def withdraw(self) -> None:
        """Before polling: remove the webhook that we set in an earlier life, and no other. What waits with Telegram
        stays. Returns when that is done. Raises `Misconfigured` where the token is refused.
        """
        while ours := await patiently(lambda: self._settings.read(INSTANCE, self._name)):
            try:
                if (await self._bot.get_webhook_info()).url == ours:
                    await self._bot.delete_webhook()
                    log.info("telegram.webhook_url is empty now: the webhook was removed")
                await patiently(lambda: self._settings.write(INSTANCE, self._name, ""))
                return
            except TelegramError as error:
                await self._line.rest(error)

    @property
    def _name(self) -> str:
        return f"telegram.webhook.{self._bot.id}"

    def _admits(self, headers: Mapping[str, str]) -> bool:
        return hmac.compare_digest(headers.get(HEADER, "").encode("utf-8", "surrogateescape"), self._secret.encode())

    async def _take(self, body: bytes) -> Taken:
        try:
            posted = body.decode()
            raw = json.loads(posted)
        except (ValueError, RecursionError):
            return Taken(400)
        if id_of(raw) is None:
            return Taken(400)
        if self._post is None:
            return Taken(503, AGAIN_SECONDS)
        update = Update.de_json(readable(raw), self._bot)
        if update.message is not None and self._full():
            return Taken(503, FULL_SECONDS)
        try:
            await self._post(update, posted)
        except Unavailable as trouble:
            log.warning("an update waits with Telegram: %s", trouble.detail or trouble.message)
            return Taken(503, ceil(trouble.retry_after or AGAIN_SECONDS))
        return Taken(200)

    async def _set(self) -> None:
        """The same each time: what waits with Telegram stays, and is posted."""
        await patiently(lambda: self._settings.write(INSTANCE, self._name, self._url))
        while True:
            try:
                await self._bot.set_webhook(
                    self._url, max_connections=CONNECTIONS, allowed_updates=KINDS, secret_token=self._secret
                )
                self._line.well()
                self.stands.set()
                log.info("Telegram posts what happens to telegram.webhook_url")
                return
            except TelegramError as error:
                if trouble_of(error) == "refused" and "resolve" not in error.message.lower():
                    raise Misconfigured(REFUSED.format(words=describe(error))) from error
                await self._line.rest(error)

    async def _look(self) -> None:
        try:
            info = await self._bot.get_webhook_info()
        except TelegramError as error:
            await self._line.rest(error)
            return
        trouble = self._trouble(info)
        if trouble and trouble != self._line.trouble:
            log.error(trouble)
        self._line.unwell(trouble) if trouble else self._line.well()

    def _trouble(self, info: WebhookInfo) -> str:
        if info.url != self._url:
            return (
                "Telegram does not post to telegram.webhook_url any more: somebody removed or changed the webhook. "
                "Start Parley again to set it."
            )
        late = info.last_error_date and (datetime.now(UTC) - info.last_error_date).total_seconds() < 2 * LOOK_SECONDS
        if info.pending_update_count and late:
            return f"Telegram cannot post to telegram.webhook_url: {info.last_error_message}"
        return ""
