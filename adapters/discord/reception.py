"""What comes in: first it is made durable, then the person is shown that we have it, then it is answered."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any, cast

import discord

from adapters.adapter import Dispatcher
from adapters.discord import interactions, routes
from adapters.discord.asking import GONE, UNKNOWN, Menus, form, from_form, from_menu, question_of
from adapters.discord.composing import compose
from adapters.discord.config import DiscordConfig
from adapters.discord.events import author_of, from_command, from_message, from_press
from adapters.discord.interactions import ACCEPT_SECONDS, RESPONSE_SECONDS, Interaction
from adapters.discord.menu import ON_MESSAGE
from adapters.discord.messages import NO_PINGS, SUPPRESS_EMBEDS, nonce
from adapters.discord.place import Place
from adapters.discord.surface import DiscordSurface
from adapters.discord.wire import Wire
from bot.commands.command import Command
from bot.errors import ParleyError, Unavailable, Unreachable
from bot.events import Event
from bot.replies import Page, Reply

PLAIN_ACCEPT_SECONDS = 10.0  # Discord sets no time for messages, but people do
TYPING_SECONDS = 8.0  # Discord shows it for 10
TYPING_TIMES = 15
TYPING_SHARE = 10  # of the requests that the bot may make at a time: in a rush, answers go first
REFUSAL_PATIENCE_SECONDS = 10.0
HIDDEN = "I can read a reply only when its ping (@ON) is switched on, or when you mention me in it."

log = logging.getLogger(__name__)


class Reception:
    def __init__(self, wire: Wire, dispatcher: Dispatcher, config: DiscordConfig, commands: Sequence[Command]) -> None:
        self._wire = wire
        self._dispatcher = dispatcher
        self._config = config
        self._on_message = {each.on_message: each for each in commands if each.on_message}
        self._menus = Menus()
        self._typing: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        for task in self._typing:
            task.cancel()
        await asyncio.gather(*self._typing, return_exceptions=True)

    async def message(self, message: discord.Message, bot: discord.abc.User) -> None:
        event = from_message(message, bot, self._config.answer_bots)
        if event is None:
            return None
        if self._hidden(message, event, bot):
            return await self._reply(message, HIDDEN)
        try:
            outcome = await self._dispatcher.accept(event, PLAIN_ACCEPT_SECONDS)
        except Unavailable as trouble:
            return await self._reply(message, trouble.message)
        if isinstance(outcome, Reply):
            return await self._reply(message, str(outcome.body))
        if outcome is not None:
            surface = DiscordSurface(self._wire, Place.load(event.handle), outcome.id, private=outcome.private)
            self._show_typing(surface, str(message.channel.id))
            self._dispatcher.answer(outcome, surface)
        return None

    async def interaction(self, interaction: Interaction, bot: discord.abc.User) -> None:
        by = asyncio.get_running_loop().time() + RESPONSE_SECONDS
        match interaction.type:
            case discord.InteractionType.application_command if _data(interaction)["type"] == ON_MESSAGE:
                await self._menu(interaction, bot, by)
            case discord.InteractionType.modal_submit:
                await self._form(interaction, bot, by)
            case discord.InteractionType.application_command:
                await self._question(interaction, from_command(interaction, bot), by)
            case discord.InteractionType.component:
                await self._question(interaction, from_press(interaction, bot), by)
            case discord.InteractionType.autocomplete:
                await self._complete(interaction, by)

    async def _question(self, interaction: Interaction, event: Event | None, by: float) -> None:
        try:
            outcome = None if event is None else await self._dispatcher.accept(event, ACCEPT_SECONDS)
        except Unavailable as trouble:
            await interactions.tell(self._wire, interaction, by, trouble.message)
            return
        if isinstance(outcome, Reply):
            await interactions.tell(self._wire, interaction, by, str(outcome.body))
        elif event is not None and outcome is not None:
            place = Place.load(event.handle)
            if not await interactions.defer(self._wire, interaction, by, private=outcome.private):
                place.born = 0.0
            self._dispatcher.answer(outcome, DiscordSurface(self._wire, place, outcome.id, private=outcome.private))
        elif interaction.type is discord.InteractionType.component:
            await interactions.let_go(self._wire, interaction, by)

    async def _menu(self, interaction: Interaction, bot: discord.abc.User, by: float) -> None:
        """Of a command that needs a question of its own, that is asked for first."""
        command = self._on_message.get(_data(interaction)["name"])
        if command is None:
            await interactions.tell(self._wire, interaction, by, UNKNOWN)
            return
        event, question = from_menu(interaction, bot, command.name), question_of(command)
        if question is None:
            await self._question(interaction, event, by)
        else:
            self._menus.keep(event)
            await interactions.ask(self._wire, interaction, by, form(command, question, event.id))

    async def _form(self, interaction: Interaction, bot: discord.abc.User, by: float) -> None:
        menu = self._menus.find(_data(interaction)["custom_id"], str(interaction.user.id))
        if menu is None:
            await interactions.tell(self._wire, interaction, by, GONE)
        else:
            await self._question(interaction, from_form(interaction, bot, menu), by)

    async def _complete(self, interaction: Interaction, by: float) -> None:
        data = _data(interaction)
        typed = next((each for each in data.get("options", ()) if each.get("focused")), None)
        if typed is not None:
            found = await self._dispatcher.complete(
                data["name"], typed["name"], str(typed["value"]), author_of(interaction)
            )
            await interactions.suggest(self._wire, interaction, by, found)

    def _hidden(self, message: discord.Message, event: Event, bot: discord.abc.User) -> bool:
        """Without the privileged intent, Discord empties what neither mentions the bot nor is written to it alone."""
        seen = event.chat.private or self._config.message_content or bot in message.mentions
        return not seen and not message.content

    async def _reply(self, message: discord.Message, markdown: str) -> None:
        body = {
            "content": compose(Page(markdown)),
            "allowed_mentions": NO_PINGS,
            "flags": SUPPRESS_EMBEDS,
            "nonce": nonce("reply", message.id),
            "enforce_nonce": True,
            "message_reference": {"message_id": str(message.id), "fail_if_not_exists": False},
        }
        try:
            await self._wire.insist(routes.messages(str(message.channel.id)), body, patience=REFUSAL_PATIENCE_SECONDS)
        except ParleyError as trouble:
            log.warning("a refusal could not be said: %s %s", trouble.message, trouble.detail)

    def _show_typing(self, surface: DiscordSurface, channel: str) -> None:
        task = asyncio.create_task(self._type(surface, channel))
        self._typing.add(task)
        task.add_done_callback(self._typing.discard)

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


def _data(interaction: Interaction) -> Mapping[str, Any]:
    return cast(Mapping[str, Any], interaction.data)
