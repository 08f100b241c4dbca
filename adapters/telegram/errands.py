"""What goes beside the answers, best effort and bounded: "typing", notices to presses, refusals that are not stored."""

import asyncio
from typing import Any, NamedTuple

from telegram import InlineQuery
from telegram.constants import ChatAction
from telegram.error import TelegramError

from adapters.telegram.background import Background
from adapters.telegram.failures import translate
from adapters.telegram.inline import offer
from adapters.telegram.place import Place
from adapters.telegram.rich import cut
from adapters.telegram.shared import Shared
from adapters.telegram.surface import TelegramSurface
from bot.events import Author
from bot.replies import Page

NOTICE_LIMIT = 200  # characters that a press may be answered with (Bot API 10.1)
PRESS_SECONDS = 15.0  # nobody looks at a button for longer
TOLD_AT_ONCE = 3  # refusals on their way to one person
TYPING_BEGINS = 0.3  # seconds; most commands are answered before
TYPING_LASTS = 4.5  # seconds; Telegram shows it for five
TYPING_TIMES = 40
TIMEOUTS: dict[str, Any] = {"connect_timeout": 3.0, "read_timeout": 3.0, "write_timeout": 3.0, "pool_timeout": 3.0}


class Told(NamedTuple):
    chat: int
    author: str
    text: str


class Errands:
    def __init__(self, shared: Shared, background: Background) -> None:
        self._shared = shared
        self._run = background.run
        self._background = background
        self._bot = shared.bot
        self._gate = shared.gate

    def typing(self, place: Place, begun: asyncio.Event) -> None:
        """Until something of the answer has come."""
        if not (place.elsewhere or place.receiver):
            self._run(begun, self._typing(place, begun))

    def answer_press(self, query: str, chat: int, text: str = "") -> None:
        """Every press has to be answered, or its button looks busy; a text is shown as a passing notice."""
        self._run(query, self._answer_press(query, chat, text))

    def offer(self, query: InlineQuery) -> None:
        """What a person may choose who types our name in any chat; what they type next comes as another query."""
        self._run(query.id, self._offer(query))

    def tell(self, place: Place, author: Author, text: str) -> None:
        """A message that is not stored. Nobody is told the same twice at once, nor many things."""
        waiting = [
            key for key in self._background.running if isinstance(key, Told) and key[:2] == (place.chat, author.id)
        ]
        if len(waiting) < TOLD_AT_ONCE:
            self._run(Told(place.chat, author.id, text), self._tell(place, author, text))

    async def knock(self, chat: int) -> None:
        """Whether the person of a private chat lets us in. Raises `Unreachable` where not."""
        try:
            await self._gate.aside(chat, lambda: self._type(chat), PRESS_SECONDS)
        except TelegramError as error:
            raise translate(error) from error

    async def _typing(self, place: Place, begun: asyncio.Event) -> None:
        pause = TYPING_BEGINS
        for _ in range(TYPING_TIMES):
            try:
                async with asyncio.timeout(pause):
                    await begun.wait()
                return
            except TimeoutError:
                pause = TYPING_LASTS
            await self._gate.typing(place.chat, lambda: self._type(place.chat, place.thread))

    async def _type(self, chat: int, thread: int = 0) -> None:
        await self._bot.send_chat_action(chat, ChatAction.TYPING, message_thread_id=thread or None, **TIMEOUTS)

    async def _answer_press(self, query: str, chat: int, text: str) -> None:
        notice = cut(text, NOTICE_LIMIT) or None
        await self._gate.aside(chat, lambda: self._bot.answer_callback_query(query, notice, **TIMEOUTS), PRESS_SECONDS)

    async def _offer(self, query: InlineQuery) -> None:
        results, button = offer(query, self._bot.username)
        await self._gate.aside(
            query.from_user.id,
            lambda: self._bot.answer_inline_query(
                query.id, results, cache_time=0, is_personal=True, button=button, **TIMEOUTS
            ),
        )

    async def _tell(self, place: Place, author: Author, text: str) -> None:
        await TelegramSurface(self._shared, place, author).open([Page(text)])
