"""What holds the simulator's parts together: the chats and their messages, the bot's settings, the server's age."""

from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any

from simulators.clock import Clock
from simulators.simulator import Changes
from simulators.telegram.description import DESCRIBED, Specification, specification
from simulators.telegram.flood import Flood
from simulators.telegram.refusals import bad, forbidden
from simulators.telegram.rich import as_shown
from simulators.telegram.updates import Updates
from simulators.telegram.values import Chat, Draft, GuestQuery, InlineQuery, Json, Menus, Message, Query, User
from simulators.telegram.webhook import Webhook

GUEST_METHODS = {"answerGuestQuery"}
EPHEMERAL_METHODS = {"editEphemeralMessageText", "deleteEphemeralMessage"}


class World:
    """Everything that one Bot API server knows of one bot."""

    def __init__(self, scale: float, clock: Clock, changes: Changes) -> None:
        self.scale = scale
        self.clock = clock
        self.changes = changes
        self.users: dict[int, User] = {}
        self.chats: dict[int, Chat] = {}
        self.messages: dict[tuple[int, int], Message] = {}  # (chat id, message id), in the order of their sending
        self.written: list[Message] = []  # everything that the bot ever wrote, to whomever and wherever
        self.ephemerals: dict[tuple[int, int, int], Message] = {}  # what one person alone sees, by `Message.key`
        self.drafts: dict[tuple[int, int, int], Draft] = {}  # (chat id, topic, draft id)
        self.queries: dict[str, Query] = {}
        self.inline_queries: dict[str, InlineQuery] = {}
        self.inline_messages: dict[str, Message] = {}  # by inline id
        self.guests: dict[str, GuestQuery] = {}
        self.files: dict[str, bytes] = {}  # everything that was ever sent, by file id
        self.links: dict[str, float] = {}  # file id -> until when its link is good, by the clock
        self.actions: dict[tuple[int, int], tuple[str, float]] = {}  # (chat id, topic) -> what the bot does, until when
        self.menus: Menus = {}
        self.menu_calls: list[str] = []
        self.findings: list[str] = []  # what Telegram accepts and this house does not want
        self.webhook: Json = {}  # as getWebhookInfo shows it
        self.delivery: Webhook | None = None
        self.privacy = True  # as the bot's owner chose with BotFather, like the next three
        self.private_topics = False
        self.inline = False
        self.inline_feedback = True  # whether chosen results are told
        self.knows_guests = False  # whether this server has guest mode
        self.knows_ephemeral = False  # whether it has ephemeral messages
        self.unknown: set[str] = set()  # methods that this server is too old for
        self.draftless: set[int] = set()  # private chats that take no drafts
        self.specification = specification()
        self.flood = Flood(scale, clock.now)
        self.updates = Updates(scale, clock, self._something_came)
        self.ids = count(1001)
        self.user_ids = count(5_000_001)  # of people who come later
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
        self.changes.note()
        self.compare(lambda api: api.update(update))
        return number

    def knows(self, method: str) -> bool:
        """Whether this server has a method."""
        if method in EPHEMERAL_METHODS and not self.knows_ephemeral:
            return False
        return method not in self.unknown and (self.knows_guests or method not in GUEST_METHODS)

    def edited(self, message: Message) -> Json | bool:
        """What a call is answered that edited this."""
        return True if message.inline_id or message.receiver else self.json(message)

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
            "message_id": 0 if message.ephemeral_id else message.id,
            "from": message.sender.json,
            "chat": message.chat.json,
            "date": message.date,
            **message.file,
            **message.extra,
        }
        if message.rich:
            result["rich_message"] = as_shown(message.rich)
        elif message.text:
            kind = "caption" if message.file else "text"
            result[kind] = message.text
            if message.entities:
                result["caption_entities" if message.file else "entities"] = message.entities
        optional: Mapping[str, Any] = {
            "edit_date": message.edited,
            "reply_markup": message.reply_markup,
            "message_thread_id": message.topic,
            "is_topic_message": message.topic > 0,
            "ephemeral_message_id": message.ephemeral_id,
            "receiver_user": message.receiver.json if message.receiver else None,
            "media_group_id": message.album,
            "has_media_spoiler": message.spoiler,
            "reply_to_message": self._quoted(message) if quoting else None,
        }
        return {**result, **{name: value for name, value in optional.items() if value}}

    def _quoted(self, message: Message) -> Json | None:
        """What it answers. In a forum's topic everything else answers the message that opened the topic."""
        opening = message.topic if message.chat.forum and message.topic != message.id else 0
        quoted = self.messages.get((message.chat.id, message.reply_to or opening))
        return None if quoted is None else self.json(quoted, quoting=False)
