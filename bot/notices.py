"""Messages that nobody asked for, to the owners in private. Best effort, never twice a day for the same cause."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import UTC, datetime

from bot.errors import ParleyError, Unreachable
from bot.events import Handle
from bot.replies import Button, Surface
from bot.streaming.delivery import Answer, Delivery

Reach = Callable[[str, str], Awaitable[Surface]]

log = logging.getLogger(__name__)


class Notices:
    def __init__(self) -> None:
        self._reach: dict[str, Reach] = {}  # by platform
        self._told: set[tuple[str, str]] = set()  # (key, UTC day)
        self._running: set[asyncio.Task[None]] = set()

    def attach(self, platform: str, reach: Reach) -> None:
        self._reach[platform] = reach

    def tell(
        self, people: Collection[str], key: str, text: str, buttons: Sequence[Button] = (), question: str = ""
    ) -> None:
        """Send to these people (scopes of `settings.of_person`), in the background; once a day for each key."""
        today = f"{datetime.now(UTC):%Y-%m-%d}"
        if (key, today) in self._told:
            return
        self._told = {each for each in self._told if each[1] == today} | {(key, today)}
        if not people:
            log.warning("nobody owns this bot yet who could be told: %s", key)
            return
        task = asyncio.create_task(self._send_all(people, (key, today), text, buttons, question))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def place(self, platform: str, account: str, question: str = "") -> Surface:
        """In private with this account, for buttons of this question. Raises `Unreachable`, `Unavailable`."""
        if platform not in self._reach:
            raise Unreachable(f"The platform {platform} is not running.")
        return await self._reach[platform](account, question)

    async def close(self) -> None:
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _send_all(
        self, people: Collection[str], told: tuple[str, str], text: str, buttons: Sequence[Button], question: str
    ) -> None:
        reached = await asyncio.gather(*(self._send(person, text, buttons, question) for person in people))
        if not any(reached):
            self._told.discard(told)  # the next time may do better

    async def _send(self, person: str, text: str, buttons: Sequence[Button], question: str) -> bool:
        _, platform, account = person.split(":", 2)
        try:
            delivery = Delivery(await self.place(platform, account, question), _forgotten)
            delivery.answer = Answer(text=text, finish="stop")
            await delivery.finish(buttons=buttons)
        except ParleyError as trouble:
            log.warning("an owner could not be told: %s %s", trouble.message, trouble.detail)
            return False
        return True


async def _forgotten(text: str, handle: Handle) -> None:
    """A notice is no question: nothing of it is kept."""
