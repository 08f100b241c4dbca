"""Gets one message onto the screen, whatever comes between: the words of one page in, Telegram's calls out.

Previews of links are off in every write and parse modes unused. Which message shows which page is the concern of
`surface`, how it looks that of `formatting`.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQueryResult,
    LinkPreviewOptions,
    MessageEntity,
    ReplyParameters,
)
from telegram.error import TelegramError

from adapters.telegram.failures import Trouble, describe, translate, trouble_of
from adapters.telegram.gate import Gate
from adapters.telegram.place import Place
from adapters.telegram.rich import CAPTION_LIMIT, Rich, clip, most_important
from adapters.telegram.whispers import addressed, change, id_of
from bot.errors import Unavailable, Unreachable

PAUSES = (0.5, 1.0, 2.0, 4.0)  # seconds before a call that failed on its way is repeated
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
ROW = 4  # buttons side by side: more cannot be read on a telephone

log = logging.getLogger(__name__)
T = TypeVar("T")
Buttons = Sequence[tuple[str, str]]  # (label, data, or an https address that it opens)


class Lost(Unavailable):
    """A new message may stand in the chat or not: Telegram's answer was lost, and there is no way to ask."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What one message shows."""

    rich: Rich
    buttons: tuple[tuple[str, str], ...] = ()  # (label, data)


class Writer:
    """All that raise a `ParleyError` raise `Unreachable` where the chat will not take it, `Unavailable` where it might
    later. A `retry_after` is waited out, and what failed on its way is repeated for a few seconds.
    """

    def __init__(self, bot: Bot, gate: Gate) -> None:
        self.bot = bot
        self.gate = gate

    async def send(self, place: Place, shown: Shown) -> int:
        """The id of a new message. Raises `Lost` besides."""
        call = partial(self._send, place, shown)
        try:
            return await steadily(partial(self.gate.write, place.chat, call), "unsent")
        except TelegramError as error:
            match trouble_of(error):
                case "entities" if shown.rich.marks:
                    return await self.send(place, _plain(shown, error))
                case "reply" if place.reply:
                    return await self.send(replace(place, reply=0), shown)
                case "unknown":
                    raise Lost("Telegram did not say whether it took a message.", detail=describe(error)) from error
                case _:
                    raise translate(error) from error

    async def edit(self, place: Place, message: int, shown: Shown) -> None:
        """Must arrive, may be repeated."""
        call = partial(self._edit, place, message, shown)
        try:
            await steadily(partial(self.gate.write, place.chat, call), "unsent", "unknown")
        except TelegramError as error:
            match trouble_of(error):
                case "unmodified":
                    return
                case "captioned":
                    await self._caption(place, message, shown)
                case "entities" if shown.rich.marks:
                    await self.edit(place, message, _plain(shown, error))
                case _:
                    raise translate(error) from error

    async def _caption(self, place: Place, message: int, shown: Shown) -> None:
        """A message that was turned into a file has its words under it."""
        rich = clip(shown.rich, CAPTION_LIMIT)
        call = partial(
            self.bot.edit_message_caption,
            place.chat,
            message,
            caption=rich.text,
            caption_entities=entities(rich),
            reply_markup=keyboard(shown.buttons),
        )
        try:
            await steadily(partial(self.gate.write, place.chat, call), "unsent", "unknown")
        except TelegramError as error:
            if trouble_of(error) != "unmodified":
                raise translate(error) from error

    async def preview(self, place: Place, message: int, shown: Shown) -> bool:
        """Cosmetic: tells whether the message shows it now. Raises only `Unreachable`."""
        try:
            return await self.gate.preview(place.chat, message, partial(self._edit, place, message, shown))
        except TelegramError as error:
            trouble = trouble_of(error)
            if trouble in ("gone", "fixed", "unreachable"):
                raise translate(error) from error
            if trouble not in ("unmodified", "flood"):
                log.info("a preview was dropped: %s", describe(error))
            return trouble == "unmodified"

    async def delete(self, place: Place, message: int) -> None:
        """A message that may not be deleted, or is not there any more, is let be."""
        call: Callable[[], Awaitable[object]] = partial(self.bot.delete_message, place.chat, message)
        if place.receiver:
            call = partial(change, self.bot, "deleteEphemeralMessage", place, message)
        try:
            await steadily(partial(self.gate.write, place.chat, call), "unsent", "unknown")
        except TelegramError as error:
            if trouble_of(error) not in ("gone", "fixed", "unreachable", "refused"):
                raise translate(error) from error
            log.info("a message was not deleted: %s", describe(error))

    async def reach(self) -> None:
        """Returns when Telegram answers again."""
        try:
            await steadily(self.bot.get_me, "unsent", "unknown")
        except TelegramError as error:
            raise translate(error) from error

    async def _send(self, place: Place, shown: Shown) -> int:
        reply = place.reply if not place.pages else 0
        sent = await self.bot.send_message(
            place.chat,
            shown.rich.text,
            entities=entities(shown.rich),
            link_preview_options=NO_PREVIEW,
            reply_markup=keyboard(shown.buttons),
            message_thread_id=place.thread or None,
            reply_parameters=None if place.receiver else reply_to(reply),
            api_kwargs=addressed(place) if place.receiver else None,
        )
        if place.receiver and not id_of(sent):
            await self.bot.delete_message(place.chat, sent.message_id)
            raise Unreachable("Telegram showed everybody what was for one person.", detail="it was deleted at once")
        return id_of(sent) or sent.message_id

    async def answer_guest(self, place: Place, result: InlineQueryResult) -> str:
        """The inline id of the one message that a guest may send. Who asks twice is refused."""
        call = partial(self.bot.answer_guest_query, place.guest, result)
        try:
            sent = await steadily(partial(self.gate.write, place.chat, call), "unsent")
        except TelegramError as error:
            raise translate(error) from error
        return sent.inline_message_id

    async def _edit(self, place: Place, message: int, shown: Shown) -> None:
        if place.receiver:
            await change(
                self.bot,
                "editEphemeralMessageText",
                place,
                message,
                text=shown.rich.text,
                entities=entities(shown.rich),
                link_preview_options=NO_PREVIEW,
                reply_markup=keyboard(shown.buttons),
            )
            return
        where: dict[str, Any] = {"chat_id": place.chat, "message_id": message}
        if place.inline:
            where = {"inline_message_id": place.inline}
        await self.bot.edit_message_text(
            shown.rich.text,
            entities=entities(shown.rich),
            link_preview_options=NO_PREVIEW,
            reply_markup=keyboard(shown.buttons),
            **where,
        )


async def steadily(call: Callable[[], Awaitable[T]], *troubles: Trouble, pauses: Sequence[float] = PAUSES) -> T:
    """Repeat a call that meets one of these troubles. Raises what it meets in the end."""
    for pause in pauses:
        try:
            return await call()
        except TelegramError as error:
            if trouble_of(error) not in troubles:
                raise
        await asyncio.sleep(pause)
    return await call()


def entities(rich: Rich) -> list[MessageEntity] | None:
    return [
        MessageEntity(each.kind, each.start, each.length, url=each.url or None, language=each.language or None)
        for each in most_important(rich.marks)
    ] or None


def keyboard(buttons: Buttons) -> InlineKeyboardMarkup | None:
    keys = [
        InlineKeyboardButton(label, url=data)
        if data.startswith("https://")
        else InlineKeyboardButton(label, callback_data=data)
        for label, data in buttons
    ]
    return InlineKeyboardMarkup([keys[at : at + ROW] for at in range(0, len(keys), ROW)]) if keys else None


def reply_to(message: int) -> ReplyParameters | None:
    """0: to none. A message that is gone by now does not matter."""
    return ReplyParameters(message, allow_sending_without_reply=True) if message else None


def _plain(shown: Shown, error: TelegramError) -> Shown:
    log.warning("a text goes without formatting: %s", describe(error))
    return replace(shown, rich=Rich(shown.rich.text))
