"""Who is in charge of a group: asked of Telegram at most once a minute for each, whoever wants to know."""

import asyncio
from math import inf
from weakref import WeakValueDictionary

from telegram import Bot
from telegram.error import TelegramError

from adapters.telegram.failures import translate, trouble_of
from adapters.telegram.gate import Gate

KEPT_SECONDS = 60.0
MOST = 1000  # groups
PATIENCE_SECONDS = 10.0  # how long a closed chat may keep the question


class Admins:
    """getChatAdministrators, because getChatMember need not answer a bot that is no administrator (Bot API 10.1)."""

    def __init__(self, bot: Bot, gate: Gate, kept_seconds: float = KEPT_SECONDS, most: int = MOST) -> None:
        self._bot = bot
        self._gate = gate
        self._kept_seconds = kept_seconds
        self._most = most
        self._known: dict[int, tuple[float, frozenset[int]]] = {}  # chat -> (asked at, people), by use
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    async def include(self, chat: int, account: int) -> bool:
        """Raises `Unavailable` where Telegram does not say. A chat that is closed to us has none for us."""
        async with self._locks.setdefault(chat, asyncio.Lock()):
            now = asyncio.get_running_loop().time()
            asked_at, people = self._known.pop(chat, (-inf, frozenset()))
            if now - asked_at >= self._kept_seconds:
                asked_at, people = now, await self._ask(chat)
            self._known[chat] = asked_at, people
        if len(self._known) > self._most:
            del self._known[next(iter(self._known))]
        return account in people

    def known(self, chat: int, account: int) -> bool:
        """Whether this account was in charge when Telegram was last asked."""
        return account in self._known.get(chat, (0.0, frozenset()))[1]

    async def _ask(self, chat: int) -> frozenset[int]:
        try:
            members = await self._gate.aside(chat, lambda: self._bot.get_chat_administrators(chat), PATIENCE_SECONDS)
        except TelegramError as error:
            if trouble_of(error) in ("unreachable", "refused"):
                return frozenset()
            raise translate(error) from error
        return frozenset(member.user.id for member in members)
