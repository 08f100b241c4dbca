"""The queue between Telegram and one bot: kept until confirmed, read by one long poll at a time, or by a webhook.

As the real server does it (tdlib/telegram-bot-api, Client.cpp): a new `getUpdates` ends the one that still waits with a
409; further 409s within 3 s are held back for 3 s.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from simulators.clock import Clock
from simulators.telegram.refusals import Refusal, conflict

Update = dict[str, Any]
Lane = tuple[str, int]
"""What is delivered one at a time, in order: ("chat", its id) or ("user", the id of who pressed or asked)."""

RETENTION = 24 * 3600.0  # seconds from the event's date
LIVES = {"callback_query": 150.0, "inline_query": 30.0}
"""Seconds that presses (Client.cpp of Bot API 10.0) and inline queries (an assumption) stay, and can be answered."""
CONFLICT_HOLD = 3.0  # seconds
LONGEST_POLL = 50  # seconds
UNASKED = frozenset({"chat_member", "message_reaction", "message_reaction_count"})  # only for who names them
TERMINATED = "terminated by other getUpdates request; make sure that only one bot instance is running"
BY_WEBHOOK = "terminated by setWebhook request"
ACTIVE = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"


class Updates:
    def __init__(self, scale: float, clock: Clock, listener: Callable[[], None]) -> None:
        """The listener is called whenever something came."""
        self.confirmed = 0  # the highest update id that was confirmed
        self.allowed: tuple[str, ...] = ()  # (): all but the unasked
        self._scale = scale
        self._clock = clock
        self._listener = listener
        self._next_id = 700_000_001
        self._kept: list[tuple[float, Update]] = []  # (expires at, by the clock; update)
        self._poll: asyncio.Future[str] | None = None  # resolved with why it must fail; "" when something came
        self._next_conflict = 0.0

    def put(self, update: Update, age: float = 0.0) -> int:
        """Queue one update, as raw as it is; an id is given where it has none. Returns its id.

        `age` is how many seconds ago it happened.
        """
        update.setdefault("update_id", self._next_id)
        self._next_id = max(self._next_id, _id(update) + 1)
        kind = next((key for key in update if key != "update_id"), "")
        wanted = kind in self.allowed if self.allowed else kind not in UNASKED
        if wanted or not kind:
            self._kept.append((self._clock.now() + LIVES.get(kind, RETENTION) - age, update))
            self._wake("")
            self._listener()
        return _id(update)

    @property
    def pending(self) -> Sequence[Update]:
        """What was not yet confirmed, oldest first."""
        self._kept = [(expires, update) for expires, update in self._kept if expires > self._clock.now()]
        return [update for _, update in self._kept]

    def first(self, lane: Lane) -> Update | None:
        """What comes next in it."""
        return next((each for each in self.pending if lane_of(each) == lane), None)

    def drop(self, update: Update) -> None:
        """It was delivered."""
        self.confirmed = max(self.confirmed, _id(update))
        self._kept = [each for each in self._kept if each[1] is not update]

    async def get(self, offset: int, limit: int, seconds: float) -> Sequence[Update]:
        """What a poll that waits so long is answered. Raises `Refusal` (409) when another poll takes its place."""
        self._wake(TERMINATED)
        self._confirm(offset)
        limit = limit if 1 <= limit <= 100 else 100
        if self.pending or seconds <= 0:
            return self.pending[:limit]
        poll = self._poll = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(min(seconds, LONGEST_POLL)):
                reason = await poll
        except TimeoutError:
            return []
        finally:
            if self._poll is poll:
                self._poll = None
        if reason:
            raise await self.refuse(reason)
        return self.pending[:limit]

    async def refuse(self, reason: str) -> Refusal:
        """A 409, held back where the last one was less than 3 s ago."""
        now = self._clock.now()
        if now < self._next_conflict:
            await self._clock.sleep(CONFLICT_HOLD * self._scale)
        else:
            self._next_conflict = now + CONFLICT_HOLD * self._scale
        return conflict(reason)

    def end_poll(self) -> None:
        self._wake(BY_WEBHOOK)

    def clear(self) -> None:
        self._kept.clear()

    def _confirm(self, offset: int) -> None:
        if offset < 0:  # from the end of the queue; everything before is forgotten
            kept = self.pending[offset:]
            offset = kept[0]["update_id"] if kept else 0
        self.confirmed = max(self.confirmed, offset - 1)
        self._kept = [each for each in self._kept if _id(each[1]) >= offset]

    def _wake(self, reason: str) -> None:
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(reason)


def lane_of(update: Update) -> Lane:
    content = next((value for key, value in update.items() if key != "update_id"), None)
    if not isinstance(content, dict):
        return ("chat", 0)
    for kind, name in (("chat", "chat"), ("user", "from")):
        if isinstance(content.get(name), dict):
            return (kind, int(content[name].get("id", 0)))
    return ("chat", 0)


def _id(update: Update) -> int:
    given = update["update_id"]
    return given if isinstance(given, int) else 0
