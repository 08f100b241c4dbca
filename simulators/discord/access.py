"""What the bot may do where: the gates in front of reading, writing and editing.

Sources, read on 2026-11-29: developers/topics/permissions, developers/topics/threads, and the JSON error codes of
developers/topics/opcodes-and-status-codes. Not documented, and so as people report it: that 30046 comes with a 429
(three edits in six seconds of messages older than an hour, a channel; discord-userdoccers#551, aikaterna-cogs#302).
"""

import math
import re
from collections import deque

from simulators.discord.drafts import Draft
from simulators.discord.places import Channel, User
from simulators.discord.refusals import (
    Refusal,
    cannot_reply,
    missing_access,
    missing_permissions,
    slow_mode,
    thread_archived,
    thread_locked,
    too_old_to_edit,
    unknown_channel,
)
from simulators.discord.rights import Right
from simulators.discord.world import Message, World

OLD = 3600.0  # seconds after which the edits of a message are few
OLD_EDITS, OLD_PERIOD = 3, 6.0
WORDS = {200000: "Message was blocked by automatic moderation", 240000: "Message blocked by harmful links filter"}


class Access:
    """Raises the refusal that Discord would send; `scale` shortens the waiting times of 429s."""

    def __init__(self, world: World, scale: float) -> None:
        self.world = world
        self.scale = scale
        self._old_edits: dict[str, deque[float]] = {}

    def channel(self, id: str) -> Channel:
        """A channel that the bot can see."""
        found = self.world.channels.get(id)
        if found is None or found.deleted:
            raise unknown_channel()
        if not found.joined or not self.has(found, Right.VIEW_CHANNEL):
            raise missing_access()
        return found

    def has(self, place: Channel, right: Right, who: User | None = None) -> bool:
        """Whether the bot (or somebody else) has this right there."""
        return bool(self.world.rights(who or self.world.bot, place) & right)

    def need(self, place: Channel, right: Right) -> None:
        if not self.has(place, right):
            raise missing_permissions()

    def to_write(self, place: Channel, draft: Draft) -> None:
        """A message of the bot's own token; an interaction's token asks `to_answer` alone."""
        self.need(place, writing(place))
        if draft.uploads:
            self.need(place, Right.ATTACH_FILES)
        if draft.fields.get("message_reference") and not self.has(place, Right.READ_MESSAGE_HISTORY):
            raise cannot_reply()
        self.to_answer(place)
        wait = self.pause(place, self.world.bot) if place.slow_for_bots else 0.0
        if wait > 0:
            raise slow_mode(_up(wait))

    def to_answer(self, place: Channel) -> None:
        """A message, whoever brings it: a locked thread takes none, an archived one wakes up."""
        if place.deleted or (place.parent is not None and place.parent.deleted):
            raise unknown_channel()
        if place.locked and not self.has(place, Right.MANAGE_THREADS):
            raise thread_locked()

    def seen_by_all(self, place: Channel, who: User) -> bool:
        """Whether others see what an app answers that somebody brought along (developers/topics/permissions)."""
        return place.joined or bool(place.group) or self.has(place, Right.USE_EXTERNAL_APPS, who)

    def to_edit(self, place: Channel) -> None:
        self.to_answer(place)
        if place.archived:
            raise thread_archived()

    def to_edit_old(self, message: Message) -> None:
        """Edits of messages older than an hour are counted by channel."""
        now = self.world.clock.now()
        if now - message.created <= OLD:
            return
        period = OLD_PERIOD * self.scale
        recent = self._old_edits.setdefault(message.channel_id, deque())
        while recent and recent[0] <= now - period:
            recent.popleft()
        if len(recent) >= OLD_EDITS:
            raise too_old_to_edit(_up(recent[0] + period - now))
        recent.append(now)

    def pause(self, place: Channel, who: User) -> float:
        """Seconds for which slow mode still holds somebody; bots it does not hold, unless a test says so."""
        exempt = Right.BYPASS_SLOWMODE | Right.MANAGE_MESSAGES | Right.MANAGE_CHANNELS
        if not place.slow_mode or self.has(place, exempt, who):
            return 0.0
        last = next((each for each in reversed(self.world.history[place.id]) if each.author_id == who.id), None)
        return 0.0 if last is None else last.created + place.slow_mode * self.scale - self.world.clock.now()

    def screen(self, text: str) -> None:
        """The guild's filters: AutoMod and harmful links."""
        if code := self.blocked(text):
            raise Refusal(400, code, WORDS[code])

    def blocked(self, text: str) -> int:
        """The code of the first filter that refuses a text; 0 where none does."""
        return next((each.code for each in self.world.blocks if re.search(each.pattern, text, re.IGNORECASE)), 0)


def writing(place: Channel) -> Right:
    """In threads the right to send messages has no effect: there is one of their own."""
    return Right.SEND_MESSAGES_IN_THREADS if place.thread else Right.SEND_MESSAGES


def _up(seconds: float) -> float:
    return math.ceil(seconds * 1000) / 1000
