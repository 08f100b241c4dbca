"""A loopback Hugging Face: the router's chat completions, its model list and the hub's whoami, with scripted trouble.

It refuses what the router refuses (an unknown token, a model it does not list, a malformed request, a prompt beyond the
window) in the router's own words and shapes (read on 2026-11-20). What it answers otherwise is a `Script`.
"""

import asyncio
import json
import socket
import struct
from collections import deque
from collections.abc import Callable, Mapping
from itertools import chain
from typing import Any

from aiohttp import web

from simulators.completions import Script, packets, play, prompt_tokens, whole
from simulators.simulator import ENTRY, Entry, Simulator, serve

__all__ = ["HuggingFaceSimulator", "Script", "echo", "listed"]

ERRORS: Mapping[int, tuple[str, str]] = {  # status -> (message, code): what the router says
    400: ("The requested model '{model}' is not supported by any provider you have enabled.", "model_not_supported"),
    401: ("Invalid username or password.", "unauthorized"),
    402: ("You have exceeded your monthly included credits for Inference Providers.", "payment_required"),
    403: ("This authentication method does not have sufficient permissions.", "forbidden"),
    404: ("The model '{model}' does not exist.", "model_not_found"),
    413: ("The request is too large.", "payload_too_large"),
    422: ("Unprocessable request.", "validation_error"),
    429: ("Too many requests.", "rate_limit_exceeded"),
    500: ("Internal server error.", "internal_error"),
    502: ("Bad gateway.", "bad_gateway"),
    503: ("The model is overloaded.", "overloaded"),
    504: ("The request took too long; use streaming.", "gateway_timeout"),
}


def listed(id: str, window: int = 32_768, *, provider: str = "sim", status: str = "live") -> dict[str, Any]:
    """One model as the router's list shows it."""
    offer = {"provider": provider, "status": status, "context_length": window, "pricing": {"input": 0.1, "output": 0.4}}
    return {"id": id, "object": "model", "created": 1776837885, "owned_by": id.split("/")[0], "providers": [offer]}


def echo(body: Mapping[str, Any]) -> Script:
    """The default answer: a sentence with the words of the last user message."""
    said = next((each["content"] for each in reversed(body["messages"]) if each["role"] == "user"), "nothing")
    words = said if isinstance(said, str) else " ".join(part.get("text", "") for part in said)
    return Script(f"You said: {words}")


class HuggingFaceSimulator(Simulator):
    """`scripts` answer the next requests, from the left; then `default` does. `models=None` serves no list (404) and
    takes any model, as an own server does; `tokens=None` takes any bearer token or none."""

    def __init__(self, port: int = 0, scale: float = 1.0) -> None:
        super().__init__(port, scale)
        self.scripts: deque[Script] = deque()
        self.default: Script | Callable[[Mapping[str, Any]], Script] = echo
        names = ("openai/gpt-oss-20b", "Qwen/Qwen3-32B", "meta-llama/Llama-3.1-8B-Instruct")
        self.models: list[dict[str, Any]] | None = [listed(name) for name in names]
        self.tokens: set[str] | None = None
        self.account: Mapping[str, Any] = {  # what whoami-v2 says
            "type": "user",
            "name": "sim",
            "auth": {"accessToken": {"role": "fineGrained", "fineGrained": {"scoped": [INFERENCE]}}},
        }
        self.requests: list[dict[str, Any]] = []
        self.headers: list[Mapping[str, str]] = []  # of `requests`, in the same order
        self.open_streams = 0
        self.cancelled = 0

    @property
    def base_url(self) -> str:
        return f"{self.url}/v1"

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/v1/chat/completions", self._chat),
            web.get("/v1/models", self._models),
            web.get("/v1/models/{id:.+}", self._model),
            web.get("/api/whoami-v2", self._whoami),
        ]

    async def _models(self, request: web.Request) -> web.StreamResponse:
        if self._stranger(request):
            return _refuse(request, 401)
        if self.models is None:
            return _refuse(request, 404)
        return web.json_response({"object": "list", "data": self.models})

    async def _model(self, request: web.Request) -> web.StreamResponse:
        found = [each for each in self.models or () if each["id"] == request.match_info["id"]]
        return web.json_response(found[0]) if found else _refuse(request, 404, request.match_info["id"])

    async def _whoami(self, request: web.Request) -> web.StreamResponse:
        if self._stranger(request) or "Authorization" not in request.headers:
            return _refuse(request, 401)
        return web.json_response(self.account)

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        body = request[ENTRY].body
        if self._stranger(request):
            return _refuse(request, 401)
        if (wrong := mistake(body)) is not None:
            return _refuse(request, 422, message=wrong)
        self.requests.append(body)
        self.headers.append(request.headers)
        model = body.get("model", "")
        if (window := self._window(model)) is None:
            return _refuse(request, 400, model)
        if prompt_tokens(body) + body.get("max_tokens", 0) > window:
            said = f"This model's maximum context length is {window} tokens."
            return _refuse(request, 400, message=said, code="context_length_exceeded")
        script = self._next(body)
        if script.status != 200:
            return self._scripted(request, script, model)
        if script.fault == "mute":
            await asyncio.Event().wait()
        if script.fault == "html":
            return web.Response(text="<html><body>Welcome</body></html>", content_type="text/html")
        if not body.get("stream") or script.fault == "json":
            return web.json_response(whole(script, body))
        return await self._stream(request, script, body)

    async def _stream(self, request: web.Request, script: Script, body: Mapping[str, Any]) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", **script.headers})
        await response.prepare(request)
        self.open_streams += 1
        try:
            async for piece in play(script, body):
                for part in packets(piece, script):
                    await response.write(part)
                    await asyncio.sleep(0)  # so that it is a packet of its own
        except (asyncio.CancelledError, ConnectionResetError):
            self.cancelled += 1
            raise
        finally:
            self.open_streams -= 1
        if script.fault in ("reset", "drop") and request.transport is not None:
            request[ENTRY].verdict = f"fault: {script.fault}"
            _hang_up(request.transport, hard=script.fault == "reset")
        return response

    def _scripted(self, request: web.Request, script: Script, model: str) -> web.StreamResponse:
        entry, headers = request[ENTRY], dict(script.headers)
        entry.verdict = f"script: {script.status}"
        if (wait := headers.get("Retry-After", "")).isdecimal():
            entry.hold = int(wait) * self.scale
            headers["Retry-After"] = f"{entry.hold:g}"
        body = _error(script.status, model) if script.body is None else script.body
        raw = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()
        response = web.Response(status=script.status, body=raw, headers={"Content-Type": "application/json", **headers})
        if script.fault == "bytewise":
            response.enable_chunked_encoding()  # so that its length is not known beforehand
        return response

    def _stranger(self, request: web.Request) -> bool:
        known = self.tokens is None or request.headers.get("Authorization", "").removeprefix("Bearer ") in self.tokens
        return not known

    def _window(self, model: str) -> float | None:
        """In tokens; None where this model is not served."""
        if self.models is None:
            return float("inf")
        name, _, suffix = model.partition(":")
        for offer in chain.from_iterable(each["providers"] for each in self.models if each["id"] == name):
            chosen = suffix in ("", "fastest", "cheapest", "preferred", offer["provider"])
            if chosen and offer["status"] == "live":
                return float(offer.get("context_length", "inf"))
        return None

    def _next(self, body: Mapping[str, Any]) -> Script:
        if self.scripts:
            return self.scripts.popleft()
        return self.default(body) if callable(self.default) else self.default


INFERENCE = {"entity": {"type": "user", "name": "sim"}, "permissions": ["inference.serverless.write"]}


def mistake(body: Any) -> str | None:
    """What is wrong with a chat request, or None."""
    if not isinstance(body, dict):
        return "The body must be a JSON object."
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        return "messages must be a list with at least one message."
    for each in messages:
        if each.get("role") not in ("system", "user", "assistant", "tool") or not isinstance(
            each.get("content"), str | list
        ):
            return "A message needs a role and a content."
    for name, (least, most) in BOUNDS.items():
        value = body.get(name, least)
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            return f"{name} must be a number from {least} to {most}."
    return None


BOUNDS: Mapping[str, tuple[float, float]] = {
    "temperature": (0, 2),
    "top_p": (0, 1),
    "max_tokens": (1, 1_000_000),
    "frequency_penalty": (-2, 2),
    "presence_penalty": (-2, 2),
}


def _hang_up(transport: asyncio.BaseTransport, *, hard: bool) -> None:
    peer: socket.socket = transport.get_extra_info("socket")
    if hard:  # a zero linger makes the kernel send RST instead of FIN
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.close()


def _entry(request: web.Request) -> Entry:
    entry: Entry = request[ENTRY]
    return entry


def _error(status: int, model: str, message: str = "", code: str = "") -> dict[str, Any]:
    words, usual = ERRORS.get(status, ("Something went wrong.", "error"))
    said = message or words.format(model=model)
    return {"error": {"message": said, "type": "invalid_request_error", "code": code or usual}}


def _refuse(
    request: web.Request, status: int, model: str = "", *, message: str = "", code: str = ""
) -> web.StreamResponse:
    error = _error(status, model, message, code)
    request[ENTRY].verdict = error["error"]["message"]
    return web.json_response(error, status=status, headers={"X-Request-Id": "sim-request"})


if __name__ == "__main__":
    serve(HuggingFaceSimulator, 8431)
