"""Chat with Hugging Face's router, a dedicated endpoint, or any OpenAI-compatible server: one request, one stream.

Trying again, other models and limits are the policies' concern (`policies.py`); what the pieces mean is `chunks.py`'s.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

import aiohttp

from bot.errors import ParleyError
from bot.inference.chunks import Answer
from bot.inference.config import InferenceConfig
from bot.inference.endpoint import chat_url, collect, credential, decoded, headers
from bot.inference.failures import FOREIGN, astray, broken, of_exception, of_status
from bot.inference.sse import Events, EventTooLong, ServerSentEvent
from bot.replies import Delta

PARAMETERS = (
    "temperature",
    "top_p",
    "top_k",
    "max_tokens",
    "stop",
    "seed",
    "frequency_penalty",
    "presence_penalty",
)
ERROR_BYTES = 65_536  # of a refusal's body
ERROR_SECONDS = 5.0  # for reading it
AFTER_FINISH_SECONDS = 2.0  # how long the usage, or the stream's end, may come behind the last word
DRAIN_SECONDS = 0.25  # how long the body's end may come behind [DONE]; then the connection is given up, not used again
NO_TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=None, sock_read=None)  # the deadlines are our own

log = logging.getLogger(__name__)


class HuggingFace:
    """A `Backend`. Before any text it raises the errors of `failures.py`; what breaks later is a last "cut" delta."""

    def __init__(self, session: aiohttp.ClientSession, config: InferenceConfig, token: str, api_key: str = "") -> None:
        """`session` is shared and stays the caller's. Raises `Misconfigured` for a secret that no header can hold."""
        if session.trust_env:
            raise ValueError("with trust_env, a .netrc or a proxy's password could go along with a request")
        self._session = session
        self._config = config
        self._url = chat_url(config.base_url)
        self._headers = headers(self._url, credential(self._url, token, api_key), config.bill_to)

    async def stream(self, model: str, task: Mapping[str, Any]) -> AsyncGenerator[Delta, None]:
        answer = Answer(model, self._config.max_bytes)
        try:
            async with aclosing(self._deltas(answer, model, task)) as deltas:
                async for delta in deltas:
                    yield delta
        except ParleyError as failure:
            if not (answer.said or answer.finish):
                raise
            if not answer.finish:
                log.warning("an answer of %s broke off: %s", model or "the model", failure.detail)
        yield answer.last()

    async def _deltas(self, answer: Answer, model: str, task: Mapping[str, Any]) -> AsyncGenerator[Delta, None]:
        patience = Patience(self._config, asyncio.get_running_loop().time())
        response = await self._open(model, task, patience)
        try:
            async with aclosing(self._read(response, answer, model, patience)) as deltas:
                async for delta in deltas:
                    yield delta
            if answer.finish is None:
                raise broken(model, "the stream ended without a finish_reason")
        except TimeoutError as error:
            raise of_exception(error, model) from None
        except FOREIGN as error:
            raise broken(model, f"{type(error).__name__} inside of the stream") from None
        except EventTooLong as error:
            raise broken(model, f"one event of {error}") from None
        finally:
            response.close()  # at once, so that the server stops working; nothing happens where the body has ended

    async def _open(self, model: str, task: Mapping[str, Any], patience: "Patience") -> aiohttp.ClientResponse:
        try:
            async with asyncio.timeout_at(patience.until):
                response = await self._session.post(
                    self._url,
                    json=payload(model, task, self._config),
                    headers=self._headers,
                    allow_redirects=False,  # the credential is for this host only
                    timeout=NO_TIMEOUT,
                )
        except FOREIGN as error:  # not chained: aiohttp's exceptions hold the request's headers
            raise of_exception(error, model) from None
        if response.status == 200:
            return response
        body = await _refusal(response)
        raise of_status(response.status, response.headers, body, model)

    async def _read(
        self, response: aiohttp.ClientResponse, answer: Answer, model: str, patience: "Patience"
    ) -> AsyncGenerator[Delta, None]:
        if response.content_type == "text/html":
            raise astray(model, "a web page came instead of an answer")
        if response.content_type == "application/json":
            whole = await collect(response, patience.until, self._config.max_stream_bytes)
            if delta := answer.take_whole(whole):
                yield delta
            return
        now = asyncio.get_running_loop().time
        async with aclosing(self._events(response, model, patience)) as events:
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

    async def _events(
        self, response: aiohttp.ClientResponse, model: str, patience: "Patience"
    ) -> AsyncGenerator[ServerSentEvent, None]:
        events, left = Events(), self._config.max_stream_bytes
        while True:
            async with asyncio.timeout_at(patience.until):
                data = await response.content.readany()
            left -= len(data)
            if left < 0:
                raise broken(model, "the stream is longer than inference.max_stream_bytes")
            for event in events.feed(data) if data else events.end():
                yield event
            if not data:
                return


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


def payload(model: str, task: Mapping[str, Any], config: InferenceConfig) -> dict[str, Any]:
    """The body of a chat request; what is not set is not sent, so that the model's own defaults hold."""
    wanted = {name: task.get(name, getattr(config, name)) for name in PARAMETERS}
    parameters = {name: value for name, value in wanted.items() if value not in (None, (), [])}
    named = {"model": model} if model else {}
    return {
        **named,
        "messages": list(task["messages"]),
        "stream": True,
        "stream_options": {"include_usage": True},
        **parameters,
    }


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
