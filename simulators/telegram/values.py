"""What there is on Telegram: people, chats, messages, presses, and how each looks in the Bot API's JSON."""

from dataclasses import dataclass, field
from typing import Any, Literal

from simulators.telegram.text import Entity

Json = dict[str, Any]
Menus = dict[tuple[str, str], list[Json]]  # by scope and language


@dataclass(frozen=True, slots=True)
class User:
    id: int
    first_name: str
    username: str
    is_bot: bool = False
    language_code: str = "en"

    @property
    def json(self) -> Json:
        person = {"id": self.id, "is_bot": self.is_bot, "first_name": self.first_name, "username": self.username}
        return person if self.is_bot else {**person, "language_code": self.language_code}


@dataclass(slots=True, eq=False)
class Chat:
    id: int
    type: Literal["private", "group", "supergroup"]
    title: str
    username: str = ""  # of the person in a private chat, of a public group
    members: dict[int, str] = field(default_factory=dict)  # user id -> status
    privacy: bool | None = None  # as it was when the bot came; None: as the bot's owner has it now
    rights: dict[int, frozenset[str]] = field(default_factory=dict)  # of administrators, by user id
    forbidden: frozenset[str] = frozenset()  # what the bot must not do: "can_send_photos"
    topics: dict[int, str] = field(default_factory=dict)
    closed_topics: set[int] = field(default_factory=set)
    forum: bool = False
    closed: str = ""  # why the bot may not write: "bot was blocked by the user"
    started: bool = True  # False: a person who never wrote to the bot in private
    moved_to: int = 0

    @property
    def json(self) -> Json:
        if self.type == "private":
            return {"id": self.id, "type": self.type, "first_name": self.title, "username": self.username}
        chat: Json = {"id": self.id, "type": self.type, "title": self.title}
        optional = {"username": self.username, "is_forum": self.forum}
        return {**chat, **{name: value for name, value in optional.items() if value}}


@dataclass(slots=True, eq=False)
class Message:
    """A message as the people in the chat see it, and what a test wants to know of its past."""

    id: int
    chat: Chat
    sender: User
    text: str
    entities: list[Entity]
    date: int  # Unix time
    reply_markup: Json | None = None
    reply_to: int | None = None
    topic: int = 0
    extra: Json = field(default_factory=dict)  # fields of its JSON that nothing else here gives: a service message's
    rich: Json = field(default_factory=dict)  # the InputRichMessage of a rich message: then the text is its source
    file: Json = field(default_factory=dict)  # {"photo": [...]}, {"document": {...}}, ...: then the text is its caption
    data: bytes = b""  # of the file
    receiver: User | None = None  # who alone sees it
    ephemeral_id: int = 0  # in place of an ordinary id, where one person alone sees or sent it
    at: float = 0.0  # by the simulator's clock, of an ephemeral command
    inline_id: str = ""  # by which the bot may edit it, where it came by inline mode or by a guest
    album: str = ""  # what the messages of one album share
    spoiler: bool = False
    edited: int = 0  # Unix time
    history: list[str] = field(default_factory=list)  # every text that was shown, the present one last
    previews_off: bool = True  # in every write so far
    preview: bool = False  # the present version shows a preview of a link
    pings: list[str] = field(default_factory=list)  # whom any version would have notified

    @property
    def chat_id(self) -> int:
        return self.chat.id

    @property
    def key(self) -> tuple[int, int, int]:
        """Of an ephemeral message: its chat, the person who sees it, its id."""
        return self.chat.id, (self.receiver or self.sender).id, self.ephemeral_id

    @property
    def from_id(self) -> int:
        return self.sender.id

    @property
    def edits(self) -> int:
        return len(self.history) - 1

    @property
    def kind(self) -> str:
        """ "photo", "document", "audio", "voice"; "" where there is no file."""
        return next(iter(self.file), "")

    @property
    def name(self) -> str:
        """Of a document or audio file."""
        return "" if self.kind in ("", "photo") else str(self.file[self.kind].get("file_name", ""))

    @property
    def media_type(self) -> str:
        """Of a document, audio file or voice message."""
        return "" if self.kind in ("", "photo") else str(self.file[self.kind].get("mime_type", ""))


@dataclass(slots=True, eq=False)
class Draft:
    """What a private chat shows of a message that is still being written."""

    chat: Chat
    topic: int
    id: int
    text: str  # "": a placeholder that says "Thinking..."
    until: float  # by the simulator's clock
    can_stop: bool = False
    keep_on_stop: bool = False
    entities: list[Entity] = field(default_factory=list)
    rich: Json = field(default_factory=dict)  # the InputRichMessage of a rich draft: then the text is its source
    history: list[str] = field(default_factory=list)  # every text that was shown, the present one last
    stopped: bool = False


@dataclass(slots=True, eq=False)
class InlineQuery:
    """What somebody typed after the bot's name, in any chat, and what they were offered."""

    id: str
    user: User
    text: str
    offset: str
    at: float  # by the simulator's clock
    results: list[Json] | None = None  # InlineQueryResults; None: not answered yet
    next_offset: str = ""
    button: Json = field(default_factory=dict)
    personal: bool = False
    until: float = 0.0  # by the simulator's clock: as long the answer is given again to who asks the same


@dataclass(slots=True, eq=False)
class GuestQuery:
    """The bot was called by its name in a chat where it is not."""

    id: str
    message: Message
    answer: Message | None = None


@dataclass(slots=True, eq=False)
class Query:
    """A press of a button, as the bot was told of it."""

    id: str
    user: User
    message: Message
    data: str
    at: float  # by the simulator's clock
    answered: str | None = None  # the notice that was shown, "" for none; None: not answered yet
    alert: bool = False
