"""Our commands as Discord's menu of slash commands (pure).

Limits: developers/interactions/application-commands, checked 2026-11-20. Sending the menu is `client.py`'s concern.
"""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from bot.commands.command import Command, Kind, Parameter

COMMANDS_LIMIT = 100  # global chat commands of one application
CHARACTERS_LIMIT = 8000  # names, descriptions and choices of one command together
CHOICES_LIMIT = 25
TEXT_LIMIT = 6000

EVERYWHERE = [0, 1, 2]  # in servers, in private chats with the bot, in other private chats
INSTALLS = [0, 1]  # by a server, by a person
ADMINS = str(1 << 5)  # shown to those who manage the server; whether it may be used, the core decides

TYPES: dict[Kind, int] = {"text": 3, "choice": 3, "int": 4, "flag": 5, "float": 10, "file": 11}

Payload = dict[str, Any]


def menu(commands: Sequence[Command]) -> list[Payload]:
    """What a bulk overwrite sends. ValueError where Discord would refuse it: it would refuse all of it."""
    if len(commands) > COMMANDS_LIMIT:
        raise ValueError(f"Discord takes {COMMANDS_LIMIT} commands, not {len(commands)}.")
    payloads = [_command(command) for command in commands]
    for payload in payloads:
        if (characters := _characters(payload)) > CHARACTERS_LIMIT:
            raise ValueError(f"Discord takes {CHARACTERS_LIMIT} characters of /{payload['name']}, not {characters}.")
    return payloads


def digest(payloads: Sequence[Payload]) -> str:
    return hashlib.sha256(json.dumps(payloads, sort_keys=True).encode()).hexdigest()


def _command(command: Command) -> Payload:
    required_first = sorted(command.parameters, key=lambda parameter: not parameter.required)
    payload: Payload = {
        "type": 1,
        "name": command.name,
        "description": command.summary,
        "options": [_option(parameter) for parameter in required_first],
        "contexts": EVERYWHERE,
        "integration_types": INSTALLS,
    }
    if command.role != "anyone":
        payload["default_member_permissions"] = ADMINS
    return payload


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
