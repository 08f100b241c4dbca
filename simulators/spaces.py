"""A loopback Space: what the Hub says of it, and the queue of the Gradio app that it runs.

It behaves as gradio 6.31 did when it was tried (2026-11-20): ranks count from 0 and are told anew whenever somebody
starts; dropping the data connection takes an event out of the queue, but one that runs goes on and keeps its place; a
cancelled one gives its place back at once. What the app is asked for stands in `simulators/space_app.py`.
"""

import asyncio
import json
import uuid
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from aiohttp import web

from simulators.media import png
from simulators.simulator import ENTRY, Simulator, serve
from simulators.space_app import config, info

Trouble = Literal[
    "cut",  # the connection ends in the middle of the drawing
    "silent",  # nothing but heartbeats after the start
    "garbage",  # a message that is no JSON
    "unexpected",  # the app goes down
    "no picture",  # a success without one
    "elsewhere",  # a picture on another host
    "update",  # the picture in a gr.update()
]
HEARTBEAT = 15.0  # seconds
Message = Mapping[str, Any]


@dataclass(slots=True)
class Drawing:
    """How one event of the queue goes. A `gate` must be opened before it ends; `file` is served for its picture."""

    steps: int = 2  # each is told as progress
    rate: float = 0.0  # steps a second; 0: as fast as possible
    error: str | None = None  # what a gr.Error says; "" is another exception, of which the app tells nothing
    fault: Trouble | None = None
    gate: asyncio.Event | None = None
    file: bytes | None = None  # None: a picture of the size that was asked for


@dataclass(slots=True, eq=False)
class Job:
    id: str
    session: str
    data: list[Any]
    drawing: Drawing
    task: asyncio.Task[None] | None = None


@dataclass(slots=True)
class Session:
    """What one /queue/data still has to tell. None as a message breaks the connection."""

    messages: asyncio.Queue[Message | bytes | None] = field(default_factory=asyncio.Queue)
    pending: set[str] = field(default_factory=set)


class SpacesSimulator(Simulator):
    """The Hub and the Space `id` in one: the Hub says that its `host` is here.

    `drawings` are for the next events, from the left; then `default` is. `stages` are told by the Hub one after the
    other, then "RUNNING". `max_size` limits the queue; `prefix=""` is Gradio 4.
    """

    def __init__(self, port: int = 0, scale: float = 1.0, id: str = "sim/painter", prefix: str = "/gradio_api") -> None:
        super().__init__(port, scale)
        self.id = id
        self.prefix = prefix
        self.host = ""  # where the Hub sends people; "": here
        self.config: Any = config(prefix)
        self.info: Any = info()
        self.stages: deque[str] = deque()
        self.drawings: deque[Drawing] = deque()
        self.default = Drawing()
        self.max_size: int | None = None
        self.headers: list[Mapping[str, str]] = []  # of every request
        self.drawn: list[list[Any]] = []  # the data of events that were started
        self.cancelled: list[str] = []  # ids of events
        self.open_streams = 0
        self.waiting: list[Job] = []
        self.running: Job | None = None
        self._sessions: defaultdict[str, Session] = defaultdict(Session)
        self._issued: set[str] = set()
        self._files: dict[str, bytes] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/spaces/{id:.+}/host", self._where),
            web.get("/api/spaces/{id:.+}/runtime", self._runtime),
            web.get("/config", self._config),
            web.get(f"{self.prefix}/info", self._info),
            web.post(f"{self.prefix}/queue/join", self._join),
            web.get(f"{self.prefix}/queue/data", self._data),
            web.post(f"{self.prefix}/cancel", self._cancel),
            web.get(f"{self.prefix}/file={{path:.+}}", self._file),
        ]

    async def __aexit__(self, *exc: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await super().__aexit__(*exc)

    async def _where(self, request: web.Request) -> web.StreamResponse:
        self.headers.append(request.headers)
        if request.match_info["id"] != self.id:
            return web.json_response({"error": "Repository not found"}, status=404)
        return web.json_response({"subdomain": self.id.replace("/", "-"), "host": self.host or self.url})

    async def _runtime(self, request: web.Request) -> web.StreamResponse:
        self.headers.append(request.headers)
        stage = self.stages.popleft() if self.stages else "RUNNING"
        return web.json_response({"stage": stage, "hardware": {"current": "zero-a10g"}})

    async def _config(self, request: web.Request) -> web.StreamResponse:
        self.headers.append(request.headers)
        if isinstance(self.config, str):
            return web.Response(text=self.config, content_type="text/html")
        return web.json_response(self.config)

    async def _info(self, request: web.Request) -> web.StreamResponse:
        self.headers.append(request.headers)
        return web.json_response(self.info) if self.info is not None else web.Response(status=404)

    async def _join(self, request: web.Request) -> web.StreamResponse:
        self.headers.append(request.headers)
        body = request[ENTRY].body
        if not isinstance(body, dict) or not body.get("session_hash") or not isinstance(body.get("data"), list):
            return web.json_response({"detail": "Session hash not found."}, status=400)
        if self.max_size is not None and len(self.waiting) >= self.max_size:
            said = f"Queue is full. Max size is {self.max_size} and size is {len(self.waiting)}."
            return web.json_response({"detail": said}, status=503)
        drawing = self.drawings.popleft() if self.drawings else self.default
        job = Job(uuid.uuid4().hex, body["session_hash"], body["data"], drawing)
        self._sessions[job.session].pending.add(job.id)
        self._issued.add(job.id)
        self.waiting.append(job)
        self._tell_rank(job)
        asyncio.get_running_loop().call_soon(self._start_next)
        return web.json_response({"event_id": job.id})

    async def _data(self, request: web.Request) -> web.StreamResponse:
        self.headers.append(request.headers)
        name = request.query.get("session_hash", "")
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        self.open_streams += 1
        try:
            await self._tell(request, response, name)
        except (asyncio.CancelledError, ConnectionResetError):
            self.waiting = [job for job in self.waiting if job.session != name]
            raise
        finally:
            self.open_streams -= 1
            self._sessions.pop(name, None)
        return response

    async def _tell(self, request: web.Request, response: web.StreamResponse, name: str) -> None:
        if name not in self._sessions:
            lost = {"msg": "unexpected_error", "message": "404: Not Found", "session_not_found": True}
            await response.write(_event(lost))
            return
        session = self._sessions[name]
        while session.pending:
            try:
                async with asyncio.timeout(HEARTBEAT * self.scale):
                    message = await session.messages.get()
            except TimeoutError:
                message = {"msg": "heartbeat"}
            if message is None:
                request[ENTRY].verdict = "fault: cut"
                if request.transport is not None:
                    request.transport.abort()
                return
            await response.write(message if isinstance(message, bytes) else _event(message))
            if isinstance(message, Mapping) and message["msg"] in ("process_completed", "unexpected_error"):
                session.pending.discard(str(message.get("event_id")))
        await response.write(_event({"msg": "close_stream", "event_id": None}))

    async def _cancel(self, request: web.Request) -> web.StreamResponse:
        self.headers.append(request.headers)
        body = request[ENTRY].body
        event, session = body["event_id"], self._sessions.get(body["session_hash"])
        self.waiting = [job for job in self.waiting if job.id != event]
        if self.running is not None and self.running.id == event and self.running.task is not None:
            self.running.task.cancel()
        if event in self._issued:
            self.cancelled.append(event)
        if session is not None and event in session.pending:
            session.messages.put_nowait({"msg": "process_completed", "event_id": event, "output": {}, "success": True})
        return web.json_response({"success": True})

    async def _file(self, request: web.Request) -> web.StreamResponse:
        self.headers.append(request.headers)
        data = self._files.get(request.match_info["path"])
        return web.Response(status=404) if data is None else web.Response(body=data, content_type="image/png")

    def _start_next(self) -> None:
        if self.running is None and self.waiting:
            self.running = job = self.waiting.pop(0)
            job.task = asyncio.create_task(self._run(job))
            self._tasks.add(job.task)
            job.task.add_done_callback(self._ended)
            for each in self.waiting:
                self._tell_rank(each)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self.running = None
        self._start_next()

    async def _run(self, job: Job) -> None:
        drawing = job.drawing
        self.drawn.append(job.data)
        self._send(job, {"msg": "process_starts", "eta": 1.5})
        if drawing.fault == "silent":
            await asyncio.Event().wait()
        for step in range(drawing.steps):
            unit: Message = {
                "index": step,
                "length": drawing.steps,
                "unit": "steps",
                "progress": None,
                "desc": "denoising",
            }
            self._send(job, {"msg": "progress", "progress_data": [unit]})
            await asyncio.sleep(self.scale / drawing.rate if drawing.rate else 0)
        if drawing.gate is not None:
            await drawing.gate.wait()
        if drawing.fault in ("cut", "garbage"):
            self._sessions[job.session].messages.put_nowait(None if drawing.fault == "cut" else b"data: {nonsense\n\n")
        elif drawing.fault == "unexpected":
            self._send(job, {"msg": "unexpected_error", "message": "Server stopped unexpectedly.", "success": False})
        elif drawing.error is not None:
            output: Message = {"error": drawing.error or None, "duration": 10, "visible": True, "title": "Error"}
            self._send(job, {"msg": "process_completed", "output": output, "success": False, "title": "Error"})
        else:
            output = {"data": [self._picture(job), job.data[2]], "is_generating": False, "duration": 1.0}
            self._send(job, {"msg": "process_completed", "output": output, "success": True})

    def _picture(self, job: Job) -> Any:
        fault = job.drawing.fault
        prompt, _, seed, _, width, height, *_ = job.data
        path = f"tmp/gradio/{job.id}/image.png"
        made = png(f"{prompt} {seed}", width, height) if job.drawing.file is None else job.drawing.file
        self._files[path] = made
        host = "http://127.0.0.2:9" if fault == "elsewhere" else self.url
        url = f"{host}{self.prefix}/file={path}"
        shown = {"path": None if fault == "elsewhere" else path, "url": url, "orig_name": "image.png"}
        if fault == "no picture":
            return None
        return {"__type__": "update", "value": shown} if fault == "update" else shown

    def _tell_rank(self, job: Job) -> None:
        rank, size = self.waiting.index(job), len(self.waiting)
        self._send(job, {"msg": "estimation", "rank": rank, "queue_size": size, "rank_eta": 1.5 * (rank + 1)})

    def _send(self, job: Job, message: Message) -> None:
        if job.session in self._sessions:
            self._sessions[job.session].messages.put_nowait({**message, "event_id": job.id})


def _event(message: Message) -> bytes:
    return f"data: {json.dumps(message)}\n\n".encode()


if __name__ == "__main__":
    serve(SpacesSimulator, 8432)
