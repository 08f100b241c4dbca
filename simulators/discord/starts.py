"""How often a session may be begun: so many IDENTIFYs a day, and few at the same time.

developers/events/gateway (identifying, session start limit), read on 2026-11-29. A RESUME is not counted.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Literal

DAY = 86_400.0
CROWD_PERIOD = 5.0


@dataclass(slots=True)
class Starts:
    """`scale` shortens the five seconds, not the day: nobody waits for that one."""

    scale: float
    concurrency: int = 1
    _taken: deque[float] = field(default_factory=deque)

    def take(self, now: float, total: int) -> Literal["fine", "crowded", "exhausted"]:
        """Count one IDENTIFY at this moment of the simulator's clock, of `total` in a day."""
        self._forget(now)
        crowd = sum(1 for each in self._taken if each > now - CROWD_PERIOD * self.scale)
        if crowd >= self.concurrency:
            return "crowded"
        self._taken.append(now)
        return "exhausted" if len(self._taken) > total else "fine"

    def left(self, now: float, total: int) -> int:
        self._forget(now)
        return max(0, total - len(self._taken))

    def resets_after(self, now: float) -> float:
        """Seconds until the oldest is forgotten; 0 where there is none."""
        self._forget(now)
        return self._taken[0] + DAY - now if self._taken else 0.0

    def _forget(self, now: float) -> None:
        while self._taken and self._taken[0] <= now - DAY:
            self._taken.popleft()
