"""What we answer, and the place where it appears: `Surface`, the port that carries the weight.

Message ids, edits, embeds and drafts never cross this wall: a surface is given the whole answer so far and makes its
platform show exactly that.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from bot.events import Attachment, Chat, Handle

Finish = Literal["stop", "length", "cut", "stopped"]
"""How an answer's text ended: whole, at the length limit, broken off, or stopped by its reader."""

End = Literal["answered", "partial-told", "failed-told", "cancelled", "undeliverable", "refused"]
"""The one terminal state that every accepted question reaches."""

Thoughts = Literal["folded", "shown", "hidden"]
"""What the reader wants to see of a model's reasoning."""

WHOLE = "all_"
"""Before a question's id in what a link sends with /start: its answer is to be shown whole, in the private chat."""

PAGE_BREAK = "\f"
"""Stands in an answer where a new message must begin."""


@dataclass(frozen=True, slots=True)
class Button:
    action: str  # on the wire `action:question id`; the inbox row holds the owner
    label: str


@dataclass(frozen=True, slots=True)
class Media:
    """A picture or a sound that goes out, its bytes as they came."""

    data: bytes
    media_type: str  # image/..., audio/...
    name: str
    caption: str = ""
    spoiler: bool = False


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of a reply as it arrives, from a backend or in a reply's body."""

    text: str = ""
    thought: str = ""  # reasoning: shown folded, never part of the answer
    progress: str = ""  # a note that replaces the one before and goes when text comes
    media: tuple[Media, ...] = ()
    finish: Finish | None = None
    tokens: tuple[int, int] | None = None  # (prompt, completion), as the backend counted them
    model: str = ""  # who answers, once that is known
    starts: int = 0  # generations that were begun in vain since the delta before, and may have been charged
    note: str = ""  # stands under the answer at its end, replacing the one before
    result: Any = None  # of a task that answers with something else than text (`inference/backend.py`); never shown


@dataclass(frozen=True, slots=True)
class Exchange:
    """Marks a reply as one side of a conversation: both sides are remembered together when it is final."""

    prompt: str
    follows: str = ""  # id of the turn before; "" begins anew


@dataclass(frozen=True, slots=True)
class Order:
    """Another command that a reply gives on behalf of the same person: answered beside it, as a question of its own."""

    command: str
    values: Mapping[str, Any]
    branch: tuple[Chat, Handle] | None = None  # where it is answered, in a conversation of its own (`Surface.branch`)


@dataclass(frozen=True, slots=True)
class Reply:
    body: str | tuple[str, ...] | AsyncGenerator[Delta, None]  # a tuple: a message each
    buttons: tuple[Button, ...] = ()  # under a whole answer
    exchange: Exchange | None = None
    orders: tuple[Order, ...] = ()
    grows: bool = True  # False: shown only when it is whole
    thoughts: Thoughts = "folded"


@dataclass(frozen=True, slots=True)
class Page:
    """What fits into one platform message. The note (a footer such as "cut off") and the thought are not the answer."""

    markdown: str
    note: str = ""
    thought: str = ""
    unfolded: bool = False  # the thought is to be read at once


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a surface is good for. `limit` is in the unit of `Surface.measure`."""

    limit: int
    files: int = 0  # how many media one answer may have
    file_bytes: int = 0  # of each of them
    buttons: bool = False
    private: bool = False  # can show an answer to its author only
    folds: bool = False  # can show a thought folded
    ephemeral_preview: bool = False
    longest_gap: float = 1.0  # seconds between two previews; less where a write costs nothing


class Surface(Protocol):
    """One question's place on its platform.

    The verbs take the WHOLE answer so far, so that a repeat converges to the same screen. They are never cancelled
    while they run, and never run at the same time. All of them raise `Unreachable` when the platform will not take our
    words any more, in one of its kinds where that is known (`Gone`: a person deleted our message or the question;
    `Barred`: blocked, kicked, closed), and `Unavailable` when it might later; `preview` raises only `Unreachable`,
    everything else it drops.
    """

    @property
    def can(self) -> Abilities: ...

    def measure(self, markdown: str) -> int:
        """The size of this text as it is rendered here, to be held against `can.limit`."""
        ...

    def wait(self, now: float, final: bool) -> float:
        """Seconds from `now` (the event loop's time) until the budgets that this surface shares allow a write.

        `final` goes before others: the final text, and the first words.
        """
        ...

    async def open(self, pages: Sequence[Page], buttons: Sequence[Button] = ()) -> Handle:
        """Make sure that a message exists for every page and shows it. The caller commits the handle."""
        ...

    async def preview(self, pages: Sequence[Page], buttons: Sequence[Button] = ()) -> bool:
        """Show what is there so far: cosmetic, may be dropped. All pages have been opened.

        False: it was dropped, so that a repeat is worth while where nothing newer comes.
        """
        ...

    async def finish(self, pages: Sequence[Page], buttons: Sequence[Button] = (), media: Sequence[Media] = ()) -> None:
        """Show the final text: must arrive, waits out every limit, may be repeated. All pages have been opened.

        Raises `Refused` where a rule of this place forbids the text, after it showed which one in the text's place.
        """
        ...

    async def fetch(self, attachment: Attachment, limit: int) -> bytes:
        """The attachment's bytes. Raises `Mistaken` where it is larger than `limit` bytes."""
        ...

    async def author_is_admin(self) -> bool:
        """Whether this question's author is in charge here; asked of the platform at most once a minute."""
        ...

    def beside(self) -> Handle:
        """The handle of a place for another answer to the same question, with messages of its own."""
        ...

    def link(self, chat: Chat, message: str) -> str:
        """The https address under which members of that chat find that message; "" where the platform has none."""
        ...

    @property
    def deafness(self) -> str:
        """What keeps this chat's unaddressed messages from the bot, and how to change it, in a sentence; "": nothing.

        Discord: the Message Content Intent; Telegram: privacy mode.
        """
        ...

    async def branch(self, title: str) -> tuple[Chat, Handle]:
        """Open a thread or topic at this question; what is answered in it has this chat and this handle.

        Raises `Mistaken` where this platform or chat has none, or the bot may not open any.
        """
        ...

    def invitation(self, question: str) -> str:
        """The https address that leads into the private chat with the bot and sends `/start QUESTION` there.

        "" where the platform has none. `question` is an id of up to 22 characters from A-Z, a-z, 0-9, - and _.
        """
        ...
