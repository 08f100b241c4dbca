"""Scripts onto the wire: streams that a client may break off, and answers that are a status only."""

import asyncio
import json
import socket
import struct
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from simulators.completions import Script, Shape, packets, play
from simulators.refusals import error
from simulators.simulator import ENTRY


class Speaker:
    """`open` is how many streams are being written now, `cancelled` how many their reader broke off."""

    def __init__(self, scale: float) -> None:
        self.open = 0
        self.cancelled = 0
        self._scale = scale

    async def stream(
        self, request: web.Request, script: Script, body: Mapping[str, Any], shape: Shape | None = None
    ) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", **script.headers})
        await response.prepare(request)
        self.open += 1
        try:
            async for piece in play(script, body, shape):
                for part in packets(piece, script):
                    await response.write(part)
                    await asyncio.sleep(0)  # so that it is a packet of its own
        except (asyncio.CancelledError, ConnectionResetError):
            self.cancelled += 1
            raise
        finally:
            self.open -= 1
        if script.fault in ("reset", "drop"):
            request[ENTRY].verdict = f"fault: {script.fault}"
            hang_up(request, hard=script.fault == "reset")
        return response

    def status(self, request: web.Request, script: Script, model: str) -> web.StreamResponse:
        """The answer to a script whose status is not 200."""
        entry, headers = request[ENTRY], dict(script.headers)
        entry.verdict = f"script: {script.status}"
        if (wait := headers.get("Retry-After", "")).isdecimal():
            entry.hold = int(wait) * self._scale
            headers["Retry-After"] = f"{entry.hold:g}"
        body = error(script.status, model) if script.body is None else script.body
        response = web.Response(
            status=script.status, body=encoded(body), headers={"Content-Type": "application/json", **headers}
        )
        if script.fault == "bytewise":
            response.enable_chunked_encoding()  # so that its length is not known beforehand
        return response


def encoded(body: Any) -> bytes:
    if isinstance(body, bytes):
        return body
    return (body if isinstance(body, str) else json.dumps(body)).encode()


def hang_up(request: web.Request, *, hard: bool) -> None:
    if request.transport is None:
        return
    peer: socket.socket = request.transport.get_extra_info("socket")
    if hard:  # a zero linger makes the kernel send RST instead of FIN
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    request.transport.close()
