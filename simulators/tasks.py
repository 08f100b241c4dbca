"""The router's tasks other than chat: hf-inference's routes, and those of some providers that it leads to.

What the models answer is in `pipelines.py` and `generation.py`; which models there are, in `hub.py`.
"""

import asyncio
import base64
import json
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from aiohttp import web

from simulators import generation
from simulators.completions import Script
from simulators.hub import Hub, Model
from simulators.media import bomb_png, png, wav
from simulators.pipelines import ANSWERS, BINARY, of_bytes, vectors, wrong
from simulators.refusals import refuse, refuse_plainly
from simulators.simulator import ENTRY
from simulators.speaking import Speaker, encoded, hang_up

Mishap = Literal[
    "html", "empty", "huge", "bomb",  # instead of a picture or a sound
    "garbage", "reset", "mute", "redirect", "flagged",
]  # fmt: skip
HUGE = 60 * 2**20
SPOILT: Mapping[str, Callable[[], bytes]] = {
    "html": lambda: b"<!doctype html><html><body>Welcome</body></html>",
    "empty": lambda: b"",
    "huge": lambda: b"\x89PNG\r\n\x1a\n" + b"\x00" * HUGE,
    "bomb": bomb_png,
}


@dataclass(slots=True)
class TaskScript:
    """How one request is answered: by `body` (JSON, or bytes of `content_type`) instead of the default answer, after
    `first` seconds; with `status` and `headers` where it is not 200; with a model that needs `loading` seconds more."""

    body: Any = None
    content_type: str = "application/json"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    first: float = 0.0
    loading: float = 0.0
    fault: Mishap | None = None


@dataclass(frozen=True, slots=True)
class TaskRequest:
    task: str
    model: str  # its id on the hub
    provider: str
    body: Any  # decoded JSON, or bytes
    headers: Mapping[str, str]


class TaskServer:
    """`scripts` answer the next requests, from the left: a `TaskScript`, or for text generation a `Script`."""

    def __init__(self, hub: Hub, speaker: Speaker, scale: float) -> None:
        self.scripts: deque[TaskScript | Script] = deque()
        self.requests: list[TaskRequest] = []
        self.files: dict[str, tuple[bytes, str]] = {}  # by name: (data, media type)
        self._hub = hub
        self._speaker = speaker
        self._scale = scale

    async def hf_inference(self, request: web.Request) -> web.StreamResponse:
        name, _, task = request.match_info["id"].partition("/pipeline/")
        if (model := self._hub.at("hf-inference", name)) is None:
            return refuse_plainly(request, 404, f"Model {name} is not deployed by hf-inference")
        task = task or model["pipeline_tag"]
        if task not in model["tags"]:
            return refuse_plainly(request, 400, f"Model {name} does not support {task}")
        body = await _body(request)
        taken = self._take(request, task, model, "hf-inference", body)
        if (said := wrong(task, body)) is not None:
            return refuse_plainly(request, 422, said)
        return await self._answered(request, taken)

    async def provider(self, request: web.Request) -> web.StreamResponse:
        """JSON with the provider's own name of the model: in `model`, or (fal-ai, replicate) in the path."""
        provider, body = request.match_info["provider"], await _body(request)
        if not isinstance(body, dict):
            return refuse(request, 422, message="The body must be a JSON object.")
        name = request.match_info.get("id") or body.get("model", "")
        if (model := self._hub.at(provider, name)) is None:
            return refuse(request, 404, name)
        task = "feature-extraction" if request.path.endswith("/embeddings") else model["pipeline_tag"]
        taken = self._take(request, task, model, provider, body)
        inner = body.get("input", body) if provider == "replicate" else body
        if not any(inner.get(key) for key in ("prompt", "text", "input", "audio_url")):
            return refuse(request, 422, message="prompt: Field required")
        return await self._answered(request, taken)

    async def file(self, request: web.Request) -> web.StreamResponse:
        if request.match_info["name"] not in self.files:
            return refuse_plainly(request, 404, "Not Found")
        data, kind = self.files[request.match_info["name"]]
        return web.Response(body=data, content_type=kind)

    def _take(self, request: web.Request, task: str, model: Model, provider: str, body: Any) -> TaskRequest:
        taken = TaskRequest(task, model["id"], provider, body, dict(request.headers))
        self.requests.append(taken)
        return taken

    async def _answered(self, request: web.Request, taken: TaskRequest) -> web.StreamResponse:
        script = self.scripts.popleft() if self.scripts else TaskScript()
        if script.status != 200:
            plain = Script(status=script.status, headers=script.headers, body=script.body)
            return self._speaker.status(request, plain, taken.model)
        if isinstance(script, Script) or taken.task == "text-generation":
            return await self.continued(request, taken.body, script, tgi=taken.provider == "hf-inference")
        if script.loading:
            said = f"Model {taken.model} is currently loading"
            return refuse_plainly(request, 503, said, estimated_time=script.loading * self._scale)
        await asyncio.sleep(script.first)
        if script.fault in ("mute", "reset", "redirect", "garbage"):
            return await _spoilt(request, script.fault)
        if script.body is not None:
            return web.Response(body=encoded(script.body), content_type=script.content_type)
        return self._usual(request, taken, script)

    async def continued(
        self, request: web.Request, body: Mapping[str, Any], script: TaskScript | Script, *, tgi: bool
    ) -> web.StreamResponse:
        parameters = (body.get("parameters") or {}) if tgi else body
        if isinstance(script, TaskScript):
            script = generation.continuation(body["inputs" if tgi else "prompt"], parameters)
        if script.fault == "mute":
            await asyncio.Event().wait()
        if not body.get("stream"):
            whole = generation.whole_tgi if tgi else generation.whole_completion
            return web.json_response(whole(script, parameters))
        if tgi and script.fault is None:
            script = replace(script, fault="no done")
        return await self._speaker.stream(
            request, script, body, generation.tgi_chunk if tgi else generation.completion_chunk
        )

    def _usual(self, request: web.Request, taken: TaskRequest, script: TaskScript) -> web.StreamResponse:
        body = taken.body
        if taken.task in ("text-to-image", "text-to-speech"):
            return self._file_made(request, taken, script)
        if taken.task in BINARY:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            return web.json_response(of_bytes(taken.task, data))
        if taken.provider != "hf-inference":
            made = [{"object": "embedding", "index": at, "embedding": each} for at, each in _enumerated(body["input"])]
            return web.json_response({"object": "list", "data": made})
        return web.json_response(ANSWERS[taken.task](body["inputs"], body.get("parameters") or {}))

    def _file_made(self, request: web.Request, taken: TaskRequest, script: TaskScript) -> web.StreamResponse:
        data, kind = _made(taken, script.fault)
        if taken.provider in ("together", "nscale") and taken.task == "text-to-image":
            return web.json_response({"data": [{"b64_json": base64.b64encode(data).decode(), "index": 0}]})
        if taken.provider not in ("fal-ai", "replicate"):
            return web.Response(body=data, content_type=kind)
        name = f"{len(self.files)}.{'png' if taken.task == 'text-to-image' else 'wav'}"
        self.files[name] = (data, kind)
        url = str(request.url.origin() / "files" / name)
        if taken.provider == "replicate":
            return web.json_response({"id": "sim", "status": "succeeded", "output": [url]})
        if taken.task == "text-to-speech":
            return web.json_response({"audio": {"url": url}})
        flagged = script.fault == "flagged"
        return web.json_response({"images": [{"url": url, "content_type": kind}], "has_nsfw_concepts": [flagged]})


def _made(taken: TaskRequest, fault: Mishap | None) -> tuple[bytes, str]:
    """A picture or a sound that follows from the request, or what came instead of it."""
    picture = taken.task == "text-to-image"
    kind = "text/html" if fault == "html" else "image/png" if picture else "audio/wav"
    if fault is not None and fault in SPOILT:
        return SPOILT[fault](), kind
    seed = json.dumps(taken.body, sort_keys=True, ensure_ascii=False)
    return (png(seed) if picture else wav(seed)), kind


async def _spoilt(request: web.Request, fault: Mishap) -> web.StreamResponse:
    request[ENTRY].verdict = f"fault: {fault}"
    if fault == "mute":
        await asyncio.Event().wait()
    if fault == "redirect":
        return web.Response(status=307, headers={"Location": "https://elsewhere.invalid/"})
    if fault == "reset":
        hang_up(request, hard=True)
    return web.Response(body=b'[{"label": "positi', content_type="application/json")


def _enumerated(inputs: Any) -> list[tuple[int, list[float]]]:
    return list(enumerate(vectors(inputs, {})))


async def _body(request: web.Request) -> Any:
    """Decoded JSON, or the bytes as they came."""
    if request.content_type == "application/json":
        return request[ENTRY].body
    return await request.read()
