"""Whether the web port can be had, or who has it."""

import socket
from collections.abc import Sequence
from errno import EADDRINUSE
from typing import Any

import aiohttp

from adapters.web.config import WebConfig
from adapters.web.healthcheck import ALL_ADDRESSES
from bot.finding import Finding

PART = "Web port"
SECONDS = 4.0
OFF = "none is set; PARLEY_WEB__PORT switches /healthz, /readyz and /metrics on."
OPEN = "everybody who gets to this machine gets there; 127.0.0.1 (PARLEY_WEB__HOST) is for this machine only."


async def diagnose(config: WebConfig, session: aiohttp.ClientSession) -> Sequence[Finding]:
    if not config.port:
        return [Finding("off", PART, OFF)]
    where = f"{config.host} (PARLEY_WEB__HOST), port {config.port} (PARLEY_WEB__PORT)"
    try:
        _try(config)
    except OSError as error:
        if error.errno == EADDRINUSE and (ready := await _parley(config, session)) is not None:
            return [ready]
        return [Finding("mend", PART, f"nothing can be served at {where}: {error.strerror}. Choose another, or 0.")]
    found = [Finding("fine", PART, f"{config.host}:{config.port} is free.")]
    return [*found, Finding("note", PART, OPEN)] if config.host in ALL_ADDRESSES else found


def _try(config: WebConfig) -> None:
    """Raises OSError."""
    for family, kind, protocol, _, address in socket.getaddrinfo(
        config.host, config.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    ):
        with socket.socket(family, kind, protocol) as place:
            place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            place.bind(address)


async def _parley(config: WebConfig, session: aiohttp.ClientSession) -> Finding | None:
    """What a bot that runs says of itself; None: it is another program that has the port."""
    url = f"http://{ALL_ADDRESSES.get(config.host, config.host)}:{config.port}/readyz"
    try:
        async with session.get(url, timeout=aiohttp.ClientTimeout(SECONDS), allow_redirects=False) as response:
            said: Any = await response.json(content_type=None)
    except (aiohttp.ClientError, OSError, ValueError):
        return None
    if not isinstance(said, dict) or not isinstance(missing := said.get("missing"), dict):
        return None
    if not missing:
        return Finding("fine", PART, "a bot runs there, and is ready.")
    return Finding(
        "note", PART, "a bot runs there and says: " + " ".join(f"{name}: {why}" for name, why in missing.items())
    )
