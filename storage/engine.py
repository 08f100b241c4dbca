"""From a URL to connections, with a database's manners; nothing here knows a table of ours.

Two engines, because readers and the writer want different things: a reader is in autocommit and waits for nobody, the
one writer (`writer.py`) takes the write lock when it begins. Work on a database is a plain function of a `Connection`,
run by `AsyncConnection.run_sync`, so that it can be read and tested without a thought for the event loop. What is said
to PostgreSQL stands in `postgresql.py`. Checked 2026-11-20 with SQLAlchemy 2.1.9, aiosqlite 0.22.1, SQLite 3.40.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Table, event, exc
from sqlalchemy.dialects import postgresql as dialect
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from storage import driver, postgresql
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


class Uncertain(Exception):
    """The connection was lost while a transaction was committed."""

    def __init__(self, transaction: str, result: Any, cause: BaseException) -> None:
        super().__init__()
        self.transaction = transaction
        self.result = result  # of its work, if it was committed
        self.cause = cause


@dataclass(frozen=True, slots=True)
class Database:
    url: URL
    reading: AsyncEngine
    writing: AsyncEngine
    patience: float | None = None  # seconds for a transaction; a file answers, and must not be left half-way
    _running: set[asyncio.Task[Any]] = field(default_factory=set)

    async def read(self, work: Work[T]) -> T:
        """Run SELECTs; each sees everything that was committed before it. Raises `Unavailable`."""

        async def run() -> T:
            with translating():
                async with asyncio.timeout(self.patience), self.reading.connect() as connection:
                    return await connection.run_sync(work)

        return await self.whole(run())

    async def write(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """Run one transaction; on return it is durable. For the writer only, which waits for one before the next.

        Raises what SQLAlchemy or the network raises, and then nothing of it was done; or `Uncertain`.
        """
        transaction, done = "", []
        try:
            async with asyncio.timeout(self.patience), self.writing.begin() as connection:
                transaction = await connection.run_sync(enter)
                done.append(await work(connection))
        except (exc.SQLAlchemyError, OSError) as error:
            if transaction and done:
                raise Uncertain(transaction, done[0], error) from error
            raise
        return done[0]

    async def was_committed(self, transaction: str) -> bool | None:
        """Of one that was `Uncertain`; None: it is not decided yet. Raises `Unavailable`."""
        return await self.read(lambda connection: postgresql.was_committed(connection, transaction))

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


def connect(url: URL) -> Database:
    """Nothing is opened yet; `close` what this returns."""
    patience = postgresql.PATIENCE if url.get_backend_name() == "postgresql" else None
    return Database(url, autocommit(url, READERS), writing(url), patience)


def autocommit(url: URL, connections: int) -> AsyncEngine:
    """Each statement is a transaction of its own."""
    return _engine(url, pool_size=connections, isolation_level="AUTOCOMMIT", skip_autocommit_rollback=True)


def writing(url: URL, *, migrating: bool = False) -> AsyncEngine:
    """One connection, whose every transaction begins with `enter`."""
    return _engine(url, migrating=migrating, pool_size=1)


def enter(connection: Connection) -> str:
    """Take the write lock, so that nothing which is read here is outdated. Returns the transaction's name, if any.

    sqlite3 of itself opens a transaction at the first INSERT only, and raises instead of waiting when what was read
    before is outdated by then. `isolation_level` None leaves transactions to us.
    """
    if connection.dialect.name == "postgresql":
        return postgresql.enter(connection)
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    return ""


def _engine(url: URL, *, migrating: bool = False, **options: Any) -> AsyncEngine:
    options |= {"max_overflow": 0, "hide_parameters": True}
    if url.get_backend_name() == "postgresql":
        engine = create_async_engine(url, connect_args=postgresql.arguments(hurry=not migrating), **options)
        event.listen(engine.sync_engine, "checkout", postgresql.refuse_closed)
        return engine
    manners = SQLITE_MANNERS[:-1] if migrating else SQLITE_MANNERS
    return create_async_engine(url, async_creator=partial(driver.connect, str(url.database), manners), **options)


def insert(connection: Connection, table: Table) -> sqlite.Insert | dialect.Insert:
    """An INSERT that knows ON CONFLICT, which every dialect spells for itself."""
    if connection.dialect.name == "postgresql":
        return dialect.insert(table)
    return sqlite.insert(table)
