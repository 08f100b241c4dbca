"""Interactions: first made durable, then acknowledged within the 3 s that Discord waits, then answered.

Plain messages are `hearing.py`'s concern.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, cast

import discord

from adapters.adapter import Dispatcher
from adapters.discord import interactions
from adapters.discord.asking import GONE, UNKNOWN, Menus, form, from_form, from_menu, question_of
from adapters.discord.events import author_of, from_command, from_press
from adapters.discord.interactions import ACCEPT_SECONDS, RESPONSE_SECONDS, Interaction
from adapters.discord.menu import ON_MESSAGE
from adapters.discord.place import Place
from adapters.discord.surface import DiscordSurface
from adapters.discord.wire import Wire
from bot.commands.command import Command
from bot.errors import Unavailable
from bot.events import Event
from bot.replies import Reply


class Reception:
    def __init__(self, wire: Wire, dispatcher: Dispatcher, commands: Sequence[Command], *, hears: bool) -> None:
        self._wire = wire
        self._dispatcher = dispatcher
        self._hears = hears
        self._on_message = {each.on_message: each for each in commands if each.on_message}
        self._menus = Menus()

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
            surface = DiscordSurface(self._wire, place, outcome.id, private=outcome.private, hears=self._hears)
            self._dispatcher.answer(outcome, surface)
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


def _data(interaction: Interaction) -> Mapping[str, Any]:
    return cast(Mapping[str, Any], interaction.data)
