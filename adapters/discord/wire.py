"""Every request to Discord's REST API: the library's own client, with the manners that it lacks.

Of discord.py 2.7.1 (read and measured 2026-11-20): a reset connection is tried once and raised; a 429 holds only the
request that got it, not its neighbours in the bucket; a 429 from Cloudflare is raised and holds nobody; the call that
takes a bucket's last request returns only when the bucket is full again; and a call that is cancelled while it sleeps
leaves its bucket locked for ever. So: requests of a bucket go one at a time, wait out every retry_after, run in tasks
of their own that nobody cancels, and an edit counts as done when its response is there.
"""

import asyncio
import math
import re
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import aiohttp
import discord
from discord.http import HTTPClient, Route

from adapters.discord.budget import Budget, number
from adapters.discord.events import PLATFORM
from adapters.discord.failures import BAN_SECONDS, FOREIGN, translate
from adapters.discord.media import Upload, multipart
from bot.errors import Unavailable
from bot.meter import SILENT, Meter, Write

REQUEST_SECONDS = 30.0  # for one request; the library itself would wait 5 minutes
UPLOAD_PACE = 128 * 1024  # bytes in a second, which any line should manage
PATIENCE_SECONDS = 600.0  # how long what must arrive is tried
LONGEST_PAUSE = 30.0  # seconds between two tries
LONGEST_SLEEP = 30.0  # the library raises instead of sleeping longer for a rate limit; less it does not take
BUDGETS_KEPT = 512
WINDOW_SECONDS = 1.1  # a bot has 50 requests in a second, but on their way some come closer together
PER_WINDOW = 44  # and some are for logging in
PREVIEWS = 36  # how many of these may have gone when a preview goes; for everything else there must be room
MESSAGES = re.compile(r"/messages\b|/webhooks/")  # in the paths of what people see
WRITES: Mapping[str, Write] = {"POST": "send", "PATCH": "edit"}


@dataclass(frozen=True, slots=True)
class Account:
    """Whom the token belongs to."""

    user: str
    application: str


@dataclass(frozen=True, slots=True)
class _Attempt:
    budget: Budget
    arrived: asyncio.Future[None]  # Discord has done what it was asked
    share: int  # 0: it must go; else only while less than so many others went
    longest: float  # seconds that it may wait for its turn


class Wire:
    """Open it once in the event loop that it is used in."""

    def __init__(self, meter: Meter = SILENT) -> None:
        self._meter = meter
        # Interactions' routes are exempt from the bot's global limit, for which a client holds back all its requests.
        self._clients: dict[bool, HTTPClient] = {}
        self._budgets: dict[str, Budget] = {}
        self._running: set[asyncio.Task[Any]] = set()
        self._banned_until = 0.0  # Cloudflare's answer to too many mistakes: nothing may go
        self._global_until = 0.0
        self._recent: deque[float] = deque([float("-inf")] * PER_WINDOW, PER_WINDOW)  # when the bot's last ones went

    async def open(self, token: str) -> Account:
        """Log in. Raises `Misconfigured` where Discord refuses the token, `Unavailable` where it cannot be asked."""
        try:
            for exempt in (True, False):
                client = self._clients[exempt] = self._client()
                user = await client.static_login(token)
            application = await client.application_info()
        except FOREIGN as error:
            await self.close()
            trouble = translate(error)
            if trouble is None:
                raise
            raise trouble from error
        self._clients[True].token = None  # an interaction's own token is the right to its routes
        return Account(str(user["id"]), str(application["id"]))

    async def close(self) -> None:
        clients, self._clients = list(self._clients.values()), {}
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        for client in clients:
            await client.close()

    async def request(
        self,
        route: Route,
        body: Any = None,
        uploads: Sequence[Upload] = (),
        *,
        early: bool = False,
        share: int = 0,
        longest: float = math.inf,
    ) -> Any:
        """One try. `early`: return, with nothing, as soon as Discord has done it. `share`: it can be done without.

        Where it must not go for more than `longest` seconds, it is not waited for. Raises what `failures.py` makes of a
        refusal; after `Unavailable` without a retry_after nobody knows whether it was done.
        """
        attempt = _Attempt(self._budget(route), asyncio.get_running_loop().create_future(), share, longest)
        task = asyncio.create_task(self._perform(route, body, uploads, attempt))
        self._running.add(task)
        task.add_done_callback(self._settled)
        if early:
            await asyncio.wait({task, attempt.arrived}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                return None
        return await asyncio.shield(task)

    async def insist(
        self,
        route: Route,
        body: Any = None,
        uploads: Sequence[Upload] = (),
        *,
        early: bool = False,
        patience: float = PATIENCE_SECONDS,
        longest: float = math.inf,
    ) -> Any:
        """Try until it is done: only for what may be repeated. Raises `Unavailable` when patience is at its end.

        A retry_after of more than `longest` seconds is not waited out; what was tried was not done then.
        """
        loop = asyncio.get_running_loop()
        deadline, pause = loop.time() + patience, 0.25
        while True:
            try:
                left = min(longest, deadline - loop.time())
                return await self.request(route, body, uploads, early=early, longest=left)
            except Unavailable as trouble:
                wait = max(pause, trouble.retry_after or 0.0)
                if loop.time() + wait > deadline or (trouble.retry_after or 0.0) > longest:
                    raise
                await asyncio.sleep(wait)
            pause = min(2 * pause, LONGEST_PAUSE)

    def held(self, route: Route, now: float) -> float:
        """Seconds until anything may go by this route."""
        until = self._banned_until if _exempt(route) else max(self._banned_until, self._global_until)
        return max(until - now, self._crowded(route, now, PER_WINDOW), self._budget(route).ready(now))

    def spare(self, route: Route, now: float, *, share: int = PREVIEWS) -> float:
        """Seconds until a request may go that can be done without, while less than `share` others went."""
        return max(self._crowded(route, now, share), self.held(route, now), self._budget(route).spare(now))

    async def _perform(self, route: Route, body: Any, uploads: Sequence[Upload], attempt: _Attempt) -> Any:
        loop, budget = asyncio.get_running_loop(), attempt.budget
        async with budget.lock:
            while (wait := self.held(route, loop.time())) > 0:
                if attempt.share or wait > attempt.longest:
                    raise Unavailable("Discord asks us to wait.", retry_after=wait)
                await asyncio.sleep(wait)
            if attempt.share and (
                budget.kept_back(loop.time()) or self._crowded(route, loop.time(), attempt.share) > 0
            ):
                raise Unavailable("What is left is for what must arrive.")
            client = self._clients.get(_exempt(route))
            if client is None:
                raise Unavailable("The connection to Discord is closed.")
            budget.sent_at = loop.time()
            if not _exempt(route):
                self._recent.append(budget.sent_at)
            try:
                return await client.request(
                    route, trace_request_ctx=attempt, timeout=_timeout(uploads), **_content(body, uploads)
                )
            except FOREIGN as error:
                trouble = translate(error)
                if trouble is None:
                    raise
                if not isinstance(error, discord.HTTPException) or error.status != 429:
                    self._meter.failed(PLATFORM, type(trouble).__name__.lower())
                raise trouble from error

    async def _learn(
        self, _session: aiohttp.ClientSession, context: SimpleNamespace, end: aiohttp.TraceRequestEndParams
    ) -> None:
        attempt, status, headers = context.trace_request_ctx, end.response.status, end.response.headers
        if not isinstance(attempt, _Attempt):  # logging in
            return
        now = asyncio.get_running_loop().time()
        attempt.budget.learn(status, headers, now)
        self._count(end.method, end.url.path, status)
        if status == 429 and "Via" not in headers:
            self._banned_until = now + number(headers, "Retry-After", BAN_SECONDS)
        elif status == 429 and "X-RateLimit-Global" in headers:
            self._global_until = now + number(headers, "Retry-After", 1.0)
        elif status < 300 and not attempt.arrived.done():
            attempt.arrived.set_result(None)

    def _count(self, method: str, path: str, status: int) -> None:
        if status == 429:
            self._meter.limited(PLATFORM)
        elif status < 300 and method in WRITES and MESSAGES.search(path):
            self._meter.wrote(PLATFORM, WRITES[method])

    def _crowded(self, route: Route, now: float, share: int) -> float:
        """Seconds until less than `share` of the bot's requests went within the window."""
        return 0.0 if _exempt(route) else self._recent[-share] + WINDOW_SECONDS - now

    def _budget(self, route: Route) -> Budget:
        key = f"{route.key} {route.major_parameters}"
        if key not in self._budgets and len(self._budgets) >= BUDGETS_KEPT:
            now = asyncio.get_running_loop().time()
            self._budgets = {key: budget for key, budget in self._budgets.items() if not budget.idle(now)}
        return self._budgets.setdefault(key, Budget())

    def _client(self) -> HTTPClient:
        trace = aiohttp.TraceConfig()
        trace.on_request_end.append(self._learn)
        return HTTPClient(asyncio.get_running_loop(), http_trace=trace, max_ratelimit_timeout=LONGEST_SLEEP)

    def _settled(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # told to whoever waits; an early leaver has seen enough


def _timeout(uploads: Sequence[Upload]) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=REQUEST_SECONDS + sum(len(each.data) for each in uploads) / UPLOAD_PACE)


def _content(body: Any, uploads: Sequence[Upload]) -> dict[str, Any]:
    if uploads:
        return multipart(body, uploads)
    return {} if body is None else {"json": body}


def _exempt(route: Route) -> bool:
    return route.webhook_id is not None
