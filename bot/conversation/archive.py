"""The port to what was said. Turns are written by `Inbox.conclude`, together with their question's fate."""

from collections.abc import Sequence
from typing import Protocol

from bot.conversation.turns import Turn
from bot.events import ConversationKey


class Archive(Protocol):
    async def recent(self, key: ConversationKey, limit: int) -> Sequence[Turn]:
        """The last turns of the branch that the conversation is on, oldest first."""
        ...

    async def before(self, question: str, limit: int) -> Sequence[Turn] | None:
        """The turns that this question's own exchange followed, oldest first. None: it made no turns."""
        ...

    async def start_afresh(self, key: ConversationKey) -> None:
        """The next turn begins a new conversation; what was said stays stored."""
        ...
