"""A bot's own server, to which updates are posted."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Update = dict[str, Any]


@dataclass
class Server:
    """`answer` is asked for every post: the status and headers to answer with."""

    answer: Callable[[Update], tuple[int, Mapping[str, str]]] = lambda _: (200, {})
    posts: list[Update] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    open: Counter[int] = field(default_factory=Counter)  # posts under way, by chat
    most: Counter[int] = field(default_factory=Counter)  # the most that ever were at once
    gate: asyncio.Event = field(default_factory=asyncio.Event)  # posts are answered while it is set
    body: bytes = b""
    url: str = ""

    @property
    def texts(self) -> list[str]:
        return [post["message"]["text"] for post in self.posts]

    async def take(self, request: web.Request) -> web.Response:
        update = await request.json()
        self.posts.append(update)
        self.headers.append(request.headers)
        chat = update["message"]["chat"]["id"]
        self.open[chat] += 1
        self.most[chat] = max(self.most[chat], self.open[chat])
        self.most[0] = max(self.most[0], self.open.total())
        await self.gate.wait()
        self.open[chat] -= 1
        status, headers = self.answer(update)
        return web.Response(status=status, headers=headers, body=self.body)


@asynccontextmanager
async def serving() -> AsyncIterator[Server]:
    server = Server()
    server.gate.set()
    app = web.Application()
    app.router.add_post("/hook", server.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    try:
        yield server
    finally:
        server.gate.set()
        await runner.cleanup()
