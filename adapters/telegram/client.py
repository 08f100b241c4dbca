"""The adapter: logs in, takes updates in, hands questions to the dispatcher, each with the place for its answer."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from telegram import Bot

from adapters.adapter import Dispatcher, Hook
from adapters.telegram.background import Background
from adapters.telegram.beginning import say_what_is_wrong
from adapters.telegram.config import TelegramConfig
from adapters.telegram.context import Us
from adapters.telegram.drafts import Drafts
from adapters.telegram.ends import Ends
from adapters.telegram.errands import Errands
from adapters.telegram.events import PLATFORM
from adapters.telegram.gate import Gate
from adapters.telegram.held import Held
from adapters.telegram.homes import Homes
from adapters.telegram.line import BAD_TOKEN, Line
from adapters.telegram.menu import Keeper
from adapters.telegram.pace import Pace
from adapters.telegram.pasting import Bundle, Intake
from adapters.telegram.patience import patiently
from adapters.telegram.place import Place, place_of
from adapters.telegram.polling import Polling
from adapters.telegram.posting import Posting
from adapters.telegram.reception import Reception
from adapters.telegram.request import Request, UpdatesRequest, quieten
from adapters.telegram.shared import shared
from adapters.telegram.surface import TelegramSurface
from adapters.telegram.webhook import Webhook
from bot.commands.command import Command
from bot.errors import Misconfigured, Unreachable
from bot.events import Author, Question
from bot.meter import SILENT, Meter
from bot.replies import Surface
from bot.settings import Settings

TOKEN = re.compile(r"[A-Za-z0-9:_-]+")  # what can stand in an address; whether it is one, Telegram says

Take = Callable[[Bundle], Awaitable[None]]

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
        self._token = token
        self._token_fits = TOKEN.fullmatch(token) is not None
        self._commands = commands
        self._settings = settings
        self._requests = (Request(meter=meter), UpdatesRequest(connections=2, meter=meter))
        self._bot = Bot(token or "missing", config.api_url, config.file_url, *self._requests)
        self._background = Background()
        gate = Gate(Pace(config.private_edit_seconds, config.group_edit_seconds))
        drafts = Drafts(self._background.run, config.previews == "drafts")
        self._shared = shared(self._bot, gate, drafts, self._heed)
        self._reception: Reception | None = None
        self._errands = Errands(self._shared, self._background)
        self._line = Line(self._bot)
        self._webhook = Webhook(self._line, token, config, settings)

    @property
    def hooks(self) -> Sequence[Hook]:
        return (self._webhook.hook,) if self._config.webhook_url else ()

    @property
    def trouble(self) -> str:
        return self._line.trouble

    async def run(self, dispatcher: Dispatcher) -> None:
        if not self._token_fits:
            raise Misconfigured(BAD_TOKEN)
        await self._line.log_in()
        us = self._us()
        log.info("signed in to Telegram as @%s", us.username)
        owners = partial(dispatcher.owners, PLATFORM)
        self._background.run("menus", Keeper(self._bot, self._settings).keep(self._commands, owners))
        await dispatcher.resume(PLATFORM, str(us.id), self.revive, self.reach)
        self._reception = Reception(self._shared, self._errands, Homes(self._settings, PLATFORM), us, dispatcher)
        await self._take_in(self._reception.take, us.id, dispatcher)

    async def close(self) -> None:
        await self._background.close()
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

    async def _begun(self, ready: asyncio.Event | None = None) -> None:
        if ready is not None:
            await ready.wait()
        await say_what_is_wrong(self._config, self._token, self._settings, PLATFORM)

    def _heed(self, old: int, new: int) -> None:
        if self._reception:
            self._background.run((old, new), self._reception.heed(old, new))

    def _us(self) -> Us:
        bots = frozenset(name.lower().removeprefix("@") for name in self._config.answer_bots)
        return Us(self._bot.id, self._bot.username, frozenset(each.name for each in self._commands), bots)

    async def _take_in(self, take: Take, bot: int, dispatcher: Dispatcher) -> None:
        """Until cancelled. What an earlier process held back comes first, whichever way it came."""
        ends, held = Ends(self._settings, bot), Held(self._settings, bot)
        posting = Posting(take, held, ends, Ends(self._settings, bot, "joined"))
        try:
            await patiently(posting.begin)
            if self._config.webhook_url:
                self._background.run("beginning", self._begun(self._webhook.stands))
                await self._webhook.run(posting.post, lambda: dispatcher.full)
            else:
                await self._webhook.withdraw()
                self._background.run("beginning", self._begun())
                polling = Polling(self._line, self._config.poll_seconds, self._config.api_url)
                await polling.run(partial(_stored, take, ends), Intake(await patiently(ends.read)))
        finally:
            await posting.close()


async def _stored(take: Take, ends: Ends, bundle: Bundle) -> None:
    """However long it takes: what was received by polling and not confirmed would only come again."""
    if bundle.late:
        await patiently(lambda: ends.keep(bundle.last))
    await patiently(lambda: take(bundle))


ADAPTER = TelegramAdapter
