"""What is asked of a message through its own menu, and the form that asks for the question first.

Discord hands over the message with the choice, whatever the intents, but not again with the filled-in form: until that
comes, the message is kept here.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import discord

from adapters.discord.composing import cut
from adapters.discord.events import attachment_of, from_interaction, person_of, said
from bot.commands.command import Command, Parameter
from bot.events import Event

KEPT = 256  # messages
KEPT_SECONDS = 1800.0
TITLE_LIMIT = LABEL_LIMIT = 45
TEXT_LIMIT = 4000
ROW, TEXT_INPUT, LABEL, PARAGRAPH = 1, 4, 18, 2
GONE = "I no longer know which message this was about. Please open its menu again."
UNKNOWN = "I no longer have this command. Reload Discord to see those that there are."


def question_of(command: Command) -> Parameter | None:
    """What must be typed before the command can run; None: the message is all that it needs."""
    required = [each for each in command.parameters if each.required]
    return required[0] if required and required[0].kind == "text" else None


def from_menu(interaction: discord.Interaction[Any], bot: discord.abc.User, command: str) -> Event:
    """A command given in a message's menu. Of the message, Discord promises only a part."""
    data = cast(Mapping[str, Any], interaction.data)
    message = data["resolved"]["messages"][data["target_id"]]
    author = person_of(message["author"])
    names = {each["id"]: person_of(each).name for each in message.get("mentions", ())}
    text = said(message.get("content", ""), names, bot.id)
    # The addresses came with the message; without the intent for content Discord gives them no second time.
    files = tuple(attachment_of(each, each["url"], author.name) for each in message.get("attachments", ()))
    event = from_interaction(interaction, bot, command=command, values={})
    return replace(
        event,
        quotes=((author.name, text),) if text else (),
        attachments=files,
        people=() if author.id == str(bot.id) else (author,),
    )


def form(command: Command, question: Parameter, menu: str) -> dict[str, Any]:
    """The modal that asks for it; `menu` is the id of the interaction that it answers."""
    field = {
        "type": TEXT_INPUT,
        "custom_id": question.name,
        "style": PARAGRAPH,
        "required": True,
        "max_length": TEXT_LIMIT,
    }
    label = {"type": LABEL, "label": cut(question.summary, LABEL_LIMIT), "component": field}
    return {"custom_id": menu, "title": cut(command.on_message, TITLE_LIMIT), "components": [label]}


def from_form(interaction: discord.Interaction[Any], bot: discord.abc.User, menu: Event) -> Event:
    """A form that was filled in, about the message of that menu."""
    data = cast(Mapping[str, Any], interaction.data)
    event = from_interaction(interaction, bot, command=menu.command, values=dict(_inputs(data["components"])))
    return replace(event, quotes=menu.quotes, attachments=menu.attachments, people=menu.people)


class Menus:
    """The messages whose forms are open: no more than `KEPT`, none for longer than `KEPT_SECONDS`."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[float, Event]] = {}

    def keep(self, event: Event) -> None:
        if len(self._kept) >= KEPT:
            del self._kept[next(iter(self._kept))]
        self._kept[event.id] = (asyncio.get_running_loop().time() + KEPT_SECONDS, event)

    def find(self, id: str, account: str) -> Event | None:
        """The menu that this account opened by the interaction of this id."""
        now = asyncio.get_running_loop().time()
        self._kept = {key: (until, event) for key, (until, event) in self._kept.items() if until > now}
        _, event = self._kept.get(id, (0.0, None))
        return event if event is not None and event.author.id == account else None


def _inputs(components: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    found = []
    for each in components:
        inner = [each["component"]] if each["type"] == LABEL else each.get("components", ())
        found += [(field["custom_id"], field["value"].strip()) for field in inner if field["type"] == TEXT_INPUT]
    return found
