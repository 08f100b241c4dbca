"""Who is in charge of a group: asked of Telegram at most once a minute for each, whoever wants to know."""

import asyncio

from telegram import Bot
from telegram.error import TelegramError

from adapters.telegram.failures import translate, trouble_of
from adapters.telegram.gate import Gate

KEPT_SECONDS = 60.0
MOST = 1000  # groups
PATIENCE_SECONDS = 10.0  # how long a closed chat may keep the question


class Admins:
    """getChatAdministrators, because getChatMember need not answer a bot that is no administrator (Bot API 10.1)."""

    def __init__(self, bot: Bot, gate: Gate) -> None:
        self._bot = bot
        self._gate = gate
        self._known: dict[int, tuple[float, frozenset[int]]] = {}  # chat -> (asked at, people), oldest first

    async def include(self, chat: int, account: int) -> bool:
        """Raises `Unavailable` where Telegram does not say. A chat that is closed to us has none for us."""
        now = asyncio.get_running_loop().time()
        known = self._known.get(chat)
        if known is None or now - known[0] >= KEPT_SECONDS:
            known = now, await self._ask(chat)
            self._known.pop(chat, None)
            self._known[chat] = known
            while len(self._known) > MOST:
                del self._known[next(iter(self._known))]
        return account in known[1]

    async def _ask(self, chat: int) -> frozenset[int]:
        try:
            members = await self._gate.aside(chat, lambda: self._bot.get_chat_administrators(chat), PATIENCE_SECONDS)
        except TelegramError as error:
            if trouble_of(error) in ("unreachable", "refused"):
                return frozenset()
            raise translate(error) from error
        return frozenset(member.user.id for member in members)
