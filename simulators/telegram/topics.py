"""Topics of forums, and of private chats where the bot's owner switched them on."""

from simulators.telegram.members import has_right
from simulators.telegram.parameters import Parameters
from simulators.telegram.refusals import bad
from simulators.telegram.text import units
from simulators.telegram.values import Chat, Json, Message, User
from simulators.telegram.world import World

NAME_LIMIT = 128
COLOR = 7322096


def create_forum_topic(world: World, call: Parameters) -> Json:
    chat = world.open_chat(call.chat_id())
    world.flood.check(chat.id, 1)
    if not (world.private_topics if chat.type == "private" else chat.forum):
        raise bad("the chat is not a forum")
    if chat.forum and not has_right(world, chat, "can_manage_topics"):
        raise bad("not enough rights to create a topic")
    name = call.text("name").strip()
    if not 1 <= units(name) <= NAME_LIMIT:
        raise bad("TOPIC_TITLE_EMPTY" if not name else "topic name is too long")
    message = open_topic(world, chat, world.bot, name)
    return {"message_thread_id": message.id, "name": name, "icon_color": COLOR}


def topic_of(world: World, call: Parameters, chat: Chat) -> int:
    """Where a call wants to write; 0: not in a topic. Raises `Refusal`."""
    topic = call.integer("message_thread_id")
    if topic and topic not in chat.topics:
        raise bad("message thread not found")
    if topic in chat.closed_topics and not has_right(world, chat, "can_manage_topics"):
        raise bad("TOPIC_CLOSED")
    return topic


def open_topic(world: World, chat: Chat, user: User, name: str) -> Message:
    """The message that says so; its id is the topic's."""
    message = notice(world, chat, user, {"forum_topic_created": {"name": name, "icon_color": COLOR}})
    message.topic = message.id
    chat.topics[message.id] = name
    return message


def notice(world: World, chat: Chat, user: User, extra: Json, topic: int = 0) -> Message:
    """A service message."""
    message = Message(next(world.ids), chat, user, "", [], world.date, topic=topic, extra=extra)
    world.messages[chat.id, message.id] = message
    return message
