"""Where requests go, which credential may go along, and reading what comes back with a bound on time and size."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from bot.errors import Misconfigured
from bot.version import NAME, VERSION

ROUTER = "https://router.huggingface.co/v1"  # chat for every provider; huggingface_hub 2.4 sends it there as well
CHAT = "/chat/completions"


def chat_url(base_url: str) -> str:
    """Where chat requests go, for a base address with or without /v1, as huggingface_hub completes it."""
    return _completed(base_url, CHAT)


def models_url(base_url: str) -> str:
    return _completed(base_url, "/models")


def is_hugging_face(url: str) -> bool:
    """Whether this is Hugging Face's own host, reached so that nobody listens in."""
    parts = urlsplit(url)
    host = f".{(parts.hostname or '').rstrip('.')}"
    return parts.scheme == "https" and host.endswith((".huggingface.co", ".endpoints.huggingface.cloud"))


def credential(url: str, token: str, api_key: str) -> str:
    """What this address is told to prove who we are; "" is nothing.

    Hugging Face gets its token and no other host ever does. A key under the token's name that does not look like
    Hugging Face's (hf_..., in old times api_...) is taken for the key of the server that base_url names.
    """
    if is_hugging_face(url):
        return token
    return api_key or ("" if token.startswith(("hf_", "api_")) else token)


def headers(url: str, secret: str, bill_to: str = "") -> dict[str, str]:
    """Headers for this address. Raises `Misconfigured` where the secret cannot stand in a header."""
    # Only here: the import takes 0.2 s, and reads the environment (HF_HUB_DISABLE_TELEMETRY), which is set up by then.
    from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined] # exported while running only

    if not (secret.isascii() and secret.isprintable() and " " not in secret):
        raise Misconfigured("HF_TOKEN or INFERENCE_API_KEY holds a blank or an unusual character: copy it again.")
    made: dict[str, str] = build_hf_headers(token=secret or False, library_name=NAME, library_version=VERSION)
    # Not compressed: a proxy that compresses also collects, and the words would come in heaps.
    made |= {"Accept-Encoding": "identity"}
    return made | {"X-HF-Bill-To": bill_to} if bill_to and is_hugging_face(url) else made


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: Any  # decoded JSON; None where it was none


async def look(
    session: aiohttp.ClientSession, url: str, headers: Mapping[str, str], seconds: float, limit: int
) -> Answer:
    """A GET. Redirects are not followed. Raises `failures.FOREIGN`."""
    until = asyncio.get_running_loop().time() + seconds
    async with asyncio.timeout_at(until):
        response = await session.get(url, headers=headers, allow_redirects=False)
    try:
        return Answer(response.status, response.headers, decoded(await collect(response, until, limit)))
    finally:
        response.close()


async def get_json(
    session: aiohttp.ClientSession, url: str, headers: Mapping[str, str], seconds: float, limit: int
) -> tuple[int, Any]:
    """The status, and the decoded JSON or None. Redirects are not followed. Raises `failures.FOREIGN`."""
    answer = await look(session, url, headers, seconds, limit)
    return answer.status, answer.body


async def collect(response: aiohttp.ClientResponse, until: float, limit: int) -> bytes:
    """The whole body, or its first `limit` bytes and a little more. `until` is the event loop's time."""
    data = bytearray()
    async with asyncio.timeout_at(until):
        while len(data) <= limit and (piece := await response.content.readany()):
            data += piece
    return bytes(data)


def decoded(data: bytes) -> Any:
    """JSON, or None where it is none."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _completed(base_url: str, verb: str) -> str:
    parts = urlsplit(base_url or ROUTER)
    path = parts.path.rstrip("/")
    if path.endswith(CHAT):
        path = path.removesuffix(CHAT)
    elif not path.endswith("/v1"):
        path += "/v1"
    return parts._replace(path=path + verb).geturl()
