"""A gateway session (its sequence and what a RESUME repeats) and the connection that it may have."""

import asyncio
import json
import zlib
from collections import deque
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from aiohttp import web

Json = dict[str, Any]
REMEMBERED = 5000  # events kept for a RESUME
SENT_PER_MINUTE = 120


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
        self.closing = False
        self.beat = asyncio.Event()  # a heartbeat came
        self._received: deque[float] = deque(maxlen=SENT_PER_MINUTE)
        self._zlib = zlib.compressobj() if compressed else None  # one context for the whole connection: zlib-stream
        self._outgoing: asyncio.Queue[Json | int] = asyncio.Queue()

    def send(self, op: Op, data: Any = None, seq: int | None = None, name: str | None = None) -> None:
        self._outgoing.put_nowait({"op": int(op), "d": data, "s": seq, "t": name})

    def close(self, code: int) -> None:
        self.closing = True
        self._outgoing.put_nowait(code)

    def heard_too_much(self, now: float) -> bool:
        """Note one received payload; more than 120 within a minute are too many."""
        crowded = len(self._received) == SENT_PER_MINUTE and now - self._received[0] < 60
        self._received.append(now)
        return crowded

    async def pump(self) -> None:
        """Send what is queued, until a close code comes or the connection is lost."""
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
    shard: list[int] | None = None
    seq: int = 0
    events: deque[Event] = field(default_factory=lambda: deque(maxlen=REMEMBERED), repr=False)
    connection: Connection | None = None
    lost_at: float | None = None
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
