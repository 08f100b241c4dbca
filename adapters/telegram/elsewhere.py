"""What people ask in chats that the bot need not be in becomes an event (pure).

Such a question is remembered with nothing else: what was said in one chat must not come up in another, and nobody is in
charge there as far as we know.
"""

from dataclasses import replace
from datetime import datetime

from telegram import ChosenInlineResult, Update

from adapters.telegram.context import Us, person
from adapters.telegram.events import ELSEWHERE, PLATFORM, ask_of
from adapters.telegram.inline import OURS
from adapters.telegram.place import abroad
from bot.events import Chat, Event


def event_elsewhere(update: Update, us: Us, now: datetime) -> Event | None:
    """A chosen inline result, or a message to a guest. None: it is neither, or not meant for us."""
    if update.chosen_inline_result is not None:
        return _chosen(update.update_id, update.chosen_inline_result, us, now)
    message = update.guest_message
    if message is None or not message.guest_query_id:
        return None
    event = ask_of(update.update_id, message, us, home=True)
    chat = str(message.chat.id)
    return event and replace(
        event,
        author=replace(event.author, admin=False),
        chat=Chat(chat, chat, f"guest {message.message_id}"),
        handle=abroad(guest=message.guest_query_id).handle,
    )


def _chosen(update_id: int, result: ChosenInlineResult, us: Us, now: datetime) -> Event | None:
    """None: without an inline id its message cannot be found."""
    message, text = result.inline_message_id, result.query.strip()
    if not message or not text:
        return None
    return Event(
        platform=PLATFORM,
        bot=str(us.id),
        id=str(update_id),
        message=message,
        kind="ask",
        author=person(result.from_user, private=True),
        chat=Chat(ELSEWHERE, ELSEWHERE, message),
        at=now,
        handle=replace(abroad(inline=message, asked=text), pages=OURS).handle,
        text=text,
    )
