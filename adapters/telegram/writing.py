"""Gets one message onto the screen, whatever comes between: the words of one page in, Telegram's calls out.

Previews of links are off in every write and parse modes unused. Which message shows which page is the concern of
`surface`, how it looks that of `formatting`.
"""

import asyncio
import logging
from dataclasses import dataclass, replace
from functools import partial

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions, MessageEntity, ReplyParameters
from telegram.error import TelegramError

from adapters.telegram.failures import describe, translate, trouble_of
from adapters.telegram.gate import Gate
from adapters.telegram.place import Place
from adapters.telegram.rich import Rich, most_important
from bot.errors import Unavailable

PAUSES = (0.5, 1.0, 2.0, 4.0)  # seconds before a call that failed on its way is repeated
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)

log = logging.getLogger(__name__)


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
        reply = place.reply if not place.pages else 0
        for pause in (*PAUSES, 0.0):
            try:
                return await self.gate.write(place.chat, partial(self._send, place, reply, shown))
            except TelegramError as error:
                match trouble_of(error):
                    case "entities" if shown.rich.marks:
                        shown = _plain(shown, error)
                    case "reply" if reply:
                        reply = 0
                    case "unsent" if pause:
                        await asyncio.sleep(pause)
                    case "unknown":
                        raise Lost("Telegram did not say whether it took a message.", detail=describe(error)) from error
                    case _:
                        raise translate(error) from error
        raise AssertionError  # the last round returns or raises

    async def edit(self, place: Place, message: int, shown: Shown) -> None:
        """Must arrive, may be repeated."""
        for pause in (*PAUSES, 0.0):
            try:
                await self.gate.write(place.chat, partial(self._edit, place, message, shown))
                return
            except TelegramError as error:
                match trouble_of(error):
                    case "unmodified":
                        return
                    case "entities" if shown.rich.marks:
                        shown = _plain(shown, error)
                    case "unsent" | "unknown" if pause:
                        await asyncio.sleep(pause)
                    case _:
                        raise translate(error) from error

    async def preview(self, place: Place, message: int, shown: Shown) -> bool:
        """Cosmetic: tells whether the message shows it now. Raises only `Unreachable`."""
        try:
            return await self.gate.preview(place.chat, partial(self._edit, place, message, shown))
        except TelegramError as error:
            trouble = trouble_of(error)
            if trouble == "unreachable":
                raise translate(error) from error
            if trouble not in ("unmodified", "flood"):
                log.info("a preview was dropped: %s", describe(error))
            return trouble == "unmodified"

    async def delete(self, place: Place, message: int) -> None:
        """Cosmetic: a message that cannot be deleted stays."""
        try:
            await self.gate.write(place.chat, lambda: self.bot.delete_message(place.chat, message))
        except TelegramError as error:
            log.info("a message was not deleted: %s", describe(error))

    async def reach(self) -> None:
        """Returns when Telegram answers again. Raises `Unavailable` where it does not for a few seconds."""
        for pause in (*PAUSES, 0.0):
            try:
                await self.bot.get_me()
                return
            except TelegramError as error:
                if not pause:
                    raise translate(error) from error
            await asyncio.sleep(pause)

    async def _send(self, place: Place, reply: int, shown: Shown) -> int:
        message = await self.bot.send_message(
            place.chat,
            shown.rich.text,
            entities=_entities(shown.rich),
            link_preview_options=NO_PREVIEW,
            reply_markup=_keyboard(shown),
            message_thread_id=place.thread or None,
            reply_parameters=ReplyParameters(reply, allow_sending_without_reply=True) if reply else None,
        )
        return message.message_id

    async def _edit(self, place: Place, message: int, shown: Shown) -> None:
        await self.bot.edit_message_text(
            shown.rich.text,
            place.chat,
            message,
            entities=_entities(shown.rich),
            link_preview_options=NO_PREVIEW,
            reply_markup=_keyboard(shown),
        )


def _entities(rich: Rich) -> list[MessageEntity] | None:
    return [
        MessageEntity(each.kind, each.start, each.length, url=each.url or None, language=each.language or None)
        for each in most_important(rich.marks)
    ] or None


def _keyboard(shown: Shown) -> InlineKeyboardMarkup | None:
    row = [InlineKeyboardButton(label, callback_data=data) for label, data in shown.buttons]
    return InlineKeyboardMarkup([row]) if row else None


def _plain(shown: Shown, error: TelegramError) -> Shown:
    log.warning("a text goes without formatting: %s", describe(error))
    return replace(shown, rich=Rich(shown.rich.text))
