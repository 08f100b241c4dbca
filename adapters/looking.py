"""What a platform's diagnosis is handed, and how it asks: plain requests, because a library would wait, retry and log.

A platform package may have a `diagnosis.py` with `diagnose(config, token, look)`, which finds what keeps the bot from
working there, and `send(config, token, look, chat)`, which sends one real message; neither raises for what it looks
for, and both leave a bot that runs meanwhile in peace.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from bot.finding import Clocks, Place
from bot.version import NAME, VERSION

SECONDS = 6.0  # for one request
BYTES = 4 * 2**20
LIVE = "This is a test message: `python -m bot check --live` sent it, and it arrived."

FOREIGN = (aiohttp.ClientError, OSError)  # what a request may raise; TimeoutError is an OSError


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Any  # decoded JSON; None where it was none


@dataclass(frozen=True, slots=True)
class Look:
    session: aiohttp.ClientSession
    clocks: Clocks
    places: Sequence[Place] = ()  # of this platform: the bot's homes, and where it was lately spoken to

    async def ask(
        self, who: str, url: str, headers: Mapping[str, str] | None = None, body: Mapping[str, Any] | None = None
    ) -> Answer:
        """A GET, or a POST of JSON. Redirects are not followed. Raises one of `FOREIGN`."""
        named = {"User-Agent": f"{NAME}/{VERSION}", **(headers or {})}
        async with (
            asyncio.timeout(SECONDS),
            self.session.request(
                "GET" if body is None else "POST", url, headers=named, json=body, allow_redirects=False
            ) as response,
        ):
            self.clocks.hear(who, response.headers)
            return Answer(response.status, decoded(await _body(response)))


async def _body(response: aiohttp.ClientResponse) -> bytes:
    """The whole of it, or a little more than `BYTES`."""
    data = bytearray()
    while len(data) <= BYTES and (piece := await response.content.readany()):
        data += piece
    return bytes(data)


def decoded(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def field(value: Any, *names: str) -> Any:
    """What stands there in JSON that may have any shape; None where nothing does."""
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def host(url: str) -> str:
    """The rest of an address may be a secret."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
