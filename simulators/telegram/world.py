"""Who and what exists: people, chats, messages, menus, and how each looks in the Bot API's JSON."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Literal

from simulators.clock import Clock
from simulators.simulator import Changes
from simulators.telegram.flood import Flood
from simulators.telegram.refusals import bad, forbidden
from simulators.telegram.specification import DESCRIBED, Specification, specification
from simulators.telegram.text import Entity
from simulators.telegram.updates import Updates
from simulators.telegram.webhook import Webhook

Json = dict[str, Any]
Menus = dict[tuple[str, str], list[Json]]


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
    topics: dict[int, str] = field(default_factory=dict)
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
    file: Json = field(default_factory=dict)  # {"photo": [...]}, {"document": {...}}, ...: then the text is its caption
    data: bytes = b""  # of the file
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


class World:
    """Everything that one Bot API server knows of one bot."""

    def __init__(self, scale: float, clock: Clock, changes: Changes) -> None:
        self.scale = scale
        self.clock = clock
        self.changes = changes
        self.users: dict[int, User] = {}
        self.chats: dict[int, Chat] = {}
        self.messages: dict[tuple[int, int], Message] = {}  # (chat id, message id), in the order of their sending
        self.queries: dict[str, Query] = {}
        self.files: dict[str, bytes] = {}  # everything that was ever sent, by file id
        self.menus: Menus = {}
        self.menu_calls: list[str] = []
        self.findings: list[str] = []  # what Telegram accepts and this house does not want
        self.webhook: Json = {}  # as getWebhookInfo shows it
        self.delivery: Webhook | None = None
        self.privacy = True
        self.specification = specification()
        self.flood = Flood(scale, clock.now)
        self.updates = Updates(scale, clock, self._something_came)
        self.ids = count(1001)
        self.bot = self.add_user(123456789, "Parley", "parley_test_bot", is_bot=True)

    def add_user(self, id: int, first_name: str, username: str, *, is_bot: bool = False) -> User:
        user = self.users[id] = User(id, first_name, username, is_bot)
        self.chats[id] = Chat(id, "private", first_name, username, {id: "member"})
        return user

    def keep(self, data: bytes) -> Json:
        """Store a file; what every kind of file says of itself."""
        file_id = f"file{next(self.ids)}"
        self.files[file_id] = data
        return {"file_id": file_id, "file_unique_id": f"u{file_id}", "file_size": len(data)}

    @property
    def date(self) -> int:
        """Unix time."""
        return int(self.clock.wall())

    def tell(self, update: Json) -> int:
        """Queue what the bot is to be told of. Returns the update's id."""
        number = self.updates.put(update)
        self.compare(lambda api: api.update(update))
        return number

    def compare(self, check: Callable[[Specification], Sequence[str]]) -> None:
        """Find what breaks Telegram's description, where there is one to hold it against."""
        if self.specification is not None:
            self.findings.extend(DESCRIBED + each for each in check(self.specification))

    def _something_came(self) -> None:
        self.changes.note()
        if self.delivery is not None:
            self.delivery.wake()

    def chat(self, chat_id: int) -> Chat:
        """Raises `Refusal` where there is none that the bot knows."""
        if chat_id not in self.chats:
            raise bad("chat not found")
        return self.chats[chat_id]

    def open_chat(self, chat_id: int) -> Chat:
        """A chat that the bot may write to. Raises `Refusal`."""
        chat = self.chat(chat_id)
        if chat.moved_to:
            raise bad("group chat was upgraded to a supergroup chat", migrate_to_chat_id=chat.moved_to)
        if chat.closed:
            raise forbidden(chat.closed)
        if not chat.started:
            raise forbidden("bot can't initiate conversation with a user")
        user = self.users.get(chat_id)
        if user is not None and user.is_bot:
            raise forbidden("bot can't send messages to bots")
        return chat

    def json(self, message: Message, *, quoting: bool = True) -> Json:
        """The Bot API's Message. A reply carries the message it answers, which carries none itself."""
        result: Json = {
            "message_id": message.id,
            "from": message.sender.json,
            "chat": message.chat.json,
            "date": message.date,
            **message.file,
        }
        if message.text:
            kind = "caption" if message.file else "text"
            result[kind] = message.text
            if message.entities:
                result["caption_entities" if message.file else "entities"] = message.entities
        optional: Mapping[str, Any] = {
            "edit_date": message.edited,
            "reply_markup": message.reply_markup,
            "message_thread_id": message.topic,
            "is_topic_message": message.topic > 0,
            "media_group_id": message.album,
            "has_media_spoiler": message.spoiler,
            "reply_to_message": self._quoted(message) if quoting else None,
        }
        return {**result, **{name: value for name, value in optional.items() if value}}

    def _quoted(self, message: Message) -> Json | None:
        quoted = self.messages.get((message.chat.id, message.reply_to or 0))
        return None if quoted is None else self.json(quoted, quoting=False)


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
