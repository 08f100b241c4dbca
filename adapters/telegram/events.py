"""An update becomes an event, where it is meant for us (pure).

For us is everything in a private chat and in a home (`/here on`), and in other groups: commands, mentions of @us,
replies to our messages. What a person forwards is a quote, and nothing in it is meant for anybody. Channel posts and
service messages are not answered. What privacy mode holds back is Telegram's concern.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from telegram import CallbackQuery, Message, MessageEntity, Update
from telegram.constants import ChatType

from adapters.telegram.context import Us, attachments, attachments_of_another, author_of, people, person, quotes
from adapters.telegram.pasting import joined
from adapters.telegram.place import Place, abroad
from adapters.telegram.whispers import id_of
from bot.events import Author, Chat, Event

PLATFORM = "telegram"
ELSEWHERE = "inline"  # the space of all inline messages
GROUPS = (ChatType.GROUP, ChatType.SUPERGROUP)


def event_of(updates: Sequence[Update], us: Us, now: datetime, home: bool = False) -> Event | None:
    """What one update, or the parts of one paste, say. The first decides for whom they are.

    `now` (UTC) dates what Telegram does not: a press. `home`: no mention is needed. None: not meant for us.
    """
    first = updates[0]
    if first.callback_query is not None:
        return _press(first.update_id, first.callback_query, us, now)
    message = first.message or first.edited_message
    if message is None:
        return None
    if message.migrate_to_chat_id:
        return moved(message.chat.id, message.migrate_to_chat_id, us, message.date)
    if message.migrate_from_chat_id:  # the same from the other side
        return moved(message.migrate_from_chat_id, message.chat.id, us, message.date)
    event = ask_of(first.update_id, message, us, home, edited=first.edited_message is not None)
    parts = [each.message for each in updates if each.message]
    return _whole(event, parts, us) if event and len(parts) > 1 else event


def home_of(update: Update) -> Chat | None:
    """The group in which a person said this; None: it does not matter whether that is a home."""
    message = update.message or update.edited_message
    return _chat(message) if message and message.chat.type in GROUPS else None


def moved(old: int, new: int, us: Us, at: datetime) -> Event:
    """A group became a supergroup, which has another id. However we hear of it, it is the same event."""
    return Event(
        platform=PLATFORM,
        bot=str(us.id),
        id=f"moved:{old}:{new}",
        message="",
        kind="moved",
        author=Author("", ""),
        chat=Chat(str(old), str(old)),
        at=at,
        handle=Place(new).handle,
        text=str(new),
    )


def stopped_draft(update: Update) -> tuple[int, int] | None:
    """(chat, draft) of a draft whose Stop was pressed; python-telegram-bot 22.8 does not know that update yet."""
    stopped = update.api_kwargs.get("stopped_message_generation")
    try:
        return (int(stopped["chat"]["id"]), int(stopped["draft_id"])) if stopped else None
    except (TypeError, LookupError, ValueError):
        return None


def stop_of(update_id: int, chat: int, question: str, us: Us, now: datetime) -> Event:
    """The press of a Stop that stands under no message. In a private chat only its person can press it."""
    return Event(
        platform=PLATFORM,
        bot=str(us.id),
        id=str(update_id),
        message="",
        kind="press",
        author=Author(str(chat), "", admin=False),
        chat=Chat(str(chat), str(chat), private=True),
        at=now,
        handle=Place(chat).handle,
        press=("stop", question),
    )


def ask_of(update_id: int, message: Message, us: Us, home: bool, edited: bool = False) -> Event | None:
    """`home`: no mention is needed. None: not meant for us."""
    files = tuple(attachments(message))
    if not (message.text or message.caption or files):
        return None
    author, meant = author_of(message, us), _meant(message, us, home)
    if author is None or meant is None:
        return None
    command, text = meant
    answered = message.reply_to_message
    return Event(
        platform=PLATFORM,
        bot=str(us.id),
        id=str(update_id),
        message=_id(message),
        kind="edit" if edited else "ask",
        author=author,
        chat=_chat(message),
        at=message.edit_date or message.date,
        handle=_place(message).handle,
        text=text,
        command=command,
        quotes=tuple(quotes(message)),
        attachments=files or tuple(attachments_of_another(answered) if answered else ()),
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
    if not (action and colon and question):
        return None
    if message is None:
        return _press_elsewhere(update_id, query, us, now, (action, question)) if query.inline_message_id else None
    full = message if isinstance(message, Message) else None
    private = message.chat.type == ChatType.PRIVATE
    place = _place(full) if full else Place(message.chat.id, reply=0 if private else message.message_id)
    if full and id_of(full):
        place = Place(full.chat.id, _thread(full), receiver=query.from_user.id, press=query.id)
    chat = _chat(full) if full else Chat(str(message.chat.id), str(message.chat.id), private=private)
    return Event(
        platform=PLATFORM,
        bot=str(us.id),
        id=str(update_id),
        message=_id(full) if full else str(message.message_id),
        kind="press",
        author=person(query.from_user, private),
        chat=chat,
        at=now,
        handle=place.handle,
        press=(action, question),
    )


def _press_elsewhere(update_id: int, query: CallbackQuery, us: Us, now: datetime, press: tuple[str, str]) -> Event:
    """Under an inline message only Stop stands, which is answered by a passing notice."""
    return Event(
        platform=PLATFORM,
        bot=str(us.id),
        id=str(update_id),
        message=query.inline_message_id or "",
        kind="press",
        author=person(query.from_user, private=True),
        chat=Chat(ELSEWHERE, ELSEWHERE, query.inline_message_id or ""),
        at=now,
        handle=abroad(inline=query.inline_message_id or "").handle,
        press=press,
    )


def _meant(message: Message, us: Us, home: bool) -> tuple[str, str] | None:
    """(command, text) without our name. None: somebody else is meant."""
    text = message.text or message.caption or ""
    entities = message.entities if message.text else message.caption_entities
    private = message.chat.type == ChatType.PRIVATE
    if not private and message.chat.type not in GROUPS:
        return None
    if message.forward_origin is not None:
        return ("", "") if private or home or _answers_us(message, us) else None
    mentions = [_span(text, entity) for entity in entities if _names_us(text, entity, us)]
    for entity in entities:
        span = _span(text, entity)
        if entity.type == MessageEntity.BOT_COMMAND and not _without(text[: span.start], mentions).strip():
            name, _, addressee = text[span][1:].lower().partition("@")
            if private or addressee == us.username.lower() or (not addressee and name in us.commands):
                return name, _without(text, [*mentions, slice(0, span.stop)]).strip()
            if addressee:
                return None
            home = False  # a command of another bot
    if private or mentions or home or _answers_us(message, us):
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


def _id(message: Message) -> str:
    """What one person alone sees has ids of its own."""
    return f"ephemeral {whispered}" if (whispered := id_of(message)) else str(message.message_id)


def _place(message: Message) -> Place:
    if (whispered := id_of(message)) and message.from_user:
        return Place(message.chat.id, _thread(message), receiver=message.from_user.id, whisper=whispered)
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
