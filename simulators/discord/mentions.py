"""Whom a message pings and which links it previews (developers/resources/message: allowed mentions object). Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simulators.discord.refusals import invalid

KINDS = ("everyone", "roles", "users")
WORDS = re.compile(r"@everyone|@here|<@!?(?P<user>\d+)>|<@&(?P<role>\d+)>")
CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL)
LINK = re.compile(r"(?<!<)https?://[^\s)>\]]+")


@dataclass(frozen=True, slots=True)
class Allowed:
    """What may ping: kinds of mention, and single people and roles."""

    parse: frozenset[str]
    users: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    replied_user: bool = True


REGULAR = Allowed(frozenset(KINDS))  # where a channel message says nothing
WEBHOOK = Allowed(frozenset({"users"}))  # where an interaction's message says nothing


def allowed(given: Any, default: Allowed) -> Allowed:
    """The request's `allowed_mentions`; absent or null means the default of its route, on edits too."""
    if given is None:
        return default
    if not isinstance(given, Mapping):
        raise invalid("allowed_mentions", "Only dictionaries may be used in a DictType", "DICT_TYPE_CONVERT")
    parse = frozenset(_strings(given.get("parse"), "parse"))
    users, roles = _strings(given.get("users"), "users"), _strings(given.get("roles"), "roles")
    if unknown := parse - set(KINDS):
        raise invalid("allowed_mentions.parse", f"Value must be one of {KINDS}: {sorted(unknown)}", "BASE_TYPE_CHOICES")
    for name, ids in (("users", users), ("roles", roles)):
        if len(ids) > 100:
            raise invalid(f"allowed_mentions.{name}", "Must be 100 or fewer in length.", "BASE_TYPE_MAX_LENGTH")
        if ids and name in parse:
            raise invalid("allowed_mentions", f'parse:["{name}"] and {name}: [ids...] are mutually exclusive.')
    return Allowed(parse, frozenset(users), frozenset(roles), bool(given.get("replied_user")))


def pings(content: str, rules: Allowed, replied_to: str | None = None) -> list[str]:
    """What pings, as written. Words in code count too: better one ping too many in a test than one too few."""
    found = []
    for match in WORDS.finditer(content):
        user, role = match["user"], match["role"]
        if user:
            ping = "users" in rules.parse or user in rules.users
        elif role:
            ping = "roles" in rules.parse or role in rules.roles
        else:
            ping = "everyone" in rules.parse
        if ping:
            found.append(match[0])
    if replied_to is not None and rules.replied_user:
        found.append(f"<@{replied_to}>")
    return list(dict.fromkeys(found))


def people(pinged: Sequence[str]) -> list[str]:
    """The ids of the people among pings."""
    return [match["user"] for each in pinged if (match := WORDS.fullmatch(each)) and match["user"]]


def links(content: str) -> list[str]:
    """Links that Discord would show a preview of: not in code, not in angle brackets."""
    return LINK.findall(CODE.sub("", content))


def _strings(given: Any, name: str) -> list[str]:
    if given is None:
        return []
    if not isinstance(given, list):
        raise invalid(f"allowed_mentions.{name}", "Only iterables may be used in a ListType", "LIST_TYPE_CONVERT")
    return [str(each) for each in given]
