"""What happens to chats: people and the bot come and go, rights change, topics open and close, groups move."""

from collections.abc import Sequence

from simulators.telegram.members import PERMISSIONS, SENDS, member_of
from simulators.telegram.topics import notice, open_topic
from simulators.telegram.values import Chat, Json, Message, User
from simulators.telegram.world import World


class Places:
    """Hands that change chats. Where the bot's own standing changes, it is told so (`my_chat_member`)."""

    world: World
    alice: User
    bob: User
    admin: User
    other_bot: User

    def add_group(self, title: str, topics: bool = False, username: str = "") -> Chat:
        """A supergroup in which everybody is, public with a username, with topics if it is a forum: `Chat.topics`."""
        chat = Chat(-1_000_000_000_000 - next(self.world.ids), "supergroup", title, username, forum=topics)
        if topics:
            chat.topics = {next(self.world.ids): "First topic", next(self.world.ids): "Second topic"}
        return self.add_chat(chat)

    def add_chat(self, chat: Chat) -> Chat:
        people = (self.world.bot, self.alice, self.bob, self.other_bot)
        chat.members = {**{each.id: "member" for each in people}, self.admin.id: "administrator"}
        self.world.chats[chat.id] = chat
        self.world.changes.note()
        return chat

    def join(self, user: User, chat: Chat, status: str = "member") -> None:
        """Also to promote ("administrator"), to demote, and to leave ("left")."""
        chat.members[user.id] = status
        self.world.changes.note()

    def block(self, user: User) -> None:
        self._stand(self._private(user), user, "kicked", "bot was blocked by the user")

    def unblock(self, user: User) -> None:
        self._stand(self._private(user), user, "member")

    def deactivate(self, user: User) -> None:
        """Their account is gone; nobody tells the bot."""
        self._private(user).closed = "user is deactivated"
        self.world.changes.note()

    def kick(self, chat: Chat) -> None:
        self._stand(chat, self.admin, "kicked", f"bot was kicked from the {chat.type} chat")

    def dismiss(self, chat: Chat) -> None:
        """The bot is taken out, and may be added again."""
        self._stand(chat, self.admin, "left", f"bot is not a member of the {chat.type} chat")

    def invite(self, chat: Chat, by: User | None = None) -> None:
        """Somebody adds the bot."""
        by = by or self.admin
        chat.privacy = None
        self._stand(chat, by, "member")
        added = notice(self.world, chat, by, {"new_chat_members": [self.world.bot.json]})
        self.world.tell({"message": self.world.json(added)})

    def switch_privacy(self, on: bool) -> None:
        """The bot's owner chooses with BotFather. Groups where it is stay as they were until it is added again.

        That is what people meet (telegram.org bots/faq, read 2026-11-29), although getMe tells the new choice at once.
        """
        for chat in self.world.chats.values():
            chat.privacy = self.world.privacy if chat.privacy is None else chat.privacy
        self.world.privacy = on
        self.world.changes.note()

    def promote(self, chat: Chat, *rights: str) -> None:
        """The bot becomes an administrator with these rights ("can_manage_topics")."""
        chat.rights[self.world.bot.id] = frozenset(rights)
        self._stand(chat, self.admin, "administrator")

    def demote(self, chat: Chat) -> None:
        """The bot is a plain member again, without any restriction."""
        self._stand(chat, self.admin, "member")

    def restrict(self, chat: Chat, *kinds: str) -> None:
        """The bot must not send these ("text", "photo", "document", "audio", "voice") any more; nothing, if none."""
        forbidden = {SENDS[each][0] for each in kinds} if kinds else set(PERMISSIONS)
        self._stand(chat, self.admin, "restricted", forbidden=tuple(forbidden))

    def open_topic(self, user: User, chat: Chat, name: str) -> int:
        """Somebody opens a topic, in private chats where `private_topics` are on. Its id."""
        return self._announced(open_topic(self.world, chat, user, name)).topic

    def close_topic(self, chat: Chat, topic: int) -> None:
        chat.closed_topics.add(topic)
        self._announced(notice(self.world, chat, self.admin, {"forum_topic_closed": {}}, topic))

    def reopen_topic(self, chat: Chat, topic: int) -> None:
        chat.closed_topics.discard(topic)
        self._announced(notice(self.world, chat, self.admin, {"forum_topic_reopened": {}}, topic))

    def delete_topic(self, chat: Chat, topic: int) -> None:
        """With all its messages; bots are not told."""
        del chat.topics[topic]
        for key in [key for key, each in self.world.messages.items() if each.chat is chat and each.topic == topic]:
            del self.world.messages[key]
        self.world.changes.note()

    def upgrade(self, chat: Chat) -> Chat:
        """The group becomes a supergroup with another id and the same members, and both say so."""
        new = self.add_group(chat.title)
        new.members, new.rights, new.forbidden = dict(chat.members), dict(chat.rights), chat.forbidden
        chat.moved_to = new.id
        for here, fields in ((chat, {"migrate_to_chat_id": new.id}), (new, {"migrate_from_chat_id": chat.id})):
            moved = Message(next(self.world.ids), here, self.admin, "", [], self.world.date, extra=fields)
            self.world.tell({"message": self.world.json(moved)})
        return new

    def hold(self, chat: Chat | int, seconds: float) -> None:
        """Let this chat answer 429 to everything for `seconds` (times the scale)."""
        self.world.flood.hold(id_of(chat), seconds)

    def _private(self, user: User) -> Chat:
        return self.world.chats[user.id]

    def _announced(self, message: Message) -> Message:
        self.world.tell({"message": self.world.json(message)})
        return message

    def _stand(self, chat: Chat, by: User, status: str, closed: str = "", forbidden: Sequence[str] = ()) -> None:
        """The bot's standing from now on."""
        if chat.type == "private":
            chat.members.setdefault(self.world.bot.id, "member")
        before = member_of(self.world, chat, self.world.bot.id)
        chat.members[self.world.bot.id] = status
        chat.closed, chat.forbidden = closed, frozenset(forbidden)
        after = member_of(self.world, chat, self.world.bot.id)
        change: Json = {"chat": chat.json, "from": by.json, "date": self.world.date}
        self.world.tell({"my_chat_member": {**change, "old_chat_member": before, "new_chat_member": after}})


def id_of(chat: Chat | int) -> int:
    return chat if isinstance(chat, int) else chat.id
