"""aiosqlite, with one trip to its thread for each statement.

SQLAlchemy makes a cursor, executes, fetches and closes, and aiosqlite goes to its thread and back for each of these,
which takes 0.05 ms on an idle machine and far longer on a busy one: 19 trips for an accepted question, where 7 do.
Nothing but speed depends on this file: `aiosqlite.connect` does the same. Read 2026-11-20 in aiosqlite 0.22.1 and
`sqlalchemy/connectors/asyncio.py` of SQLAlchemy 2.1.9, whose asynchronous cursors hold all rows anyway.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import AsyncExitStack
from functools import partial
from typing import Any, Self

import aiosqlite


async def connect(path: str, statements: Iterable[str]) -> aiosqlite.Connection:
    """A connection on which these have been executed. It leaves transactions to its user."""
    connection = _Connection(partial(sqlite3.connect, path, isolation_level=None), iter_chunk_size=64)
    connection._thread.daemon = True  # noqa: SLF001 - as SQLAlchemy does: a program that breaks down must not hang
    async with AsyncExitStack() as failed:
        failed.push_async_callback(connection.close)
        await connection
        for statement in statements:
            await connection.execute(statement)
        failed.pop_all()
    return connection


class _Cursor(aiosqlite.Cursor):
    """Executes, fetches and closes at once."""

    _rows: Sequence[Any] = ()

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, sql: str, parameters: Any = ()) -> Self:
        return await self._trip(sqlite3.Connection.execute, sql, parameters)

    async def executemany(self, sql: str, parameters: Iterable[Any]) -> Self:
        return await self._trip(sqlite3.Connection.executemany, sql, parameters)

    async def _trip(self, execute: Callable[..., sqlite3.Cursor], sql: str, parameters: Any) -> Self:
        def work() -> None:
            self._cursor = execute(self._conn._conn, sql, parameters)  # noqa: SLF001 - as the base class does
            self._rows = self._cursor.fetchall() if self._cursor.description else ()
            self._cursor.close()

        await self._execute(work)  # type: ignore[no-untyped-call]
        return self

    async def fetchall(self) -> Iterable[Any]:
        return self._rows

    async def close(self) -> None:
        """It is closed."""


class _Connection(aiosqlite.Connection):
    def cursor(self) -> _Cursor:  # type: ignore[override] # SQLAlchemy only enters it
        return _Cursor(self, None)  # type: ignore[arg-type] # there is none before the first statement
