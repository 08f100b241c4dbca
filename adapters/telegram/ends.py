"""After which messages no further part of a paste was waited for: kept, so that the next process decides the same."""

from bot.settings import INSTANCE, Settings

MOST = 100  # of the newest; more do not wait for their confirmation at a time


class Ends:
    """What is read and kept are update ids. Raises `Unavailable` where the database is away."""

    def __init__(self, settings: Settings, bot: int) -> None:
        self._settings = settings
        self._name = f"telegram.ends.{bot}"

    async def read(self) -> list[int]:
        return [int(each) for each in (await self._settings.read(INSTANCE, self._name)).split()]

    async def keep(self, update_id: int) -> None:
        kept = [each for each in await self.read() if each != update_id]
        await self._settings.write(INSTANCE, self._name, " ".join(map(str, [*kept, update_id][-MOST:])))
