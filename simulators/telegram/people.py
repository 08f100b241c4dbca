"""What people do on Telegram, and of what the bot is told."""

import re
from collections.abc import Sequence
from typing import Any

from yarl import URL

from simulators.telegram.asking import Asking
from simulators.telegram.files import described
from simulators.telegram.places import Places, id_of
from simulators.telegram.text import Entity, cut, parts, units, with_found
from simulators.telegram.values import Chat, Json, Message, User
from simulators.telegram.world import World

File = tuple[str, bytes, str]  # name, bytes, media type


class People(Places, Asking):
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
        user = self.world.add_user(next(self.world.user_ids), first_name, username)
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
        quote: str = "",
    ) -> Message:
        """Somebody writes. The bot is told of it where Telegram would tell it.

        `quote` is the part of the answered message that they chose; ValueError where it does not stand there.
        """
        reply = reply_to.id if isinstance(reply_to, Message) else reply_to
        extra: Json = {}
        if quote:
            before = self.world.messages[id_of(chat), reply or 0].text
            extra["quote"] = {"text": quote, "position": units(before[: before.index(quote)]), "is_manual": True}
        return self.post(self._message(user, chat, text, entities or (), reply_to=reply, topic=topic, extra=extra))

    def forward(self, user: User, chat: Chat | int, text: str, author: User | str, channel: bool = False) -> Message:
        """Somebody passes on what another one wrote: a person, a name whose account is hidden, or a channel."""
        origin: Json = {"date": self.world.date}
        if isinstance(author, User):
            origin |= {"type": "user", "sender_user": author.json}
        elif channel:
            place = {"id": -1_000_000_009_999, "type": "channel", "title": author}
            origin |= {"type": "channel", "chat": place, "message_id": 1}
        else:
            origin |= {"type": "hidden_user", "sender_user_name": author}
        return self.post(self._message(user, chat, text, extra={"forward_origin": origin}))

    def follow(self, user: User, url: str) -> Message:
        """Somebody opens a link to the bot and presses Start. ValueError where that is no such link.

        A payload is up to 64 of A-Z, a-z, 0-9, _ and - (core.telegram.org/bots/features, read 2026-11-29).
        """
        link = URL(url)
        name, payload = link.path.strip("/"), link.query.get("start", "")
        if link.scheme != "https" or link.host != "t.me" or name.lower() != self.bot.username:
            raise ValueError(f"{url} does not lead to the bot")
        if not re.fullmatch(r"[A-Za-z0-9_-]{0,64}", payload):
            raise ValueError(f"{url}: Telegram drops such a payload")
        if self.private(user).closed:
            self.unblock(user)
        return self.say(user, self.private(user), f"/start {payload}".strip())

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
        return self.post(self._message(user, chat, text, entities or (), **fields))

    def send_album(self, user: User, chat: Chat | int, *items: File, caption: str = "") -> list[Message]:
        """Somebody sends several files at once: a message each, the caption under the first."""
        album, kind = str(next(self.world.ids)), "photo" if items[0][2].startswith("image/") else "document"
        messages = []
        for number, (name, data, media_type) in enumerate(items):
            file = described(self.world, kind, data, name, media_type)
            text = caption if number == 0 else ""
            messages.append(self.post(self._message(user, chat, text, file=file, data=data, album=album)))
        return messages

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
        self.world.changes.note()
        if self._reaches(message):
            self.world.tell({"edited_message": self.world.json(message)})

    def put(self, update: Json, age: float = 0.0) -> int:
        """Queue a raw update, well-formed or not, that happened `age` seconds ago. Returns its id."""
        return self.world.updates.put(update, age)

    def lose_answers(self, times: int = 1) -> None:
        """Of the webhook that is set: Telegram does not hear the next answers, and posts those updates again."""
        assert self.world.delivery is not None, "no webhook is set"  # noqa: S101
        self.world.delivery.losing = times

    def remove(self, message: Message) -> None:
        """Somebody deletes a message; bots are not told."""
        del self.world.messages[message.chat_id, message.id]
        self.world.inline_messages.pop(message.inline_id, None)
        self.world.changes.note()

    def _message(
        self, user: User, chat: Chat | int, text: str, entities: Sequence[Entity] = (), **fields: Any
    ) -> Message:
        return Message(
            id=next(self.world.ids),
            chat=chat if isinstance(chat, Chat) else self.world.chats[chat],
            sender=user,
            text=text,
            entities=with_found(text, entities),
            date=self.world.date,
            history=[text],
            **fields,
        )

    def post(self, message: Message) -> Message:
        """A person's message appears, and the bot is told of it where Telegram would tell it."""
        self.world.messages[message.chat_id, message.id] = message
        self.world.changes.note()
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
        private = self.world.privacy if message.chat.privacy is None else message.chat.privacy
        if message.chat.type == "private" or not private:
            return True
        if message.chat.members.get(self.bot.id) == "administrator" or message.extra.get("via_bot"):
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
