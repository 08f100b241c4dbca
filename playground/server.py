"""The page and what it asks for, on loopback alone.

A web page of somebody else must not reach it: requests are taken for the host names of loopback only (against DNS
rebinding), actions from this very origin only, and with the random word that stands in our own page.
"""

import json
import secrets
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from pathlib import Path
from urllib.parse import quote

from aiohttp import web

from playground.actions import UPLOAD_LIMIT, Actions
from playground.discord_pane import DiscordPane
from playground.shapes import UNKNOWN, media_type
from playground.telegram_pane import TelegramPane
from playground.watching import Watching

HOST = "127.0.0.1"
NAMES = (HOST, "localhost")
PAGE = Path(__file__).parent / "page"
TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
MOST_READERS = 16  # open pages
BODY_BYTES = UPLOAD_LIMIT * 4 // 3 + 65_536
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
ALONE = "default-src 'none'; sandbox"  # for files that people or the bot sent
TOKEN = "X-Playground-Token"  # noqa: S105 - a header's name
OURS = "same-origin"  # what browsers say of a request by our page
PLACEHOLDER = b"{{token}}"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Server:
    def __init__(
        self, port: int, watching: Watching, actions: Actions, discord: DiscordPane, telegram: TelegramPane
    ) -> None:
        self.port = port
        self._watching = watching
        self._actions = actions
        self._files = {"discord": discord.file, "telegram": telegram.file}
        self._token = secrets.token_urlsafe(24)
        self._readers = 0

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def application(self) -> web.Application:
        application = web.Application(middlewares=[self._guard], client_max_size=BODY_BYTES)
        application.add_routes([
            web.get("/", self._page),
            web.get("/events", self._events),
            web.post("/do", self._do),
            web.get("/files/{platform:discord|telegram}/{id:[\\w-]{1,80}}", self._file),
            web.get("/{name:[a-z-]{1,40}\\.(?:js|css|svg)}", self._asset),
        ])  # fmt: skip
        return application

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.host not in self._hosts():
            raise web.HTTPForbidden(text="The playground answers to the name of this machine's loopback only.\n")
        if request.path != "/" and request.headers.get("Sec-Fetch-Site", OURS) not in (OURS, "none"):
            raise web.HTTPForbidden(text="Only the playground's own page may ask for this.\n")
        try:
            response = await handler(request)
        except web.HTTPException as refusal:
            refusal.headers.update(HEADERS)
            raise
        if not response.prepared:
            for name, value in HEADERS.items():
                response.headers.setdefault(name, value)
        return response

    def _hosts(self) -> set[str]:
        return {f"{name}:{self.port}" for name in NAMES}

    async def _page(self, _: web.Request) -> web.StreamResponse:
        whole = (PAGE / "index.html").read_bytes().replace(PLACEHOLDER, self._token.encode())
        return web.Response(body=whole, content_type="text/html", charset="utf-8")

    async def _asset(self, request: web.Request) -> web.StreamResponse:
        file = PAGE / request.match_info["name"]
        if not file.is_file():
            raise web.HTTPNotFound
        return web.Response(body=file.read_bytes(), content_type=TYPES[file.suffix], charset="utf-8")

    async def _events(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events, each the whole state: one that is lost is made good by the next."""
        if self._readers >= MOST_READERS:
            raise web.HTTPServiceUnavailable(text="Too many pages are open: close some.\n")
        self._readers += 1
        try:
            response = web.StreamResponse(headers={**HEADERS, "Content-Type": "text/event-stream"})
            await response.prepare(request)
            async with aclosing(self._watching.states()) as states:
                async for state in states:
                    await response.write(b"retry: 500\ndata: " + state + b"\n\n")
        except (ConnectionResetError, OSError):
            pass  # the page was closed
        finally:
            self._readers -= 1
        return response

    async def _do(self, request: web.Request) -> web.StreamResponse:
        origins = {f"http://{host}" for host in self._hosts()}
        if request.headers.get("Origin") not in origins:
            raise web.HTTPForbidden(text="Only the playground's own page may do this.\n")
        if not secrets.compare_digest(request.headers.get(TOKEN, ""), self._token):
            return _refused("This page is of an earlier playground: reload it.", 403)
        if request.content_type != "application/json":
            raise web.HTTPUnsupportedMediaType
        try:
            return web.json_response({"result": await self._actions.do(json.loads(await request.read()))})
        except ValueError as refusal:
            return _refused(f"{str(refusal)[:1].upper()}{str(refusal)[1:]}.", 400)

    async def _file(self, request: web.Request) -> web.StreamResponse:
        found = self._files[request.match_info["platform"]](request.match_info["id"])
        if found is None:
            raise web.HTTPNotFound
        name, data = found
        kind = media_type(data)
        headers = {"Content-Security-Policy": ALONE, "Content-Type": kind}
        if kind == UNKNOWN:
            headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
        return web.Response(body=data, headers=headers)


def _refused(sentence: str, status: int) -> web.StreamResponse:
    return web.json_response({"error": sentence}, status=status)
