"""Gets files into a chat, whatever comes between: one message turned into a file, one file, or one album.

Which file becomes what is the concern of `shipping`, texts are that of `writing`.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from telegram import Bot, InputMediaAudio, InputMediaDocument, InputMediaPhoto, Message
from telegram.error import TelegramError, TimedOut

from adapters.telegram.failures import describe, translate, trouble_of
from adapters.telegram.gate import Gate
from adapters.telegram.place import Place
from adapters.telegram.rich import Rich
from adapters.telegram.shipping import PLAIN, Item
from adapters.telegram.writing import Buttons, Lost, entities, keyboard, reply_to, steadily

UPLOAD_SECONDS = 120.0  # for one call, the answer included: Telegram slows large uploads down
PAUSES = (1.0,)  # seconds before a repeat; a chat is closed to others while files go there
TIMEOUTS: dict[str, Any] = {"read_timeout": UPLOAD_SECONDS, "write_timeout": UPLOAD_SECONDS}

log = logging.getLogger(__name__)
T = TypeVar("T")


class Uploads:
    """All raise `Unreachable` where the chat will not take it, `Unavailable` where it might later.

    What Telegram does not take as a picture or a sound goes as a document.
    """

    def __init__(self, bot: Bot, gate: Gate) -> None:
        self._bot = bot
        self._gate = gate

    async def turn(self, place: Place, message: int, item: Item, buttons: Buttons) -> None:
        """Make a message of ours carry this file, whatever it carries. May be repeated."""
        call = partial(
            self._bot.edit_message_media, _input(item), place.chat, message, reply_markup=keyboard(buttons), **TIMEOUTS
        )
        write = partial(self._gate.write, place.chat, partial(_in_time, call))
        try:
            await steadily(write, "unsent", "unknown", pauses=PAUSES)
        except TelegramError as error:
            if trouble_of(error) == "unmodified":
                return
            (other,) = _otherwise([item], error)
            await self.turn(place, message, other, buttons)

    async def send(self, place: Place, items: Sequence[Item]) -> tuple[int, ...]:
        """The ids of new messages. Raises `Lost` besides."""
        call = partial(_in_time, partial(self._send, place, items))
        write = partial(self._gate.write, place.chat, call, len(items))
        try:
            messages = await steadily(write, "unsent", pauses=PAUSES)
        except TelegramError as error:
            match trouble_of(error):
                case "unknown":
                    raise Lost("Telegram did not say whether it took a file.", detail=describe(error)) from error
                case "reply" if place.reply:
                    return await self.send(replace(place, reply=0), items)
                case _:
                    return await self.send(place, _otherwise(items, error))
        return tuple(message.message_id for message in messages)

    async def _send(self, place: Place, items: Sequence[Item]) -> Sequence[Message]:
        where: dict[str, Any] = {
            "message_thread_id": place.thread or None,
            "reply_parameters": reply_to(place.reply),
            **TIMEOUTS,
        }
        if len(items) > 1:
            return await self._bot.send_media_group(place.chat, [_input(item) for item in items], **where)
        (item,) = items
        data, name = item.media.data, item.name
        where |= {"caption": item.caption.text, "caption_entities": entities(item.caption), "filename": name}
        match item.kind:
            case "photo":
                return [await self._bot.send_photo(place.chat, data, has_spoiler=item.media.spoiler or None, **where)]
            case "audio":
                return [await self._bot.send_audio(place.chat, data, **where)]
            case "voice":
                return [await self._bot.send_voice(place.chat, data, **where)]
            case "document":
                return [await self._bot.send_document(place.chat, data, **where)]


async def _in_time(call: Callable[[], Awaitable[T]]) -> T:
    """An upload that never ends would close its chat for ever."""
    try:
        async with asyncio.timeout(UPLOAD_SECONDS):
            return await call()
    except TimeoutError as error:
        raise TimedOut from error


def _otherwise(items: Sequence[Item], error: TelegramError) -> Sequence[Item]:
    """The same files in a form that Telegram may take instead. Raises the error in our words where there is none."""
    trouble = trouble_of(error)
    if trouble == "entities" and any(item.caption.marks for item in items):
        other = [replace(item, caption=Rich(item.caption.text)) for item in items]
    elif trouble == "refused" and items[0].kind != PLAIN:
        other = [replace(item, kind=PLAIN) for item in items]
    else:
        raise translate(error) from error
    log.info("files go in another form: %s", describe(error))
    return other


def _input(item: Item) -> InputMediaPhoto | InputMediaAudio | InputMediaDocument:
    words: dict[str, Any] = {
        "caption": item.caption.text or None,
        "caption_entities": entities(item.caption),
        "filename": item.name,
    }
    match item.kind:
        case "photo":
            return InputMediaPhoto(item.media.data, has_spoiler=item.media.spoiler or None, **words)
        case "audio":
            return InputMediaAudio(item.media.data, **words)
        case _:
            return InputMediaDocument(item.media.data, **words)
