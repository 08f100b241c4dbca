"""Rate limits: a bucket for every route and its major parameter, and the global one (developers/topics/rate-limits).

Discord publishes no numbers but the global 50 per second; 5 per 5 s is what libraries see on the message routes.
"""

import hashlib
import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

LIMIT, PERIOD = 5, 5.0
GLOBAL_LIMIT, GLOBAL_PERIOD = 50, 1.0
GLOBAL = "global"
CROSSING_SECONDS = 0.02  # who was on the way when a retry_after went out could not have known of it
VIA = {"Via": "1.1 google"}  # libraries tell Discord's own answers from Cloudflare's by it


@dataclass(frozen=True, slots=True)
class Key:
    """What a request is counted under."""

    route: str  # "PATCH /channels/{channel_id}/messages/{message_id}"
    major: str  # the channel's id or the webhook's token
    limited: bool = True  # False: the route announces no bucket
    global_exempt: bool = False  # interaction endpoints are not bound to the bot's global limit

    @property
    def hash(self) -> str:
        return hashlib.sha256(self.route.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a request may pass, and what its response says of the bucket."""

    headers: dict[str, str]
    retry_after: float | None = None  # None: it passes
    scope: str = "user"


@dataclass(slots=True)
class Hold:
    """The time in which a retry_after that was sent forbids requests."""

    since: float = 0.0
    until: float = 0.0

    def extend(self, now: float, seconds: float) -> None:
        if now >= self.until:
            self.since = now
        self.until = max(self.until, now + seconds)


@dataclass(slots=True)
class Window:
    ends: float = 0.0
    used: int = 0
    hold: Hold = field(default_factory=Hold)


@dataclass(slots=True)
class Buckets:
    scale: float
    clock: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    crossing: float = CROSSING_SECONDS
    _windows: dict[tuple[str, str], Window] = field(default_factory=dict)
    _recent: deque[float] = field(default_factory=deque)  # when the last requests under the global limit came
    _global_hold: Hold = field(default_factory=Hold)
    _shared: dict[str, float] = field(default_factory=dict)  # until when a channel (or guild) is too busy for anybody

    def held(self, key: Key) -> float:
        """Seconds for which a retry_after that was sent still forbids this request; 0 where none does."""
        return max(0.0, *(hold.until - self.clock() for hold in self._holds(key)))

    def early(self, key: Key) -> bool:
        """Whether this request comes before a retry_after has passed that its sender can know of."""
        now = self.clock()
        return any(hold.since + self.crossing <= now < hold.until for hold in self._holds(key))

    def hold(self, key: Key, seconds: float, *, everywhere: bool = False) -> None:
        """A retry_after went out: from now on the ledger knows who comes before it has passed."""
        hold = self._global_hold if everywhere else self._window(key).hold
        hold.extend(self.clock(), seconds)

    def overload(self, major: str, seconds: float) -> None:
        """A channel or guild is too busy: whoever asks there meets a limit that is not theirs alone."""
        self._shared[major] = self.clock() + seconds

    def take(self, key: Key) -> Verdict:
        """Count one request; the hold of a refusal is set here."""
        held = self.held(key)
        if (wait := self._shared.get(key.major, 0.0) - self.clock()) > 0:
            self.hold(key, wait)
            return Verdict(VIA | {"X-RateLimit-Scope": "shared"}, _up(wait), "shared")
        if not key.global_exempt and (wait := self._global_wait()) > 0:
            self.hold(key, wait, everywhere=True)
            return Verdict(VIA | {"X-RateLimit-Global": "true", "X-RateLimit-Scope": GLOBAL}, _up(wait), GLOBAL)
        if not key.limited:
            return Verdict(VIA, _up(held) if held else None)
        window, now = self._window(key), self.clock()
        if now >= window.ends:
            window.ends, window.used = now + PERIOD * self.scale, 0
        wait = max(held, window.ends - now if window.used >= LIMIT else 0.0)
        if wait > 0:
            window.ends = max(window.ends, now + wait)
            window.used = LIMIT
            self.hold(key, wait)
            return Verdict(self._headers(key, window) | {"X-RateLimit-Scope": "user"}, _up(wait))
        window.used += 1
        return Verdict(self._headers(key, window))

    def _global_wait(self) -> float:
        now = self.clock()
        if self._global_hold.until > now:
            return self._global_hold.until - now
        period = GLOBAL_PERIOD * self.scale
        while self._recent and self._recent[0] <= now - period:
            self._recent.popleft()
        if len(self._recent) >= GLOBAL_LIMIT:
            return self._recent[0] + period - now
        self._recent.append(now)
        return 0.0

    def _headers(self, key: Key, window: Window) -> dict[str, str]:
        after = _up(window.ends - self.clock())
        return VIA | {
            "X-RateLimit-Limit": str(LIMIT),
            "X-RateLimit-Remaining": str(max(0, LIMIT - window.used)),
            "X-RateLimit-Reset": f"{self.wall() + after:.3f}",
            "X-RateLimit-Reset-After": f"{after:.3f}",
            "X-RateLimit-Bucket": key.hash,
        }

    def _holds(self, key: Key) -> tuple[Hold, ...]:
        own = self._window(key).hold
        return (own,) if key.global_exempt else (own, self._global_hold)

    def _window(self, key: Key) -> Window:
        return self._windows.setdefault((key.route, key.major), Window())


def _up(seconds: float) -> float:
    """Milliseconds, rounded up: who waits as long as was said is never early."""
    return math.ceil(max(0.0, seconds) * 1000) / 1000
