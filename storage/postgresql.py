"""PostgreSQL's manners: what a session is told, and what became of a transaction that was lost.

Sessions are relied on, their locks too: a pooler in between must hand out sessions, not transactions.
Checked 2026-11-20 with PostgreSQL 18.4, SQLAlchemy 2.1.9, asyncpg 0.32.0.
"""

from typing import Any

from sqlalchemy import AdaptedConnection, Connection, exc, text
from sqlalchemy.pool import ConnectionPoolEntry

from bot.errors import Misconfigured

OLDEST = 13
CONNECTING = 5.0  # seconds
PATIENCE = 8.0  # seconds for a transaction, connecting included: longer than a whole group of units takes

_SESSION = {
    "application_name": "parley",
    "TimeZone": "UTC",
    "synchronous_commit": "on",  # what was committed survives a power cut
    "jit": "off",  # it pays for long statements, which we have none of
    "tcp_keepalives_idle": "5",  # seconds: a process whose machine is gone is noticed soon
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
}
_HURRY = {
    "lock_timeout": "1500",  # ms: a question must be stored within 2 s, or Discord gives up on it
    "statement_timeout": "5000",
    "idle_in_transaction_session_timeout": "5000",  # a process that hangs does not hold the others up
}

# The lock's first number keeps it apart from those of other programs in the same database, and of `presence.py`.
_ENTER = text("SELECT CAST(pg_current_xact_id() AS text) FROM pg_advisory_xact_lock(1348563564, 1)")
_FATE = text("SELECT pg_xact_status(CAST(CAST(:transaction AS text) AS xid8))")


def arguments(*, hurry: bool = True) -> dict[str, Any]:
    """How to connect. Without hurry, as for a migration, everything may take its time."""
    return {"timeout": CONNECTING, "server_settings": {**_SESSION, **(_HURRY if hurry else {})}}


def refuse_outdated(version: int) -> None:
    """`version` is the server's server_version_num. Raises `Misconfigured`."""
    major = version // 10_000
    if major < OLDEST:
        raise Misconfigured(
            f"The PostgreSQL that DATABASE_URL names has version {major}, and Parley needs {OLDEST} or newer. "
            "Update it, or take another."
        )


def enter(connection: Connection) -> str:
    """Begin as the one writer of all processes, as on SQLite: no two transactions can get into each other's way.

    Returns the transaction's name, for `was_committed`. One commit takes what many callers wrote (`writer.py`), so that
    taking turns costs little.
    """
    name: str = connection.execute(_ENTER).scalar_one()
    return name


def was_committed(connection: Connection, transaction: str) -> bool | None:
    """None: the server is still at it."""
    fate = connection.execute(_FATE, {"transaction": transaction}).scalar_one()
    return None if fate == "in progress" else fate == "committed"


def refuse_closed(connection: AdaptedConnection, _: ConnectionPoolEntry, __: object) -> None:
    """When the pool hands out a connection that its server has closed meanwhile, it shall make another."""
    if connection.driver_connection.is_closed():
        raise exc.DisconnectionError
