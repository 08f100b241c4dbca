"""What PostgreSQL's error codes mean to us. A code's first two characters are its class.

From https://www.postgresql.org/docs/18/errcodes-appendix.html (checked 2026-11-20); a test compares them with what
asyncpg knows. A class that is not here means a mistake in Parley, which is passed on as it came.
"""

from collections.abc import Mapping

from storage.trouble import BUSY, DAMAGED, DISK, FULL, MEMORY, Trouble

AWAY = Trouble("the database cannot be reached: check that it runs, and the host, the port and sslmode in DATABASE_URL")
_CROWDED = Trouble("the database takes no more connections: raise its max_connections, or end other programs")
_UNKNOWN = Trouble("the database does not let Parley in: check the name and the password in DATABASE_URL")
_MISSING = Trouble("the database that DATABASE_URL names does not exist: create it")
_RIGHTS = Trouble("the database does not let Parley do that: make Parley's user the owner of the database")
_STANDBY = Trouble("the database can only be read at the moment: it may be a standby, or recovering")

CODES: Mapping[str, Trouble] = {
    "0A000": BUSY,  # a prepared statement is outdated, because another process has just changed the schema
    "25006": _STANDBY,
    "25P03": AWAY,  # we were too slow, and the session was ended
    "25P04": AWAY,
    "42501": _RIGHTS,
    "53100": FULL,
    "53200": MEMORY,
    "53300": _CROWDED,
    "55P03": BUSY,
    "57014": BUSY,  # longer than statement_timeout
    "XX001": DAMAGED,
    "XX002": DAMAGED,
}

CLASSES: Mapping[str, Trouble] = {
    "08": AWAY,
    "28": _UNKNOWN,
    "3D": _MISSING,
    "40": BUSY,
    "53": FULL,
    "57": AWAY,
    "58": DISK,
    "F0": AWAY,
}


def trouble(code: str) -> Trouble | None:
    return CODES.get(code) or CLASSES.get(code[:2])
