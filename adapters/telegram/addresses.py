"""The addresses of messages: t.me links, which groups have that everybody can find by their id or public name."""

from telegram import Chat as TelegramChat

from bot.events import Chat

MOST = 1000  # names
SUPERGROUP = "-100"  # what the ids of supergroups begin with (core.telegram.org/api/bots/ids, read 2026-11-20)


class Addresses:
    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._names: dict[str, str] = {}  # chat id -> username, as last heard

    def learn(self, chat: TelegramChat) -> None:
        self._names.pop(str(chat.id), None)
        if chat.username:
            self._names[str(chat.id)] = chat.username
        if len(self._names) > self._most:
            del self._names[next(iter(self._names))]

    def of(self, chat: Chat, message: str) -> str:
        """ "" in private chats and basic groups: their messages have no address."""
        if chat.private or not chat.id.startswith(SUPERGROUP):
            return ""
        place = self._names.get(chat.id) or f"c/{chat.id.removeprefix(SUPERGROUP)}"
        return f"https://t.me/{place}/{message}"
