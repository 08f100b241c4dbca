"""What platforms tell us: values only, frozen, the same for every platform.

An adapter makes an `Event` out of what its platform sent; the inbox makes a `Question` out of an accepted event.
What goes back is in `replies.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, NewType

Handle = NewType("Handle", str)
"""Opaque JSON of one surface: enough to rebuild it after a restart. Stored encrypted, wiped when the question ends."""

Kind = Literal["ask", "edit", "delete", "press", "moved"]
"""What happened, and what its event holds:

"ask": somebody says something to the bot.
"edit": a message was changed. `message` and `handle` are as when it was asked, `id` is `MESSAGE:TIME OF THE EDIT`,
    `text` all of the new text. Of the conversation's latest question it makes a new one; a message that was none before
    counts as asked now; every other edit, and the same text once more, is nothing.
"delete": the question in `message` was deleted, by whomever (`author` may be empty). Its answer, if one is being made,
    stops. `chat` may name a thread as if it were a chat.
"press": a button of ours, see `press`.
"moved": the chat with the id `chat.id` has the id `text` from now on (a group that became a supergroup).
"""


@dataclass(frozen=True, slots=True)
class ConversationKey:
    """Which memory a question belongs to. Two keys never share a turn."""

    platform: str
    bot: str
    chat: str
    thread: str
    account: str  # "": a group that chose to share one memory


@dataclass(frozen=True, slots=True)
class Author:
    id: str
    name: str
    locale: str = ""
    admin: bool | None = None  # of this space; None: ask `Surface.author_is_admin()`
    username: str = ""  # unique on the platform and without an @, though it may pass to somebody else
    roles: tuple[str, ...] = ()  # ids of the roles in this space, where the platform has such


@dataclass(frozen=True, slots=True)
class Chat:
    space: str  # the server (Discord) or the chat (Telegram): what "here" means
    id: str
    thread: str = ""
    private: bool = False

    def moved(self, id: str) -> "Chat":
        """The same under another id, which is its space's too where it is a space of its own."""
        return replace(self, id=id, space=id if self.space == self.id else self.space)


@dataclass(frozen=True, slots=True)
class Attachment:
    name: str
    media_type: str
    size: int  # bytes
    ref: str  # ids of the platform, never a URL from text
    author: str = ""  # the name of who sent it, where that is not the event's author


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened on a platform.

    `id` is what repeats are recognised by, unique per (platform, bot): an update id, interaction id or message id.
    `message` is what is answered: an edited message is a new event about the same message.
    A command has its name in `command` and either `values`, typed by the platform, or its arguments as `text`.
    """

    platform: str
    bot: str
    id: str
    message: str
    kind: Kind
    author: Author
    chat: Chat
    at: datetime  # aware, UTC
    handle: Handle
    text: str = ""
    command: str = ""
    values: Mapping[str, Any] | None = None  # None: parse the text
    press: tuple[str, str] | None = None  # (action, question id)
    quotes: tuple[tuple[str, str], ...] = ()  # (author, text) of what the person replied to
    attachments: tuple[Attachment, ...] = ()
    people: tuple[Author, ...] = ()  # whom the message names or answers, without the bot
    supersedes: tuple[str, ...] = ()  # filled in by the core: ids of the questions that an edit replaces, newest first

    @property
    def key(self) -> ConversationKey:
        return ConversationKey(self.platform, self.bot, self.chat.id, self.chat.thread, self.author.id)


@dataclass(frozen=True, slots=True)
class Question:
    """An accepted event with its fate so far: a row of the inbox.

    `state` is "accepted", "delivering" (the answer is final and stored, its last write may not have happened) or one of
    the terminal `End`s of `replies.py`. `partial` is the text last known to be on the screen, or in state "delivering"
    and later the whole answer.
    """

    id: str  # opaque; stands in buttons and logs
    key: ConversationKey
    event: Event  # after the question's end its handle is empty
    private: bool  # answered so that only its author sees it
    state: str = "accepted"
    attempts: int = 0
    handle: Handle = Handle("")
    partial: str = ""
    finish: str = ""  # how the answer ended, a `Finish` of `replies.py`; before that "", or "stopped" if that was asked
