"""An update becomes an event, where it is meant for us (pure).

For us is everything in a private chat, and in a group: commands, mentions of @us, replies to our messages. Edited
messages, channel posts and service messages are not answered. What privacy mode holds back is Telegram's concern.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from telegram import CallbackQuery, Message, MessageEntity, Update
from telegram.constants import ChatType

from adapters.telegram.context import Us, attachments, author_of, people, person, quotes
from adapters.telegram.pasting import joined
from adapters.telegram.place import Place
from bot.events import Chat, Event

PLATFORM = "telegram"
GROUPS = (ChatType.GROUP, ChatType.SUPERGROUP)


def event_of(updates: Sequence[Update], us: Us, now: datetime) -> Event | None:
    """What one update, or the parts of one paste, say. The first decides for whom they are.

    `now` (UTC) dates what Telegram does not: a press. None: not meant for us.
    """
    first = updates[0]
    if first.callback_query is not None:
        return _press(first.update_id, first.callback_query, us, now)
    if first.message is None:
        return None
    event = _ask(first.update_id, first.message, us)
    parts = [each.message for each in updates if each.message]
    return _whole(event, parts, us) if event and len(parts) > 1 else event


def _ask(update_id: int, message: Message, us: Us) -> Event | None:
    files = tuple(attachments(message))
    if not (message.text or message.caption or files):
        return None
    author, meant = author_of(message, us), _meant(message, us)
    if author is None or meant is None:
        return None
    command, text = meant
    answered = message.reply_to_message
    return Event(
        platform=PLATFORM,
        bot=str(us.id),
        id=str(update_id),
        message=str(message.message_id),
        kind="ask",
        author=author,
        chat=_chat(message),
        at=message.date,
        handle=_place(message).handle,
        text=text,
        command=command,
        quotes=tuple(quotes(message)),
        attachments=files or tuple(attachments(answered) if answered else ()),
        people=tuple(people(message, us)),
    )


def _whole(event: Event, parts: Sequence[Message], us: Us) -> Event:
    """The paste whose first part is this event."""
    texts = [part.text or "" for part in parts]
    named = {each: None for part in parts for each in people(part, us)}
    return replace(event, text=event.text + joined(texts)[len(texts[0]) :], people=tuple(named))


def _press(update_id: int, query: CallbackQuery, us: Us, now: datetime) -> Event | None:
    message = query.message
    action, colon, question = (query.data or "").partition(":")
    if message is None or not (action and colon and question):
        return None
    full = message if isinstance(message, Message) else None
    private = message.chat.type == ChatType.PRIVATE
    place = _place(full) if full else Place(message.chat.id, reply=0 if private else message.message_id)
    chat = _chat(full) if full else Chat(str(message.chat.id), str(message.chat.id), private=private)
    return Event(
        platform=PLATFORM,
        bot=str(us.id),
        id=str(update_id),
        message=str(message.message_id),
        kind="press",
        author=person(query.from_user, private),
        chat=chat,
        at=now,
        handle=place.handle,
        press=(action, question),
    )


def _meant(message: Message, us: Us) -> tuple[str, str] | None:
    """(command, text) without our name. None: somebody else is meant."""
    text = message.text or message.caption or ""
    entities = message.entities if message.text else message.caption_entities
    private = message.chat.type == ChatType.PRIVATE
    if not private and message.chat.type not in GROUPS:
        return None
    mentions = [_span(text, entity) for entity in entities if _names_us(text, entity, us)]
    for entity in entities:
        span = _span(text, entity)
        if entity.type == MessageEntity.BOT_COMMAND and not _without(text[: span.start], mentions).strip():
            name, _, addressee = text[span][1:].lower().partition("@")
            if private or addressee == us.username.lower() or (not addressee and name in us.commands):
                return name, _without(text, [*mentions, slice(0, span.stop)]).strip()
            if addressee:
                return None
    if private or mentions or _answers_us(message, us):
        return "", _without(text, mentions).strip()
    return None


def _names_us(text: str, entity: MessageEntity, us: Us) -> bool:
    if entity.type == MessageEntity.TEXT_MENTION:
        return entity.user is not None and entity.user.id == us.id
    return entity.type == MessageEntity.MENTION and text[_span(text, entity)].lower() == f"@{us.username}".lower()


def _answers_us(message: Message, us: Us) -> bool:
    answered = message.reply_to_message
    return answered is not None and answered.from_user is not None and answered.from_user.id == us.id


def _chat(message: Message) -> Chat:
    chat_id = str(message.chat.id)
    return Chat(chat_id, chat_id, str(_thread(message) or ""), private=message.chat.type == ChatType.PRIVATE)


def _place(message: Message) -> Place:
    reply = 0 if message.chat.type == ChatType.PRIVATE else message.message_id
    return Place(message.chat.id, _thread(message), reply)


def _thread(message: Message) -> int:
    return message.message_thread_id or 0 if message.is_topic_message else 0


def _span(text: str, entity: MessageEntity) -> slice:
    """Where an entity stands in the text: Telegram counts UTF-16 units, Python code points."""
    units = text.encode("utf-16-le", "surrogatepass")
    start = len(units[: 2 * entity.offset].decode("utf-16-le", "replace"))
    return slice(start, start + len(units[2 * entity.offset :][: 2 * entity.length].decode("utf-16-le", "replace")))


def _without(text: str, spans: list[slice]) -> str:
    """The text without these pieces and without the gaps that they would leave."""
    for span in sorted((span for span in spans if span.start < len(text)), key=lambda span: -span.start):
        before, after = text[: span.start], text[span.stop :]
        gap = before.endswith((" ", "\n")) and after.startswith((" ", "\n"))
        text = before + (after[1:] if gap else after)
    return text
