"""Plain messages: written, changed and deleted. Which of them are for us, and what their authors see at once.

Interactions are `reception.py`'s concern.
"""

import asyncio
import logging
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from functools import partial

import discord

from adapters.adapter import Dispatcher
from adapters.discord import routes
from adapters.discord.composing import compose
from adapters.discord.config import DiscordConfig
from adapters.discord.events import changed, from_message, gone
from adapters.discord.homes import Homes
from adapters.discord.marks import Marks
from adapters.discord.messages import NO_PINGS, SUPPRESS_EMBEDS, nonce
from adapters.discord.place import Place
from adapters.discord.surface import DiscordSurface
from adapters.discord.wire import Wire
from bot.errors import ParleyError, Unavailable, Unreachable
from bot.events import Event, Question
from bot.replies import Page, Reply

ACCEPT_SECONDS = 10.0  # Discord sets no time for messages, but people do
TYPING_SECONDS = 8.0  # Discord shows it for 10
TYPING_TIMES = 15
TYPING_SHARE = 10  # of the requests that the bot may make at a time: in a rush, answers go first
REFUSAL_PATIENCE_SECONDS = 10.0
TYPING = "typing"  # what its tasks are called
RECENT = timedelta(hours=1)  # of an older message, no answer can still be running
HIDDEN = "I can read a reply only when its ping (@ON) is switched on, or when you mention me in it."
UNHEARD = (
    "I see that you wrote something, but not what: please mention me, or use /chat. To let me read all messages here, "
    "whoever runs me switches on the Message Content Intent (docs/discord.md says how). I will not repeat this for now."
)

log = logging.getLogger(__name__)


class Hearing:
    def __init__(self, wire: Wire, dispatcher: Dispatcher, config: DiscordConfig, homes: Homes, marks: Marks) -> None:
        self._wire = wire
        self._dispatcher = dispatcher
        self._config = config
        self._homes = homes
        self._marks = marks
        self._typing: dict[int, asyncio.Task[None]] = {}  # by the message that it answers

    async def close(self) -> None:
        typing = list(self._typing.values())
        for task in typing:
            task.cancel()
        await asyncio.gather(*typing, return_exceptions=True)

    async def concerns(self, message: discord.Message, bot: discord.abc.User) -> bool:
        return await self._event(message, bot) is not None

    async def message(self, message: discord.Message, bot: discord.abc.User) -> DiscordSurface | None:
        """Where it will be answered; None: not at all."""
        with self._marks.reading(str(message.channel.id), message.id):
            event = await self._event(message, bot)
            if event is not None or message.author.id == bot.id:
                guild = str(message.guild.id) if message.guild else ""
                self._marks.opened(str(message.channel.id), guild, message.id)
            if event is None:
                return None
            if self._hidden(message, event, bot):
                await self._tell_hidden(message, event, bot)
                return None
            return await self._take(message, event)

    async def edited(self, message: discord.Message, bot: discord.abc.User) -> None:
        """Discord also tells of link previews and pins: only what its author has just changed counts."""
        if message.edited_at is None or datetime.now(UTC) - message.edited_at > RECENT:
            return
        event = await self._event(message, bot)
        if event is not None and not self._hidden(message, event, bot):
            await self._take(message, changed(event, message.edited_at))

    async def deleted(self, ids: Collection[int], channel: int, guild: int | None, bot: discord.abc.User) -> None:
        for each in ids:
            self._stop_typing(each)
            event = gone(each, channel, guild, bot)
            if event.at > datetime.now(UTC) - RECENT:
                try:
                    await self._dispatcher.accept(event, ACCEPT_SECONDS)
                except Unavailable as trouble:
                    log.warning("a deletion was not heeded: %s", trouble.message)

    async def _event(self, message: discord.Message, bot: discord.abc.User) -> Event | None:
        event = from_message(message, bot, self._config.answer_bots)
        if event is None and await self._homes.includes(message, bot):
            return from_message(message, bot, self._config.answer_bots, at_home=True)
        return event

    async def _take(self, message: discord.Message, event: Event) -> DiscordSurface | None:
        try:
            outcome = await self._dispatcher.accept(event, ACCEPT_SECONDS)
        except Unavailable as trouble:
            await self._reply(message, event.id, trouble.message)
            return None
        if isinstance(outcome, Reply):
            await self._reply(message, event.id, str(outcome.body))
        if not isinstance(outcome, Question):
            return None
        place, hears = Place.load(event.handle), self._config.message_content
        surface = DiscordSurface(self._wire, place, outcome.id, private=outcome.private, hears=hears)
        self._show_typing(surface, message)
        self._dispatcher.answer(outcome, surface)
        return surface

    def _hidden(self, message: discord.Message, event: Event, bot: discord.abc.User) -> bool:
        """Without the privileged intent, Discord empties what neither mentions the bot nor is written to it alone."""
        seen = event.chat.private or self._config.message_content or bot in message.mentions
        return not (seen or message.content or message.stickers)

    async def _tell_hidden(self, message: discord.Message, event: Event, bot: discord.abc.User) -> None:
        """Who answers the bot hears it each time; where no mention was needed, it is said once."""
        if from_message(message, bot, self._config.answer_bots) is not None:
            await self._reply(message, event.id, HIDDEN)
        elif await self._homes.may_tell(event.chat):
            await self._reply(message, event.id, UNHEARD)

    async def _reply(self, message: discord.Message, event: str, markdown: str) -> None:
        body = {
            "content": compose(Page(markdown)),
            "allowed_mentions": NO_PINGS,
            "flags": SUPPRESS_EMBEDS,
            "nonce": nonce("reply", event),
            "enforce_nonce": True,
            "message_reference": {"message_id": str(message.id), "fail_if_not_exists": False},
        }
        try:
            await self._wire.insist(routes.messages(str(message.channel.id)), body, patience=REFUSAL_PATIENCE_SECONDS)
        except ParleyError as trouble:
            log.warning("a refusal could not be said: %s %s", trouble.message, trouble.detail)

    def _show_typing(self, surface: DiscordSurface, message: discord.Message) -> None:
        self._stop_typing(message.id)
        task = asyncio.create_task(self._type(surface, str(message.channel.id)), name=TYPING)
        self._typing[message.id] = task
        task.add_done_callback(partial(self._typed, message.id))

    def _stop_typing(self, message: int) -> None:
        if task := self._typing.pop(message, None):
            task.cancel()

    def _typed(self, message: int, task: asyncio.Task[None]) -> None:
        if self._typing.get(message) is task:
            del self._typing[message]

    async def _type(self, surface: DiscordSurface, channel: str) -> None:
        """The sign that we have a plain message, until the answer can be seen; as well as it goes."""
        loop, route = asyncio.get_running_loop(), routes.typing(channel)
        for _ in range(TYPING_TIMES):
            pause = self._wire.spare(route, loop.time(), share=TYPING_SHARE)
            try:
                if pause <= 0:
                    pause = TYPING_SECONDS
                    await self._wire.request(route, share=TYPING_SHARE)
                async with asyncio.timeout(pause):
                    await surface.appeared.wait()
                return
            except (TimeoutError, Unavailable):
                continue
            except Unreachable:
                return
