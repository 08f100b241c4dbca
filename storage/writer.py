"""The one writer: callers hand in a unit of work and get its result when it is durable.

Units that come while a commit runs share the next one (group commit), so that a disk's slow `fsync` is paid once for
many. Each has a savepoint, so that one which fails is undone alone. What a unit does is not this file's concern.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import Unavailable
from storage.engine import Database, Uncertain, Work
from storage.failures import translated

T = TypeVar("T")

GROUP = 128  # units in one commit, so that the first of them does not wait too long for the last
ASKING = 0.25  # seconds between two questions for what became of a commit
WAITING = 1000  # units that may wait: about two seconds of work on a slow machine


@dataclass(frozen=True, slots=True)
class _Job:
    unit: Work[Any]
    future: asyncio.Future[Any]

    def settle(self, outcome: Any) -> None:
        if self.future.done():  # its caller has gone
            return
        if isinstance(outcome, BaseException):
            self.future.set_exception(outcome)
        else:
            self.future.set_result(outcome)


class Writer:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: deque[_Job] = deque()
        self._wake = asyncio.Event()
        self._closing = False

    async def submit(self, unit: Work[T]) -> T:
        """The unit's result, once it is durable; or what the unit raised.

        A unit is run once; where it raises, nothing of it was done. If its commit's connection is lost, this waits
        until it is known what became of it. A caller that is cancelled before its unit's turn takes it back; after that
        it may be committed or not. Raises `Unavailable` when the database cannot take it now, or when too many units
        wait already.
        """
        if self._closing:
            raise Unavailable("I am just shutting down. Please try again in a minute.", retry_after=60.0)
        if len(self._waiting) >= WAITING:
            raise Unavailable("I have too much to write down at the moment. Please try again shortly.", retry_after=5.0)
        job = _Job(unit, asyncio.get_running_loop().create_future())
        self._waiting.append(job)
        self._wake.set()
        result: T = await job.future
        return result

    def close(self) -> None:
        """Take nothing new; `run` returns when everything that waits is done."""
        self._closing = True
        self._wake.set()

    async def run(self) -> None:
        while self._waiting or not self._closing:
            if self._waiting:
                await self._database.whole(self._commit(self._take(GROUP)))
            else:
                self._wake.clear()
                await self._wake.wait()

    async def _commit(self, group: Sequence[_Job]) -> None:
        """One transaction. Where that fails, its error is the outcome of all its units: none of them was done."""
        work = partial(_outcomes, [job.unit for job in group])
        outcomes = await asyncio.gather(self._database.write(work), return_exceptions=True)
        outcome: list[Any] | BaseException = outcomes[0]
        if isinstance(outcome, Uncertain):
            outcome = await self._ascertain(outcome)
        if not isinstance(outcome, BaseException):
            for job, each in zip(group, outcome, strict=True):
                job.settle(each)
            return
        unavailable = translated(outcome)
        # Where the database cannot be used, who waited meanwhile need not wait as long again.
        for job in (*group, *self._take(WAITING)) if unavailable else group:
            job.settle(unavailable or outcome)

    async def _ascertain(self, lost: Uncertain) -> list[Any] | BaseException:
        """What became of it, as soon as the database can say. Only a process that ends does not wait for that."""
        while (committed := await self._fate(lost)) is None and not self._closing:  # noqa: ASYNC110 - a server's state
            await asyncio.sleep(ASKING)
        return lost.result if committed else lost.cause

    async def _fate(self, lost: Uncertain) -> bool | None:
        try:
            return await self._database.was_committed(lost.transaction)
        except Unavailable as unavailable:
            for job in self._take(WAITING):  # they need not wait for it
                job.settle(unavailable)
            return None

    def _take(self, most: int) -> list[_Job]:
        jobs = [self._waiting.popleft() for _ in range(min(most, len(self._waiting)))]
        return [job for job in jobs if not job.future.done()]


async def _outcomes(units: Sequence[Work[Any]], connection: AsyncConnection) -> list[Any]:
    if len(units) == 1:  # it has no neighbours to be kept from: the transaction itself is its savepoint
        return [await connection.run_sync(units[0])]
    return [await _outcome(unit, connection) for unit in units]


async def _outcome(unit: Work[Any], connection: AsyncConnection) -> Any:
    """The unit's result; or what it raised, whatever that is, for it belongs to its caller: then the unit is undone.

    Raises only what is the database's fault. That is the whole transaction's: it may be rolled back by then, with every
    savepoint (SQLite does so when the disk is full).
    """
    savepoint = await connection.begin_nested()
    outcomes = await asyncio.gather(connection.run_sync(unit), return_exceptions=True)
    outcome: Any = outcomes[0]
    if not isinstance(outcome, BaseException):
        await savepoint.commit()
    elif translated(outcome):
        raise outcome
    else:
        await savepoint.rollback()
    return outcome


@asynccontextmanager
async def open_writer(database: Database) -> AsyncIterator[Writer]:
    writer = Writer(database)
    task = asyncio.create_task(writer.run(), name="storage writer")
    try:
        yield writer
    finally:
        writer.close()
        await task
