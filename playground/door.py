"""The door between the bot and the model: a small OpenAI-compatible server that makes the model's trouble on demand.

It passes everything on to Hugging Face's router or the server that `inference.base_url` names; where there is neither,
the offline guide answers here. The bot is handed an address with a secret in it, so that no other program on this
machine can spend the token.
"""

import asyncio
import json
import secrets
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from bot.inference.endpoint import CHAT, chat_url, credential, headers, models_url
from bot.inference.offline import ECHO, NAME, Offline
from simulators.simulator import ENTRY, Simulator

ROOT = Path(__file__).parents[1]
PACE = 60.0  # words a second of the guide
SPARED = 24  # pieces of an answer that come before it is cut
FIRST_SECONDS, PIECE_SECONDS = 11.0, 0.15  # of a slow model: before the first word, and before each further piece
SLOW, CUT = "slow, by the button", "cut, by the button"
WAIT = aiohttp.ClientTimeout(total=None, sock_connect=30)  # how long a model may take is the bot's concern
FOREIGN = (aiohttp.ClientError, TimeoutError, OSError)


@dataclass(frozen=True, slots=True)
class Upstream:
    """Who really answers. Neither a token nor an address: the offline guide."""

    base_url: str = ""
    token: str = ""
    api_key: str = ""
    bill_to: str = ""

    def __repr__(self) -> str:
        return "Upstream(...)"

    @property
    def offline(self) -> bool:
        return not (self.base_url or self.token)

    @property
    def name(self) -> str:
        return "the offline guide" if self.offline else self.base_url or "Hugging Face"


class Door(Simulator):
    """`cut` breaks the answer that is being made, or the next one; `slow` makes the next one slow. Each works once."""

    def __init__(self, upstream: Upstream, scale: float = 1.0) -> None:
        super().__init__(scale=scale)
        self.cut = self.slow = False
        self.upstream = upstream
        self._secret = secrets.token_urlsafe(24)
        self._guide = Offline(ROOT, PACE / scale)
        self._session: aiohttp.ClientSession | None = None

    @property
    def base_url(self) -> str:
        """For the bot alone: it holds the secret."""
        return f"{self.url}/{self._secret}/v1"

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/{secret}/v1/{verb:chat/completions|completions}", self._answer),
            web.get("/{secret}/v1/models", self._models),
        ]

    async def __aenter__(self) -> "Door":
        self._session = aiohttp.ClientSession(trust_env=False, timeout=WAIT)
        await super().__aenter__()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await super().__aexit__(*exc)
        if self._session is not None:
            await self._session.close()

    def trouble(self, kind: str) -> None:
        """ "cut" or "slow"."""
        self.cut, self.slow = self.cut or kind == "cut", self.slow or kind == "slow"
        self.changes.note()

    async def _models(self, request: web.Request) -> web.StreamResponse:
        self._admit(request)
        if self.upstream.offline:
            listed = [{"id": name, "object": "model"} for name in (NAME, ECHO)]
            return web.json_response({"object": "list", "data": listed})
        url = models_url(self.upstream.base_url)
        try:
            async with self._client.get(url, headers=self._headers(url), allow_redirects=False) as response:
                body = await response.read()
        except FOREIGN as error:
            return _away(error)
        return web.Response(status=response.status, body=body, content_type=response.content_type)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self._admit(request)
        slow, self.slow = self.slow, False
        if slow:
            request[ENTRY].verdict = SLOW
            self.changes.note()
            await asyncio.sleep(FIRST_SECONDS * self.scale)
        pause = PIECE_SECONDS * self.scale if slow else 0.0
        if self.upstream.offline:
            response = web.StreamResponse()
            response.content_type = "text/event-stream"
            async with aclosing(self._guided(request[ENTRY].body)) as pieces:
                return await self._speak(request, response, pieces, pause)
        url = chat_url(self.upstream.base_url)
        if request.match_info["verb"] == "completions":
            url = url.removesuffix(CHAT) + "/completions"
        made = {**self._headers(url), "Content-Type": "application/json"}
        try:
            answer = await self._client.post(url, data=await request.read(), headers=made, allow_redirects=False)
        except FOREIGN as error:
            return _away(error)
        try:
            response = web.StreamResponse(status=answer.status, headers=_kept(answer.headers))
            response.content_type = answer.content_type
            async with aclosing(_pieces(answer)) as pieces:
                return await self._speak(request, response, pieces, pause)
        finally:
            answer.close()

    async def _speak(
        self, request: web.Request, response: web.StreamResponse, pieces: AsyncGenerator[bytes, None], pause: float
    ) -> web.StreamResponse:
        request[ENTRY].status = response.status
        await response.prepare(request)
        sent = 0
        try:
            async for piece in pieces:
                if self.cut and sent >= SPARED:
                    self.cut = False
                    return _broken_off(request, response, CUT)
                await response.write(piece)
                await asyncio.sleep(pause)
                sent += 1
        except FOREIGN as error:
            return _broken_off(request, response, f"the model's server broke off ({type(error).__name__})")
        return response

    async def _guided(self, body: Mapping[str, Any]) -> AsyncGenerator[bytes, None]:
        model = body.get("model") or NAME
        async with aclosing(self._guide.stream(model, {"messages": _messages(body)})) as deltas:
            async for delta in deltas:
                yield _event(delta.model or model, delta.text, delta.finish)
        yield b"data: [DONE]\n\n"

    def _admit(self, request: web.Request) -> None:
        if not secrets.compare_digest(request.match_info["secret"], self._secret):
            raise web.HTTPNotFound

    @property
    def _client(self) -> aiohttp.ClientSession:
        assert self._session is not None, "the door is used as `async with`"  # noqa: S101
        return self._session

    def _headers(self, url: str) -> dict[str, str]:
        upstream = self.upstream
        return headers(url, credential(url, upstream.token, upstream.api_key), upstream.bill_to)


def _messages(body: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    found = body.get("messages") if isinstance(body, Mapping) else None
    if not isinstance(found, list) or not found:
        raise web.HTTPUnprocessableEntity(text="messages must be a list with at least one message.")
    return found


def _broken_off(request: web.Request, response: web.StreamResponse, why: str) -> web.StreamResponse:
    request[ENTRY].verdict = why
    if request.transport is not None:
        request.transport.abort()
    return response


def _away(error: BaseException) -> web.StreamResponse:
    said = f"The playground cannot reach the model's server ({type(error).__name__})."
    return web.json_response({"error": {"message": said}}, status=502)


async def _pieces(answer: aiohttp.ClientResponse) -> AsyncGenerator[bytes, None]:
    async for piece in answer.content.iter_any():
        yield piece


def _kept(given: Mapping[str, str]) -> dict[str, str]:
    """What the bot may want to know of a refusal."""
    return {name: given[name] for name in ("Retry-After", "X-Request-Id") if name in given}


def _event(model: str, text: str, finish: str | None) -> bytes:
    choice = {"index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": finish}
    chunk = {"id": "guide", "object": "chat.completion.chunk", "created": int(time.time()), "model": model}
    return f"data: {json.dumps({**chunk, 'choices': [choice]})}\n\n".encode()
