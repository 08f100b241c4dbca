"""The real library, connected to the simulator."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import ClientSession
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions, MessageEntity
from telegram.error import TelegramError

from simulators.telegram import TelegramSimulator
from simulators.telegram.description import DESCRIBED

QUIET = LinkPreviewOptions(is_disabled=True)


@asynccontextmanager
async def connected(sim: TelegramSimulator, token: str = "") -> AsyncIterator[Bot]:
    """A bot that has not called anything yet (`initialize` would call getMe)."""
    bot = Bot(token or sim.token, base_url=sim.api_url, base_file_url=f"{sim.url}/file/bot")
    for request in bot._request:
        await request.initialize()
    try:
        yield bot
    finally:
        for request in bot._request:
            await request.shutdown()


@asynccontextmanager
async def talking(scale: float = 1.0) -> AsyncIterator[tuple[TelegramSimulator, Bot]]:
    """At the end everything that went over the wire, either way, must be as Telegram describes it."""
    async with TelegramSimulator(scale=scale) as sim, connected(sim) as bot:
        yield sim, bot
    assert [each for each in sim.findings if each.startswith(DESCRIBED)] == []


def keyboard(*data: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton("Press", callback_data=each) for each in data]])


def entities(*parts: tuple[str, int, int]) -> Sequence[MessageEntity]:
    return [MessageEntity(kind, offset, length) for kind, offset, length in parts]


async def raw(sim: TelegramSimulator, method: str, **values: Any) -> dict[str, Any]:
    """A call with a JSON body, such as the library would not make."""
    async with ClientSession() as session, session.post(f"{sim.api_url}{sim.token}/{method}", json=values) as response:
        answer: dict[str, Any] = await response.json()
        return answer


async def refused(call: Any, words: str) -> TelegramError:
    """The call must fail, saying this."""
    with pytest.raises(TelegramError) as error:
        await call
    assert words.lower() in str(error.value).lower()
    return error.value
