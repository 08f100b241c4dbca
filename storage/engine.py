"""From a URL to connections, with a database's manners; nothing here knows a table of ours.

Work on a database is a plain function of a `Connection`. With SQLite the whole of it runs in a thread: a SELECT then
costs 0.07 ms of that thread, where aiosqlite's trips to and fro for every statement cost 0.43 ms, mostly of the event
loop (measured 2026-11-20). A database with an async driver can run the same functions by `AsyncConnection.run_sync`.

Two engines, because readers and the writer want different things: a reader is in autocommit and waits for nobody, the
one writer (`writer.py`) takes the write lock when it begins. Checked 2026-11-20 with SQLAlchemy 2.1.9, SQLite 3.40.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, make_url
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import ArgumentError

from bot.errors import Misconfigured
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
    reading: Engine
    writing: Engine
    _readers: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(READERS, "storage reader"))
    _writer: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "storage writer"))

    async def read(self, work: Work[T]) -> T:
        """Run SELECTs; each sees everything that was committed before it. Raises `Unavailable`."""

        def run() -> T:
            with translating(), self.reading.connect() as connection:
                return work(connection)

        return await asyncio.get_running_loop().run_in_executor(self._readers, run)

    async def write(self, work: Work[T]) -> T:
        """Run one transaction; on return it is durable. For the writer only, which waits for one before the next.

        Raises what SQLAlchemy raises, and then nothing of it was done.
        """

        def run() -> T:
            with self.writing.begin() as connection:
                return work(connection)

        return await asyncio.get_running_loop().run_in_executor(self._writer, run)

    def close(self) -> None:
        for threads in (self._readers, self._writer):
            threads.shutdown()
        self.reading.dispose()
        self.writing.dispose()


def parse(text: str) -> URL:
    """The database's URL. Raises `Misconfigured`, whose message holds nothing of the URL: a password may be in it."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):  # ValueError: a port that is no number
        raise Misconfigured(
            f"DATABASE_URL is not the URL of a database. Write it like {DEFAULT_DATABASE_URL}."
        ) from None
    if url.get_backend_name() != "sqlite":
        raise Misconfigured(f"DATABASE_URL names a database that Parley does not know. Use {DEFAULT_DATABASE_URL}.")
    if url.host or url.query or not url.database or url.database.startswith((":memory:", "file:")):
        raise Misconfigured(
            f"DATABASE_URL must name a file and no more, as in {DEFAULT_DATABASE_URL} "
            "(three slashes, or four before an absolute path)."
        )
    return url.set(drivername="sqlite")


def connect(url: URL) -> Database:
    return Database(url, _reading(url), writing(url))


def writing(url: URL, *, foreign_keys: bool = True) -> Engine:
    """One connection, whose every transaction can write from its start.

    sqlite3 of itself opens a transaction at the first INSERT only, so that what was read before may be outdated, and
    raises instead of waiting when it is. `isolation_level = None` leaves transactions to us.
    """
    engine = create_engine(url, pool_size=1, max_overflow=0, hide_parameters=True)
    manners = SQLITE_MANNERS if foreign_keys else SQLITE_MANNERS[:-1]

    def prepare(connection: Any, _: object) -> None:
        connection.isolation_level = None
        _run(connection, manners)

    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", begin)
    return engine


def _reading(url: URL) -> Engine:
    engine = create_engine(
        url, pool_size=READERS, hide_parameters=True, isolation_level="AUTOCOMMIT", skip_autocommit_rollback=True
    )
    event.listen(engine, "connect", lambda connection, _: _run(connection, SQLITE_MANNERS))
    return engine


def _run(connection: Any, statements: tuple[str, ...]) -> None:
    cursor = connection.cursor()
    for statement in statements:
        cursor.execute(statement)
    cursor.close()


def insert(connection: Connection, table: Table) -> sqlite.Insert:
    """An INSERT that knows ON CONFLICT, which every dialect spells for itself."""
    return {"sqlite": sqlite.insert}[connection.dialect.name](table)
