"""Reading an answer while it is being made: one response, its deltas, and until when we wait for the next.

What the pieces mean is the `Answer`'s concern (`chunks.py`); what is asked, that of `huggingface.py` and
`completing.py`.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Any

import aiohttp

from bot.errors import ParleyError
from bot.inference.chunks import Answer
from bot.inference.config import InferenceConfig
from bot.inference.endpoint import collect, decoded
from bot.inference.failures import FOREIGN, astray, broken, of_exception, of_status
from bot.inference.sse import Events, EventTooLong, ServerSentEvent
from bot.replies import Delta

ERROR_BYTES = 65_536  # of a refusal's body
ERROR_SECONDS = 5.0  # for reading it
AFTER_FINISH_SECONDS = 2.0  # how long the usage, or the stream's end, may come behind the last word
DRAIN_SECONDS = 0.25  # how long the body's end may come behind [DONE]; then the connection is given up, not used again
NO_TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=None, sock_read=None)  # the deadlines are our own

log = logging.getLogger(__name__)


class Patience:
    """Until when we wait for the next word, on the event loop's clock. What is no word does not prolong it."""

    def __init__(self, config: InferenceConfig, now: float) -> None:
        self._between = config.between_tokens_seconds
        self._end = now + config.total_seconds
        self.until = min(self._end, now + config.first_token_seconds)

    def heard(self, now: float) -> None:
        self.until = min(self._end, now + self._between)

    def finished(self, now: float) -> None:
        self.until = min(self.until, now + AFTER_FINISH_SECONDS)


Open = Callable[[Patience], Awaitable[aiohttp.ClientResponse]]


class Reading:
    """One answer of `model`, whose response `open` gives: `deltas` are what it says.

    Before any text it raises the errors of `failures.py`; what breaks later is a last "cut" delta.
    """

    def __init__(self, answer: Answer, model: str, config: InferenceConfig, open: Open) -> None:
        self._answer = answer
        self._model = model
        self._open = open
        self._patience = Patience(config, asyncio.get_running_loop().time())
        self._left = self._most = config.max_stream_bytes

    async def deltas(self) -> AsyncGenerator[Delta, None]:
        answer = self._answer
        try:
            async with aclosing(self._pieces()) as deltas:
                async for delta in deltas:
                    yield delta
        except ParleyError as failure:
            if not (answer.said or answer.finish):
                raise
            if not answer.finish:
                log.warning("an answer of %s broke off: %s", self._model or "the model", failure.detail)
        yield answer.last()

    async def _pieces(self) -> AsyncGenerator[Delta, None]:
        response = await self._open(self._patience)
        try:
            async with aclosing(self._read(response)) as deltas:
                async for delta in deltas:
                    yield delta
            if self._answer.finish is None:
                raise broken(self._model, "the stream ended without a finish_reason")
        except TimeoutError as error:
            raise of_exception(error, self._model) from None
        except FOREIGN as error:
            raise broken(self._model, f"{type(error).__name__} inside of the stream") from None
        except EventTooLong as error:
            raise broken(self._model, f"one event of {error}") from None
        finally:
            response.close()  # at once, so that the server stops working; nothing happens where the body has ended

    async def _read(self, response: aiohttp.ClientResponse) -> AsyncGenerator[Delta, None]:
        answer, patience = self._answer, self._patience
        if response.content_type == "text/html":
            raise astray(self._model, "a web page came instead of an answer")
        if response.content_type == "application/json":
            whole = await collect(response, patience.until, self._most)
            if delta := answer.take_whole(whole):
                yield delta
            return
        now = asyncio.get_running_loop().time
        async with aclosing(self._events(response)) as events:
            async for event in events:
                if delta := answer.take(event):
                    yield delta
                    patience.heard(now())
                if answer.finish:
                    patience.finished(now())
                if answer.done:
                    break
        if answer.done and answer.finish != "cut":
            await _drain(response)

    async def _events(self, response: aiohttp.ClientResponse) -> AsyncGenerator[ServerSentEvent, None]:
        events = Events()
        while True:
            async with asyncio.timeout_at(self._patience.until):
                data = await response.content.readany()
            self._left -= len(data)
            if self._left < 0:
                raise broken(self._model, "the stream is longer than inference.max_stream_bytes")
            for event in events.feed(data) if data else events.end():
                yield event
            if not data:
                return


async def ask(
    session: aiohttp.ClientSession, url: str, headers: Any, body: Any, model: str, patience: Patience
) -> aiohttp.ClientResponse:
    """POST this JSON, an object or its bytes: a response with status 200. Raises the errors of `failures.py`."""
    content: dict[str, Any] = {"data": body} if isinstance(body, bytes) else {"json": body}
    try:
        async with asyncio.timeout_at(patience.until):
            response = await session.post(
                url,
                headers=headers,
                allow_redirects=False,  # the credential is for this host only
                timeout=NO_TIMEOUT,
                **content,
            )
    except FOREIGN as error:  # not chained: aiohttp's exceptions hold the request's headers
        raise of_exception(error, model) from None
    if response.status == 200:
        return response
    raise of_status(response.status, response.headers, await _refusal(response), model)


async def _refusal(response: aiohttp.ClientResponse) -> Any:
    """The JSON that came with an error status, or None."""
    try:
        return decoded(await collect(response, asyncio.get_running_loop().time() + ERROR_SECONDS, ERROR_BYTES))
    except FOREIGN:
        return None
    finally:
        response.close()


async def _drain(response: aiohttp.ClientResponse) -> None:
    """Read the body's end, so that the connection can be used again."""
    try:
        async with asyncio.timeout(DRAIN_SECONDS):
            while await response.content.readany():
                pass
    except FOREIGN:
        return
