"""Who and what stands with a message besides its words: its author, quotes, files, the people whom it names (pure)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from telegram import (
    Message,
    MessageEntity,
    MessageOrigin,
    MessageOriginChannel,
    MessageOriginChat,
    MessageOriginHiddenUser,
    MessageOriginUser,
    User,
)
from telegram.constants import ChatType

from bot.events import Attachment, Author


@dataclass(frozen=True, slots=True)
class Us:
    """Who we are, and to whom we answer."""

    id: int
    username: str
    commands: frozenset[str]
    answer_bots: frozenset[str] = frozenset()  # lower-case usernames without @, or ids


def author_of(message: Message, us: Us) -> Author | None:
    """None: another bot, a post that a channel forwarded by itself, or our own inline message."""
    if message.is_automatic_forward or (message.via_bot and message.via_bot.id == us.id):
        return None
    user = message.from_user
    if message.sender_chat is not None:
        return _sender(message)
    if user is None or user.id == us.id:
        return None
    if user.is_bot and not us.answer_bots & {(user.username or "").lower(), str(user.id)}:
        return None
    return _sender(message)


def person(user: User, private: bool) -> Author:
    """In a private chat nobody is in charge."""
    admin = False if private else None
    return Author(str(user.id), user.full_name, user.language_code or "", admin, user.username or "")


def people(message: Message, us: Us) -> Iterator[Author]:
    """Whom the words name, then whom they answer; each once and never us. Of an @name alone nobody knows the id."""
    answered = _sender(message.reply_to_message) if message.reply_to_message else None
    met = {f"id {us.id}", f"@{us.username.lower()}"}
    for each in (*_named(message), answered):
        if each is None:
            continue
        known = answered if answered and each.username.lower() == answered.username.lower() != "" else each
        marks = {f"id {known.id}" if known.id else "", f"@{known.username.lower()}" if known.username else ""} - {""}
        if not marks & met:
            yield known
        met |= marks


def quotes(message: Message) -> Iterator[tuple[str, str]]:
    """(author, text) of what the message replies to, and of what it forwards: other people's words."""
    answered, elsewhere = message.reply_to_message, message.external_reply
    if answered is not None:
        text = message.quote.text if message.quote else answered.text or answered.caption or ""
        sender = _sender(answered)
        yield from [(sender.name if sender else "", text)] if text else ()
    elif elsewhere is not None and message.quote:
        yield origin_of(elsewhere.origin), message.quote.text
    forwarded = message.text or message.caption
    if message.forward_origin is not None and forwarded:
        yield origin_of(message.forward_origin), forwarded


def origin_of(origin: MessageOrigin) -> str:
    """The name of who wrote what was forwarded, as far as they let it be known."""
    match origin:
        case MessageOriginUser():
            return origin.sender_user.full_name
        case MessageOriginHiddenUser():
            return origin.sender_user_name
        case MessageOriginChat():
            return origin.author_signature or origin.sender_chat.effective_name or ""
        case MessageOriginChannel():
            return origin.chat.effective_name or ""
        case _:
            return ""


def attachments(message: Message) -> Iterator[Attachment]:
    """Names and types are the sender's word."""
    if document := message.document:
        media_type = document.mime_type or "application/octet-stream"
        yield Attachment(document.file_name or "document", media_type, document.file_size or 0, document.file_id)
    if message.photo:
        photo = message.photo[-1]  # the largest
        yield Attachment("photo.jpg", "image/jpeg", photo.file_size or 0, photo.file_id)
    if audio := message.audio:
        yield Attachment(
            audio.file_name or "audio.mp3", audio.mime_type or "audio/mpeg", audio.file_size or 0, audio.file_id
        )
    if voice := message.voice:
        yield Attachment("voice.ogg", voice.mime_type or "audio/ogg", voice.file_size or 0, voice.file_id)


def attachments_of_another(message: Message) -> Iterator[Attachment]:
    """Those of a message that is replied to, with the name of who sent them."""
    sender = _sender(message)
    yield from (replace(each, author=sender.name if sender else "somebody") for each in attachments(message))


def _sender(message: Message) -> Author | None:
    """An anonymous administrator writes as the chat itself, others may write as a channel."""
    if message.sender_chat is not None:
        own = message.sender_chat.id == message.chat.id
        name, username = message.sender_chat.effective_name or "", message.sender_chat.username or ""
        return Author(str(message.sender_chat.id), name, admin=own, username=username)
    if message.from_user is None:
        return None
    return person(message.from_user, message.chat.type == ChatType.PRIVATE)


def _named(message: Message) -> Iterator[Author]:
    words = message.parse_entities() if message.text else message.parse_caption_entities()
    for entity, word in words.items():
        if entity.type == MessageEntity.TEXT_MENTION and entity.user:
            yield person(entity.user, message.chat.type == ChatType.PRIVATE)
        elif entity.type == MessageEntity.MENTION:
            yield Author(id="", name=word, username=word.removeprefix("@"))
