"""Which process works on a question, and which of them are gone.

Each process has a number, which stands beside every question that it works on. On PostgreSQL it holds a lock of that
number on a connection of its own as long as it lives: who can take the lock knows that its process is gone, a killed
one's within milliseconds. A file of SQLite has one process, so that all others are gone.
"""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import URL, BigInteger, Connection, Select, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.errors import Unavailable
from storage.engine import autocommit
from storage.failures import translating
from storage.postgresql import PATIENCE

log = logging.getLogger(__name__)

BEAT = 1.0  # seconds between two looks whether the lock is still held
PAUSE = 0.5  # seconds before it is taken again
_NUMBER = bindparam("number", type_=BigInteger)
_HOLD = select(func.pg_advisory_lock(_NUMBER))
_LOOK = select(_NUMBER)
_TRY = select(func.pg_try_advisory_xact_lock(_NUMBER))


@dataclass(frozen=True, slots=True)
class Presence:
    number: int  # of this process

    def gone(self, connection: Connection, others: Collection[int]) -> Collection[int]:
        """Those of these processes that are gone. For a transaction, which keeps their locks to its end."""
        if connection.dialect.name != "postgresql":
            return others
        return [number for number in others if connection.execute(_TRY, {"number": number}).scalar_one()]


@asynccontextmanager
async def present(url: URL) -> AsyncIterator[Presence]:
    """Raises `Unavailable`."""
    presence = Presence(1 + secrets.randbits(62))
    if url.get_backend_name() != "postgresql":
        yield presence
        return
    engine, held = autocommit(url, 1), asyncio.Event()
    task = asyncio.create_task(_hold(engine, presence.number, held), name="storage presence")
    try:
        with translating():
            async with asyncio.timeout(PATIENCE):
                await held.wait()
        yield presence
    finally:
        task.cancel()
        await asyncio.wait([task])
        await engine.dispose()


async def _hold(engine: AsyncEngine, number: int, held: asyncio.Event) -> None:
    while True:
        try:
            with translating():
                async with engine.connect() as connection:
                    await _execute(connection, _HOLD, number)
                    held.set()
                    while True:
                        await asyncio.sleep(BEAT)
                        await _execute(connection, _LOOK, number)
        except Unavailable as trouble:
            log.warning("The database does not see at present that this process lives: %s", trouble.detail)
            await asyncio.sleep(PAUSE)


async def _execute(connection: AsyncConnection, query: Select[Any], number: int) -> None:
    async with asyncio.timeout(PATIENCE):
        await connection.execute(query, {"number": number})
