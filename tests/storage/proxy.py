"""A wire to a database that can be cut, plugged up, or taken away at a commit."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

COMMIT = b"COMMIT;"


class Proxy:
    def __init__(self, upstream: int) -> None:
        self.port = 0
        self.plugged = False  # nothing comes through, and nobody is told
        self.closed = False  # nobody gets in
        self.before_commit: Callable[[], None] | None = None  # called once, instead of handing the COMMIT on
        self.after_commit: Callable[[], None] | None = None  # called once, instead of handing its answer back
        self._upstream = upstream
        self._writers: set[asyncio.StreamWriter] = set()

    def cut(self) -> None:
        """Reset every connection."""
        for writer in self._writers:
            writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        if self.closed:
            writer.transport.abort()
            return
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self._upstream)
        self._writers.add(there_writer)
        await asyncio.gather(self._up(reader, there_writer), self._down(there_reader, writer))

    async def _up(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async for data in _pieces(reader):
            if COMMIT in data and self.before_commit:
                act, self.before_commit = self.before_commit, None
                act()
            else:
                await self._pass(data, writer)
        writer.close()

    async def _down(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async for data in _pieces(reader):
            if b"COMMIT\0" in data and self.after_commit:
                act, self.after_commit = self.after_commit, None
                act()
            else:
                await self._pass(data, writer)
        writer.close()

    async def _pass(self, data: bytes, writer: asyncio.StreamWriter) -> None:
        while self.plugged:  # noqa: ASYNC110 - a test's switch
            await asyncio.sleep(0.01)
        writer.write(data)


async def _pieces(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    try:
        while data := await reader.read(65536):
            yield data
    except ConnectionError:
        return


@asynccontextmanager
async def proxy_to(port: int) -> AsyncIterator[Proxy]:
    proxy = Proxy(port)
    listener = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.port = listener.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        proxy.plugged = False
        listener.close()
        proxy.cut()
        await listener.wait_closed()
