"""The port to settings that are made while the bot runs, by scope.

Scopes are "instance", a space and a person (`of_space`, `of_person`). What an operator writes in files and the
environment is in `config.py`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.events import Chat, Event

INSTANCE = "instance"
HOME = "home|"  # how the names of all such settings begin (`home_setting`)


def of_person(platform: str, account: str) -> str:
    return f"person:{platform}:{account}"


def of_space(platform: str, space: str) -> str:
    return f"space:{platform}:{space}"


def home_setting(chat_id: str) -> str:
    """In a space's scope: "yes" where the bot answers every message of this chat or thread, "no" where it does not."""
    return f"{HOME}{chat_id}"


def is_home(settings: Mapping[str, str], chat: Chat) -> bool:
    """Whether, by the settings of its space, no mention is needed here: a thread's own word goes before its chat's."""
    own = settings.get(home_setting(chat.thread), "") if chat.thread else ""
    return (own or settings.get(home_setting(chat.id), "")) == "yes"


def moved_setting(name: str, platform: str, before: str, after: str) -> str:
    """The setting's name after that chat got another id: some name the chat they are about."""
    if name == home_setting(before):
        return home_setting(after)
    return name.replace(f"grant|chat:{platform}:{before}|", f"grant|chat:{platform}:{after}|")


def scopes_of(event: Event) -> tuple[str, str, str]:
    """Those whose settings hold for this event, the nearest first: me, here, everywhere."""
    me = of_person(event.platform, event.author.id)
    return me, of_space(event.platform, event.chat.space), INSTANCE


@dataclass(frozen=True, slots=True)
class Change:
    """An entry of the audit: who changed which setting, when, from what, to what."""

    who: str  # a person's scope, or "config"
    scope: str
    name: str
    before: str
    after: str
    at: datetime  # aware, UTC


class Settings(Protocol):
    """Values are text; "" is the same as none. All verbs raise `Unavailable` when the database is away."""

    async def read(self, scope: str, name: str) -> str: ...

    async def write(self, scope: str, name: str, value: str) -> None:
        """What the program keeps for itself: not audited."""
        ...

    async def change(self, who: str, scope: str, name: str, value: str) -> str:
        """What a person decides: the value and its audit entry in one commit. Returns the value before."""
        ...

    async def of(self, scopes: Collection[str]) -> Mapping[str, Mapping[str, str]]:
        """All settings of these scopes: scope -> name -> value."""
        ...

    async def beginning(self, prefix: str) -> Sequence[tuple[str, str, str]]:
        """(scope, name, value) of every setting of any scope whose name begins so."""
        ...

    async def history(self, scope: str, prefix: str, limit: int) -> Sequence[Change]:
        """The audit of one scope's settings whose names begin so, newest first."""
        ...
