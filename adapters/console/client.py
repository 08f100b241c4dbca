"""Reads lines and shows all that a line brings before it reads the next."""

import asyncio
import re
import sys
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from adapters.adapter import Dispatcher
from adapters.console.config import ConsoleConfig
from adapters.console.files import named_files
from adapters.console.lines import open_lines
from adapters.console.screen import Screen
from adapters.console.surface import BESIDE, HANDLE
from bot.commands.command import Command
from bot.errors import Unavailable
from bot.events import Attachment, Author, Chat, Event, Question
from bot.meter import SILENT, Meter
from bot.replies import Surface
from bot.settings import Settings

PLATFORM = "console"
ACCOUNT = "local"
GREETING = "Write a message, or /help. #1 presses button [1]. Ctrl-C stops an answer; twice leaves.\n\n"
PRESS = re.compile(r"#(\d{1,4})")

T = TypeVar("T")


class ConsoleAdapter:
    hooks = ()

    def __init__(
        self,
        config: ConsoleConfig,
        token: str,  # noqa: ARG002 - every adapter is made the same way
        commands: Sequence[Command],
        settings: Settings,  # noqa: ARG002
        meter: Meter = SILENT,  # noqa: ARG002
    ) -> None:
        self._config = config
        self._commands = commands
        self._screen = Screen(_write, Path(config.folder))
        self._leave = asyncio.Event()
        self._stop: asyncio.Task[bool] | None = None
        self._dispatcher: Dispatcher

    @property
    def trouble(self) -> str:
        return ""

    async def run(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher
        lines = open_lines([f"/{command.name}" for command in self._commands if not command.hidden])
        if sys.stdin.isatty():
            _write(GREETING)
        await dispatcher.resume(PLATFORM, PLATFORM, self.revive, self.reach)
        while (line := await self._unless_left(lines.next())) is not None:
            if line.strip():
                if not sys.stdin.isatty():
                    _write(f"> {line.strip()}\n")
                await self._converse(line.strip())

    async def close(self) -> None:
        """Nothing is held open."""

    def revive(self, question: Question) -> Surface:
        if question.event.handle != BESIDE or not self._screen.kept_promise():
            _write(f"\n(an answer that a restart interrupted: {question.event.text[:60]})\n")
        return self._screen.answer(question.id)

    async def reach(self, account: str, question: str) -> Surface:  # noqa: ARG002 - there is one person
        return self._screen.answer(question)

    def interrupt(self) -> None:
        """Ctrl-C: stop the answer that is running; a second time, or where none is, leave."""
        if not self._screen.busy or self._stop is not None:
            self._leave.set()
        else:
            nowhere = Screen(lambda _: None, Path(self._config.folder))
            self._stop = asyncio.create_task(self._ask(self._event("/stop"), nowhere))

    async def _converse(self, line: str) -> None:
        self._stop = None
        press = PRESS.fullmatch(line)
        button = self._screen.button(int(press.group(1))) if press else None
        if press and not button:
            _write(f"There is no button {line}.\n\n")
            return
        event = self._event("" if press else line)
        if button:
            event = replace(event, kind="press", press=button)
        self._screen.begin()
        if await self._ask(event, self._screen):
            await self._unless_left(self._screen.settled())
        _write("\n")

    async def _ask(self, event: Event, screen: Screen) -> bool:
        """Hand an event in. False: it was answered at once, or cannot be."""
        try:
            taken = await self._dispatcher.accept(event)
        except Unavailable as trouble:
            _write(f"{trouble.message}\n")
            return False
        if isinstance(taken, Question):
            self._dispatcher.answer(taken, screen.answer(taken.id))
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
        attachments: tuple[Attachment, ...] = ()
        if line.startswith("/"):
            command, _, text = line[1:].partition(" ")
            text, attachments = named_files(text)
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
            handle=HANDLE,
            text=text.strip(),
            command=command.lower(),
            attachments=attachments,
        )


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


ADAPTER = ConsoleAdapter
