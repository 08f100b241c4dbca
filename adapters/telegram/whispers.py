"""Messages in a group that one person alone sees: ephemeral messages (Bot API 10.2, July 14, 2026; read 2026-11-29).

The menu calls private commands ephemeral, and what comes as such is answered as such. Nothing else is: a server that
does not know them ignores whom a message is for and shows it to everybody, but such a server brings us no ephemeral
command either. The person is named in both ways that there are (10.2 `receiver_user_id`, 10.3
`ephemeral_message_parameters`), lest one of them is ignored. python-telegram-bot 22.8 knows none of it, but lets
parameters through.

A first answer has to come within 15 seconds of the command or press, and an edit of more than 1,024 characters is
refused (github.com/tdlib/telegram-bot-api, issue 881), so pages are short here.
"""

from typing import Any

from telegram import Bot, Message, TelegramObject

from adapters.telegram.place import Place

LIMIT = 700  # UTF-16 units of a page: what is below it has room, too
ID = "ephemeral_message_id"


def addressed(place: Place) -> dict[str, Any]:
    """Parameters that send a message to one person alone."""
    named: dict[str, Any] = {"receiver_user_id": place.receiver}
    if place.press:
        named["callback_query_id"] = place.press
    answered = {"reply_parameters": {ID: place.whisper}} if place.whisper else {}
    return {**named, "ephemeral_message_parameters": named, **answered}


def id_of(message: TelegramObject) -> int:
    """Of a message that one person alone sees; 0: everybody does."""
    known = message.api_kwargs.get(ID) if isinstance(message, Message) else None
    return known if isinstance(known, int) else 0


async def change(bot: Bot, method: str, place: Place, message: int, **content: Any) -> None:
    """Edit or delete such a message."""
    whose = {"chat_id": place.chat, "receiver_user_id": place.receiver, ID: message}
    given = {name: value for name, value in content.items() if value is not None}
    await bot.do_api_request(method, api_kwargs={**whose, **given})
