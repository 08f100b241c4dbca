"""One answer at a time in each conversation, and how /stop finds it.

What an answer does is not this file's concern: it is handed a coroutine function and a `Stop` to be told by.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Literal

from bot.events import ConversationKey

Reason = Literal["", "reader", "edited", "deleted", "restart"]  # whose wish it is, or what happened


class Stop:
    """Tells a running answer to end early, and why. Only its reader is cancelled: a write is always let finish."""

    def __init__(self) -> None:
        self.reason: Reason = ""
        self._reader: asyncio.Task[Any] | None = None

    def governs(self, reader: asyncio.Task[Any]) -> None:
        """From now on a stop cancels this task; if it was said before, at once."""
        self._reader = reader
        if self.reason:
            reader.cancel()

    def say(self, reason: Reason) -> None:
        if self.reason:
            return
        self.reason = reason
        if self._reader is not None:
            self._reader.cancel()


Work = Callable[[Stop], Awaitable[None]]


@dataclass(slots=True, eq=False)
class _Job:
    id: str
    key: ConversationKey
    work: Work
    stop: Stop = field(default_factory=Stop)


class Lanes:
    """Runs jobs: those of one key one after another in the order they came, those that do not wait at once.

    A job that raises is a bug, which the event loop reports; its lane goes on. Nothing is kept of an empty lane.
    """

    def __init__(self) -> None:
        self._lanes: dict[ConversationKey, deque[_Job]] = {}  # the first of each is running
        self._jobs: dict[str, _Job] = {}
        self._tasks: set[asyncio.Future[None]] = set()

    def __len__(self) -> int:
        return len(self._jobs)

    @property
    def queued(self) -> int:
        """How many jobs have not begun yet."""
        return sum(len(lane) - 1 for lane in self._lanes.values())

    def waiting(self, key: ConversationKey) -> int:
        """How many jobs stand in this lane, the running one included."""
        return len(self._lanes.get(key, ()))

    def enter(self, key: ConversationKey, id: str, work: Work, *, waits: bool = True) -> None:
        job = self._jobs[id] = _Job(id, key, work)
        if not waits:
            self._start(job)
        elif key in self._lanes:
            self._lanes[key].append(job)
        else:
            self._lanes[key] = deque([job])
            self._start(job, in_lane=True)

    def stop(self, id: str, reason: Reason = "reader") -> bool:
        """Stop one job, running or waiting. False: it is not here any more."""
        job = self._jobs.get(id)
        if job is None:
            return False
        job.stop.say(reason)
        return True

    def stop_all(self, key: ConversationKey, but: str = "") -> int:
        """Stop all jobs of this key, also beside its lane, `but` the one with this id. Returns how many there were."""
        jobs = [job for job in self._jobs.values() if job.key == key and job.id != but]
        for job in jobs:
            job.stop.say("reader")
        return len(jobs)

    def clear(self, key: ConversationKey) -> Sequence[str]:
        """Drop the jobs that wait in this lane. Returns their ids."""
        lane = self._lanes.get(key, deque())
        dropped = [lane.pop().id for _ in range(len(lane) - 1)][::-1]
        for each in dropped:
            del self._jobs[each]
        return dropped

    def move(self, platform: str, bot: str, before: str, after: str) -> None:
        """The chat has another id: what is running and waiting goes on under its new keys.

        A lane that has been begun under the new key already stays apart from the old one, which runs out.
        """
        here = [key for key in self._lanes if (key.platform, key.bot, key.chat) == (platform, bot, before)]
        for old in here:
            new = replace(old, chat=after)
            if new in self._lanes:
                continue
            self._lanes[new] = self._lanes.pop(old)
            for job in self._lanes[new]:
                job.key = new

    async def drain(self, grace: float) -> None:
        """Before the process ends: jobs have `grace` seconds, then are told "restart"; no new lane job is begun."""
        for key in self._lanes:  # the questions of what waits stay open for the next process
            self.clear(key)
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=grace)
        for job in self._jobs.values():
            job.stop.say("restart")
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=LAST_WRITES_SECONDS)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self, job: _Job, *, in_lane: bool = False) -> None:
        task = asyncio.ensure_future(job.work(job.stop))
        self._tasks.add(task)
        task.add_done_callback(partial(self._ended, job, in_lane))

    def _ended(self, job: _Job, in_lane: bool, task: asyncio.Future[None]) -> None:
        self._tasks.discard(task)
        self._jobs.pop(job.id, None)
        if not in_lane:
            return
        lane = self._lanes[job.key]
        lane.popleft()
        if lane:
            self._start(lane[0], in_lane=True)
        else:
            del self._lanes[job.key]


LAST_WRITES_SECONDS = 5.0
"""What a platform may take for the last writes after the grace is over."""
