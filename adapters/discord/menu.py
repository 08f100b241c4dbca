"""Our commands as Discord's menus: the one of slash commands, and the one that every message has (pure).

Limits: developers/interactions/application-commands, checked 2026-11-20. Sending the menu is `client.py`'s concern.
"""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from bot.commands.command import Command, Kind, Parameter

COMMANDS_LIMIT = 100  # global chat commands of one application
ON_MESSAGE_LIMIT = 15  # commands in the menu of a message
ON_MESSAGE_NAME_LIMIT = 32
CHARACTERS_LIMIT = 8000  # names, descriptions and choices of one command together
CHOICES_LIMIT = 25
TEXT_LIMIT = 6000

EVERYWHERE = [0, 1, 2]  # in servers, in private chats with the bot, in other private chats
INSTALLS = [0, 1]  # by a server, by a person
ADMINS = str(1 << 5)  # shown to those who manage the server; whether it may be used, the core decides

TYPES: dict[Kind, int] = {"text": 3, "choice": 3, "int": 4, "flag": 5, "float": 10, "file": 11}

CHAT, ON_MESSAGE = 1, 3  # types of commands

Payload = dict[str, Any]


def menu(commands: Sequence[Command]) -> list[Payload]:
    """What a bulk overwrite sends. ValueError where Discord would refuse it: it would refuse all of it."""
    typed = [_command(command) for command in commands if not command.hidden]
    on_message = [_on_message(command) for command in commands if command.on_message and not command.hidden]
    for payloads, limit in ((typed, COMMANDS_LIMIT), (on_message, ON_MESSAGE_LIMIT)):
        if len(payloads) > limit:
            raise ValueError(f"Discord takes {limit} commands, not {len(payloads)}.")
    for payload in typed:
        if (characters := _characters(payload)) > CHARACTERS_LIMIT:
            raise ValueError(f"Discord takes {CHARACTERS_LIMIT} characters of /{payload['name']}, not {characters}.")
    return typed + on_message


def digest(payloads: Sequence[Payload]) -> str:
    return hashlib.sha256(json.dumps(payloads, sort_keys=True).encode()).hexdigest()


def _command(command: Command) -> Payload:
    required_first = sorted(command.parameters, key=lambda parameter: not parameter.required)
    return {
        "type": CHAT,
        "name": command.name,
        "description": command.summary,
        "options": [_option(parameter) for parameter in required_first],
    } | _offered(command)


def _on_message(command: Command) -> Payload:
    if len(command.on_message) > ON_MESSAGE_NAME_LIMIT:
        raise ValueError(f"Discord takes {ON_MESSAGE_NAME_LIMIT} characters: {command.on_message}.")
    return {"type": ON_MESSAGE, "name": command.on_message} | _offered(command)


def _offered(command: Command) -> Payload:
    """Where, and to whom."""
    everywhere: Payload = {"contexts": EVERYWHERE, "integration_types": INSTALLS}
    return everywhere | ({} if command.role in ("stranger", "anyone") else {"default_member_permissions": ADMINS})


def _option(parameter: Parameter) -> Payload:
    option: Payload = {
        "type": TYPES[parameter.kind],
        "name": parameter.name,
        "description": parameter.summary,
        "required": parameter.required,
    }
    if parameter.kind == "text":
        option["max_length"] = TEXT_LIMIT
    if parameter.bounds is not None and parameter.kind in ("int", "float"):
        low, high = parameter.bounds
        whole = parameter.kind == "int"
        option |= {"min_value": int(low) if whole else low, "max_value": int(high) if whole else high}
    if parameter.choices and len(parameter.choices) <= CHOICES_LIMIT:
        option["choices"] = [{"name": choice, "value": choice} for choice in parameter.choices]
    elif parameter.choices or parameter.completes:
        option["autocomplete"] = True
    return option


def _characters(item: Payload) -> int:
    inner = [*item.get("options", ()), *item.get("choices", ())]
    own = [item.get(key, "") for key in ("name", "description", "value")]
    return sum(map(len, own)) + sum(map(_characters, inner))
