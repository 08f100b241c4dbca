"""Permission bits, and what follows from roles and a channel's overwrites (developers/topics/permissions). Pure.

Checked on 2026-11-29.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntFlag


class Right(IntFlag):
    """Permissions that matter here."""

    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_APPLICATION_COMMANDS = 1 << 31
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    CREATE_PRIVATE_THREADS = 1 << 36
    SEND_MESSAGES_IN_THREADS = 1 << 38
    USE_EXTERNAL_APPS = 1 << 50
    BYPASS_SLOWMODE = 1 << 52


ADMINISTRATOR = int(Right.ADMINISTRATOR)
EVERYONE = int(  # what @everyone may do in the simulated guild at first
    Right.VIEW_CHANNEL
    | Right.SEND_MESSAGES
    | Right.EMBED_LINKS
    | Right.ATTACH_FILES
    | Right.READ_MESSAGE_HISTORY
    | Right.USE_APPLICATION_COMMANDS
    | Right.CREATE_PUBLIC_THREADS
    | Right.SEND_MESSAGES_IN_THREADS
    | Right.USE_EXTERNAL_APPS
)
# What interactions say of the bot in channels of people alone (developers/interactions/receiving-and-responding).
AMONG_PEOPLE = int(Right.ATTACH_FILES | Right.EMBED_LINKS | Right.MENTION_EVERYONE)
ALL = (1 << 53) - 1
WITHOUT_SENDING = int(Right.EMBED_LINKS | Right.ATTACH_FILES)  # who may not send may not do these either


@dataclass(frozen=True, slots=True)
class Overwrite:
    """What a channel gives or takes from a role (type 0) or a member (type 1), by its id."""

    id: str
    type: int
    allow: int = 0
    deny: int = 0


def effective(base: int, member: str, roles: Iterable[str], everyone: str, overwrites: Iterable[Overwrite]) -> int:
    """A member's rights in a channel: `base` by roles, then @everyone's overwrite, the roles', the member's own."""
    if base & ADMINISTRATOR:
        return ALL
    known, held = {each.id: each for each in overwrites}, set(roles)
    for_roles = [each for each in known.values() if each.id in held]
    steps = (
        (known[everyone].deny, known[everyone].allow) if everyone in known else (0, 0),
        (_either(each.deny for each in for_roles), _either(each.allow for each in for_roles)),
        (known[member].deny, known[member].allow) if member in known else (0, 0),
    )
    for deny, allow in steps:
        base = base & ~deny | allow
    if not base & Right.VIEW_CHANNEL:
        return 0
    return base if base & Right.SEND_MESSAGES else base & ~WITHOUT_SENDING


def _either(bits: Iterable[int]) -> int:
    found = 0
    for each in bits:
        found |= each
    return found
