"""Who asks too much in vain is banned by Cloudflare, which stands in front of Discord and answers in HTML.

developers/topics/rate-limits, read on 2026-11-29: 10,000 answers of 401, 403 or 429 within ten minutes; a 429 whose
scope is "shared" does not count. How long a ban lasts is not documented: here until the ten minutes are over.
"""

import math
from collections import deque

from aiohttp import web

INVALID_LIMIT, INVALID_PERIOD = 10_000, 600.0
INVALID = (401, 403, 429)
PAGE = b"<!doctype html><html><head><title>Access denied</title></head><body>error code: 1015</body></html>"


class Cloudflare:
    def __init__(self) -> None:
        self._invalid: deque[float] = deque()
        self._banned_since = self._banned_until = 0.0

    def note(self, response: web.StreamResponse, now: float) -> None:
        """Count a response of Discord's, if it is one of the invalid."""
        if response.status not in INVALID or response.headers.get("X-RateLimit-Scope") == "shared":
            return
        self._invalid.append(now)
        if self.count(now) >= INVALID_LIMIT:
            self.ban(now, INVALID_PERIOD)

    def count(self, now: float) -> int:
        """Invalid requests of the last ten minutes."""
        while self._invalid and self._invalid[0] <= now - INVALID_PERIOD:
            self._invalid.popleft()
        return len(self._invalid)

    def ban(self, now: float, seconds: float) -> None:
        self._banned_since, self._banned_until = now, now + seconds

    def banned(self, now: float) -> float:
        """Seconds that the ban still lasts; 0 where there is none."""
        return max(0.0, self._banned_until - now)

    def ignored(self, now: float, crossing: float) -> bool:
        """Whether who asks now could have known of the ban."""
        return self._banned_since + crossing <= now < self._banned_until


def page(wait: float) -> web.Response:
    """Neither JSON nor a Via header: libraries take it for what it is."""
    headers = {"Retry-After": str(math.ceil(wait)), "Server": "cloudflare"}
    return web.Response(status=429, body=PAGE, content_type="text/html", headers=headers)
