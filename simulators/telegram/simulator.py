"""A Bot API on loopback with one bot, and the hands by which a test moves the people who talk to it."""

import inspect
import time
from collections.abc import Sequence
from typing import Any

from aiohttp import web

from simulators.simulator import ENTRY, Entry, Simulator
from simulators.telegram.methods import METHODS
from simulators.telegram.parameters import Parameters
from simulators.telegram.refusals import Refusal
from simulators.telegram.text import Entity, cut, with_found
from simulators.telegram.world import Chat, Json, Message, Query, User, World

TOKEN = "123456789:AAsimulatedTelegramTokenForTests0000000"  # noqa: S105 - it opens nothing


class TelegramSimulator(Simulator):
    """What is accepted, refused and delivered is decided in the modules beside this one.

    Every chat argument is a `Chat` or its id. `scale` shortens flood limits, holds, the life of presses and the pause
    before a repeated 409; how long a poll waits is the caller's own wish and stays as it is.
    """

    def __init__(self, port: int = 0, scale: float = 1.0, token: str = TOKEN) -> None:
        super().__init__(port, scale)
        self.token = token
        self.world = World(scale)
        self.bot = self.world.bot
        self.alice = self.world.add_user(1001, "Alice", "alice_liddell")
        self.bob = self.world.add_user(1002, "Bob", "bob_builder")
        self.admin = self.world.add_user(1003, "Ada", "ada_admin")
        self.other_bot = self.world.add_user(2001, "Otto", "otto_other_bot", is_bot=True)
        self.group = self._add_chat(Chat(-4001, "group", "Garden"))

    @property
    def api_url(self) -> str:
        """What python-telegram-bot calls `base_url`."""
        return f"{self.url}/bot"

    def routes(self) -> list[web.RouteDef]:
        return [
            web.route("*", "/bot{token:[^/]*}/{method}", self._serve),
            web.get("/file/bot{token:[^/]*}/files/{file_id}", self._download),
        ]

    # What the bot did

    def messages(self, chat: Chat | int) -> list[Message]:
        """What can be seen in this chat now, in order."""
        return [each for each in self.world.messages.values() if each.chat_id == _id(chat)]

    @property
    def pending(self) -> int:
        return len(self.world.updates.pending)

    @property
    def confirmed(self) -> int:
        return self.world.updates.confirmed

    @property
    def menus(self) -> dict[tuple[str, str], list[Json]]:
        return self.world.menus

    @property
    def menu_calls(self) -> list[str]:
        """The names of all calls about menus, in order."""
        return self.world.menu_calls

    @property
    def findings(self) -> list[str]:
        """What was accepted, as Telegram does, although this house does not want it."""
        return self.world.findings

    # What people do

    def private(self, user: User) -> Chat:
        return self.world.chats[user.id]

    def add_group(self, title: str, topics: bool = False) -> Chat:
        """A supergroup in which everybody is, with topics if it is a forum: see `Chat.topics`."""
        chat = Chat(-1_000_000_000_000 - next(self.world.ids), "supergroup", title, forum=topics)
        if topics:
            chat.topics = {next(self.world.ids): "First topic", next(self.world.ids): "Second topic"}
        return self._add_chat(chat)

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

    def attach(
        self, user: User, chat: Chat | int, name: str, data: bytes, media_type: str, caption: str = ""
    ) -> Message:
        """Somebody sends a file, as a document."""
        file_id = f"file{next(self.world.ids)}"
        self.world.files[file_id] = data
        document = {"file_id": file_id, "file_unique_id": f"u{file_id}", "file_name": name, "mime_type": media_type}
        file = {"document": {**document, "file_size": len(data)}}
        return self._post(self._message(user, chat, caption, file=file, data=data))

    def edit(self, message: Message, text: str, entities: Sequence[Entity] | None = None) -> None:
        """Somebody changes what they wrote."""
        message.text = text
        message.entities = with_found(text, entities or ())
        message.edited = int(time.time())
        message.history.append(text)
        if self._reaches(message):
            self.put({"edited_message": self.world.json(message)})

    def press(self, user: User, message: Message, data: str) -> Query:
        """Somebody presses a button, or a forged client says so: the data need not be on any button."""
        query = Query(str(next(self.world.ids)), user, message, data)
        self.world.queries[query.id] = query
        self.put(
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

    def put(self, update: Json, age: float = 0.0) -> int:
        """Queue a raw update, well-formed or not, that happened `age` seconds ago. Returns its id."""
        return self.world.updates.put(update, age)

    def remove(self, message: Message) -> None:
        """Somebody deletes a message; bots are not told."""
        del self.world.messages[message.chat_id, message.id]

    def block(self, user: User) -> None:
        self.private(user).closed = "bot was blocked by the user"

    def unblock(self, user: User) -> None:
        self.private(user).closed = ""

    def kick(self, chat: Chat) -> None:
        chat.closed = f"bot was kicked from the {chat.type} chat"

    def upgrade(self, chat: Chat) -> Chat:
        """The group becomes a supergroup with another id, and both say so."""
        new = self.add_group(chat.title)
        chat.moved_to = new.id
        for here, fields in ((chat, {"migrate_to_chat_id": new.id}), (new, {"migrate_from_chat_id": chat.id})):
            self.put({"message": {**self.world.json(self._message(self.admin, here, "")), **fields}})
        return new

    def hold(self, chat: Chat | int, seconds: float) -> None:
        """Let this chat answer 429 to everything for `seconds` (times the scale)."""
        self.world.flood.hold(_id(chat), seconds)

    def _add_chat(self, chat: Chat) -> Chat:
        people = (self.bot, self.alice, self.bob, self.other_bot)
        chat.members = {**{each.id: "member" for each in people}, self.admin.id: "administrator"}
        self.world.chats[chat.id] = chat
        return chat

    def _message(
        self, user: User, chat: Chat | int, text: str, entities: Sequence[Entity] = (), **fields: Any
    ) -> Message:
        return Message(
            id=next(self.world.ids),
            chat=self.world.chats[_id(chat)],
            sender=user,
            text=text,
            entities=with_found(text, entities),
            date=int(time.time()),
            history=[text],
            **fields,
        )

    def _post(self, message: Message) -> Message:
        self.world.messages[message.chat_id, message.id] = message
        if self._reaches(message):
            self.put({"message": self.world.json(message)})
        return message

    def _reaches(self, message: Message) -> bool:
        """Whether the bot is told: never of other bots, in groups by privacy mode only of what concerns it."""
        if message.sender.is_bot or message.chat.closed or message.chat.moved_to:
            return False
        if message.chat.type == "private" or not self.world.privacy:
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

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        entry: Entry = request[ENTRY]
        try:
            result = await self._answer(request, entry)
        except Refusal as refusal:
            entry.verdict, entry.hold = refusal.verdict, refusal.hold
            headers = {"Retry-After": f"{refusal.hold:g}"} if refusal.hold else {}
            return web.json_response(refusal.json, status=refusal.code, headers=headers)
        return web.json_response({"ok": True, "result": result})

    async def _download(self, request: web.Request) -> web.StreamResponse:
        data = self.world.files.get(request.match_info["file_id"])
        if request.match_info["token"] != self.token or data is None:
            return web.json_response(Refusal(404, "Not Found").json, status=404)
        return web.Response(body=data, content_type="application/octet-stream")

    async def _answer(self, request: web.Request, entry: Entry) -> Any:
        if ":" not in request.match_info["token"]:
            raise Refusal(404, "Not Found")
        if request.match_info["token"] != self.token:
            raise Refusal(401, "Unauthorized")
        name = request.match_info["method"].lower()
        method = next((each for known, each in METHODS.items() if known.lower() == name), None)
        if method is None:
            raise Refusal(404, "Not Found: method not found")
        result = method(self.world, Parameters(request.query, entry.body))
        return await result if inspect.isawaitable(result) else result


def _id(chat: Chat | int) -> int:
    return chat if isinstance(chat, int) else chat.id
