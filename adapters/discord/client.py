"""The adapter: logs in, keeps the menu and the gateway's connection.

What comes goes to `hearing.py` (messages) and `reception.py` (interactions).

REST (`wire.py`) and the gateway are apart, so that answers go on while the gateway's connection is made anew, and
after it was closed for good.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import discord
import yarl

from adapters.adapter import Dispatcher
from adapters.discord import routes
from adapters.discord.catching_up import CatchingUp
from adapters.discord.config import API_URL, DiscordConfig
from adapters.discord.events import PLATFORM
from adapters.discord.failures import FOREIGN, translate
from adapters.discord.hearing import Hearing
from adapters.discord.homes import Homes
from adapters.discord.marks import Marks
from adapters.discord.menu import digest, menu
from adapters.discord.messages import LOST
from adapters.discord.place import Place
from adapters.discord.reception import Reception
from adapters.discord.surface import DiscordSurface
from adapters.discord.watch import discard, live
from adapters.discord.wire import Account, Wire
from bot.commands.command import Command
from bot.errors import Misconfigured, ParleyError, Unreachable
from bot.events import Question
from bot.meter import SILENT, Meter
from bot.replies import Surface
from bot.settings import Settings

LONGEST_PATIENCE = 960.0  # seconds; a thousand connections a day and Discord resets the token
GUILDS_SECONDS = 1.0  # the pause by which the library knows that all servers were told of
REACH_SECONDS = 30.0  # how long a private chat is tried to be opened
RIGHTS = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    attach_files=True,
    create_public_threads=True,
    read_message_history=True,  # without it a message can't be a reply
)
MENTIONS_ONLY = (
    "without the Message Content Intent only commands, direct messages, mentions and replies reach the bot; "
    "docs/discord.md says what it would give and how to switch it on"
)

log = logging.getLogger(__name__)


class DiscordAdapter:
    hooks = ()

    def __init__(
        self,
        config: DiscordConfig,
        token: str,
        commands: Sequence[Command],
        settings: Settings,
        meter: Meter = SILENT,
    ) -> None:
        self._config = config
        self._token = token.strip()
        self._commands = commands
        self._menu = menu(commands)
        self._settings = settings
        self._wire = Wire(meter)
        self._account: Account | None = None
        self._marks: Marks | None = None
        self._connected = asyncio.Event()
        self._resumed = False

    @property
    def trouble(self) -> str:
        return "" if self._connected.is_set() else "The gateway is not connected."

    async def run(self, dispatcher: Dispatcher) -> None:
        if not self._token:
            raise Misconfigured("DISCORD_TOKEN is not set: docs/discord.md says where to get it.")
        prepare_library(self._config)
        if self._account is None:
            self._account = await self._wire.open(self._token)
            log.info("invite the bot: %s", invitation(self._account.application))
            if not self._config.message_content:
                log.info(MENTIONS_ONLY)
        marks = await self._read_marks(self._account)
        hearing = Hearing(self._wire, dispatcher, self._config, Homes(self._settings), marks)
        reception = Reception(self._wire, dispatcher, self._commands, hears=self._config.message_content)
        catching_up = CatchingUp(self._wire, marks, hearing, self._config)
        tasks = [
            asyncio.create_task(self._serve(Ears(hearing, reception, catching_up, self._connected))),
            asyncio.create_task(marks.keep()),
            asyncio.create_task(self._sync(self._account)),
            asyncio.create_task(self._resume(dispatcher, self._account)),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await catching_up.close()
            await hearing.close()

    async def close(self) -> None:
        if self._marks is not None:
            await self._marks.save()
        await self._wire.close()

    def revive(self, question: Question) -> Surface:
        """Raises `Unreachable` where there is no way left to write."""
        place = Place.load(question.handle or question.event.handle)
        if not place.reachable(question.private):
            raise Unreachable(LOST)
        hears = self._config.message_content
        return DiscordSurface(self._wire, place, question.id, private=question.private, hears=hears)

    async def reach(self, account: str, question: str) -> Surface:
        """In the private chat with this account. Raises `Unreachable` where it takes no messages from the bot."""
        if not account.isdecimal():
            raise Unreachable("This is no account of Discord's.")
        opened = await self._wire.insist(routes.direct(), {"recipient_id": account}, patience=REACH_SECONDS)
        return DiscordSurface(self._wire, Place.of_account(str(opened["id"]), account), question, private=False)

    async def _read_marks(self, account: Account) -> Marks:
        if self._marks is None:
            marks = Marks(self._settings, account.application, self._config.catch_up_channels)
            await marks.load()
            self._marks = marks
        return self._marks

    async def _serve(self, ears: "Ears") -> None:
        """One connection after another; only a deaf one is replaced here, the library reconnects by itself."""
        patience = self._config.heartbeat_ack_seconds
        while True:
            gateway = Gateway(ears, message_content=self._config.message_content)
            try:
                heard = await live(gateway, self._token, patience)
            except FOREIGN as error:
                trouble = translate(error)
                if trouble is None:
                    raise
                raise trouble from error
            finally:
                self._connected.clear()
                await discard(gateway)
            log.warning("the gateway answered no heartbeat for %.0f s: connecting anew", patience)
            patience = self._config.heartbeat_ack_seconds if heard else min(2 * patience, LONGEST_PATIENCE)

    async def _sync(self, account: Account) -> None:
        """Discord counts what is sent, so the menu is sent only when it has changed. It is never taken away."""
        name, wanted = f"discord.menu.{account.application}", digest(self._menu)
        try:
            if await self._settings.read("instance", name) == wanted:
                return
            await self._wire.insist(routes.menu(account.application), self._menu)
            await self._settings.write("instance", name, wanted)
        except ParleyError as trouble:
            log.warning("the menu of commands was not updated: %s %s", trouble.message, trouble.detail)
        except discord.HTTPException as refusal:
            log.error("Discord refuses the menu of commands: %s", refusal.text)

    async def _resume(self, dispatcher: Dispatcher, account: Account) -> None:
        await self._connected.wait()
        if not self._resumed:
            await dispatcher.resume(PLATFORM, account.user, self.revive, self.reach)
            self._resumed = True


@dataclass(frozen=True, slots=True)
class Ears:
    """What a connection hands to: the same over every new one."""

    hearing: Hearing
    reception: Reception
    catching_up: CatchingUp
    connected: asyncio.Event


class Gateway(discord.Client):
    """The library's client, reduced to listening: no caches, no command tree, intents for messages only."""

    def __init__(self, ears: Ears, *, message_content: bool) -> None:
        intents = discord.Intents(guilds=True, messages=True, message_content=message_content)
        super().__init__(
            intents=intents,
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            guild_ready_timeout=GUILDS_SECONDS,
            allowed_mentions=discord.AllowedMentions.none(),
        )
        self._ears = ears

    async def on_connect(self) -> None:
        """A new session, not one that goes on."""
        self._ears.connected.set()
        self._ears.catching_up.begin(self)

    async def on_resumed(self) -> None:
        self._ears.connected.set()

    async def on_disconnect(self) -> None:
        self._ears.connected.clear()

    async def on_message(self, message: discord.Message) -> None:
        if self.user is not None:
            await self._ears.hearing.message(message, self.user)

    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        if self.user is not None:
            await self._ears.hearing.edited(payload.message, self.user)

    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        if self.user is not None:
            await self._ears.hearing.deleted((payload.message_id,), payload.channel_id, payload.guild_id, self.user)

    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        if self.user is not None:
            await self._ears.hearing.deleted(payload.message_ids, payload.channel_id, payload.guild_id, self.user)

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        if self.user is not None:
            await self._ears.reception.interaction(interaction, self.user)

    async def on_error(self, event_method: str, /, *_args: Any, **_kwargs: Any) -> None:
        log.exception("a bug in %s", event_method)  # noqa: LOG004 - called while the exception is being handled


def invitation(application: str) -> str:
    return discord.utils.oauth_url(application, permissions=RIGHTS, scopes=("bot", "applications.commands"))


def prepare_library(config: DiscordConfig) -> None:
    """What discord.py keeps for the whole process: where Discord is, and what it logs.

    Its HTTP warnings hold addresses with interaction tokens; voice, which it warns about, is not used.
    """
    if config.api_url != API_URL:
        discord.http.Route.BASE = config.api_url
    if config.gateway_url:
        discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(config.gateway_url)
    logging.getLogger("discord").setLevel(logging.WARNING)
    logging.getLogger("discord.http").setLevel(logging.ERROR)
    logging.getLogger("discord.webhook").setLevel(logging.ERROR)
    discord.VoiceClient.warn_nacl = False
    discord.VoiceClient.warn_dave = False


ADAPTER = DiscordAdapter
