"""What the simulators share: an aiohttp server on loopback, a ledger, a clock, and faults that a test scripts.

What a platform's rules are is each simulator's own concern.
"""

import argparse
import asyncio
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any, Literal, Self

from aiohttp import web

from simulators.clock import Clock

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


HUNG_UP = "its sender hung up"


@dataclass(slots=True)
class Entry:
    """One request as it came, and what became of it."""

    at: float  # the simulator's clock at its arrival
    request: str  # "PATCH /api/v10/channels/1/messages/2"
    body: Any  # decoded JSON or form; None where there was none
    status: int = 0  # 0: no answer was sent
    verdict: str = ""  # the rule that refused it, or the fault that was played; "" where all was well
    hold: float = 0.0  # seconds of a retry_after that went back with it


ENTRY = web.RequestKey("entry", Entry)
"""Where a handler finds its request's line of the ledger."""


@dataclass(slots=True)
class Fault:
    """Trouble for the next `times` requests whose line matches `pattern` (after `skip` that are spared).

    "status" answers with status, headers and body at once; "lose request" resets the connection before the request is
    handled; "lose response" handles it, then resets; "delay" waits `seconds`, then handles it.
    """

    pattern: str
    kind: Literal["status", "lose request", "lose response", "delay"]
    times: int = 1
    skip: int = 0
    status: int = 500
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    content_type: str = "application/json"
    seconds: float = 0.0

    def strikes(self, line: str) -> bool:
        if self.times <= 0 or not re.search(self.pattern, line):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        self.times -= 1
        return True


class Changes:
    """Counts what happens, so that a page can show it as it happens: `await changes.after(seen)`."""

    def __init__(self) -> None:
        self.revision = 0
        self._next = asyncio.Event()

    def note(self) -> None:
        self.revision += 1
        self._next.set()
        self._next = asyncio.Event()

    async def after(self, revision: int) -> int:
        """The present revision, as soon as it is above this one."""
        while self.revision <= revision:
            await self._next.wait()
        return self.revision


class Simulator(ABC):
    """A server to be used as `async with`; `url` is its root without a slash at the end.

    `scale` shortens every waiting time that the simulator enforces and announces, so that tests stay fast. Long rules
    are met by `advance`: every rule that counts time reads `clock`. `changes` counts requests, their ends, and what
    changes in the simulated world.
    """

    def __init__(self, port: int = 0, scale: float = 1.0) -> None:
        self.port = port
        self.scale = scale
        self.clock = Clock()
        self.changes = Changes()
        self.ledger: list[Entry] = []
        self.faults: list[Fault] = []
        self._runner: web.AppRunner | None = None

    @abstractmethod
    def routes(self) -> list[web.RouteDef]:
        """What the platform serves; each simulator has its own."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        app = web.Application(middlewares=[self._keep], client_max_size=64 * 2**20)
        app.add_routes(self.routes())
        app.on_response_prepare.append(self._date)
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.5)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        server = site._server  # noqa: SLF001 - aiohttp offers no public way to learn the port that was chosen
        assert isinstance(server, asyncio.Server)  # noqa: S101
        self.port = server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *exc: object) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def revision(self) -> int:
        """Grows with everything that happens here."""
        return self.changes.revision

    def advance(self, seconds: float) -> None:
        """Let the simulator's time jump; who waits by it wakes up where their time has come."""
        self.clock.advance(seconds)
        self.changes.note()

    def seen(self, pattern: str) -> list[Entry]:
        """The ledger's entries whose request line matches."""
        return [entry for entry in self.ledger if re.search(pattern, entry.request)]

    async def _date(self, _: web.Request, response: web.StreamResponse) -> None:
        """The date is that of the simulator's clock."""
        response.headers["Date"] = formatdate(self.clock.wall(), usegmt=True)

    @web.middleware
    async def _keep(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        entry = Entry(self.clock.now(), f"{request.method} {request.path}", await body_of(request))
        request[ENTRY] = entry
        self.ledger.append(entry)
        self.changes.note()
        try:
            return await self._handle(request, handler, entry)
        except asyncio.CancelledError:
            entry.verdict = entry.verdict or HUNG_UP
            raise
        finally:
            self.changes.note()

    async def _handle(self, request: web.Request, handler: Handler, entry: Entry) -> web.StreamResponse:
        fault = next((each for each in self.faults if each.strikes(entry.request)), None)
        if fault is not None:
            entry.verdict = f"fault: {fault.kind}"
            if fault.kind == "lose request":
                return _reset(request)
            if fault.kind == "delay":
                await asyncio.sleep(fault.seconds)
            if fault.kind == "status":
                entry.status = fault.status
                return web.Response(
                    status=fault.status,
                    body=fault.body,
                    headers={**fault.headers, "Content-Type": fault.content_type},
                )
        response = await handler(request)
        if fault is not None and fault.kind == "lose response":
            return _reset(request)
        entry.status = response.status
        return response


async def body_of(request: web.Request) -> Any:
    """The request's body as the ledger keeps it: decoded JSON, a form's fields, or None."""
    kind = request.content_type
    if not request.body_exists:
        return None
    if kind == "application/json":
        try:
            return json.loads(await request.read())
        except ValueError:
            return (await request.read()).decode(errors="replace")
    if kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return dict(await request.post())
    return None


def _reset(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)  # never reaches anyone: the connection is gone


def serve(make: Callable[[int], Simulator], default_port: int) -> None:
    """`python -m simulators.NAME --port N`: serve alone until interrupted."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=default_port)
    port = parser.parse_args().port

    async def run() -> None:
        async with make(port) as simulator:
            print(f"{type(simulator).__name__} listens on {simulator.url}", flush=True)  # noqa: T201
            await asyncio.Event().wait()

    try:
        asyncio.run(run())
    except KeyboardInterrupt:
        return
