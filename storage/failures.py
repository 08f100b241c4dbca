"""What a database can raise, translated once. PostgreSQL's codes are in `sqlstates.py`.

SQLite's result codes are those of sqlite3 in Python 3.11 to 3.14 and of https://sqlite.org/rescode.html (checked
2026-11-20). A code that maps to None means a mistake in Parley: it is passed on as it came.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy import exc

from bot.errors import Unavailable
from storage import sqlstates
from storage.trouble import BUSY, DAMAGED, DISK, FULL, MEMORY, Trouble

_RIGHTS = Trouble(
    "the database cannot be written: check who owns the file and its folder, and whether they are read-only"
)

SQLITE: Mapping[int, Trouble | None] = {
    sqlite3.SQLITE_ERROR: None,
    sqlite3.SQLITE_INTERNAL: None,
    sqlite3.SQLITE_PERM: _RIGHTS,
    sqlite3.SQLITE_ABORT: None,
    sqlite3.SQLITE_BUSY: BUSY,
    sqlite3.SQLITE_LOCKED: BUSY,
    sqlite3.SQLITE_NOMEM: MEMORY,
    sqlite3.SQLITE_READONLY: _RIGHTS,
    sqlite3.SQLITE_INTERRUPT: None,
    sqlite3.SQLITE_IOERR: DISK,
    sqlite3.SQLITE_CORRUPT: DAMAGED,
    sqlite3.SQLITE_NOTFOUND: None,
    sqlite3.SQLITE_FULL: FULL,
    sqlite3.SQLITE_CANTOPEN: _RIGHTS,
    sqlite3.SQLITE_PROTOCOL: BUSY,
    sqlite3.SQLITE_EMPTY: None,
    sqlite3.SQLITE_SCHEMA: None,
    sqlite3.SQLITE_TOOBIG: None,
    sqlite3.SQLITE_CONSTRAINT: None,
    sqlite3.SQLITE_MISMATCH: None,
    sqlite3.SQLITE_MISUSE: None,
    sqlite3.SQLITE_NOLFS: DISK,
    sqlite3.SQLITE_AUTH: None,
    sqlite3.SQLITE_FORMAT: None,
    sqlite3.SQLITE_RANGE: None,
    sqlite3.SQLITE_NOTADB: DAMAGED,
    sqlite3.SQLITE_NOTICE: None,
    sqlite3.SQLITE_WARNING: None,
}


def translated(error: BaseException) -> Unavailable | None:
    """Ours for theirs, which is its cause; None where waiting cannot help, because the mistake is Parley's."""
    if isinstance(error, exc.DBAPIError):
        trouble, cause = _reported(error)
    elif isinstance(error, OSError | exc.TimeoutError):  # no connection, no answer in time, or none left in the pool
        trouble, cause = sqlstates.AWAY, type(error).__name__
    else:
        return None
    if trouble is None:
        return None
    ours = _unavailable(trouble, cause)
    ours.__cause__ = error
    return ours


def _reported(error: exc.DBAPIError) -> tuple[Trouble | None, str]:
    """What a driver tells, and its name there."""
    if isinstance(error.orig, sqlite3.Error):
        code = getattr(error.orig, "sqlite_errorcode", sqlite3.SQLITE_ERROR)  # absent where Python itself complains
        return SQLITE.get(code & 0xFF), getattr(error.orig, "sqlite_errorname", "")  # higher bits: more of the same
    state = getattr(error.orig, "sqlstate", None)
    if state is None:  # asyncpg itself complains
        return sqlstates.AWAY if error.connection_invalidated else None, "connection closed"
    return sqlstates.trouble(state), state


@contextmanager
def translating() -> Iterator[None]:
    try:
        yield
    except (exc.SQLAlchemyError, OSError) as error:
        ours = translated(error)
        if ours is None:
            raise
        raise ours from error


def damaged(verdict: str) -> Unavailable:
    """What SQLite's own check found, although it raised nothing."""
    return _unavailable(DAMAGED, verdict)


def _unavailable(trouble: Trouble, cause: str) -> Unavailable:
    return Unavailable(trouble.message, retry_after=trouble.retry_after, detail=f"{trouble.detail} ({cause})")
