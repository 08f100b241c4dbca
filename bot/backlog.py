"""What waited too long for the bot: a chat is told once, instead of answers that nobody waits for any more.

After an outage a platform hands over what was written meanwhile (Telegram of the last 24 hours, checked 2026-11-29).
"""

from collections import OrderedDict
from dataclasses import replace
from datetime import datetime, timedelta

from bot.events import Event

MISSED = "missed"  # the command that says it
CHATS = 10_000  # that are remembered to have been told; of others the inbox knows


class Backlog:
    def __init__(self, hours: float, chats: int = CHATS) -> None:
        self._chats = chats
        self._longest = timedelta(hours=hours)
        self._told: OrderedDict[tuple[str, str, str], None] = OrderedDict()

    def includes(self, event: Event, now: datetime) -> bool:
        return now - event.at > self._longest

    def notice(self, event: Event, now: datetime) -> Event | None:
        """What is asked in this event's stead; its id is the same for the whole chat and day. None: that was asked."""
        unique = f"{MISSED}|{event.chat.id}|{event.chat.thread}|{now:%Y-%m-%d}"
        bare = replace(event, text="", values={}, quotes=(), attachments=())
        asked = replace(bare, id=unique, kind="ask", at=now, command=MISSED)
        if _whose(asked) in self._told:
            return None
        self._told[_whose(asked)] = None
        if len(self._told) > self._chats:
            self._told.popitem(last=False)
        return asked

    def forget(self, notice: Event) -> None:
        """It could not be stored."""
        self._told.pop(_whose(notice), None)


def _whose(notice: Event) -> tuple[str, str, str]:
    return notice.platform, notice.bot, notice.id
