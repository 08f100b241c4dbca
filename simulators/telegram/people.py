"""What people do on Telegram, and of what the bot is told."""

from collections.abc import Sequence
from typing import Any

from simulators.telegram.files import described
from simulators.telegram.places import Places, id_of
from simulators.telegram.text import Entity, cut, parts, with_found
from simulators.telegram.values import Chat, Draft, Json, Message, Query, User
from simulators.telegram.world import World

File = tuple[str, bytes, str]  # name, bytes, media type


class People(Places):
    """The hands by which a test moves people. Every chat argument is a `Chat` or its id."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.bot = world.bot
        self.alice = world.add_user(1001, "Alice", "alice_liddell")
        self.bob = world.add_user(1002, "Bob", "bob_builder")
        self.admin = world.add_user(1003, "Ada", "ada_admin")
        self.other_bot = world.add_user(2001, "Otto", "otto_other_bot", is_bot=True)
        self.group = self.add_chat(Chat(-4001, "group", "Garden"))

    def private(self, user: User) -> Chat:
        return self.world.chats[user.id]

    def add_user(self, first_name: str, username: str, started: bool = False) -> User:
        """Somebody who is in no group yet. The bot can write to them once they have `started` it."""
        user = self.world.add_user(next(self.world.ids), first_name, username)
        self.private(user).started = started
        return user

    def start(self, user: User) -> None:
        self.private(user).started = True

    def say(
        self,
        user: User,
        chat: Chat | int,
        text: str,
        reply_to: Message | int | None = None,
        entities: Sequence[Entity] | None = None,
        topic: int = 0,
    ) -> Message:
        """Somebody writes. The bot is told of it where Telegram would tell it."""
        reply = reply_to.id if isinstance(reply_to, Message) else reply_to
        return self._post(self._message(user, chat, text, entities or (), reply_to=reply, topic=topic))

    def paste(
        self, user: User, chat: Chat | int, text: str, reply_to: Message | int | None = None, topic: int = 0
    ) -> list[Message]:
        """Somebody pastes a text of any length: what is too long goes as several messages."""
        return [self.say(user, chat, part, reply_to, topic=topic) for part in parts(text)]

    def send(
        self,
        user: User,
        chat: Chat | int,
        text: str = "",
        *,
        document: File | None = None,
        photo: bytes = b"",
        voice: bytes = b"",
        audio: File | None = None,
        reply_to: Message | int | None = None,
        entities: Sequence[Entity] | None = None,
        topic: int = 0,
    ) -> Message:
        """Somebody sends one file; the text is its caption."""
        files: dict[str, File | None] = {
            "document": document,
            "audio": audio,
            "photo": ("", photo, "image/jpeg") if photo else None,
            "voice": ("", voice, "audio/ogg") if voice else None,
        }
        ((kind, (name, data, media_type)),) = ((kind, each) for kind, each in files.items() if each)
        file = described(self.world, kind, data, name, media_type)
        reply = reply_to.id if isinstance(reply_to, Message) else reply_to
        fields: Json = {"reply_to": reply, "topic": topic, "file": file, "data": data}
        return self._post(self._message(user, chat, text, entities or (), **fields))

    def attach(
        self, user: User, chat: Chat | int, name: str, data: bytes, media_type: str, caption: str = ""
    ) -> Message:
        """Somebody sends a file, as a document."""
        return self.send(user, chat, caption, document=(name, data, media_type))

    def edit(self, message: Message, text: str, entities: Sequence[Entity] | None = None) -> None:
        """Somebody changes what they wrote."""
        message.text = text
        message.entities = with_found(text, entities or ())
        message.edited = self.world.date
        message.history.append(text)
        if self._reaches(message):
            self.world.tell({"edited_message": self.world.json(message)})

    def press(self, user: User, message: Message, data: str) -> Query:
        """Somebody presses a button, or a forged client says so: the data need not be on any button."""
        query = Query(str(next(self.world.ids)), user, message, data, self.world.clock.now())
        self.world.queries[query.id] = query
        self.world.tell(
            {
                "callback_query": {
                    "id": query.id,
                    "from": user.json,
                    "message": self.world.json(message),
                    "chat_instance": str(message.chat_id),
                    "data": data,
                }
            }
        )
        return query

    def stop_draft(self, draft: Draft) -> None:
        """Somebody presses the Stop of a draft. ValueError where it has none."""
        if not draft.can_stop or draft.stopped:
            raise ValueError("nothing to press")
        draft.stopped = True
        stopped = {"chat": draft.chat.json, "draft_id": draft.id, "message_thread_id": draft.topic}
        self.world.tell({"stopped_message_generation": {name: value for name, value in stopped.items() if value}})

    def refuse_drafts(self, chat: Chat | int) -> None:
        """This private chat takes no drafts from now on: 400 TEXTDRAFT_PEER_INVALID, as some met it."""
        self.world.draftless.add(id_of(chat))

    def put(self, update: Json, age: float = 0.0) -> int:
        """Queue a raw update, well-formed or not, that happened `age` seconds ago. Returns its id."""
        return self.world.updates.put(update, age)

    def remove(self, message: Message) -> None:
        """Somebody deletes a message; bots are not told."""
        del self.world.messages[message.chat_id, message.id]
        self.world.changes.note()

    def _message(
        self, user: User, chat: Chat | int, text: str, entities: Sequence[Entity] = (), **fields: Any
    ) -> Message:
        return Message(
            id=next(self.world.ids),
            chat=self.world.chats[id_of(chat)],
            sender=user,
            text=text,
            entities=with_found(text, entities),
            date=self.world.date,
            history=[text],
            **fields,
        )

    def _post(self, message: Message) -> Message:
        self.world.messages[message.chat_id, message.id] = message
        if message.chat.type == "private":
            message.chat.started = True
        if self._reaches(message):
            self.world.tell({"message": self.world.json(message)})
        return message

    def _reaches(self, message: Message) -> bool:
        """Whether the bot is told: never of other bots, in groups by privacy mode only of what concerns it.

        Privacy mode is not for administrators.
        """
        if message.sender.is_bot or message.chat.closed or message.chat.moved_to:
            return False
        if message.chat.type == "private" or not self.world.privacy:
            return True
        if message.chat.members.get(self.bot.id) == "administrator":
            return True
        replied = self.world.messages.get((message.chat_id, message.reply_to or 0))
        if replied is not None and replied.sender is self.bot:
            return True
        me = f"@{self.bot.username}"
        for entity in message.entities:
            words = cut(message.text, entity)
            if entity["type"] == "mention" and words.lower() == me:
                return True
            if entity["type"] == "text_mention" and entity["user"].get("id") == self.bot.id:
                return True
            if entity["type"] == "bot_command" and words.partition("@")[2].lower() in ("", self.bot.username):
                return True
        return False
