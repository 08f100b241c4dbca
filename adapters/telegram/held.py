"""Parts of pastes that were confirmed to Telegram before their rest has come: stored, sealed, for about a second.

Only a webhook needs this: Telegram posts the next message of a chat when the one before is confirmed.
"""

import json

from telegram import Update

from adapters.telegram.request import readable
from bot.settings import INSTANCE, Settings


class Held:
    """All verbs raise `Unavailable` where the database is away."""

    def __init__(self, settings: Settings, bot: int) -> None:
        self._settings = settings
        self._bot = bot

    async def keep(self, update_id: int, posted: str) -> None:
        """`posted`: the update as it came."""
        await self._settings.write(INSTANCE, self._name(update_id), posted)

    async def read(self) -> list[Update]:
        """Oldest first."""
        rows = await self._settings.beginning(self._name(""))
        updates = (Update.de_json(readable(json.loads(posted))) for _, _, posted in rows)
        return sorted(updates, key=lambda update: update.update_id)

    async def drop(self, update_id: int) -> None:
        await self._settings.write(INSTANCE, self._name(update_id), "")

    def _name(self, update_id: int | str) -> str:
        return f"telegram.held.{self._bot}.{update_id}"
