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

    async def latest(
        self, key: ConversationKey, commands: Collection[str], message: str | None = None
    ) -> Question | None:
        """The newest question of this conversation with one of these commands ("" is plain text), presses left out.

        `message`: only those about that message.
        """
        ...

    async def attempt(self, id: str) -> int:
        """Count a start of work on this question, before the work. Returns how many there were, this one included."""
        ...

    async def checkpoint(self, id: str, partial: str, handle: Handle) -> bool:
        """Keep what is on the screen, and where. True: somebody has asked to stop it (`stop`)."""
        ...

    async def stop(self, id: str) -> None:
        """Its person wants no more of it: whoever works on it, here or elsewhere, now or after a restart, is to end it.

        Nothing for a question whose answer is final already.
        """
        ...

    async def stop_all(self, key: ConversationKey, but: str) -> int:
        """The same for everything in this conversation `but` that question. Returns how many there were."""
        ...

    async def kept(self, key: ConversationKey, limit: int) -> Sequence[str]:
        """Questions of this conversation that ended "undeliverable" with a final answer, the newest first.

        Only of the last 30 days, and without those that their person has stopped.
        """
        ...

    async def reopen(self, id: str, handle: Handle) -> Question | None:
        """Such a question is "delivering" again, at another place. None: it is none, or somebody else was faster."""
        ...

    async def move(self, platform: str, bot: str, before: str, after: str) -> None:
        """The chat `before` has the id `after`: its conversations and questions, and where it is a space of its own
        its settings, their audit and grants that name it, follow in one commit. A repeat changes nothing.

        Where there is something under the new id already, that stays as it is, and what is older joins it.
        """
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
        """What `conclude` was given, while the question has not ended, or ended "undeliverable"."""
        ...

    async def end(self, id: str, end: End, reason: str = "") -> None:
        """The terminal state. Wipes the handle (it may hold a platform's token). A second end changes nothing."""
        ...

    async def unfinished(self, platform: str, bot: str) -> Sequence[Question]:
        """Every question without a terminal state, oldest first."""
        ...
