"""What a database can raise, translated once.

SQLite's result codes are those of sqlite3 in Python 3.11 to 3.14 and of https://sqlite.org/rescode.html (checked
2026-11-20). A code that maps to None means a mistake in Parley: it is passed on as it came.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import exc

from bot.errors import Unavailable


@dataclass(frozen=True, slots=True)
class Trouble:
    detail: str  # for the operator: the cause and the remedy
    message: str = "I cannot store anything at the moment, so I cannot take questions. Please try again later."
    retry_after: float = 60.0  # seconds


_BUSY = Trouble(
    "another program holds the database locked: let it finish or stop it",
    "My memory is busy just now. Please try again in a few seconds.",
    5.0,
)
_FULL = Trouble("the disk is full or the database has reached its size limit: make room")
_DISK = Trouble("the disk reported an error: check the disk and the system's log")
_RIGHTS = Trouble(
    "the database cannot be written: check who owns the file and its folder, and whether they are read-only"
)
_MEMORY = Trouble("the process has no memory left: give it more")
_DAMAGED = Trouble(
    "the database is damaged: keep a copy of the file, then restore a backup, or what the sqlite3 program's `.recover` "
    "still finds in it",
    "What I have stored cannot be read at the moment. Please try again later.",
)

SQLITE: Mapping[int, Trouble | None] = {
    sqlite3.SQLITE_ERROR: None,
    sqlite3.SQLITE_INTERNAL: None,
    sqlite3.SQLITE_PERM: _RIGHTS,
    sqlite3.SQLITE_ABORT: None,
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
    sqlite3.SQLITE_NOMEM: _MEMORY,
    sqlite3.SQLITE_READONLY: _RIGHTS,
    sqlite3.SQLITE_INTERRUPT: None,
    sqlite3.SQLITE_IOERR: _DISK,
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTFOUND: None,
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_CANTOPEN: _RIGHTS,
    sqlite3.SQLITE_PROTOCOL: _BUSY,
    sqlite3.SQLITE_EMPTY: None,
    sqlite3.SQLITE_SCHEMA: None,
    sqlite3.SQLITE_TOOBIG: None,
    sqlite3.SQLITE_CONSTRAINT: None,
    sqlite3.SQLITE_MISMATCH: None,
    sqlite3.SQLITE_MISUSE: None,
    sqlite3.SQLITE_NOLFS: _DISK,
    sqlite3.SQLITE_AUTH: None,
    sqlite3.SQLITE_FORMAT: None,
    sqlite3.SQLITE_RANGE: None,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_NOTICE: None,
    sqlite3.SQLITE_WARNING: None,
}


def translated(error: BaseException) -> Unavailable | None:
    """Ours for theirs, which is its cause; None where waiting cannot help, because the mistake is Parley's."""
    if not isinstance(error, exc.DBAPIError) or not isinstance(error.orig, sqlite3.Error):
        return None
    code = getattr(error.orig, "sqlite_errorcode", sqlite3.SQLITE_ERROR)  # absent where Python itself complains
    trouble = SQLITE.get(code & 0xFF)  # the higher bits tell more of the same
    if trouble is None:
        return None
    ours = _unavailable(trouble, error.orig.sqlite_errorname)
    ours.__cause__ = error
    return ours


@contextmanager
def translating() -> Iterator[None]:
    try:
        yield
    except exc.SQLAlchemyError as error:
        ours = translated(error)
        if ours is None:
            raise
        raise ours from error


def damaged(verdict: str) -> Unavailable:
    """What SQLite's own check found, although it raised nothing."""
    return _unavailable(_DAMAGED, verdict)


def _unavailable(trouble: Trouble, cause: str) -> Unavailable:
    return Unavailable(trouble.message, retry_after=trouble.retry_after, detail=f"{trouble.detail} ({cause})")
