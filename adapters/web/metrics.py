"""The figures in Prometheus' form: a `Meter` with a registry of its own, so that nothing is shared by the process.

Labels are the platform, the end and the kind, of which there are a few each: no figure grows with people or chats.
"""

import asyncio
import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    ProcessCollector,
    generate_latest,
)

from bot.meter import Write
from bot.replies import End
from bot.version import VERSION

WAITS = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 120.0)  # seconds that people wait for words
LAGS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)  # seconds
LOOK_SECONDS = 0.5  # between two looks at the event loop
FOLLOWED = 10_000  # questions; what is lost beyond is one time in a histogram


@dataclass(slots=True)
class _Followed:
    platform: str
    since: float  # the event loop's time
    heard: bool = False
    shown: bool = False


class Metrics:
    """A `bot.meter.Meter`. One for a process."""

    content_type = CONTENT_TYPE_LATEST

    def __init__(self) -> None:
        registry = self._registry = CollectorRegistry()
        self._followed: dict[str, _Followed] = {}
        self._questions = Counter("parley_questions", "Questions by their end", ["platform", "end"], registry=registry)
        self._first_token = Histogram(
            "parley_first_token_seconds", "From the stored question to a model's first word", ["platform"],
            buckets=WAITS, registry=registry,
        )  # fmt: skip
        self._first_shown = Histogram(
            "parley_first_shown_seconds", "From the stored question to the first message of its answer", ["platform"],
            buckets=WAITS, registry=registry,
        )  # fmt: skip
        self._tokens = Counter("parley_tokens", "Tokens that models read and wrote", ["kind"], registry=registry)
        self._writes = Counter(
            "parley_writes", "Messages and edits that a platform took", ["platform", "kind"], registry=registry
        )
        self._limits = Counter(
            "parley_rate_limits", "Answers that were a rate limit (429)", ["where"], registry=registry
        )
        self._errors = Counter(
            "parley_errors", "What went wrong, also where the next try mended it", ["where", "kind"], registry=registry
        )
        self._ready = Gauge("parley_ready", "1: as /readyz has it, this part is well", ["part"], registry=registry)
        self._lag = Histogram(
            "parley_loop_lag_seconds", "How much too late the event loop came to a look at its clock",
            buckets=LAGS, registry=registry,
        )  # fmt: skip
        Info("parley_build", "Which Parley this is", registry=registry).info(
            {"version": VERSION, "python": platform.python_version()}
        )
        ProcessCollector(registry=registry)

    def watch(self, name: str, meaning: str, value: Callable[[], float]) -> None:
        """A gauge that is read whenever somebody asks for the figures."""
        Gauge(f"parley_{name}", meaning, registry=self._registry).set_function(value)

    def exposition(self, ready: Mapping[str, bool]) -> bytes:
        """All figures as text; `ready` says it of each part."""
        for part, well in ready.items():
            self._ready.labels(part).set(well)
        return generate_latest(self._registry)

    async def watch_loop(self) -> None:
        """See how late the event loop is; runs until it is cancelled."""
        now = asyncio.get_running_loop().time
        while True:
            due = now() + LOOK_SECONDS
            await asyncio.sleep(LOOK_SECONDS)
            self._lag.observe(max(0.0, now() - due))

    # The port

    def accepted(self, question: str, platform: str, /) -> None:
        if len(self._followed) >= FOLLOWED:
            del self._followed[next(iter(self._followed))]
        self._followed[question] = _Followed(platform, asyncio.get_running_loop().time())

    def heard(self, question: str, /) -> None:
        followed = self._followed.get(question)
        if followed is not None and not followed.heard:
            followed.heard = True
            self._first_token.labels(followed.platform).observe(_age(followed))

    def shown(self, question: str, /) -> None:
        followed = self._followed.get(question)
        if followed is not None and not followed.shown:
            followed.shown = True
            self._first_shown.labels(followed.platform).observe(_age(followed))

    def ended(self, question: str, platform: str, end: End | None, /) -> None:
        self._followed.pop(question, None)
        if end is not None:
            self._questions.labels(platform, end).inc()

    def used(self, prompt: int, completion: int, /) -> None:
        self._tokens.labels("prompt").inc(prompt)
        self._tokens.labels("completion").inc(completion)

    def wrote(self, platform: str, what: Write, /) -> None:
        self._writes.labels(platform, what).inc()

    def limited(self, where: str, /) -> None:
        self._limits.labels(where).inc()

    def failed(self, where: str, kind: str, /) -> None:
        self._errors.labels(where, kind).inc()


def _age(followed: _Followed) -> float:
    return asyncio.get_running_loop().time() - followed.since
