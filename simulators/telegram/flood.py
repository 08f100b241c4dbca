"""Telegram's flood limits: how much one chat, one group and the whole bot may write, and what happens after that.

Published: 1 message a second in any chat, also 20 a minute in a group, about 30 a second over all (telegram.org
bots/faq); edits count as sends in practice. How long a burst may be is not: five in five seconds is an assumption
(2026-11-20). Chat actions and deletions are not counted here, yet a hold holds them too. An album counts as all its
items, yet goes as soon as there is room for one.
"""

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from simulators.telegram.refusals import DURING, too_many

CHAT, GROUP, OVERALL = (5, 5.0), (20, 60.0), (30, 1.0)  # writes in any so many seconds; a group is bound by all three


@dataclass(slots=True)
class Window:
    """At most `count` writes in any `seconds`."""

    count: int
    seconds: float
    writes: deque[float] = field(default_factory=deque)

    def wait(self, now: float) -> float:
        """Seconds until one more write fits; 0 where it does now."""
        while self.writes and self.writes[0] + self.seconds <= now:
            self.writes.popleft()
        return 0.0 if len(self.writes) < self.count else self.writes[0] + self.seconds - now


@dataclass(slots=True)
class Hold:
    until: float
    announced: bool  # whether the bot was told of it


class Flood:
    """All waiting times are multiplied by `scale`.

    `retry_after` is announced in whole seconds as Telegram does, rounded up; with a scale other than 1 in milliseconds,
    rounded up, which python-telegram-bot 22.8 takes as well. Who waits as long as was announced is let in.
    """

    def __init__(self, scale: float, clock: Callable[[], float]) -> None:
        self._scale = scale
        self._clock = clock
        self._chats: dict[int, tuple[Window, ...]] = {}
        self._overall = self._window(OVERALL)
        self._holds: dict[int, Hold] = {}

    def hold(self, chat_id: int, seconds: float) -> None:
        """Refuse every call to this chat from now on for so long."""
        self._holds[chat_id] = Hold(self._clock() + seconds * self._scale, announced=False)

    def check(self, chat_id: int, writes: int) -> None:
        """Let a call to this chat through and count what it writes. Raises `Refusal` (429)."""
        now = self._clock()
        hold = self._holds.get(chat_id)
        if hold is not None and now < hold.until:
            verdict = DURING if hold.announced else "held"
            raise self._refuse(chat_id, hold.until - now, now, verdict)
        if not writes:
            return
        windows = self._chats.setdefault(chat_id, self._of_chat(chat_id))
        named = (*((each, "chat") for each in windows), (self._overall, "bot"))
        strictest, name = max(named, key=lambda each: each[0].wait(now))
        if wait := strictest.wait(now):
            rule = f"flood: {strictest.count} writes a {name} in {strictest.seconds:g} s"
            raise self._refuse(chat_id, wait, now, rule)
        for each in (*windows, self._overall):
            each.writes.extend([now] * writes)

    def _refuse(self, chat_id: int, wait: float, now: float, verdict: str) -> Exception:
        """What was announced is binding: the chat stays closed for just so long, the rounding included."""
        announced = math.ceil(wait) if self._scale == 1 else math.ceil(wait * 1000) / 1000
        hold = self._holds.get(chat_id)
        if hold is None or not hold.announced or hold.until <= now:
            self._holds[chat_id] = Hold(now + announced, announced=True)
        return too_many(announced, verdict)

    def _of_chat(self, chat_id: int) -> tuple[Window, ...]:
        limits = (CHAT,) if chat_id > 0 else (GROUP, CHAT)
        return tuple(self._window(each) for each in limits)

    def _window(self, limit: tuple[int, float]) -> Window:
        return Window(limit[0], limit[1] * self._scale)
