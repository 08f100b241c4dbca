"""What was decided about the parts of pastes: kept, so that the next process decides the same."""

import asyncio

from bot.settings import INSTANCE, Settings

MOST = 100  # of the newest; more do not wait for their confirmation at a time


class Ends:
    """Ids of updates of which something holds for ever. Raises `Unavailable` where the database is away.

    "ends": no further part was waited for after them. "joined": they were joined to an earlier part.
    """

    def __init__(self, settings: Settings, bot: int, name: str = "ends") -> None:
        self._settings = settings
        self._name = f"telegram.{name}.{bot}"
        self._keeping = asyncio.Lock()

    async def read(self) -> list[int]:
        return [int(each) for each in (await self._settings.read(INSTANCE, self._name)).split()]

    async def keep(self, *update_ids: int) -> None:
        async with self._keeping:
            kept = [each for each in await self.read() if each not in update_ids]
            await self._settings.write(INSTANCE, self._name, " ".join(map(str, [*kept, *update_ids][-MOST:])))
