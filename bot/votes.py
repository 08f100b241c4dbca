"""The port to what people preferred when models answered the same prompt."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Standing:
    model: str
    votes: int
    shown: int  # comparisons with at least one vote in which it stood


class Votes(Protocol):
    async def cast(self, question: str, voter: str, model: str, others: Sequence[str]) -> None:
        """This voter's one vote in this comparison; a later one replaces it. Voters are kept as pseudonyms."""
        ...

    async def rank(self) -> Sequence[Standing]:
        """By share of the votes, the best first."""
        ...
