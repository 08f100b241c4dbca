"""The port to what was spent. Counters are pseudonymous; money is in millionths of a US dollar."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol

Period = Literal["day", "month"]  # of UTC
Unit = Literal["tokens", "pictures", "micros"]


@dataclass(frozen=True, slots=True)
class Amount:
    tokens: int = 0
    pictures: int = 0
    micros: int = 0  # millionths of a US dollar

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(self.tokens + other.tokens, self.pictures + other.pictures, self.micros + other.micros)


@dataclass(frozen=True, slots=True)
class Limit:
    subject: str  # a scope of `settings.py`
    period: Period
    unit: Unit
    most: int


class Ledger(Protocol):
    """Verbs return when their change is durable. Raises `Unavailable` when the database is away."""

    async def reserve(
        self, id: str, subjects: Sequence[str], amount: Amount, limits: Sequence[Limit], at: datetime
    ) -> Limit | None:
        """Count the amount for every subject, on this UTC day and in its month, unless a limit would be overrun.

        Then that limit is returned and nothing is counted. Two reservations at once never overrun a limit together.
        `id` names the reservation; what is never settled stays counted in full.
        """
        ...

    async def settle(self, id: str, used: Amount) -> None:
        """Replace the reservation by what was really used. A second one, or one without a reservation, does nothing."""
        ...

    async def used(self, subject: str, at: datetime) -> Mapping[Period, Amount]:
        """On this UTC day, and in its month."""
        ...

    async def days(self, subject: str, since: date) -> Mapping[date, Amount]:
        """Of each UTC day from `since` on that has anything."""
        ...
