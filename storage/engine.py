"""From a URL to connections, with a database's manners; nothing here knows a table of ours.

Two engines, because readers and the writer want different things: a reader is in autocommit and waits for nobody, the
one writer (`writer.py`) takes the write lock when it begins. Work on a database is a plain function of a `Connection`,
run by `AsyncConnection.run_sync`, so that it can be read and tested without a thought for the event loop.
Checked 2026-11-20 with SQLAlchemy 2.1.9, aiosqlite 0.22.1, SQLite 3.40.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Table, event, make_url
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.errors import Misconfigured
from storage import driver
from storage.config import DEFAULT_DATABASE_URL
from storage.failures import translating

T = TypeVar("T")
Work = Callable[[Connection], T]

SQLITE_MANNERS = (
    "PRAGMA busy_timeout = 1500",  # ms: a question must be stored within 2 s, or Discord gives up on it
    "PRAGMA journal_mode = WAL",  # readers and the writer do not wait for each other
    "PRAGMA synchronous = FULL",  # what was committed survives a power cut
    "PRAGMA foreign_keys = ON",
)
READERS = 4


@dataclass(frozen=True, slots=True)
class Database:
    url: URL
    reading: AsyncEngine
    writing: AsyncEngine
    _running: set[asyncio.Task[Any]] = field(default_factory=set)

    async def read(self, work: Work[T]) -> T:
        """Run SELECTs; each sees everything that was committed before it. Raises `Unavailable`."""

        async def run() -> T:
            with translating():
                async with self.reading.connect() as connection:
                    return await connection.run_sync(work)

        return await self.whole(run())

    async def write(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """Run one transaction; on return it is durable. For the writer only, which waits for one before the next.

        Raises what SQLAlchemy raises, and then nothing of it was done.
        """
        async with self.writing.begin() as connection:
            return await work(connection)

    async def whole(self, doing: Coroutine[Any, Any, T]) -> T:
        """Do this to its end, also where the caller is cancelled meanwhile: nothing is left locked or half-closed."""
        task = asyncio.create_task(doing)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return await asyncio.shield(task)

    async def close(self) -> None:
        """When all that is being done has come to its end."""
        await asyncio.shield(asyncio.create_task(self._close()))

    async def _close(self) -> None:
        while self._running:
            await asyncio.wait(self._running)
        await self.reading.dispose()
        await self.writing.dispose()


def parse(text: str) -> URL:
    """The database's URL. Raises `Misconfigured`, whose message holds nothing of the URL: a password may be in it."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):  # ValueError: a port that is no number
        raise Misconfigured(
            f"DATABASE_URL is not the URL of a database. Write it like {DEFAULT_DATABASE_URL}."
        ) from None
    if url.drivername not in ("sqlite", "sqlite+aiosqlite"):
        raise Misconfigured(f"DATABASE_URL names a database that Parley does not know. Use {DEFAULT_DATABASE_URL}.")
    if url.host or url.query or not url.database or url.database.startswith((":memory:", "file:")):
        raise Misconfigured(
            f"DATABASE_URL must name a file and no more, as in {DEFAULT_DATABASE_URL} "
            "(three slashes, or four before an absolute path)."
        )
    return url.set(drivername="sqlite+aiosqlite")


def connect(url: URL) -> Database:
    """Nothing is opened yet; `close` what this returns."""
    reading = _engine(
        url, SQLITE_MANNERS, pool_size=READERS, isolation_level="AUTOCOMMIT", skip_autocommit_rollback=True
    )
    return Database(url, reading, writing(url))


def writing(url: URL, *, foreign_keys: bool = True) -> AsyncEngine:
    """One connection, whose every transaction can write from its start.

    sqlite3 of itself opens a transaction at the first INSERT only, so that what was read before may be outdated, and
    raises instead of waiting when it is. `isolation_level` None leaves transactions to us.
    """
    manners = SQLITE_MANNERS if foreign_keys else SQLITE_MANNERS[:-1]
    engine = _engine(url, manners, pool_size=1)
    event.listen(engine.sync_engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def _engine(url: URL, manners: Sequence[str], **options: Any) -> AsyncEngine:
    creator = partial(driver.connect, str(url.database), manners)
    return create_async_engine(url, async_creator=creator, max_overflow=0, hide_parameters=True, **options)


def insert(connection: Connection, table: Table) -> sqlite.Insert:
    """An INSERT that knows ON CONFLICT, which every dialect spells for itself."""
    return {"sqlite": sqlite.insert}[connection.dialect.name](table)
