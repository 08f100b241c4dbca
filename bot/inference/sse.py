"""Bytes into server-sent events: incremental, without I/O, for any fragmentation.

It follows the WHATWG's HTML standard, section 9.2 (2026-11-20), but for two things: fields that a model's answer never
needs (id, retry) are dropped, and `end` gives out what a sloppy server left without its blank line.
What the events mean is `chunks.py`'s concern.
"""

import re
from dataclasses import dataclass

LINE_END = re.compile(rb"\r\n|\r|\n")  # nothing else ends a line: U+2028 and U+0085 may stand inside JSON
BOM = b"\xef\xbb\xbf"


class EventTooLong(Exception):
    """A line, or an event, has grown beyond its limit: the server is broken or hostile."""


@dataclass(frozen=True, slots=True)
class ServerSentEvent:
    data: str
    event: str = ""  # "" is the ordinary kind, "message"


class Events:
    def __init__(self, limit: int = 2**20) -> None:
        """`limit` is in bytes, for one line and for one event."""
        self._limit = limit
        self._line = bytearray()  # begun, not ended
        self._after_cr = False  # a line ended with CR, and the LF that may belong to it has not been seen
        self._first = True  # a byte order mark may stand before the first line
        self._data: list[str] = []
        self._size = 0
        self._event = ""

    def feed(self, data: bytes) -> list[ServerSentEvent]:
        """The events that these bytes complete. Raises `EventTooLong`."""
        if not data:
            return []
        if self._after_cr:
            data = data.removeprefix(b"\n")
        self._after_cr = data.endswith(b"\r")
        first, *rest = LINE_END.split(data)
        self._line += first
        events = []
        for next_line in rest:
            events += self._take(bytes(self._line))
            self._line = bytearray(next_line)
        self._check(len(self._line))
        return events

    def end(self) -> list[ServerSentEvent]:
        """The stream is over: the event that was not completed, if there is one. Raises `EventTooLong`."""
        line, self._line = bytes(self._line), bytearray()
        return [*self._take(line), *self._dispatch()]

    def _take(self, line: bytes) -> list[ServerSentEvent]:
        if self._first:
            line, self._first = line.removeprefix(BOM), False
        if not line:
            return self._dispatch()
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            self._size += len(value) + 1
            self._check(self._size)
            self._data.append(value.decode("utf-8", "replace"))
        elif name == b"event":
            self._event = value.decode("utf-8", "replace")
        return []

    def _dispatch(self) -> list[ServerSentEvent]:
        events = [ServerSentEvent("\n".join(self._data), self._event)] if self._data else []
        self._data, self._size, self._event = [], 0, ""
        return events

    def _check(self, size: int) -> None:
        if size > self._limit:
            raise EventTooLong(f"more than {self._limit} bytes")
