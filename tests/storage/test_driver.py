import sqlite3
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import aiosqlite
import pytest

from storage import driver
from tests.polling import until


@pytest.fixture
async def connection(tmp_path: Path) -> AsyncIterator[aiosqlite.Connection]:
    opened = await driver.connect(str(tmp_path / "test.db"), ["CREATE TABLE notes (id INTEGER PRIMARY KEY, note TEXT)"])
    yield opened
    await opened.close()


async def test_a_cursor_is_as_others_are(connection: aiosqlite.Connection) -> None:
    """What SQLAlchemy asks it for."""
    async with connection.cursor() as cursor:
        await cursor.executemany("INSERT INTO notes (note) VALUES (?)", [("one",), ("two",)])
        assert cursor.rowcount == 2
        assert not cursor.description
        await cursor.execute("INSERT INTO notes (note) VALUES (?)", ("three",))
        assert (cursor.rowcount, cursor.lastrowid) == (1, 3)
        await cursor.execute("SELECT id, note FROM notes WHERE id > :least", {"least": 1})
        assert [column[0] for column in cursor.description] == ["id", "note"]
        assert list(await cursor.fetchall()) == [(2, "two"), (3, "three")]
        await cursor.execute("UPDATE notes SET note = ''")
        assert (cursor.rowcount, list(await cursor.fetchall())) == (3, [])


async def test_transactions_are_left_to_their_user(connection: aiosqlite.Connection) -> None:
    await connection.execute("INSERT INTO notes (note) VALUES ('one')")
    assert not connection.in_transaction


async def test_a_failure_is_sqlites_own_and_the_next_statement_works(connection: aiosqlite.Connection) -> None:
    async with connection.cursor() as cursor:
        with pytest.raises(sqlite3.IntegrityError) as caught:
            await cursor.execute("INSERT INTO notes (id) VALUES (1), (1)")
        assert caught.value.sqlite_errorcode == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY
        await cursor.execute("SELECT count(*) FROM notes")
        assert list(await cursor.fetchall()) == [(0,)]


async def test_what_cannot_be_prepared_is_closed(tmp_path: Path) -> None:
    threads = set(threading.enumerate())
    with pytest.raises(sqlite3.OperationalError):
        await driver.connect(str(tmp_path / "test.db"), ["SELECT * FROM nothing"])
    await until(lambda: set(threading.enumerate()) <= threads)  # each connection has one
