"""When a request to a chat may go (pure: clock in, decision out).

Telegram allows about one message a second in a chat, 20 a minute in a group and 30 a second over all; edits count as
sends in practice (telegram.org bots/faq, read 2026-11-20). People who edited faster met waits of 30 to 280 s.
A `retry_after` closes one chat for everything and no other chat. Sending is not this file's concern.
"""

from collections import deque
from dataclasses import dataclass, field
from math import inf

PER_SECOND = 30
PREVIEWS_SHARE = 0.8  # of the overall budget: the rest is kept free for what must arrive
PRIVATE_SECONDS = 1.0  # what Telegram allows in a private chat: the final text need not wait as previews do
RUSH = 10  # requests within a second: then what nobody would miss stays away
SLACK = 0.02  # seconds: requests do not arrive exactly as far apart as they were sent
BURST_SLACK = 0.1  # the same for many at once, which a busy process sends off one after another
OVERLOOKED_SECONDS = 15.0  # after that its answer has ended, or shows nothing new
FORGET_ABOVE = 1000  # chats


@dataclass(slots=True)
class _Chat:
    wrote: float = -inf  # the last write went
    closed: float = -inf  # until then nothing at all may go
    queued: int = 0  # writes that must go and wait for their turn
    overlooked: dict[int, float] = field(default_factory=dict)  # messages whose preview was dropped, and when first

    def idle(self, now: float, interval: float) -> bool:
        return not self.queued and max(self.wrote + interval, self.closed) <= now


class Pace:
    """All times are seconds of one monotonic clock; a chat is Telegram's id (negative: a group)."""

    def __init__(self, private_seconds: float, group_seconds: float, per_second: int = PER_SECOND) -> None:
        self._private_seconds = private_seconds
        self._group_seconds = group_seconds
        self._recent: deque[float] = deque(maxlen=per_second)
        self._chats: dict[int, _Chat] = {}
        self._forget_above = FORGET_ABOVE

    def wait(self, chat: int, now: float, final: bool) -> float:
        """Seconds until a write may go: a final one when its turn has come, a preview after all finals that wait."""
        known = self._chats.get(chat, _Chat())
        ready = known.wrote + self._interval(chat, final)
        queue = 0.0 if final else known.queued * self._interval(chat, final)
        return max(0.0, ready + queue - now, known.closed - now, self._overall(now, final))

    def rushed(self, now: float) -> bool:
        return len(self._recent) >= RUSH and self._recent[-RUSH] + 1.0 > now

    def wait_aside(self, chat: int, now: float) -> float:
        """Seconds until something that is not a message may go, such as "typing"."""
        known = self._chats.get(chat, _Chat())
        return max(0.0, known.closed - now, self._overall(now, final=True))

    def wrote(self, chat: int, now: float, count: int = 1) -> None:
        """An album counts as all its files, though it goes at once."""
        self._recent.extend([now] * count)
        self._known(chat, now).wrote = now + (count - 1) * self._interval(chat, final=True)

    def went_aside(self, now: float) -> None:
        self._recent.append(now)

    def close(self, chat: int, now: float, seconds: float) -> None:
        """Telegram said `retry_after`."""
        known = self._known(chat, now)
        known.closed = max(known.closed, now + seconds + SLACK)

    def queue(self, chat: int, now: float) -> None:
        """A write that must go has come to wait; `leave` is called when it has gone."""
        self._known(chat, now).queued += 1

    def leave(self, chat: int) -> None:
        self._chats[chat].queued -= 1

    def overlook(self, chat: int, message: int, now: float) -> None:
        """This message's preview was dropped: before another message has two, it has its turn."""
        known = self._known(chat, now)
        patient = {each: since for each, since in known.overlooked.items() if since + OVERLOOKED_SECONDS >= now}
        known.overlooked = {**patient, message: patient.get(message, now)}

    def has_turn(self, chat: int, message: int, now: float) -> bool:
        """Whether this message may show a preview before the other answers that grow in the chat."""
        waiting = self._chats.get(chat, _Chat()).overlooked
        first = next((each for each, since in waiting.items() if since + OVERLOOKED_SECONDS >= now), message)
        return first == message

    def had_turn(self, chat: int, message: int, now: float) -> None:
        self._known(chat, now).overlooked.pop(message, None)

    def __len__(self) -> int:
        return len(self._chats)

    def _interval(self, chat: int, final: bool) -> float:
        if chat < 0:
            return self._group_seconds + SLACK
        return (min(self._private_seconds, PRIVATE_SECONDS) if final else self._private_seconds) + SLACK

    def _overall(self, now: float, final: bool) -> float:
        allowed = max(1, self._recent.maxlen or 1)
        if not final:
            allowed = max(1, int(allowed * PREVIEWS_SHARE))
        if len(self._recent) < allowed:
            return 0.0
        return self._recent[-allowed] + 1.0 + BURST_SLACK - now

    def _known(self, chat: int, now: float) -> _Chat:
        if chat not in self._chats and len(self._chats) >= self._forget_above:
            self._chats = {
                each: known
                for each, known in self._chats.items()
                if not known.idle(now, self._interval(each, final=False))
            }
            self._forget_above = max(FORGET_ABOVE, 2 * len(self._chats))
        return self._chats.setdefault(chat, _Chat())
