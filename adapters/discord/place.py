"""Where one question's answer appears and what is there already: all that a surface must know after a restart."""

import json
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Literal

from bot.errors import Unreachable
from bot.events import Handle

TOKEN_SECONDS = 14 * 60.0  # of an interaction's 15 minutes; the last one is for clocks that differ

Way = Literal["original", "followup", "channel"]


@dataclass(slots=True)
class Sent:
    """A message that shows a page, and by which route it is written: the interaction's token or the channel."""

    way: Way
    id: str = ""  # "": of an original not known yet, of the others not made yet
    alone: bool = False  # nothing shows whose question it answers
    instead: str = ""  # the message that it takes the place of


@dataclass(slots=True)
class Place:
    """`token` "" means that only the channel is left, `posts` whether the bot may write there at all."""

    channel: str
    author: str
    admin: bool = False  # whether the author manages the server
    asked: str = ""  # the message to reply to
    application: str = ""
    token: str = ""
    born: float = 0.0  # when the token was made, seconds since 1970
    posts: bool = True
    personal: bool = False  # the private chat of bot and author
    file_bytes: int = 0  # of each file by the token; 0: nothing was said
    guild: str = ""  # the server; "" in private chats
    parent: str = ""  # the channel that this thread belongs to; "" where it is none
    apart: str = ""  # sets its messages apart from those of the same question elsewhere
    sent: list[Sent] = field(default_factory=list)

    @classmethod
    def of_interaction(
        cls,
        channel: str,
        author: str,
        admin: bool,
        application: str,
        token: str,
        *,
        posts: bool,
        personal: bool,
        file_bytes: int = 0,
        guild: str = "",
        parent: str = "",
    ) -> "Place":
        sent, to = [Sent("original")], (posts, personal, file_bytes, guild, parent)
        return cls(channel, author, admin, "", application, token, _now(), *to, sent=sent)

    @classmethod
    def of_account(cls, channel: str, account: str) -> "Place":
        """In the private chat with somebody who need not have asked anything."""
        return cls(channel, account, personal=True, apart=f"to {account}")

    def branched(self, thread: str) -> "Place":
        """In a thread of this channel; nothing of the interaction reaches there."""
        return Place(thread, self.author, self.admin, guild=self.guild, parent=self.channel)

    def beside(self) -> "Place":
        """For another answer to the same person; what responds to an interaction stays with this one."""
        return replace(self, apart="beside", sent=[])

    @property
    def fresh(self) -> bool:
        """Whether the interaction's token is still good for writing."""
        return bool(self.token) and _now() - self.born < TOKEN_SECONDS

    def reachable(self, private: bool) -> bool:
        return self.fresh or (self.posts and not (private and self.application))

    def lose_token(self) -> None:
        """From now on write by the channel: what can be found there, there, the rest anew."""
        self.token = ""
        for sent in self.sent:
            sent.alone = sent.alone or (sent.way == "original" and not sent.id)
            sent.way = "channel"

    def dump(self) -> Handle:
        return Handle(json.dumps(asdict(self), separators=(",", ":")))

    @classmethod
    def load(cls, handle: Handle) -> "Place":
        """Raises `Unreachable` where the handle is none of this version's."""
        try:
            fields = json.loads(handle)
            return cls(**{**fields, "sent": [Sent(**each) for each in fields["sent"]]})
        except (ValueError, TypeError, KeyError) as error:
            raise Unreachable("Where this was asked is no longer known.", detail=type(error).__name__) from error


def _now() -> float:
    return datetime.now(UTC).timestamp()
