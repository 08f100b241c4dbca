"""Reads lines and shows each one's answer before it reads the next."""

import asyncio
import sys
from collections.abc import Coroutine, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import uuid4

from adapters.adapter import Dispatcher
from adapters.console.config import ConsoleConfig
from adapters.console.lines import open_lines
from adapters.console.surface import ConsoleSurface
from bot.commands.command import Command
from bot.errors import Unavailable
from bot.events import Author, Chat, Event, Handle, Question
from bot.settings import Settings

PLATFORM = "console"
ACCOUNT = "local"
GREETING = "Write a message, or /help. Ctrl-C stops an answer; twice leaves.\n\n"

T = TypeVar("T")


class ConsoleAdapter:
    def __init__(
        self,
        config: ConsoleConfig,
        token: str,  # noqa: ARG002 - every adapter is made the same way
        commands: Sequence[Command],
        settings: Settings,  # noqa: ARG002
    ) -> None:
        self._config = config
        self._commands = commands
        self._surface: ConsoleSurface | None = None
        self._leave = asyncio.Event()
        self._stop: asyncio.Task[bool] | None = None
        self._dispatcher: Dispatcher

    async def run(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher
        lines = open_lines([f"/{command.name}" for command in self._commands])
        if sys.stdin.isatty():
            _write(GREETING)
        await dispatcher.resume(PLATFORM, PLATFORM, self.revive)
        while (line := await self._unless_left(lines.next())) is not None:
            if line.strip():
                if not sys.stdin.isatty():
                    _write(f"> {line.strip()}\n")
                await self._converse(line.strip())

    async def close(self) -> None:
        """Nothing is held open."""

    def revive(self, question: Question) -> ConsoleSurface:
        _write(f"\n(an answer that a restart interrupted: {question.event.text[:60]})\n")
        return ConsoleSurface(_write)

    def interrupt(self) -> None:
        """Ctrl-C: stop the answer that is running; a second time, or where none is, leave."""
        if self._surface is None or self._surface.ended.is_set() or self._stop is not None:
            self._leave.set()
        else:
            self._stop = asyncio.create_task(self._ask("/stop", ConsoleSurface(lambda _: None)))

    async def _converse(self, line: str) -> None:
        self._stop = None
        self._surface = ConsoleSurface(_write)
        if await self._ask(line, self._surface):
            await self._unless_left(self._surface.ended.wait())
        _write("\n")

    async def _ask(self, line: str, surface: ConsoleSurface) -> bool:
        """Hand a line in. False: it was answered at once, or cannot be."""
        try:
            taken = await self._dispatcher.accept(self._event(line))
        except Unavailable as trouble:
            _write(f"{trouble.message}\n")
            return False
        if isinstance(taken, Question):
            self._dispatcher.answer(taken, surface)
            return True
        if taken is not None:
            _write(f"{taken.body}\n")
        return False

    async def _unless_left(self, work: Coroutine[Any, Any, T]) -> T | None:
        """The work's result, or None as soon as the person leaves."""
        working, left = asyncio.create_task(work), asyncio.create_task(self._leave.wait())
        try:
            await asyncio.wait({working, left}, return_when=asyncio.FIRST_COMPLETED)
            return working.result() if working.done() else None
        finally:
            working.cancel()
            left.cancel()

    def _event(self, line: str) -> Event:
        command, text = "", line
        if line.startswith("/"):
            command, _, text = line[1:].partition(" ")
        unique = uuid4().hex
        return Event(
            platform=PLATFORM,
            bot=PLATFORM,
            id=unique,
            message=unique,
            kind="ask",
            author=Author(ACCOUNT, self._config.name, admin=True),
            chat=Chat(space=PLATFORM, id=PLATFORM, private=True),
            at=datetime.now(UTC),
            handle=Handle(PLATFORM),
            text=text.strip(),
            command=command.lower(),
        )


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


ADAPTER = ConsoleAdapter
