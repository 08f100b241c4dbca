"""The port to what one person said and was told, found by meaning: one vector a turn.

`person` is a scope (`settings.of_person`): nobody finds other people's turns. Vectors can be compared within one
`space`, which is named after what makes them. A person has vectors of one space at a time: with the first of another,
the former are dropped, and their turns are without one again. How vectors are made is not this port's concern.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.conversation.turns import Turn
from bot.events import Chat, ConversationKey


@dataclass(frozen=True, slots=True)
class Passage:
    turn: str  # its id
    text: str


@dataclass(frozen=True, slots=True)
class Unindexed:
    count: int  # of all
    passages: Sequence[Passage]  # the newest of them, the newest first


@dataclass(frozen=True, slots=True)
class Found:
    turn: Turn
    at: datetime  # aware, UTC
    likeness: float  # the cosine: above 0, 1 for the same direction
    chat: Chat | None = None  # where it was asked; None: that is no longer stored
    message: str = ""  # which was asked


class Memory(Protocol):
    """All verbs raise `Unavailable` when the database is away."""

    async def unindexed(self, person: str, space: str, limit: int) -> Unindexed:
        """The turns that have no vector in this space."""
        ...

    async def index(self, person: str, space: str, vectors: Mapping[str, Sequence[float]]) -> None:
        """Keep a vector for each of these turns, by its id: all of the same length, their norms do not matter.

        A turn that is not this person's, or has one already, is passed over.
        """
        ...

    async def search(
        self, person: str, space: str, vector: Sequence[float], limit: int, within: ConversationKey | None = None
    ) -> Sequence[Found]:
        """The turns most like this, the most like it first; `within`: only those of one conversation."""
        ...
