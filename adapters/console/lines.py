"""Where the console's lines come from: a person at a terminal, or a pipe, a file, a socket."""

import asyncio
import os
import stat
import sys
import threading
from collections.abc import Sequence
from typing import Protocol

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import WordCompleter
from prompt_toolkit.history import InMemoryHistory

from bot.errors import Misconfigured

NO_INPUT = (
    "There is neither a token nor anybody to talk to. Set DISCORD_TOKEN or TELEGRAM_TOKEN (.env.example says how), "
    "start this in a terminal, or pipe questions into it."
)


class Lines(Protocol):
    async def next(self) -> str | None:
        """The next line; None: there will be no more."""
        ...


def open_lines(words: Sequence[str]) -> Lines:
    """Raises `Misconfigured` where there is neither a terminal nor anything piped in (a container)."""
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode
    except (AttributeError, OSError, ValueError) as error:  # stdin is closed
        raise Misconfigured(NO_INPUT) from error
    if sys.stdin.isatty():
        return Terminal(words)
    if stat.S_ISCHR(mode):  # /dev/null
        raise Misconfigured(NO_INPUT)
    return Pipe()


class Terminal:
    """With a history, and the command names completed by Tab."""

    def __init__(self, words: Sequence[str]) -> None:
        completer = WordCompleter(list(words), sentence=True)
        self._session: PromptSession[str] = PromptSession(completer=completer, history=InMemoryHistory())

    async def next(self) -> str | None:
        try:
            return await self._session.prompt_async("> ", handle_sigint=False)
        except (EOFError, KeyboardInterrupt):  # Ctrl-D, or Ctrl-C while nothing is running
            return None


class Pipe:
    """Read by a thread, so that every kind of input works, and that ends with the process."""

    def __init__(self) -> None:
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        threading.Thread(target=self._read, args=(asyncio.get_running_loop(),), daemon=True).start()

    async def next(self) -> str | None:
        return await self._lines.get()

    def _read(self, loop: asyncio.AbstractEventLoop) -> None:
        with open(os.dup(sys.stdin.fileno()), encoding="utf-8", errors="replace") as file:  # noqa: PTH123
            for line in file:
                loop.call_soon_threadsafe(self._lines.put_nowait, line)
        loop.call_soon_threadsafe(self._lines.put_nowait, None)
