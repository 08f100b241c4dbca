"""Where platforms post what happened: each path with its own limit, and nothing is read from who is not admitted."""

import asyncio
from collections.abc import Sequence

from aiohttp import web
from aiohttp.typedefs import Handler

from adapters.adapter import Hook
from bot.errors import Misconfigured

READ_SECONDS = 10.0  # for a whole body
TAKEN = ("/healthz", "/readyz", "/metrics")


def refuse_without_port(hooks: Sequence[Hook]) -> None:
    """Raises `Misconfigured` where something is posted to us and nobody would hear it."""
    for hook in hooks:
        raise Misconfigured(
            f"{hook.setting} is set, but nothing listens: set web.port (PARLEY_WEB__PORT) to the port to which your "
            f"reverse proxy sends what comes there, or leave {hook.setting} empty."
        )


def routes_of(hooks: Sequence[Hook]) -> Sequence[web.RouteDef]:
    """Raises `Misconfigured` where a path is one of ours."""
    for hook in hooks:
        if hook.path in TAKEN:
            raise Misconfigured(f"A webhook cannot have the path {hook.path}, which is ours: choose another.")
    return [web.post(hook.path, _handler(hook)) for hook in hooks]


def _handler(hook: Hook) -> Handler:
    async def post(request: web.Request) -> web.StreamResponse:
        if not hook.admits(request.headers):
            return web.Response(status=401)
        try:
            async with asyncio.timeout(READ_SECONDS):
                body = await _body(request, hook.largest)
        except TimeoutError:
            return web.Response(status=408)
        if body is None:
            return web.Response(status=413)
        taken = await hook.take(body)
        headers = {"Retry-After": str(taken.retry_after)} if taken.retry_after else {}
        return web.Response(status=taken.status, headers=headers)

    return post


async def _body(request: web.Request, largest: int) -> bytes | None:
    """None: it is larger, whatever its headers say."""
    if (request.content_length or 0) > largest:
        return None
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > largest:
            return None
    return bytes(body)
