"""What becomes of an update: an event for the dispatcher, and what the person sees of that at once."""

import logging
from datetime import UTC, datetime

from adapters.adapter import Dispatcher
from adapters.telegram.context import Us
from adapters.telegram.elsewhere import event_elsewhere
from adapters.telegram.errands import Errands
from adapters.telegram.events import event_of, home_of, moved, stop_of, stopped_draft
from adapters.telegram.homes import Homes
from adapters.telegram.pasting import Bundle
from adapters.telegram.patience import patiently
from adapters.telegram.place import place_of
from adapters.telegram.request import UNREADABLE
from adapters.telegram.shared import Shared
from adapters.telegram.surface import TelegramSurface
from bot.events import Event, Question
from bot.replies import Reply

log = logging.getLogger(__name__)


class Reception:
    def __init__(self, shared: Shared, errands: Errands, homes: Homes, us: Us, dispatcher: Dispatcher) -> None:
        self._shared = shared
        self._errands = errands
        self._homes = homes
        self._us = us
        self._dispatcher = dispatcher

    async def take(self, bundle: Bundle) -> None:
        """Returns when the updates may be confirmed. Raises `Unavailable` where they may not."""
        first = bundle.updates[0]
        if stopped := stopped_draft(first):
            await self._stop(first.update_id, *stopped)
            return
        if first.inline_query is not None:
            self._errands.offer(first.inline_query)
            return
        event = self._read(bundle)
        if event is None and (group := home_of(first)) and await self._homes.include(group):
            event = self._read(bundle, home=True)
        accepted = await self._dispatcher.accept(event) if event else None
        query = first.callback_query
        if query:
            notice = accepted.body if isinstance(accepted, Reply) else ""
            chat = query.message.chat.id if query.message else query.from_user.id
            self._errands.answer_press(query.id, chat, str(notice))
        if event is None:
            return
        if first.effective_chat:
            self._shared.addresses.learn(first.effective_chat)
        place = place_of(event.handle)
        if isinstance(accepted, Question):
            surface = TelegramSurface(self._shared, place, event.author, accepted.id)
            self._errands.typing(place, surface.begun)
            self._dispatcher.answer(accepted, surface)
        elif isinstance(accepted, Reply) and not query:
            self._errands.tell(place, event.author, str(accepted.body))

    async def heed(self, old: int, new: int) -> None:
        """Telegram answered a write to a group with its new id."""
        event = moved(old, new, self._us, datetime.now(UTC))
        await patiently(lambda: self._dispatcher.accept(event))

    async def _stop(self, update_id: int, chat: int, draft: int) -> None:
        """Somebody pressed the Stop of a draft (Bot API 10.3): the same as the button under a message."""
        if question := self._shared.drafts.question(chat, draft):
            await self._dispatcher.accept(stop_of(update_id, chat, question, self._us, datetime.now(UTC)))

    def _read(self, bundle: Bundle, home: bool = False) -> Event | None:
        try:
            now = datetime.now(UTC)
            return event_of(bundle.updates, self._us, now, home) or event_elsewhere(bundle.updates[0], self._us, now)
        except UNREADABLE:  # one update must never stop all others
            log.exception("update %d cannot be read: passed over", bundle.first)
            return None
