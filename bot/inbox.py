"""The port to what was asked: every accepted question is a row with exactly one terminal state."""

from collections.abc import Collection, Sequence
from typing import Protocol

from bot.conversation.turns import Turn
from bot.events import ConversationKey, Event, Handle, Question
from bot.replies import End, Finish, Media


class Inbox(Protocol):
    """All verbs return when their change is durable. They raise `Unavailable` when the database cannot take it now."""

    async def accept(self, event: Event, key: ConversationKey, private: bool) -> Question | None:
        """Commit a new question. None: this (platform, bot, event id) was accepted before."""
        ...

    async def find(self, id: str) -> Question | None:
        """Any question, ended or not."""
        ...

    async def latest(self, key: ConversationKey, commands: Collection[str]) -> Question | None:
        """The newest question of this conversation with one of these commands ("" is plain text), presses left out."""
        ...

    async def attempt(self, id: str) -> int:
        """Count a start of work on this question, before the work. Returns how many there were, this one included."""
        ...

    async def checkpoint(self, id: str, partial: str, handle: Handle) -> None:
        """Keep what is on the screen, and where."""
        ...

    async def conclude(
        self, id: str, answer: str, finish: Finish, turns: Sequence[Turn] = (), media: Sequence[Media] = ()
    ) -> None:
        """State "delivering": the final answer and the conversation's new turns in one commit, BEFORE the last write.

        Each turn's parent is the one before it, the first one's is its own `parent`; the conversation's head moves to
        the last. The media are kept until the question's end.
        """
        ...

    async def media(self, id: str) -> Sequence[Media]:
        """What `conclude` was given, while the question has not ended."""
        ...

    async def end(self, id: str, end: End, reason: str = "") -> None:
        """The terminal state. Wipes the handle (it may hold a platform's token). A second end changes nothing."""
        ...

    async def unfinished(self, platform: str, bot: str) -> Sequence[Question]:
        """Every question without a terminal state, oldest first."""
        ...
