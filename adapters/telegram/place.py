"""Where one answer stands: Telegram's ids, and the handle that brings them back after a restart."""

import json
from dataclasses import asdict, dataclass, replace
from hashlib import sha256

from bot.errors import Unreachable
from bot.events import Handle


@dataclass(frozen=True, slots=True)
class Place:
    chat: int  # negative: a group
    thread: int = 0  # a topic of the chat; 0: none
    reply: int = 0  # the message that the first page replies to; 0: none
    pages: tuple[int, ...] = ()  # ids of our messages, in order
    repeated: tuple[int, ...] = ()  # those of them of which an earlier copy may stand in the chat
    media: tuple[int, ...] = ()  # ids of the messages that carry the answer's files
    inline: str = ""  # the inline id of our one message, in a chat that we need not be in
    guest: str = ""  # the guest query that brings us such an id
    asked: str = ""  # what an inline message answers
    receiver: int = 0  # who alone sees our messages in a group; 0: everybody does
    whisper: int = 0  # the ephemeral command that they answer
    press: str = ""  # or the press

    @property
    def elsewhere(self) -> bool:
        """Whether it is in a chat that we need not be in; `chat` is then a number that only keeps its pace."""
        return bool(self.inline or self.guest)

    @property
    def private(self) -> bool:
        return self.chat > 0

    @property
    def beside(self) -> "Place":
        """For another answer to the same message."""
        return replace(self, pages=(), repeated=(), media=())

    @property
    def handle(self) -> Handle:
        return Handle(json.dumps(asdict(self), separators=(",", ":")))


def abroad(inline: str = "", guest: str = "", asked: str = "") -> Place:
    """A place in a chat that we need not be in, which may be a group."""
    number = int.from_bytes(sha256((inline or guest).encode()).digest()[:6], "big")
    return Place(-number - 1, inline=inline, guest=guest, asked=asked)


def place_of(handle: Handle) -> Place:
    """Raises `Unreachable` where the handle is not one of ours."""
    try:
        kept = json.loads(handle)
        ids = {name: tuple(kept[name]) for name in ("pages", "repeated", "media")}
        return Place(**{**kept, **ids})
    except (ValueError, TypeError, KeyError) as error:
        raise Unreachable("It is not known any more where this answer stands.", detail="unreadable handle") from error
