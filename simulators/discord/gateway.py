"""The gateway: HELLO, IDENTIFY, heartbeats, dispatches with sequence numbers, RESUME, and its close codes.

Which events there are is not this file's concern. Rules: developers/events/gateway, checked 2026-11-29.
"""

import asyncio
import json
import secrets
from collections.abc import Callable
from typing import Any

from aiohttp import WSMsgType, web

from simulators.clock import Clock
from simulators.discord.portal import Portal
from simulators.discord.sessions import Connection, Op, Session
from simulators.discord.starts import Starts
from simulators.discord.world import Intent
from simulators.simulator import Changes

Json = dict[str, Any]
LARGEST_PAYLOAD = 4096
KNOWN_INTENTS = (1 << 17) - 1 | 1 << 20 | 1 << 21 | 1 << 24 | 1 << 25
PRIVILEGED = Intent.GUILD_MEMBERS | Intent.GUILD_PRESENCES | Intent.MESSAGE_CONTENT
END_OF_SESSION = frozenset({1000, 1001, 4003, 4004, 4007, 4009, *range(4010, 4015)})
RESUMABLE = 300.0  # seconds for which a lost session may be resumed: "a few minutes"


class Gateway:
    def __init__(
        self,
        token: str,
        introduce: Callable[[Session], None],
        portal: Portal,
        clock: Clock,
        changes: Changes,
        scale: float,
    ) -> None:
        self.token = token
        self.portal = portal
        self.starts = Starts(scale)
        self.clock = clock
        self.changes = changes
        self.introduce = introduce  # adds READY and what follows it to a new session
        self.privileged = int(Intent.MESSAGE_CONTENT)  # the privileged intents that the application was granted
        self.heartbeat_interval = 41.25
        self.heartbeat_grace = 2.0  # seconds beyond it that a heartbeat may be late
        self.must_shard = False  # the bot is in more guilds than one session may hear of
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
        self.changes.note()
        for session in self.sessions.values():
            if intent and not session.intents & intent:
                continue
            shown = data if hidden is None or session.intents & Intent.MESSAGE_CONTENT else hidden
            session.add(name, shown, by_person=by_person)

    async def connect(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(timeout=1.0, compress=False)
        await socket.prepare(request)
        connection = Connection(socket, compressed=request.query.get("compress") == "zlib-stream")
        self.connections.add(connection)
        tasks = [asyncio.create_task(connection.pump()), asyncio.create_task(self._watch(connection))]
        try:
            if request.query.get("v", "10") != "10" or request.query.get("encoding", "json") != "json":
                connection.close(4012)
            connection.send(Op.HELLO, {"heartbeat_interval": int(self.heartbeat_interval * 1000)})
            async for frame in socket:
                self._receive(connection, frame.data if frame.type is WSMsgType.TEXT else None)
        finally:
            self.connections.discard(connection)
            self._detach(connection, socket.close_code or 1006)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return socket

    async def _watch(self, connection: Connection) -> None:
        """Close whoever sends no heartbeat in time; the session stays, and may be resumed.

        With which code is not documented. Heartbeats keep the machine's time, as the libraries that send them do.
        """
        while True:
            try:
                async with asyncio.timeout(self.heartbeat_interval + self.heartbeat_grace):
                    await connection.beat.wait()
            except TimeoutError:
                return self.close_one(connection, 4000)
            connection.beat.clear()

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
        session.connection, session.lost_at = None, self.clock.now()
        if code in END_OF_SESSION:
            self.forget(session)
        if not any(each.connection for each in self.sessions.values()):
            self.live.clear()

    def forget(self, session: Session) -> None:
        self.sessions.pop(session.id, None)

    def _forget_lost(self) -> None:
        oldest = self.clock.now() - RESUMABLE
        for session in list(self.sessions.values()):
            if session.lost_at is not None and session.lost_at < oldest:
                self.forget(session)

    def _receive(self, connection: Connection, text: str | None) -> None:
        self._forget_lost()
        if connection.closing:
            return None
        if connection.heard_too_much(self.clock.now()):
            return self.close_one(connection, 4008)
        payload = _decoded(text)
        if payload is None:
            return self.close_one(connection, 4002)
        op, data = payload["op"], payload.get("d")
        if op == Op.HEARTBEAT:
            connection.beat.set()
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
        code = self._fault(connection, data)
        if code:
            self.identifies += 1
            return self.close_one(connection, code)
        outcome = self.starts.take(self.clock.now(), self.portal.starts)
        if outcome == "crowded":
            return connection.send(Op.INVALID_SESSION, False)
        self.identifies += 1
        if outcome == "exhausted":
            return self._reset_token()
        session = Session(secrets.token_hex(16), data["intents"], data.get("shard"))
        self.sessions[session.id] = session
        self._attach(connection, session)
        self.introduce(session)
        self.live.set()
        return None

    def _fault(self, connection: Connection, data: Any) -> int:
        """The close code that an IDENTIFY deserves; 0 where it is sound."""
        if not isinstance(data, dict) or not isinstance(data.get("properties"), dict):
            return 4002
        intents, shard = data.get("intents"), data.get("shard")
        if connection.session is not None:
            return 4005
        if data.get("token") != self.token:
            return 4004
        if shard is not None and not _is_shard(shard):
            return 4010
        if self.must_shard and shard is None:
            return 4011
        if not isinstance(intents, int) or intents & ~KNOWN_INTENTS:
            return 4013
        return 4014 if intents & PRIVILEGED & ~self.privileged else 0

    def _reset_token(self) -> None:
        """Too many IDENTIFYs: every session ends, and the token is worth nothing any more."""
        self.token = secrets.token_urlsafe(24)
        self.close(4004)

    def _resume(self, connection: Connection, data: Any) -> None:
        if not isinstance(data, dict) or connection.session is not None:
            return self.close_one(connection, 4005 if connection.session else 4002)
        if data.get("token") != self.token:
            return self.close_one(connection, 4004)
        session, seq = self.sessions.get(str(data.get("session_id"))), data.get("seq")
        if session is not None and (not isinstance(seq, int) or not 0 <= seq <= session.seq):
            self.forget(session)
            return self.close_one(connection, 4007)
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
        session.connection, connection.session, session.lost_at = connection, session, None


def _is_shard(given: Any) -> bool:
    return (
        isinstance(given, list)
        and len(given) == 2
        and all(isinstance(each, int) for each in given)
        and 0 <= given[0] < given[1]
    )


def _decoded(text: str | None) -> Json | None:
    if text is None or len(text.encode()) > LARGEST_PAYLOAD:
        return None
    try:
        payload = json.loads(text)
    except ValueError:
        return None
    return payload if isinstance(payload, dict) and isinstance(payload.get("op"), int) else None
