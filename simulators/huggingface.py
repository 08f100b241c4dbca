"""A loopback Hugging Face: the router's chat and other tasks, its model list, and the hub's look-ups, with scripted
trouble.

It refuses what the router refuses (an unknown token, a model it does not list, a malformed request, a prompt beyond the
window) in the router's own words and shapes (read on 2026-11-20). What it answers otherwise is a `Script`.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from itertools import chain
from typing import Any

from aiohttp import web

from simulators.completions import Script, prompt_tokens, whole
from simulators.hub import Hub, on_hub
from simulators.refusals import refuse
from simulators.simulator import ENTRY, Handler, Simulator, serve
from simulators.speaking import Speaker
from simulators.tasks import TaskRequest, TaskScript, TaskServer

__all__ = ["HuggingFaceSimulator", "Script", "TaskRequest", "TaskScript", "echo", "listed", "on_hub"]


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
    takes any model, as an own server does; `tokens=None` takes any bearer token or none.

    Tasks other than chat are answered from `task_scripts`, then by functions of what was asked, for the models of
    `hub.models`. `task_requests` are those that reached a model.
    """

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
        self._speaker = Speaker(scale)
        self.hub = Hub(self._stranger)
        self._tasks = TaskServer(self.hub, self._speaker, scale)
        self.task_scripts = self._tasks.scripts
        self.task_requests = self._tasks.requests

    @property
    def base_url(self) -> str:
        return f"{self.url}/v1"

    @property
    def tasks_url(self) -> str:
        return self.url

    @property
    def hub_url(self) -> str:
        return self.url

    @property
    def open_streams(self) -> int:
        return self._speaker.open

    @property
    def cancelled(self) -> int:
        """Streams that their reader broke off."""
        return self._speaker.cancelled

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/v1/chat/completions", self._chat),
            web.get("/v1/models", self._models),
            web.get("/v1/models/{id:.+}", self._model),
            web.post("/v1/completions", self._complete),
            web.get("/api/whoami-v2", self._whoami),
            *self.hub.routes(),
            web.get("/files/{name}", self._tasks.file),
            *(web.post(path, self._known(handler)) for path, handler in self._task_paths()),
        ]

    def _task_paths(self) -> list[tuple[str, Handler]]:
        return [
            ("/hf-inference/models/{id:.+}", self._tasks.hf_inference),
            ("/{provider:together|nscale}/v1/images/generations", self._tasks.provider),
            ("/{provider:together|scaleway}/v1/embeddings", self._tasks.provider),
            ("/{provider:deepinfra}/v1/openai/{kind:embeddings|completions|audio/speech}", self._tasks.provider),
            ("/{provider:together|featherless-ai}/v1/completions", self._tasks.provider),
            ("/{provider:novita}/v3/openai/completions", self._tasks.provider),
            ("/{provider:replicate}/v1/models/{id:.+}/predictions", self._tasks.provider),
            ("/{provider:fal-ai}/{id:.+}", self._tasks.provider),
        ]

    def _known(self, handler: Handler) -> Handler:
        async def checked(request: web.Request) -> web.StreamResponse:
            return refuse(request, 401) if self._stranger(request) else await handler(request)

        return checked

    async def _models(self, request: web.Request) -> web.StreamResponse:
        if self._stranger(request):
            return refuse(request, 401)
        if self.models is None:
            return refuse(request, 404)
        return web.json_response({"object": "list", "data": self.models})

    async def _model(self, request: web.Request) -> web.StreamResponse:
        found = [each for each in self.models or () if each["id"] == request.match_info["id"]]
        return web.json_response(found[0]) if found else refuse(request, 404, request.match_info["id"])

    async def _whoami(self, request: web.Request) -> web.StreamResponse:
        if self._stranger(request) or "Authorization" not in request.headers:
            return refuse(request, 401)
        return web.json_response(self.account)

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        body = request[ENTRY].body
        if self._stranger(request):
            return refuse(request, 401)
        if (wrong := mistake(body)) is not None:
            return refuse(request, 422, message=wrong)
        self.requests.append(body)
        self.headers.append(request.headers)
        model = body.get("model", "")
        if (window := self._window(model)) is None:
            return refuse(request, 400, model)
        if prompt_tokens(body) + body.get("max_tokens", 0) > window:
            said = f"This model's maximum context length is {window} tokens."
            return refuse(request, 400, message=said, code="context_length_exceeded")
        script = self._next(body)
        if script.status != 200:
            return self._speaker.status(request, script, model)
        if script.fault == "mute":
            await asyncio.Event().wait()
        if script.fault == "html":
            return web.Response(text="<html><body>Welcome</body></html>", content_type="text/html")
        if not body.get("stream") or script.fault == "json":
            return web.json_response(whole(script, body))
        return await self._speaker.stream(request, script, body)

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        """Text generation by an own server: any model, OpenAI's form."""
        body = request[ENTRY].body
        if self._stranger(request):
            return refuse(request, 401)
        if not isinstance(body, dict) or not isinstance(body.get("prompt"), str):
            return refuse(request, 422, message="prompt must be a string.")
        self.task_requests.append(
            TaskRequest("text-generation", body.get("model", ""), "", body, dict(request.headers))
        )
        script = self.task_scripts.popleft() if self.task_scripts else TaskScript()
        if script.status != 200:
            plain = Script(status=script.status, headers=script.headers, body=script.body)
            return self._speaker.status(request, plain, body.get("model", ""))
        return await self._tasks.continued(request, body, script, tgi=False)

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


if __name__ == "__main__":
    serve(HuggingFaceSimulator, 8431)
