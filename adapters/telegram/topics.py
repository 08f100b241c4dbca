"""Opening topics: in groups that have them, and in private chats where BotFather switched them on."""

from telegram.error import TelegramError

from adapters.telegram.failures import describe, translate, trouble_of
from adapters.telegram.place import Place
from adapters.telegram.rich import cut
from adapters.telegram.shared import Shared
from bot.errors import Mistaken

NAME_LIMIT = 128  # characters (Bot API 10.1)
PATIENCE_SECONDS = 10.0  # how long a closed chat may keep it
NONE_HERE = "This group has no topics. An administrator can switch them on: group settings, Topics."
NONE_IN_PRIVATE = "This chat has no topics. My owner can switch them on: @BotFather, /mybots, Bot Settings, Threads."
NO_RIGHT = "I may not open topics here. Make me an administrator who may manage topics, then ask again."


async def open_topic(shared: Shared, place: Place, title: str) -> Place:
    """A new topic in the chat of this place. Raises `Mistaken` where none can be opened, and what writes raise."""
    if place.elsewhere:
        raise Mistaken(NONE_HERE)
    if place.private and not shared.bot.bot.has_topics_enabled:
        raise Mistaken(NONE_IN_PRIVATE)
    name = cut(" ".join(title.split()), NAME_LIMIT) or "Thread"
    try:
        topic = await shared.gate.aside(
            place.chat, lambda: shared.bot.create_forum_topic(place.chat, name), PATIENCE_SECONDS
        )
    except TelegramError as error:
        words = describe(error).lower()
        if "not a forum" in words or "not a supergroup" in words:
            raise Mistaken(NONE_HERE) from error
        if "rights" in words or "admin" in words:
            raise Mistaken(NO_RIGHT) from error
        if trouble_of(error) == "refused":
            raise Mistaken(NONE_HERE, detail=describe(error)) from error
        raise translate(error) from error
    return Place(place.chat, topic.message_thread_id)
