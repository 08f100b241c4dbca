"""One small aiohttp server: /healthz, /readyz, /metrics. Its answers hold nothing that a person wrote, and no request
is logged.

aiohttp 3.14.5 bounds a request's line and headers by itself (8,190 bytes each, 128 headers); the rest is set here
(read in its source, 2026-11-20).
"""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

from aiohttp import web
from aiohttp.http import HttpProcessingError

from adapters.adapter import Hook
from adapters.web.config import WebConfig
from adapters.web.hooks import routes_of
from adapters.web.metrics import Metrics
from adapters.web.readiness import Check, Readiness
from bot.errors import Misconfigured

BODY_BYTES = 1024  # nothing here reads a body, but hooks, which have a limit of their own
CLOSE_SECONDS = 2.0  # for requests that are being answered when the server ends
IDLE_SECONDS = 75.0  # between two requests of one connection
UNREAD_SECONDS = 1.0  # for the rest of a body that nobody reads
FRESH = {"Cache-Control": "no-store"}

log = logging.getLogger(__name__)


@asynccontextmanager
async def open_web(
    config: WebConfig, checks: Mapping[str, Check], metrics: Metrics | None = None, hooks: Sequence[Hook] = ()
) -> AsyncIterator[None]:
    """Serve for as long as the context is open; nothing where no port is set. Raises `Misconfigured`."""
    if not config.port:
        yield
        return
    log.addFilter(_is_ours)
    runner = web.AppRunner(
        _application(Readiness(checks), metrics, tuple(checks), hooks),
        logger=log,
        access_log=None,
        shutdown_timeout=CLOSE_SECONDS,
        keepalive_timeout=IDLE_SECONDS,
        lingering_time=UNREAD_SECONDS,
    )
    await runner.setup()
    try:
        await _listen(runner, config)
        yield
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, config: WebConfig) -> None:
    try:
        await web.TCPSite(runner, config.host, config.port).start()
    except OSError as error:
        where = f"{config.host} (PARLEY_WEB__HOST), port {config.port} (PARLEY_WEB__PORT)"
        raise Misconfigured(
            f"Nothing can be served at {where}: {error.strerror}. Choose another, or 0 for none."
        ) from error


def _is_ours(record: logging.LogRecord) -> bool:
    """Not what a stranger's request did wrong: that would fill the log, and quote the request."""
    kind = record.exc_info[0] if record.exc_info else None
    return kind is None or not issubclass(kind, HttpProcessingError)


def _application(
    readiness: Readiness, metrics: Metrics | None, parts: Sequence[str], hooks: Sequence[Hook]
) -> web.Application:
    async def healthz(_: web.Request) -> web.Response:
        """That this runs at all says that the event loop does."""
        return web.Response(text="ok\n", headers=FRESH)

    async def readyz(_: web.Request) -> web.Response:
        missing = await readiness.missing()
        status = 503 if missing else 200
        return web.json_response({"ready": not missing, "missing": dict(missing)}, status=status, headers=FRESH)

    application = web.Application(client_max_size=BODY_BYTES)
    application.add_routes([web.get("/healthz", healthz), web.get("/readyz", readyz), *routes_of(hooks)])
    if metrics is not None:
        application.add_routes([web.get("/metrics", _figures(readiness, metrics, parts))])
    return application


def _figures(
    readiness: Readiness, metrics: Metrics, parts: Sequence[str]
) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def figures(_: web.Request) -> web.Response:
        missing = await readiness.missing()
        body = metrics.exposition({part: part not in missing for part in parts})
        return web.Response(body=body, headers={**FRESH, "Content-Type": metrics.content_type})

    return figures
