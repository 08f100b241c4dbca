"""The gateway: HELLO, IDENTIFY, heartbeats, dispatches with sequence numbers, RESUME, and its close codes.

Which events there are is not this file's concern. Rules: developers/events/gateway, checked 2026-11-20.
"""

import asyncio
import json
import secrets
import zlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from aiohttp import WSMsgType, web

Json = dict[str, Any]
SENT_PER_MINUTE = 120
LARGEST_PAYLOAD = 4096
KNOWN_INTENTS = (1 << 26) - 1
PRIVILEGED = 1 << 1 | 1 << 8 | 1 << 15  # members, presences, message content
END_OF_SESSION = frozenset({1000, 1001, 4003, 4004, 4007, 4009, *range(4010, 4015)})
REMEMBERED = 5000  # events kept for a RESUME


class Op(IntEnum):
    DISPATCH = 0
    HEARTBEAT = 1
    IDENTIFY = 2
    PRESENCE = 3
    VOICE = 4
    RESUME = 6
    RECONNECT = 7
    REQUEST_MEMBERS = 8
    INVALID_SESSION = 9
    HELLO = 10
    HEARTBEAT_ACK = 11


class Connection:
    """One WebSocket. What is sent goes through a queue, so that nobody waits for a slow reader and the order stays."""

    def __init__(self, socket: web.WebSocketResponse, *, compressed: bool) -> None:
        self.socket = socket
        self.session: Session | None = None
        self.received: deque[float] = deque(maxlen=SENT_PER_MINUTE)
        self._zlib = zlib.compressobj() if compressed else None  # one context for the whole connection: zlib-stream
        self._outgoing: asyncio.Queue[Json | int] = asyncio.Queue()

    def send(self, op: Op, data: Any = None, seq: int | None = None, name: str | None = None) -> None:
        self._outgoing.put_nowait({"op": int(op), "d": data, "s": seq, "t": name})

    def close(self, code: int) -> None:
        self._outgoing.put_nowait(code)

    async def pump(self) -> None:
        while True:
            item = await self._outgoing.get()
            if isinstance(item, int):
                await self.socket.close(code=item)
                return
            text = json.dumps(item)
            try:
                if self._zlib is None:
                    await self.socket.send_str(text)
                else:
                    data = self._zlib.compress(text.encode()) + self._zlib.flush(zlib.Z_SYNC_FLUSH)
                    await self.socket.send_bytes(data)
            except ConnectionError:
                return


@dataclass(eq=False, slots=True)
class Event:
    seq: int
    name: str
    data: Json
    by_person: bool  # caused by somebody who is not the bot


@dataclass(eq=False, slots=True)
class Session:
    id: str
    intents: int
    seq: int = 0
    events: deque[Event] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    connection: Connection | None = None
    rewind: int = 0  # events of persons that the next RESUME shall repeat

    def add(self, name: str, data: Json, *, by_person: bool = False) -> None:
        self.seq += 1
        event = Event(self.seq, name, data, by_person)
        self.events.append(event)
        self.deliver(event)

    def deliver(self, event: Event) -> None:
        if self.connection is not None:
            self.connection.send(Op.DISPATCH, event.data, event.seq, event.name)

    def knows(self, seq: int) -> bool:
        """Whether everything after `seq` is still remembered."""
        return 0 <= seq <= self.seq and (not self.events or self.events[0].seq <= seq + 1)

    def missed(self, seq: int) -> list[Event]:
        """The events after `seq`; with a rewind from the n-th last event of a person on."""
        if self.rewind:
            persons = [each.seq for each in self.events if each.by_person][-self.rewind :]
            seq = min(seq, persons[0] - 1) if persons else seq
            self.rewind = 0
        return [each for each in self.events if each.seq > seq]


class Gateway:
    def __init__(self, token: str, introduce: Callable[[Session], None]) -> None:
        self.token = token
        self.introduce = introduce  # adds READY and what follows it to a new session
        self.privileged = 1 << 15  # which privileged intents the application was granted: message content
        self.heartbeat_interval = 41.25
        self.mute_acks = False
        self.identifies = 0
        self.resumes = 0
        self.sessions: dict[str, Session] = {}
        self.connections: set[Connection] = set()
        self.live = asyncio.Event()  # some session is connected

    def dispatch(
        self, name: str, data: Json, intent: int = 0, *, hidden: Json | None = None, by_person: bool = False
    ) -> None:
        """Add an event to every session that asked for `intent` (0: always); `hidden` goes where content may not."""
        for session in self.sessions.values():
            if intent and not session.intents & intent:
                continue
            shown = data if hidden is None or session.intents & 1 << 15 else hidden
            session.add(name, shown, by_person=by_person)

    async def connect(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(timeout=1.0, compress=False)
        await socket.prepare(request)
        connection = Connection(socket, compressed=request.query.get("compress") == "zlib-stream")
        self.connections.add(connection)
        pump = asyncio.create_task(connection.pump())
        try:
            if request.query.get("v", "10") != "10" or request.query.get("encoding", "json") != "json":
                connection.close(4012)
            connection.send(Op.HELLO, {"heartbeat_interval": int(self.heartbeat_interval * 1000)})
            async for frame in socket:
                self._receive(connection, frame.data if frame.type is WSMsgType.TEXT else None)
        finally:
            self.connections.discard(connection)
            self._detach(connection, socket.close_code or 1006)
            pump.cancel()
            await asyncio.gather(pump, return_exceptions=True)
        return socket

    def close(self, code: int) -> None:
        """Close every connection; the codes that end a session end it."""
        for connection in list(self.connections):
            self.close_one(connection, code)

    def close_one(self, connection: Connection, code: int) -> None:
        connection.close(code)
        self._detach(connection, code)

    def _detach(self, connection: Connection, code: int) -> None:
        session, connection.session = connection.session, None
        if session is None or session.connection is not connection:
            return
        session.connection = None
        if code in END_OF_SESSION:
            self.forget(session)
        if not any(each.connection for each in self.sessions.values()):
            self.live.clear()

    def forget(self, session: Session) -> None:
        self.sessions.pop(session.id, None)

    def _receive(self, connection: Connection, text: str | None) -> None:
        now = asyncio.get_running_loop().time()
        crowded = len(connection.received) == SENT_PER_MINUTE and now - connection.received[0] < 60
        connection.received.append(now)
        if crowded:
            return self.close_one(connection, 4008)
        payload = _decoded(text)
        if payload is None:
            return self.close_one(connection, 4002)
        op, data = payload["op"], payload.get("d")
        if op == Op.HEARTBEAT:
            if not self.mute_acks:
                connection.send(Op.HEARTBEAT_ACK)
        elif op == Op.IDENTIFY:
            self._identify(connection, data)
        elif op == Op.RESUME:
            self._resume(connection, data)
        elif op not in (Op.PRESENCE, Op.VOICE, Op.REQUEST_MEMBERS):
            self.close_one(connection, 4001)
        elif connection.session is None:
            self.close_one(connection, 4003)
        return None

    def _identify(self, connection: Connection, data: Any) -> None:
        self.identifies += 1
        intents = data.get("intents") if isinstance(data, dict) else None
        if not isinstance(data, dict) or not isinstance(data.get("properties"), dict):
            return self.close_one(connection, 4002)
        if connection.session is not None:
            return self.close_one(connection, 4005)
        if data.get("token") != self.token:
            return self.close_one(connection, 4004)
        if not isinstance(intents, int) or intents & ~KNOWN_INTENTS:
            return self.close_one(connection, 4013)
        if intents & PRIVILEGED & ~self.privileged:
            return self.close_one(connection, 4014)
        session = Session(secrets.token_hex(16), intents)
        self.sessions[session.id] = session
        self._attach(connection, session)
        self.introduce(session)
        self.live.set()
        return None

    def _resume(self, connection: Connection, data: Any) -> None:
        if not isinstance(data, dict) or connection.session is not None:
            return self.close_one(connection, 4005 if connection.session else 4002)
        if data.get("token") != self.token:
            return self.close_one(connection, 4004)
        session, seq = self.sessions.get(str(data.get("session_id"))), data.get("seq")
        if session is None or not isinstance(seq, int) or not session.knows(seq):
            return connection.send(Op.INVALID_SESSION, False)
        self.resumes += 1
        missed = session.missed(seq)
        self._attach(connection, session)
        for event in missed:
            session.deliver(event)
        session.seq += 1  # not remembered: it belongs to this connection alone
        connection.send(Op.DISPATCH, {"_trace": []}, session.seq, "RESUMED")
        self.live.set()
        return None

    def _attach(self, connection: Connection, session: Session) -> None:
        if session.connection is not None:  # a session has one connection: the newer takes it over
            old, session.connection = session.connection, None
            old.session = None
            old.close(4000)
        session.connection, connection.session = connection, session


def _decoded(text: str | None) -> Json | None:
    if text is None or len(text.encode()) > LARGEST_PAYLOAD:
        return None
    try:
        payload = json.loads(text)
    except ValueError:
        return None
    return payload if isinstance(payload, dict) and isinstance(payload.get("op"), int) else None
