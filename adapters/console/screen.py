"""Whose turn it is to print: answers beside each other stand in the terminal one after the other, each whole."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from adapters.console.surface import ConsoleSurface
from bot.replies import Button

PROMISE_SECONDS = 5.0  # how long an answer that was announced may take to begin


class Screen:
    """`write` prints without a line end; media are saved in `folder`."""

    def __init__(self, write: Callable[[str], None], folder: Path) -> None:
        self._write = write
        self._folder = folder
        self._queue: list[ConsoleSurface] = []  # the first one prints
        self._promised = 0  # answers beside another one that have no surface yet
        self._last: ConsoleSurface | None = None  # who printed last since the line was typed
        self._changed = asyncio.Event()
        self._buttons: list[tuple[str, str]] = []

    @property
    def busy(self) -> bool:
        return bool(self._queue or self._promised)

    def answer(self, question: str = "") -> ConsoleSurface:
        """A place for one answer; `question` is the id that its buttons belong to."""
        surface = ConsoleSurface(self, self._folder, question)
        self._queue.append(surface)
        return surface

    def promise(self) -> None:
        """An answer beside another one will come."""
        self._promised += 1

    def kept_promise(self) -> bool:
        """Whether an answer that comes now was promised."""
        promised = self._promised > 0
        self._promised -= promised
        return promised

    def print(self, surface: ConsoleSurface, text: str) -> bool:
        """False: it is not this answer's turn."""
        if self._queue[:1] != [surface]:
            return False
        if text:
            self._write(text if self._last in (None, surface) else f"\n{text}")
            self._last = surface
        return True

    def leave(self, surface: ConsoleSurface) -> None:
        """This answer stands there whole: the next may begin."""
        self._queue.remove(surface)
        self._changed.set()
        if self._queue:
            self._queue[0].show()

    async def settled(self) -> None:
        """Every answer stands there."""
        while self.busy:
            self._changed.clear()
            try:
                async with asyncio.timeout(None if self._queue else PROMISE_SECONDS):
                    await self._changed.wait()
            except TimeoutError:
                self._promised = 0

    def begin(self) -> None:
        """A line was typed: what it brings has buttons of its own."""
        self._buttons.clear()
        self._last = None

    def row(self, buttons: Sequence[Button], question: str) -> str:
        """The line that offers these buttons, numbered on from those that stand there."""
        first = len(self._buttons) + 1
        self._buttons.extend((each.action, question) for each in buttons)
        return "  ".join(f"[{number}] {each.label}" for number, each in enumerate(buttons, first))

    def button(self, number: int) -> tuple[str, str] | None:
        """(action, question id) of the button with this number."""
        return self._buttons[number - 1] if 0 < number <= len(self._buttons) else None
