"""What one of Discord's rate-limit buckets allows, as its responses tell (pure; times are the event loop's).

Numbers are learned, never assumed: developers/topics/rate-limits, checked 2026-11-20. The library, which counts too,
sleeps inside the call that takes a bucket's last request: previews leave that one to the end of the answer.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

KEPT_BACK = 1  # requests of every window that no preview may take
UNKNOWN_PACE = 1.0  # seconds between previews where Discord says nothing of a bucket


@dataclass(slots=True)
class Budget:
    remaining: int | None = None  # requests left in this window; None: nothing was said yet
    resets_at: float = 0.0
    held_until: float = 0.0  # a retry_after forbids everything until then
    sent_at: float = float("-inf")
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)  # one request at a time: none overtakes a retry_after

    def learn(self, status: int, headers: Mapping[str, str], now: float) -> None:
        if status == 429:
            self.held_until = now + number(headers, "Retry-After", 0.0)
            return
        self.held_until = 0.0
        if "X-RateLimit-Remaining" in headers:
            self.remaining = int(number(headers, "X-RateLimit-Remaining", 0.0))
            self.resets_at = now + number(headers, "X-RateLimit-Reset-After", 0.0)

    def ready(self, now: float) -> float:
        """Seconds until a request may go that must go."""
        empty_until = self.resets_at if self.remaining == 0 else 0.0
        return max(0.0, self.held_until - now, empty_until - now)

    def spare(self, now: float) -> float:
        """Seconds until one may go that can be done without: evenly spread over what is left of the window."""
        if self.remaining is None:
            return max(self.ready(now), self.sent_at + UNKNOWN_PACE - now)
        if now >= self.resets_at or self.kept_back(now):
            return max(self.ready(now), self.resets_at - now)
        left = self.remaining - KEPT_BACK
        due = self.sent_at + (self.resets_at - self.sent_at) / (left + 1)
        return max(self.ready(now), due - now)

    def kept_back(self, now: float) -> bool:
        """Whether what is left of the window is for what must go."""
        return self.remaining is not None and self.remaining <= KEPT_BACK and now < self.resets_at

    def idle(self, now: float) -> bool:
        """Whether nothing is lost when it is forgotten."""
        return not self.lock.locked() and now > max(self.resets_at, self.held_until)


def number(headers: Mapping[str, str], name: str, default: float) -> float:
    try:
        return float(headers[name])
    except (KeyError, ValueError):
        return default
