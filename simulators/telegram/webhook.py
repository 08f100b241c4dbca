"""How Telegram posts updates to a bot's own server, as its real server does it (WebhookActor.cpp of Bot API 10.0).

One chat's updates go one at a time, in order; what fails is repeated, at once and then after growing pauses, until it
is a day old, and holds back that chat only. Nothing outside this machine is ever contacted: it counts as refused.
"""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus

from aiohttp import ClientError, ClientSession, ClientTimeout
from yarl import URL

from simulators.clock import Clock
from simulators.telegram.updates import Lane, Update, Updates, lane_of

SECRET = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - a header's name
FIRST_PAUSE, LONGEST_PAUSE = 2.0, 60.0  # seconds before the second repeat, at most between two; the first goes at once
LONGEST_RETRY_AFTER = 3600.0
READ_SECONDS = 60.0
GONE_SECONDS = 23 * 3600.0  # after so long of nothing but 410 the webhook is removed
LOOPBACK = ("127.0.0.1", "::1", "localhost")
PORTS = (443, 80, 88, 8443)


def trouble_with(url: str) -> str:
    """Why this cannot be a webhook, in the server's words; "" where it can.

    Plain HTTP on any port of this machine is accepted, as a Bot API server of one's own does it in local mode.
    """
    parsed = URL(url)
    if parsed.host in LOOPBACK:
        return ""
    if parsed.scheme != "https":
        return "An HTTPS URL must be provided for webhook"
    return "" if parsed.port in PORTS else "Webhook can be set up only on ports 80, 88, 443 or 8443"


@dataclass(slots=True)
class Failure:
    """The last delivery that did not succeed."""

    message: str
    date: int


@dataclass(slots=True, eq=False)
class Webhook:
    """What was set, and its deliveries."""

    url: str
    secret: str
    connections: int  # posts at the same time
    scale: float
    clock: Clock
    updates: Updates
    remove: Callable[[], None]  # called when nothing but 410 came for too long
    find: Callable[[str], None]  # called with what is accepted, and not wanted
    failure: Failure | None = None
    active: bool = True
    held: int = 0  # chats that wait for the next try
    losing: int = 0  # so many of the next answers are lost on the way, though the bot gave them
    _tasks: dict[Lane, asyncio.Task[None]] = field(default_factory=dict)
    _session: ClientSession | None = None
    _slots: asyncio.Semaphore = field(init=False)
    _gone_since: float | None = None

    def __post_init__(self) -> None:
        self._slots = asyncio.Semaphore(self.connections)

    def wake(self) -> None:
        """Something may have come: every chat with updates has a task that posts them."""
        if not self.active:
            return
        for lane in {lane_of(each) for each in self.updates.pending} - self._tasks.keys():
            self._tasks[lane] = asyncio.get_running_loop().create_task(self._deliver(lane))

    async def close(self) -> None:
        tasks = list(self._tasks.values())
        for each in tasks:
            each.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    async def _deliver(self, lane: Lane) -> None:
        pause = 0.0
        while self.active and (update := self.updates.first(lane)) is not None:
            async with self._slots:
                asked = await self._post(update)
            if asked is None:
                self.updates.drop(update)
                pause = 0.0
                continue
            self.held += 1
            await self.clock.sleep((asked or pause) * self.scale)
            self.held -= 1
            pause = min(2 * pause, LONGEST_PAUSE) or FIRST_PAUSE
        del self._tasks[lane]

    async def _post(self, update: Update) -> float | None:
        """None: it was taken. Otherwise how many seconds the bot's server asked to wait, 0 where it did not."""
        if URL(self.url).host not in LOOPBACK:
            return self._failed("Connection refused")
        if self._session is None:
            self._session = ClientSession(timeout=ClientTimeout(total=READ_SECONDS))
        headers = {"Content-Type": "application/json", **({SECRET: self.secret} if self.secret else {})}
        try:
            async with self._session.post(
                self.url, data=json.dumps(update), headers=headers, allow_redirects=False
            ) as response:
                body, status, retry_after = await response.read(), response.status, response.headers.get("Retry-After")
        except TimeoutError:
            return self._failed("Read timeout expired")
        except (ClientError, OSError):
            return self._failed("Connection refused")
        if self.losing > 0:
            self.losing -= 1
            return self._failed("Connection reset by peer")
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            self._gone_since = None
            self._look_at(body)
            return None
        self._count_gone(status)
        self._failed(f"Wrong response from the webhook: {status} {response.reason}")
        asked = float(retry_after) if retry_after and retry_after.isdecimal() else 0.0
        return min(asked, LONGEST_RETRY_AFTER)

    def _failed(self, message: str) -> float:
        self.failure = Failure(message, int(self.clock.wall()))
        return 0.0

    def _count_gone(self, status: int) -> None:
        if status != HTTPStatus.GONE:
            self._gone_since = None
        elif self._gone_since is None:
            self._gone_since = self.clock.now()
        elif self.clock.now() - self._gone_since > GONE_SECONDS * self.scale:
            self.active = False
            self.remove()

    def _look_at(self, body: bytes) -> None:
        if b'"method"' in body:
            self.find("a call in a webhook's response: whether it succeeded cannot be known")
