"""The adapter: logs in, takes updates in, hands questions to the dispatcher, each with the place for its answer."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from telegram import Bot

from adapters.adapter import Dispatcher
from adapters.telegram.config import TelegramConfig
from adapters.telegram.context import Us
from adapters.telegram.ends import Ends
from adapters.telegram.errands import Errands
from adapters.telegram.events import PLATFORM, event_of
from adapters.telegram.gate import Gate
from adapters.telegram.menu import keep_menu
from adapters.telegram.pace import Pace
from adapters.telegram.pasting import Bundle, Intake
from adapters.telegram.place import Place, place_of
from adapters.telegram.polling import BAD_TOKEN, Polling
from adapters.telegram.request import UNREADABLE, Request, UpdatesRequest, quieten
from adapters.telegram.shared import shared
from adapters.telegram.surface import TelegramSurface
from bot.commands.command import Command
from bot.errors import Misconfigured, Unavailable, Unreachable
from bot.events import Author, Event, Question
from bot.meter import SILENT, Meter
from bot.replies import Reply, Surface
from bot.settings import Settings

TOKEN = re.compile(r"[A-Za-z0-9:_-]+")  # what can stand in an address; whether it is one, Telegram says
HOLD_SECONDS = (0.5, 10.0)  # first and longest pause before an event is offered again that could not be stored

T = TypeVar("T")

log = logging.getLogger(__name__)


class TelegramAdapter:
    def __init__(
        self,
        config: TelegramConfig,
        token: str,
        commands: Sequence[Command],
        settings: Settings,
        meter: Meter = SILENT,
    ) -> None:
        quieten()
        self._config = config
        self._token_fits = TOKEN.fullmatch(token) is not None
        self._commands = commands
        self._settings = settings
        self._requests = (Request(meter=meter), UpdatesRequest(connections=2, meter=meter))
        self._bot = Bot(token or "missing", config.api_url, config.file_url, *self._requests)
        self._shared = shared(self._bot, Gate(Pace(config.private_edit_seconds, config.group_edit_seconds)))
        self._errands = Errands(self._shared)
        self._polling = Polling(self._bot, config.poll_seconds, config.api_url)

    @property
    def trouble(self) -> str:
        return self._polling.trouble

    async def run(self, dispatcher: Dispatcher) -> None:
        if not self._token_fits:
            raise Misconfigured(BAD_TOKEN)
        await self._polling.log_in()
        us = self._us()
        log.info("signed in to Telegram as @%s", us.username)
        self._errands.run("menu", keep_menu(self._bot, self._commands, self._settings))
        await dispatcher.resume(PLATFORM, str(us.id), self.revive, self.reach)
        ends = Ends(self._settings, us.id)
        intake = Intake(await _patiently(ends.read))
        await self._polling.run(lambda bundle: self._take(bundle, us, dispatcher, ends), intake)

    async def close(self) -> None:
        await self._errands.close()
        for request in self._requests:
            await request.shutdown()

    def revive(self, question: Question) -> Surface:
        place = place_of(question.handle or question.event.handle)
        return TelegramSurface(self._shared, place, question.event.author, question.id)

    async def reach(self, account: str, question: str) -> Surface:
        """A private chat has the id of its person, and only who opened it once can be written to there."""
        chat = int(account) if account.isdecimal() else 0
        if not chat:
            raise Unreachable("Only a person has a private chat.")
        await self._errands.knock(chat)
        return TelegramSurface(self._shared, Place(chat), Author(account, "", admin=False), question)

    def _us(self) -> Us:
        bots = frozenset(name.lower().removeprefix("@") for name in self._config.answer_bots)
        return Us(self._bot.id, self._bot.username, frozenset(each.name for each in self._commands), bots)

    async def _take(self, bundle: Bundle, us: Us, dispatcher: Dispatcher, ends: Ends) -> None:
        """Returns when the updates may be confirmed."""
        if bundle.late:
            await _patiently(lambda: ends.keep(bundle.last))
        event = _read(bundle, us)
        accepted = await _patiently(lambda: dispatcher.accept(event)) if event else None
        first = bundle.updates[0]
        query = first.callback_query
        if query and query.message:
            notice = accepted.body if isinstance(accepted, Reply) else ""
            self._errands.answer_press(query.id, query.message.chat.id, str(notice))
        if event is None:
            return
        if first.effective_chat:
            self._shared.addresses.learn(first.effective_chat)
        place = place_of(event.handle)
        if isinstance(accepted, Question):
            surface = TelegramSurface(self._shared, place, event.author, accepted.id)
            self._errands.typing(place, surface.begun)
            dispatcher.answer(accepted, surface)
        elif isinstance(accepted, Reply) and not query:
            self._errands.tell(place, event.author, str(accepted.body))


def _read(bundle: Bundle, us: Us) -> Event | None:
    try:
        return event_of(bundle.updates, us, datetime.now(UTC))
    except UNREADABLE:  # one update must never stop all others
        log.exception("update %d cannot be read: passed over", bundle.first)
        return None


async def _patiently(commit: Callable[[], Awaitable[T]]) -> T:
    """Try until it can be stored: everything behind it waits with Telegram, in order."""
    pause, longest = HOLD_SECONDS
    while True:
        try:
            return await commit()
        except Unavailable as trouble:
            log.warning("updates wait with Telegram: %s", trouble.detail or trouble.message)
        await asyncio.sleep(pause)
        pause = min(pause * 2, longest)


ADAPTER = TelegramAdapter
