"""One request and its whole answer, within a deadline and a bound on size. Redirects are refused."""

import asyncio
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass

import aiohttp

from bot.inference.endpoint import collect, decoded
from bot.inference.failures import FOREIGN, broken, of_exception, of_status

ERROR_BYTES = 65_536  # of a refusal's body
NO_TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=None, sock_read=None)  # the deadline is our own


@dataclass(frozen=True, slots=True)
class Body:
    media_type: str
    data: bytes
    whole: bool  # False: it was longer than the limit, and cut


async def post(
    session: aiohttp.ClientSession,
    url: str,
    headers: Mapping[str, str],
    data: bytes | None,
    model: str,
    until: float,
    limit: int,
) -> Body:
    """`until` is the event loop's time. Raises the errors of `failures.py`, which name the model."""
    request = session.post(url, data=data, headers=headers, allow_redirects=False, timeout=NO_TIMEOUT)
    return await _answer(request, model, until, limit)


async def fetch(session: aiohttp.ClientSession, url: str, model: str, until: float, limit: int) -> bytes:
    """A file that an answer points to. No credential goes along."""
    request = session.get(url, headers={"Accept-Encoding": "identity"}, allow_redirects=False, timeout=NO_TIMEOUT)
    return (await _answer(request, model, until, limit)).data


async def _answer(request: Awaitable[aiohttp.ClientResponse], model: str, until: float, limit: int) -> Body:
    try:
        async with asyncio.timeout_at(until):
            response = await request
    except FOREIGN as error:  # not chained: aiohttp's exceptions hold the request's headers
        raise of_exception(error, model) from None
    try:
        fine = 200 <= response.status < 300
        data = await collect(response, until, limit if fine else ERROR_BYTES)
    except TimeoutError as error:
        raise of_exception(error, model) from None
    except FOREIGN as error:
        raise broken(model, f"{type(error).__name__} inside of the answer") from None
    finally:
        response.close()  # at once, so that the server stops working; nothing happens where the body has ended
    if not fine:
        raise of_status(response.status, response.headers, decoded(data), model)
    return Body(response.content_type, data, len(data) <= limit)
