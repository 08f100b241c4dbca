"""Backends around backends: try again, ask another model, leave a broken one in peace, limit how many run.

Each is a `Backend` and knows nothing of the one inside but its errors (`failures.ModelUnavailable`). All times are of
the event loop's clock.
"""

import asyncio
import logging
import random
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from bot.inference.backend import Backend
from bot.inference.config import InferenceConfig
from bot.inference.failures import BUSY, Again, ModelUnavailable, Scope, in_words
from bot.meter import SILENT, Meter
from bot.replies import Delta

ALARM_SECONDS = 900.0  # how long what only the operator can mend is left alone; then one question tries it
PROBE_SECONDS = 5.0  # when to come back while that one question is on its way
KNOWN_MODELS = 256  # people may name any model: of so many the breaker keeps the failures
STARTS = 2  # generations begun in vain, and perhaps charged, after which no other model is asked
BACK_OFF = 0.5  # seconds before the first repetition where the server does not say; then twice as long each time

log = logging.getLogger(__name__)


Tell = Callable[[str, str], None]  # the owners: (once a day for each key, sentence)


def chain(
    backend: Backend,
    config: InferenceConfig,
    models: Sequence[str],
    tell: Tell = lambda *_: None,
    lines: "dict[str, Line] | None" = None,
    meter: Meter = SILENT,
) -> Backend:
    """All policies around one backend; `models` stand in for each other, in this order. `lines`: see `Breaker`."""
    limited = Limited(backend, config.concurrent, config.first_token_seconds)
    guarded = Breaker(limited, config.breaker_failures, config.breaker_seconds, tell, lines, meter)
    return Fallback(Retrying(guarded, config.retries, config.total_seconds), models)


class Limited:
    """At most `places` answers at a time; whoever waits longer than `patience` seconds for a place is refused."""

    def __init__(self, backend: Backend, places: int, patience: float) -> None:
        self._backend = backend
        self._free = places
        self._patience = patience
        self._queue: list[asyncio.Event] = []  # each is set when it moves up, and out of here when its turn comes

    async def stream(self, model: str, task: Mapping[str, Any]) -> AsyncGenerator[Delta, None]:
        async with aclosing(self._places()) as places:
            async for place in places:
                yield Delta(progress=f"place {place} in the queue")
        try:
            async with aclosing(self._backend.stream(model, task)) as deltas:
                async for delta in deltas:
                    yield delta
        finally:
            self._leave()

    async def _places(self) -> AsyncGenerator[int, None]:
        """Our places in the queue, as we move up; at the end the turn is ours."""
        if self._free:
            self._free -= 1
            return
        until = asyncio.get_running_loop().time() + self._patience
        moved, ours = asyncio.Event(), False
        self._queue.append(moved)
        try:
            while moved in self._queue:
                moved.clear()
                yield self._queue.index(moved) + 1
                async with asyncio.timeout_at(until):
                    await moved.wait()
            ours = True
        except TimeoutError:
            raise ModelUnavailable(
                "Too many answers are being made at the moment.",
                scope="request",
                retry_after=60.0,
                kind="crowded",
                detail="all of inference.concurrent are taken",
            ) from None
        finally:
            if moved in self._queue:
                self._queue.remove(moved)
            elif not ours:  # our turn came just when we left
                self._leave()

    def _leave(self) -> None:
        if not self._queue:
            self._free += 1
            return
        for waiting in (self._queue.pop(0), *self._queue):
            waiting.set()


@dataclass(slots=True)
class Line:
    """What is known of one model, or of the host (""), when it last failed."""

    scope: Scope
    failures: int = 0  # in a row
    until: float = 0.0  # no question goes out before
    sentence: str = ""
    alarm: bool = False
    busy: bool = False  # it said itself when it takes questions again
    probing: bool = False  # one question is on its way to see whether it works again

    def refuse(self, now: float) -> None:
        """Raise where no question may go out at this moment."""
        wait = PROBE_SECONDS if self.probing else self.until - now
        if wait > 0:
            again: Again = "later" if self.busy else "never"
            raise ModelUnavailable(
                self.sentence, again=again, scope=self.scope, alarm=self.alarm, retry_after=wait, detail="not asked"
            )


class Breaker:
    """After `threshold` failures in a row a model, or the whole host, is left in peace for `seconds`.

    Then one question goes through; the others are refused until it is known what became of it. What only the operator
    can mend opens the breaker at once and for longer. A retry_after is kept to by everybody. Every opening is logged,
    once.
    """

    def __init__(
        self,
        backend: Backend,
        threshold: int,
        seconds: float,
        tell: Tell = lambda *_: None,
        lines: dict[str, Line] | None = None,
        meter: Meter = SILENT,
    ) -> None:
        """`lines` is shared by breakers around backends of one host and one account."""
        self._backend = backend
        self._threshold = threshold
        self._seconds = seconds
        self._tell = tell  # of what only an operator can mend
        self._lines: dict[str, Line] = {} if lines is None else lines
        self._meter = meter

    async def stream(self, model: str, task: Mapping[str, Any]) -> AsyncGenerator[Delta, None]:
        now = asyncio.get_running_loop().time
        lines = [self._lines[key] for key in ("", model) if key in self._lines]
        for line in lines:
            line.refuse(now())
        probed = [line for line in lines if line.failures >= self._threshold]
        for line in probed:
            line.probing = True
        heard = False
        try:
            async with aclosing(self._backend.stream(model, task)) as deltas:
                async for delta in deltas:
                    if not heard and (delta.text or delta.thought or delta.finish):
                        heard = True
                        self._works(model, now())
                    yield delta
        except ModelUnavailable as failure:
            self._count(failure.kind)
            self._note(model, failure, now())
            raise
        finally:
            for line in probed:
                line.probing = False

    def _count(self, kind: str) -> None:
        if kind == BUSY:
            self._meter.limited("model")
        else:
            self._meter.failed("model", kind)

    def _works(self, model: str, now: float) -> None:
        for key in ("", model):
            line = self._lines.get(key)
            if line and not (line.busy and now < line.until):  # somebody else was told when to come back
                del self._lines[key]

    def _note(self, model: str, failure: ModelUnavailable, now: float) -> None:
        if failure.scope == "request":
            return
        key = "" if failure.scope == "host" else model
        line = self._lines.setdefault(key, Line(failure.scope))
        if now < line.until and not line.busy:
            return  # it was on its way when the breaker opened
        line.sentence, line.alarm, line.busy = failure.sentence, failure.alarm, failure.again == "later"
        if line.busy:
            line.until = now + (failure.retry_after or 0.0)
            return
        line.failures = max(line.failures + 1, self._threshold if failure.alarm else 0)
        if line.failures >= self._threshold:
            self._open(line, key or "the model's server", failure.detail, failure.remedy, now)
        while len(self._lines) > KNOWN_MODELS:
            del self._lines[next(iter(self._lines))]

    def _open(self, line: Line, name: str, detail: str, remedy: str, now: float) -> None:
        pause = ALARM_SECONDS if line.alarm else self._seconds
        line.until = now + pause
        if line.alarm:
            self._tell(f"alarm {name} {line.sentence}", f"{line.sentence}\nWhat you can do: {remedy}.")
        log.log(
            logging.ERROR if line.alarm else logging.WARNING,
            "%s is not asked for %s: %s",
            name,
            in_words(pause),
            detail,
        )


class Retrying:
    """Ask the same model again: up to `retries` times where it is busy, once where it broke before any text.

    Nobody is kept waiting beyond `total` seconds: a longer retry_after is passed on at once.
    """

    def __init__(
        self, backend: Backend, retries: int, total: float, jitter: Callable[[], float] = random.random
    ) -> None:
        self._backend = backend
        self._retries = retries
        self._total = total
        self._jitter = jitter  # from 0 to 1

    async def stream(self, model: str, task: Mapping[str, Any]) -> AsyncGenerator[Delta, None]:
        now = asyncio.get_running_loop().time
        end, starts, broke = now() + self._total, 0, 0
        for attempt in range(self._retries + 1):
            said = False
            try:
                async with aclosing(self._backend.stream(model, task)) as deltas:
                    async for delta in deltas:
                        said = said or bool(delta.text)
                        yield delta
                return
            except ModelUnavailable as failure:
                own = failure.starts
                failure.starts = starts = starts + own
                broke += failure.again == "once"
                least = BACK_OFF * 2**attempt if failure.retry_after is None else failure.retry_after
                hopeless = failure.again == "never" or broke > 1 or attempt == self._retries
                if said or hopeless or now() + least > end:
                    raise
                trouble = "busy" if failure.again == "later" else "no answer"
            yield Delta(progress=f"{trouble}, trying again in {in_words(least)}", starts=own)
            # Never sooner than the server asked for; spread out, so that not all who wait come back at once.
            await asyncio.sleep(least + self._jitter() * max(BACK_OFF, least / 10))


class Fallback:
    """Until the first word, other models stand in for one that is not available, in the order of the list."""

    def __init__(self, backend: Backend, models: Sequence[str]) -> None:
        self._backend = backend
        self._models = tuple(models)

    async def stream(self, model: str, task: Mapping[str, Any]) -> AsyncGenerator[Delta, None]:
        first: ModelUnavailable | None = None
        starts = told = 0
        others = () if task.get("alone") else (each for each in self._models if each != model)
        for name in (model, *others):
            if first is not None:
                yield Delta(progress=f"{model} is not available, asking {name}", starts=starts - told)
                told = starts
            said = False
            try:
                async with aclosing(self._backend.stream(name, task)) as deltas:
                    async for delta in deltas:
                        said = said or bool(delta.text or delta.thought)
                        told += delta.starts
                        yield delta
                return
            except ModelUnavailable as failure:
                failure.starts = starts = starts + failure.starts
                first = first or failure
                if said or failure.scope != "model":
                    raise
                if starts >= STARTS:
                    break
        if first is not None:
            first.starts = starts
            raise first
