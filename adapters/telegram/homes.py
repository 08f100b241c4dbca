"""In which chats no mention is needed (`/here on`): asked of the settings at most every few seconds for each group."""

import asyncio
from collections.abc import Mapping
from math import inf

from bot.events import Chat
from bot.settings import Settings, is_home, of_space

KEPT_SECONDS = 3.0  # how long a change may go unnoticed
MOST = 1000  # groups


class Homes:
    def __init__(self, settings: Settings, platform: str, kept_seconds: float = KEPT_SECONDS, most: int = MOST) -> None:
        self._settings = settings
        self._platform = platform
        self._kept_seconds = kept_seconds
        self._most = most
        self._known: dict[str, tuple[float, Mapping[str, str]]] = {}  # space -> (read at, its settings), by use

    async def include(self, chat: Chat) -> bool:
        """Raises `Unavailable` where the database is away."""
        scope = of_space(self._platform, chat.space)
        now = asyncio.get_running_loop().time()
        read_at, settings = self._known.pop(scope, (-inf, {}))
        if now - read_at >= self._kept_seconds:
            read_at, settings = now, (await self._settings.of([scope])).get(scope, {})
        self._known[scope] = read_at, settings
        if len(self._known) > self._most:
            del self._known[next(iter(self._known))]
        return is_home(settings, chat)
