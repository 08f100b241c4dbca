"""What people ask of the bot without writing to it: buttons, inline mode, guest mode, the menu."""

from abc import ABC, abstractmethod

from simulators.telegram.inline import QUERY_LIMIT, cached, place
from simulators.telegram.menus import menu_of
from simulators.telegram.parameters import Parameters
from simulators.telegram.places import id_of
from simulators.telegram.text import with_found
from simulators.telegram.values import Chat, Draft, GuestQuery, InlineQuery, Json, Message, Query, User
from simulators.telegram.world import World


class Asking(ABC):
    """Hands that press and ask."""

    world: World

    @abstractmethod
    def post(self, message: Message) -> Message:
        """A person's message appears."""

    def press(self, user: User, message: Message, data: str) -> Query:
        """Somebody presses a button, or a forged client says so: the data need not be on any button."""
        query = Query(str(next(self.world.ids)), user, message, data, self.world.clock.now())
        self.world.queries[query.id] = query
        told: Json = {"id": query.id, "from": user.json, "chat_instance": str(message.chat_id), "data": data}
        where = {"inline_message_id": message.inline_id} if message.inline_id else {"message": self.world.json(message)}
        self.world.tell({"callback_query": {**told, **where}})
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

    def ask_inline(self, user: User, text: str, chat_type: str = "sender", offset: str = "") -> InlineQuery:
        """Somebody types the bot's name and this after it.

        Who asks the same while an answer is still good is given that one, and the bot is not asked. ValueError where
        the bot's owner has not switched inline mode on, or the text is longer than a client sends.
        """
        if not self.world.inline or len(text) > QUERY_LIMIT:
            raise ValueError("inline mode is off" if not self.world.inline else "too long a query")
        known = cached(self.world, user, text, offset)
        if known is not None:
            return known
        query = InlineQuery(str(next(self.world.ids)), user, text, offset, self.world.clock.now())
        self.world.inline_queries[query.id] = query
        asked: Json = {"id": query.id, "from": user.json, "query": text, "offset": offset, "chat_type": chat_type}
        self.world.tell({"inline_query": asked})
        return query

    def choose(self, user: User, query: InlineQuery, number: int, chat: Chat) -> Message:
        """Somebody picks the result of this number, which becomes their message in any chat.

        The bot is told of the choice where its owner wanted to know, with an inline id only where it has a keyboard.
        """
        result = (query.results or [])[number]
        via: Json = {"via_bot": self.world.bot.json}
        message = place(self.world, Parameters({}, {}), result, user, chat, via)
        if chat.id in self.world.chats:
            self.post(message)
        if self.world.inline_feedback:
            chosen: Json = {"result_id": result["id"], "from": user.json, "query": query.text}
            inline = {"inline_message_id": message.inline_id} if message.inline_id else {}
            self.world.tell({"chosen_inline_result": {**chosen, **inline}})
        return message

    def elsewhere(self, title: str = "Elsewhere") -> Chat:
        """A group that the bot does not know."""
        return Chat(-1_000_000_000_000 - next(self.world.ids), "supergroup", title)

    def summon(self, user: User, chat: Chat, text: str, reply_to: Message | None = None) -> GuestQuery:
        """Somebody calls the bot by its name in a chat where it is not. A server without guest mode tells nobody."""
        found = with_found(text, ())
        message = Message(next(self.world.ids), chat, user, text, found, self.world.date, history=[text])
        message.reply_to = reply_to.id if reply_to else None
        self.world.messages[chat.id, message.id] = message
        query = GuestQuery(f"guest{next(self.world.ids)}", message)
        if self.world.knows_guests:
            self.world.guests[query.id] = query
            self.world.tell({"guest_message": {**self.world.json(message), "guest_query_id": query.id}})
        return query

    def whisper(self, user: User, chat: Chat, text: str) -> Message:
        """Somebody sends a command that only they and the bot see. ValueError where their menu has it otherwise."""
        name = text.removeprefix("/").partition(" ")[0].partition("@")[0]
        silent = [each["command"] for each in self.menu(user, chat) if each.get("is_ephemeral")]
        if not self.world.knows_ephemeral or name not in silent:
            raise ValueError(f"{text} would be seen by everybody")
        message = Message(next(self.world.ids), chat, user, text, with_found(text, ()), self.world.date, history=[text])
        message.ephemeral_id, message.at = next(self.world.ids), self.world.clock.now()
        self.world.ephemerals[message.key] = message
        self.world.tell({"message": self.world.json(message)})
        return message

    def menu(self, user: User, chat: Chat | int) -> list[Json]:
        """The commands that this person is shown here: BotCommands."""
        return menu_of(self.world, self.world.chats[id_of(chat)], user)
