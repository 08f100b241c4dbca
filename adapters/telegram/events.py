"""An update becomes an event, where it is meant for us (pure).

For us is everything in a private chat, and in a group: commands, mentions of @us, replies to our messages. Edited
messages, channel posts and service messages are not answered. What privacy mode holds back is Telegram's concern.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from telegram import CallbackQuery, Message, MessageEntity, Update, User
from telegram.constants import ChatType

from adapters.telegram.place import Place
from bot.events import Attachment, Author, Chat, Event

PLATFORM = "telegram"
GROUPS = (ChatType.GROUP, ChatType.SUPERGROUP)


@dataclass(frozen=True, slots=True)
class Us:
    """Who we are, and to whom we answer."""

    id: int
    username: str
    commands: frozenset[str]
    answer_bots: frozenset[str] = frozenset()  # lower-case usernames without @, or ids


def event_of(update: Update, us: Us, now: datetime) -> Event | None:
    """`now` (UTC) dates what Telegram does not: a press. None: not meant for us."""
    if update.callback_query is not None:
        return _press(update.update_id, update.callback_query, us, now)
    if update.message is not None:
        return _ask(update.update_id, update.message, us)
    return None


def _ask(update_id: int, message: Message, us: Us) -> Event | None:
    attachments = tuple(_attachments(message))
    if not (message.text or message.caption or attachments):
        return None
    author, meant = _author(message, us), _meant(message, us)
    if author is None or meant is None:
        return None
    command, text = meant
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
        quotes=tuple(_quotes(message)),
        attachments=attachments,
    )


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
        author=_person(query.from_user, private),
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


def _author(message: Message, us: Us) -> Author | None:
    """None: another bot, or a post that a channel forwarded by itself."""
    if message.is_automatic_forward:
        return None
    if message.sender_chat is not None:  # an anonymous administrator, or a person in the name of a channel
        own = message.sender_chat.id == message.chat.id
        return Author(str(message.sender_chat.id), message.sender_chat.effective_name or "", admin=own)
    user = message.from_user
    if user is None or user.id == us.id:
        return None
    if user.is_bot and not us.answer_bots & {(user.username or "").lower(), str(user.id)}:
        return None
    return _person(user, message.chat.type == ChatType.PRIVATE)


def _person(user: User, private: bool) -> Author:
    return Author(str(user.id), user.full_name, user.language_code or "", admin=False if private else None)


def _chat(message: Message) -> Chat:
    chat_id = str(message.chat.id)
    return Chat(chat_id, chat_id, str(_thread(message) or ""), private=message.chat.type == ChatType.PRIVATE)


def _place(message: Message) -> Place:
    reply = 0 if message.chat.type == ChatType.PRIVATE else message.message_id
    return Place(message.chat.id, _thread(message), reply)


def _thread(message: Message) -> int:
    return message.message_thread_id or 0 if message.is_topic_message else 0


def _quotes(message: Message) -> Iterator[tuple[str, str]]:
    answered = message.reply_to_message
    if answered is None:
        return
    text = message.quote.text if message.quote else answered.text or answered.caption or ""
    sender = answered.sender_chat.effective_name if answered.sender_chat else None
    author = sender or (answered.from_user.full_name if answered.from_user else "")
    if text:
        yield author, text


def _attachments(message: Message) -> Iterator[Attachment]:
    if document := message.document:
        media_type = document.mime_type or "application/octet-stream"
        yield Attachment(document.file_name or "document", media_type, document.file_size or 0, document.file_id)
    if message.photo:
        photo = message.photo[-1]  # the largest
        yield Attachment("photo.jpg", "image/jpeg", photo.file_size or 0, photo.file_id)


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
