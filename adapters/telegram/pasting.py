"""Which messages are the parts of one paste, and what it was before it was cut (pure: clock in, decision out).

Telegram takes 4,096 UTF-16 units a message, so clients send a longer text as several: cut at the strongest break (blank
line, line end, space) in the second half of what fits, without the white space there (Telegram Desktop; others search a
shorter stretch; read 2026-11-20). Nothing in a message says so: that one person sent them at one time has to do.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from telegram import MessageEntity, Update

from adapters.telegram.request import UNREADABLE
from adapters.telegram.rich import TEXT_LIMIT, units

LEAST = TEXT_LIMIT // 2  # units of a part that another one follows
TOGETHER = timedelta(seconds=2)  # between the dates of two parts
MOST = 30  # parts: more than any question may have
LATEST_SECONDS = 0.8  # after a part, for the next to arrive
WHOLE_SECONDS = 5.0  # after the first part, for all


@dataclass(frozen=True, slots=True)
class Bundle:
    """What becomes one event: mostly one update. `late`: another part could have followed, but none came in time."""

    updates: tuple[Update, ...]
    late: bool = False

    @property
    def first(self) -> int:
        return self.updates[0].update_id

    @property
    def last(self) -> int:
        return self.updates[-1].update_id


class Intake:
    """Updates that were received and may not be confirmed yet. They come again and again until they are.

    `ends` are ids of updates that an earlier process took to be the end of a paste: they are that for ever, since an
    event that was stored must come out the same again.
    """

    def __init__(self, ends: Collection[int] = ()) -> None:
        self._ends = ends
        self._waiting: dict[int, tuple[Update, float]] = {}  # with the time of its arrival
        self._given: dict[int, int] = {}  # handed over: the update, and the first of its bundle
        self._next: int | None = None

    @property
    def offset(self) -> int | None:
        """Everything before this update is done with. None: nothing was received yet.

        A bundle is confirmed as a whole: of a half, the next process would make another event.
        """
        offset = min(self._waiting, default=self._next)
        while offset is not None:
            halved = [first for each, first in self._given.items() if first < offset <= each]
            if not halved:
                break
            offset = min(halved)
        return offset

    @property
    def waits(self) -> bool:
        """Whether the rest of a paste may be on its way."""
        return bool(self._waiting)

    def receive(self, updates: Sequence[Update], now: float) -> None:
        """`now` in seconds of a monotonic clock."""
        for update in in_order(updates):
            if update.update_id not in self._given:
                self._waiting.setdefault(update.update_id, (update, now))
            self._next = max(self._next or 0, update.update_id + 1)

    def ready(self, now: float) -> Sequence[Bundle]:
        """What can be stored now, oldest first; report each as `done` when it is."""
        bundles = []
        for bundle in bundled((update for update, _ in self._waiting.values()), self._ends):
            first, last = self._waiting[bundle.first][1], self._waiting[bundle.last][1]
            if not bundle.late or now - last >= LATEST_SECONDS or now - first >= WHOLE_SECONDS:
                bundles.append(bundle)
        return bundles

    def done(self, bundle: Bundle) -> None:
        for update in bundle.updates:
            del self._waiting[update.update_id]
            self._given[update.update_id] = bundle.first
        if not self._waiting:
            self._given.clear()


def in_order(updates: Iterable[Update]) -> Sequence[Update]:
    """As they were sent: by their ids, and the messages of one chat by the ids that they have there."""
    ordered = sorted(updates, key=lambda update: update.update_id)
    by_chat: dict[int, list[Update]] = {}
    for update in ordered:
        if _message_id(update):
            by_chat.setdefault(update.message.chat.id, []).append(update)  # type: ignore[union-attr]
    sent = {chat: iter(sorted(each, key=_message_id)) for chat, each in by_chat.items()}
    return [
        next(sent[update.message.chat.id]) if update.message and _message_id(update) else update for update in ordered
    ]


def _message_id(update: Update) -> int:
    """0: it is no message, or one that has no place among the others."""
    return update.message.message_id if update.message else 0


def bundled(updates: Iterable[Update], ends: Collection[int] = ()) -> Sequence[Bundle]:
    """All these updates, oldest first, the parts of each paste together. What stands in `ends` has no next part."""
    bundles: list[list[Update]] = []
    growing: dict[str, tuple[_Part, list[Update]]] = {}  # by who writes where: the last part, and all of them
    for update in updates:
        part = _part(update)
        before = growing.pop(part.key, None) if part else None
        if part and before and part.follows(before[0]):
            bundle = before[1]
        else:
            bundles.append(bundle := [])
        bundle.append(update)
        if part and part.goes_on and update.update_id not in ends and len(bundle) < MOST:
            growing[part.key] = part, bundle
    open_ = [bundle for _, bundle in growing.values()]
    return [Bundle(tuple(each), late=any(each is other for other in open_)) for each in bundles]


def joined(texts: Sequence[str]) -> str:
    """The text that was cut into these parts."""
    whole = texts[0]
    for before, after in pairwise(texts):
        whole += _seam(before, after) + after
    return whole


def _seam(before: str, after: str) -> str:
    """What was lost at a cut: the strongest break that its part still shows, unless there was none to cut at."""
    if before[-1:].isspace() or after[:1].isspace():
        return ""
    half = before.encode("utf-16-le", "surrogatepass")[2 * LEAST :].decode("utf-16-le", "replace")
    if units(before) >= TEXT_LIMIT - 1 and not any(map(str.isspace, half)):  # one less: a pair is not cut
        return ""
    return next((each for each in ("\n\n", "\n") if each in half), " ")


@dataclass(frozen=True, slots=True)
class _Part:
    key: str  # who writes where
    text: str  # "" where it is no text of their own
    date: datetime
    commands: bool
    answered: int  # the message that it replies to; 0: none

    @property
    def goes_on(self) -> bool:
        """Whether another part may follow."""
        return units(self.text) >= LEAST

    def follows(self, before: "_Part") -> bool:
        together = abs(self.date - before.date) <= TOGETHER
        return bool(self.text) and not self.commands and together and self.answered in (0, before.answered)


def _part(update: Update) -> _Part | None:
    """None: no message, or one that cannot be read."""
    message = update.message
    if message is None:
        return None
    try:
        author, channel, thread = message.from_user, message.sender_chat, message.message_thread_id
        own = message.forward_origin is None and message.via_bot is None
        return _Part(
            key=f"{message.chat.id} {thread if message.is_topic_message else ''} {author and author.id} "
            f"{channel and channel.id}",
            text=str(message.text or "") if own else "",
            date=message.date,
            commands=any(each.type == MessageEntity.BOT_COMMAND and not each.offset for each in message.entities),
            answered=message.reply_to_message.message_id if message.reply_to_message else 0,
        )
    except UNREADABLE:
        return None
