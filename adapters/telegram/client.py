"""The adapter: logs in, takes updates in, hands questions to the dispatcher, each with the place for its answer."""

import asyncio
import logging
import re
from collections.abc import Sequence
from datetime import UTC, datetime

from telegram import Bot, Update

from adapters.adapter import Dispatcher
from adapters.telegram.config import TelegramConfig
from adapters.telegram.errands import Errands
from adapters.telegram.events import PLATFORM, Us, event_of
from adapters.telegram.gate import Gate
from adapters.telegram.menu import keep_menu
from adapters.telegram.pace import Pace
from adapters.telegram.place import place_of
from adapters.telegram.polling import BAD_TOKEN, Polling
from adapters.telegram.request import UNREADABLE, Request, UpdatesRequest, quieten
from adapters.telegram.surface import TelegramSurface
from adapters.telegram.writing import Writer
from bot.commands.command import Command
from bot.errors import Misconfigured, Unavailable
from bot.events import Event, Question
from bot.replies import Reply
from bot.settings import Settings

TOKEN = re.compile(r"[A-Za-z0-9:_-]+")  # what can stand in an address; whether it is one, Telegram says
HOLD_SECONDS = (0.5, 10.0)  # first and longest pause before an event is offered again that could not be stored

log = logging.getLogger(__name__)


class TelegramAdapter:
    def __init__(self, config: TelegramConfig, token: str, commands: Sequence[Command], settings: Settings) -> None:
        quieten()
        self._config = config
        self._token_fits = TOKEN.fullmatch(token) is not None
        self._commands = commands
        self._settings = settings
        self._requests = (Request(), UpdatesRequest(connections=2))
        self._bot = Bot(token or "missing", config.api_url, config.file_url, *self._requests)
        gate = Gate(Pace(config.private_edit_seconds, config.group_edit_seconds))
        self._writer = Writer(self._bot, gate)
        self._errands = Errands(self._writer)
        self._polling = Polling(self._bot, config.poll_seconds, config.api_url)

    async def run(self, dispatcher: Dispatcher) -> None:
        if not self._token_fits:
            raise Misconfigured(BAD_TOKEN)
        await self._polling.log_in()
        us = self._us()
        log.info("signed in to Telegram as @%s", us.username)
        self._errands.run("menu", keep_menu(self._bot, self._commands, self._settings))
        await dispatcher.resume(PLATFORM, str(us.id), self.revive)
        await self._polling.run(lambda update: self._take(update, us, dispatcher))

    async def close(self) -> None:
        await self._errands.close()
        for request in self._requests:
            await request.shutdown()

    def revive(self, question: Question) -> TelegramSurface:
        place = place_of(question.handle or question.event.handle)
        return TelegramSurface(self._writer, place, question.event.author, question.id)

    def _us(self) -> Us:
        bots = frozenset(name.lower().removeprefix("@") for name in self._config.answer_bots)
        return Us(self._bot.id, self._bot.username, frozenset(each.name for each in self._commands), bots)

    async def _take(self, update: Update, us: Us, dispatcher: Dispatcher) -> None:
        """Returns when the update may be confirmed."""
        event = _read(update, us)
        accepted = await _accepted(event, dispatcher) if event else None
        query = update.callback_query
        if query and query.message:
            notice = accepted.body if isinstance(accepted, Reply) else ""
            self._errands.answer_press(query.id, query.message.chat.id, str(notice))
        if event is None:
            return
        place = place_of(event.handle)
        if isinstance(accepted, Question):
            surface = TelegramSurface(self._writer, place, event.author, accepted.id)
            self._errands.typing(place, surface.begun)
            dispatcher.answer(accepted, surface)
        elif isinstance(accepted, Reply) and not query:
            self._errands.tell(place, event.author, str(accepted.body))


def _read(update: Update, us: Us) -> Event | None:
    try:
        return event_of(update, us, datetime.now(UTC))
    except UNREADABLE:  # one update must never stop all others
        log.exception("update %d cannot be read: passed over", update.update_id)
        return None


async def _accepted(event: Event, dispatcher: Dispatcher) -> Question | Reply | None:
    """Offer an event until it can be stored: everything behind it waits with Telegram, in order."""
    pause, longest = HOLD_SECONDS
    while True:
        try:
            return await dispatcher.accept(event)
        except Unavailable as trouble:
            log.warning("updates wait with Telegram: %s", trouble.detail or trouble.message)
        await asyncio.sleep(pause)
        pause = min(pause * 2, longest)


ADAPTER = TelegramAdapter
