"""How far each channel was read in which the bot is spoken to, kept so that the next process can read on from there.

A new channel is written at once, progress a few seconds later and at the end: after a crash a little is read again,
which the inbox recognises. What to do with the marks is `catching_up.py`'s concern.
"""

import asyncio
import json
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from discord.utils import time_snowflake

from bot.errors import ParleyError
from bot.settings import INSTANCE, Settings

OPEN_DAYS = 14  # a channel in which nobody spoke to the bot for so long is not read again
SAVE_SECONDS = 5.0  # progress is written no more often than this

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Mark:
    guild: str  # "": a private chat with the bot
    read: int  # id of the last message that was seen
    spoken: int  # id of the last message or interaction that was meant for the bot


@dataclass(frozen=True, slots=True)
class Gap:
    """What may have been written in a channel while nobody listened: everything after the message `after`."""

    channel: str
    guild: str
    after: int


class Marks:
    """Of at most `most` channels, those that the bot was last spoken to in. Ids are Discord's: they grow with time."""

    def __init__(self, settings: Settings, account: str, most: int) -> None:
        self._settings = settings
        self._name = f"discord.read.{account}"
        self._most = most
        self._marks: dict[str, Mark] = {}
        self._in_hand: dict[str, list[int]] = {}  # messages that are seen, but not yet stored or passed over
        self._held: dict[str, int] = {}  # channel -> after what it is still being read anew
        self._saved = ""
        self._changed, self._opened = asyncio.Event(), asyncio.Event()

    async def load(self) -> None:
        """Raises `Unavailable` when the database is away."""
        self._saved = await self._settings.read(INSTANCE, self._name)
        if self._saved:
            self._marks = {channel: Mark(*fields) for channel, fields in json.loads(self._saved).items()}

    def opened(self, channel: str, guild: str, id: int) -> None:
        """The bot was spoken to here, by the message or interaction of this id."""
        if self._most == 0:
            return
        mark = self._marks.get(channel)
        if mark is None:
            self._marks[channel] = Mark(guild, id, id)
            self._opened.set()
        else:
            mark.read, mark.spoken = max(mark.read, id), max(mark.spoken, id)
        self._changed.set()

    @contextmanager
    def reading(self, channel: str, id: int) -> Iterator[None]:
        """Around what is done with a message: until it ends, neither this one nor any later one counts as read."""
        self._in_hand.setdefault(channel, []).append(id)
        try:
            yield
        finally:
            self._in_hand[channel].remove(id)
            if not self._in_hand[channel]:
                del self._in_hand[channel]
            if mark := self._marks.get(channel):
                mark.read = max(mark.read, id)
                self._changed.set()

    def gaps(self, hours: float) -> Sequence[Gap]:
        """What is to be read anew, private chats first; nothing older than so many hours.

        Whatever comes live meanwhile, these channels count as read only as far as `caught_up` says, until `done`.
        """
        oldest = time_snowflake(datetime.now(UTC) - timedelta(hours=hours))
        open_since = time_snowflake(datetime.now(UTC) - timedelta(days=OPEN_DAYS))
        found = [
            Gap(channel, mark.guild, max(self._read(channel, mark), oldest))
            for channel, mark in self._newest()
            if mark.spoken >= open_since
        ]
        self._held = {gap.channel: gap.after for gap in found}
        return sorted(found, key=lambda gap: bool(gap.guild))

    def position(self, gap: Gap) -> int:
        """After which message to go on reading."""
        return self._held.get(gap.channel, gap.after)

    def caught_up(self, channel: str, id: int) -> None:
        """Everything up to this message was read anew."""
        self._held[channel] = id
        self._changed.set()

    def done(self, channel: str) -> None:
        """Everything was."""
        self._held.pop(channel, None)
        self._changed.set()

    def forget(self, channel: str) -> None:
        """It can't be read any more."""
        self._marks.pop(channel, None)
        self.done(channel)

    async def keep(self) -> None:
        """Write down what changes, until cancelled."""
        while True:
            await self._changed.wait()
            try:
                async with asyncio.timeout(SAVE_SECONDS):
                    await self._opened.wait()
            except TimeoutError:
                pass
            await self.save()

    async def save(self) -> None:
        self._changed.clear()
        self._opened.clear()
        self._marks = dict(self._newest())
        fields = {each: (mark.guild, self._read(each, mark), mark.spoken) for each, mark in self._marks.items()}
        written = json.dumps(fields, separators=(",", ":"))
        if written == (self._saved or "{}"):
            return
        try:
            await self._settings.write(INSTANCE, self._name, written)
            self._saved = written
        except ParleyError as trouble:
            log.warning("how far the channels were read was not stored: %s %s", trouble.message, trouble.detail)

    def _newest(self) -> Sequence[tuple[str, Mark]]:
        return sorted(self._marks.items(), key=lambda item: item[1].spoken, reverse=True)[: self._most]

    def _read(self, channel: str, mark: Mark) -> int:
        return min([self._held.get(channel, mark.read), *(each - 1 for each in self._in_hand.get(channel, ()))])
