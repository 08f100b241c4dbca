"""Global commands: what Discord refuses of them. Pure."""

import re
from typing import Any

from simulators.discord.refusals import Refusal, bad_length, invalid

Json = dict[str, Any]
NAME = re.compile(r"[-_'\w\u0900-\u097f\u0e00-\u0e7f]{1,32}", re.UNICODE)
SUBCOMMAND, GROUP, STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER, FILE = range(1, 12)
LIMITS = {1: 100, 2: 15, 3: 15}  # commands of each type
CHARACTERS = 8000  # of name, description and choices, all of one command together


def check_all(given: Any) -> None:
    """A bulk overwrite: all or nothing."""
    if not isinstance(given, list):
        raise invalid("_", "Only iterables may be used in a ListType", "LIST_TYPE_CONVERT")
    seen: set[tuple[int, str]] = set()
    for index, command in enumerate(given):
        kind = command.get("type") or 1
        _check(command, kind, str(index))
        if (kind, command["name"]) in seen:
            raise invalid(f"{index}.name", "Application command names must be unique", "APPLICATION_COMMANDS_DUPLICATE")
        seen.add((kind, command["name"]))
    for kind, limit in LIMITS.items():
        if sum(1 for each in seen if each[0] == kind) > limit:
            raise Refusal(400, 30032, f"Maximum number of application commands reached ({limit}).")


def _check(command: Json, kind: int, path: str) -> None:
    name, description = command.get("name"), command.get("description") or ""
    if kind not in LIMITS:
        raise invalid(f"{path}.type", f"Value must be one of {sorted(LIMITS)}.", "BASE_TYPE_CHOICES")
    if kind == 1:
        _check_name(name, path)
        if not 1 <= len(description) <= 100:
            raise bad_length(f"{path}.description", 1, 100)
    elif not isinstance(name, str) or not 1 <= len(name) <= 32 or description:
        raise bad_length(f"{path}.name", 1, 32)
    elif command.get("options"):
        raise invalid(f"{path}.options", "Context menu commands take no options", "APPLICATION_COMMAND_OPTIONS")
    for key, values in (("contexts", {0, 1, 2}), ("integration_types", {0, 1})):
        given = command.get(key)
        if given is not None and (not given or set(given) - values or len(set(given)) != len(given)):
            raise invalid(f"{path}.{key}", f"Value must be one of {sorted(values)}.", "BASE_TYPE_CHOICES")
    options = command.get("options") or []
    _check_options(options, f"{path}.options")
    if _characters(command) > CHARACTERS:
        raise invalid(path, "Command exceeds maximum size (8000)", "APPLICATION_COMMAND_TOO_LARGE")


def _check_name(name: Any, path: str) -> None:
    if not isinstance(name, str) or not NAME.fullmatch(name) or name != name.lower():
        raise invalid(f"{path}.name", "String value did not match validation regex.", "STRING_TYPE_REGEX")


def _check_options(options: list[Json], path: str) -> None:
    if len(options) > 25:
        raise invalid(path, "Must be 25 or fewer in length.", "BASE_TYPE_MAX_LENGTH")
    names, optional_seen = set(), False
    for index, option in enumerate(options):
        here = f"{path}.{index}"
        _check_option(option, here)
        if option["name"] in names:
            raise invalid(f"{here}.name", "Option names must be unique", "APPLICATION_COMMAND_OPTIONS_NAME_INVALID")
        names.add(option["name"])
        if option.get("required") and optional_seen:
            message = "Required options must be placed before non-required options"
            raise invalid(here, message, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID")
        optional_seen = optional_seen or not option.get("required")


def _check_option(option: Json, path: str) -> None:
    kind, choices = option.get("type"), option.get("choices") or []
    if kind not in range(SUBCOMMAND, FILE + 1):
        raise invalid(f"{path}.type", "Value must be one of 1 to 11.", "BASE_TYPE_CHOICES")
    _check_name(option.get("name"), path)
    if not 1 <= len(option.get("description") or "") <= 100:
        raise bad_length(f"{path}.description", 1, 100)
    if kind in (SUBCOMMAND, GROUP):
        return _check_options(option.get("options") or [], f"{path}.options")
    if len(choices) > 25:
        raise invalid(f"{path}.choices", "Must be 25 or fewer in length.", "BASE_TYPE_MAX_LENGTH")
    if choices and option.get("autocomplete"):
        raise invalid(f"{path}.choices", "Choices and autocomplete exclude each other", "APPLICATION_COMMAND_OPTION")
    for index, choice in enumerate(choices):
        value = choice.get("value")
        if not 1 <= len(choice.get("name") or "") <= 100 or (isinstance(value, str) and len(value) > 100):
            raise bad_length(f"{path}.choices.{index}", 1, 100)
    for key, low, high in (("min_length", 0, 6000), ("max_length", 1, 6000)):
        if option.get(key) is not None and (kind != STRING or not low <= option[key] <= high):
            raise invalid(f"{path}.{key}", f"Value should be between {low} and {high}.", "NUMBER_TYPE_RANGE")
    return None


def _characters(item: Json) -> int:
    own = len(item.get("name") or "") + len(item.get("description") or "")
    values = [each.get("value") for each in item.get("choices") or []]
    inner = [*(item.get("options") or []), *({"name": each["name"]} for each in item.get("choices") or [])]
    return own + sum(len(each) for each in values if isinstance(each, str)) + sum(_characters(each) for each in inner)
