"""The methods that write text into a chat, and what they refuse; files are the concern of `files`."""

from collections.abc import Sequence
from typing import Any

from simulators.telegram.members import check_may_send, has_right
from simulators.telegram.parameters import Parameters
from simulators.telegram.receivers import receiver_of
from simulators.telegram.refusals import bad
from simulators.telegram.rich import rich_of
from simulators.telegram.text import ENTITY_LIMIT, Entity, cleaned, pings, previews, units, with_found
from simulators.telegram.topics import topic_of
from simulators.telegram.values import Chat, Json, Message
from simulators.telegram.world import World

TEXT_LIMIT, CAPTION_LIMIT = 4096, 1024  # UTF-16 units, the strictest reading of "characters after entities parsing"
DATA_LIMIT = 64  # bytes of callback_data
BUTTON_LIMIT = 100
ACTION_SECONDS = 5.0  # that "typing" is shown, or until something is posted
DELETABLE = 48 * 3600  # seconds
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current content "
    "and reply markup of the message"
)
ACTIONS = {
    "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "upload_document",
    "choose_sticker", "find_location", "record_video_note", "upload_video_note",
}  # fmt: skip
BUTTON_KINDS = (
    "url", "callback_data", "web_app", "login_url", "switch_inline_query", "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat", "copy_text", "callback_game", "pay",
)  # fmt: skip


def send_message(world: World, call: Parameters) -> Json:
    chat = chat_of(world, call, writes=1, kind="text")
    text, entities = text_of(world, call, "text", "entities", TEXT_LIMIT)
    if not text:
        raise bad("message text is empty")
    return post(world, call, chat, text, entities)


def send_rich_message(world: World, call: Parameters) -> Json:
    chat = chat_of(world, call, writes=1, kind="text")
    source, rich = rich_of(call)
    return post(world, call, chat, source, (), rich=rich)


def edit_message_text(world: World, call: Parameters) -> Json | bool:
    return edit_text(world, call, own_of(world, call, writes=1))


def edit_text(world: World, call: Parameters, message: Message) -> Json | bool:
    """A text becomes a rich message and back so, too."""
    if "rich_message" in call:
        if call.text("text"):
            raise bad("text and rich_message can't be used together")
        source, rich = rich_of(call)
        return change(world, call, message, source, (), rich)
    text, entities = text_of(world, call, "text", "entities", TEXT_LIMIT)
    if not text:
        raise bad("message text is empty")
    if message.file:
        raise bad("there is no text in the message to edit")
    return change(world, call, message, text, entities)


def edit_message_caption(world: World, call: Parameters) -> Json | bool:
    message = own_of(world, call, writes=1)
    if not message.file:
        raise bad("there is no caption in the message to edit")
    text, entities = text_of(world, call, "caption", "caption_entities", CAPTION_LIMIT)
    return change(world, call, message, text, entities)


def edit_message_reply_markup(world: World, call: Parameters) -> Json | bool:
    message = own_of(world, call, writes=1)
    markup = markup_of(call)
    if markup == message.reply_markup:
        raise bad(NOT_MODIFIED)
    message.reply_markup = markup
    return world.edited(message)


def delete_message(world: World, call: Parameters) -> bool:
    chat = chat_of(world, call)
    message = world.messages.get((chat.id, call.integer("message_id")))
    if message is None:
        raise bad("message to delete not found")
    foreign = message.sender is not world.bot and chat.type != "private"
    if foreign and not has_right(world, chat, "can_delete_messages"):
        raise bad("message can't be deleted")
    if world.date - message.date > DELETABLE:
        raise bad("message can't be deleted for everyone")
    del world.messages[chat.id, message.id]
    return True


def send_chat_action(world: World, call: Parameters) -> bool:
    chat = chat_of(world, call)
    topic = topic_of(world, call, chat)
    if call.text("action") not in ACTIONS:
        raise bad("wrong parameter action in request")
    world.actions[chat.id, topic] = (call.text("action"), world.clock.now() + ACTION_SECONDS * world.scale)
    return True


def chat_of(world: World, call: Parameters, writes: int = 0, kind: str = "") -> Chat:
    """The chat that a call is about, which counts `writes` for the flood limits and sends this `kind` of message."""
    chat = world.open_chat(call.chat_id())
    world.flood.check(chat.id, writes)
    if kind:
        check_may_send(chat, kind)
    return chat


def own_of(world: World, call: Parameters, writes: int) -> Message:
    """The bot's own message that a call wants to change, or one that it wrote into somebody else's chat."""
    if "inline_message_id" in call:
        placed = world.inline_messages.get(call.text("inline_message_id"))
        if placed is None:
            raise bad("MESSAGE_ID_INVALID")
        world.flood.check(placed.chat.id, writes)
        return placed
    chat = chat_of(world, call, writes)
    message = world.messages.get((chat.id, call.integer("message_id")))
    if message is None:
        raise bad("message to edit not found")
    if message.sender is not world.bot:
        raise bad("message can't be edited")
    return message


def text_of(world: World, call: Parameters, name: str, entities: str, limit: int) -> tuple[str, list[Entity]]:
    if call.text("parse_mode"):
        world.findings.append(f"parse_mode {call.text('parse_mode')}: the house sends entities")
    given = call.array(entities)
    if len(given) > ENTITY_LIMIT:
        world.findings.append(f"{len(given)} entities: Telegram ignores those after the first {ENTITY_LIMIT}")
    text, kept = cleaned(call.text(name), given)
    if units(text) > limit:
        raise bad(f"message {'caption ' if name == 'caption' else ''}is too long")
    return text, kept


def post(world: World, call: Parameters, chat: Chat, text: str, entities: Sequence[Entity], **file: Any) -> Json:
    reply = _reply(world, call, chat)
    topic = topic_of(world, call, chat)
    receiver = receiver_of(world, call, chat)
    message = Message(
        id=next(world.ids),
        chat=chat,
        sender=world.bot,
        text="",
        receiver=receiver,
        ephemeral_id=next(world.ids) if receiver else 0,
        entities=[],
        date=world.date,
        reply_markup=markup_of(call),
        reply_to=reply,
        topic=topic or (world.messages[chat.id, reply].topic if reply else 0),
        **file,
    )
    world.written.append(message)
    if receiver:
        world.ephemerals[message.key] = message
    else:
        world.messages[chat.id, message.id] = message
    world.actions.pop((chat.id, message.topic), None)
    for key in [each for each in world.drafts if each[0] == chat.id]:
        del world.drafts[key]  # a real message takes their place
    show(call, message, text, entities)
    return world.json(message)


def change(
    world: World, call: Parameters, message: Message, text: str, entities: Sequence[Entity], rich: Json | None = None
) -> Json | bool:
    markup = markup_of(call)
    found = [] if rich else with_found(text, entities)
    shown = (message.text, message.entities, message.rich, message.reply_markup)
    if (text, found, rich or {}, markup) == shown:
        raise bad(NOT_MODIFIED)
    message.rich = rich or {}
    message.reply_markup = markup  # an edit without a keyboard takes the keyboard away
    message.edited = world.date
    show(call, message, text, entities)
    return world.edited(message)


def show(call: Parameters, message: Message, text: str, entities: Sequence[Entity]) -> None:
    message.text = text
    message.history.append(text)
    if message.rich:
        message.entities, message.preview = [], False
        message.pings.extend([] if message.rich.get("skip_entity_detection") else pings(text, ()))
        return
    message.entities = with_found(text, entities)
    off = bool(call.mapping("link_preview_options").get("is_disabled")) or call.flag("disable_web_page_preview")
    message.previews_off = message.previews_off and (off or bool(message.file))
    message.preview = previews(message.entities) and not off and not message.file
    message.pings.extend(pings(text, entities))


def _reply(world: World, call: Parameters, chat: Chat) -> int | None:
    reply = call.mapping("reply_parameters")
    message_id = reply.get("message_id") or call.integer("reply_to_message_id")
    if not message_id:
        return None
    if (chat.id, message_id) in world.messages:
        return int(message_id)
    if reply.get("allow_sending_without_reply") or call.flag("allow_sending_without_reply"):
        return None
    raise bad("message to be replied not found")


def markup_of(call: Parameters) -> Json | None:
    """An inline keyboard that Telegram would show; None where there is none or it has no buttons."""
    rows = call.mapping("reply_markup").get("inline_keyboard", [])
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad("object expected as reply markup")
    buttons = [button for row in rows for button in row]
    if len(buttons) > BUTTON_LIMIT:
        raise bad("reply markup is too long")
    for button in buttons:
        _check_button(button)
    return {"inline_keyboard": rows} if buttons else None


def _check_button(button: Any) -> None:
    if not isinstance(button, dict) or not button.get("text"):
        raise bad('can\'t parse inline keyboard button: field "text" must be non-empty')
    if sum(kind in button for kind in BUTTON_KINDS) != 1:
        raise bad("can't parse inline keyboard button: exactly one kind must be given")
    data = button.get("callback_data")
    if data is not None and not 1 <= len(str(data).encode()) <= DATA_LIMIT:
        raise bad("BUTTON_DATA_INVALID")
