"""Bots as processes of their own that start in no time: forked from one that has imported everything already.

Importing takes 2 s of a core for each start, of which the journeys need some two hundred. From its first line on a bot
does the same as with `python -m bot run`, with which `test_console.py` starts it.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from multiprocessing import get_context
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

IMPORTED = (
    "bot.__main__", "adapters.discord.client", "adapters.telegram.client", "adapters.discord.diagnosis",
    "adapters.telegram.diagnosis", "storage.migrations.upgrade", "asyncpg",
    "huggingface_hub.utils", "huggingface_hub.inference._providers", "numpy",
)  # fmt: skip


def _context() -> ForkServerContext:
    context = get_context("forkserver")
    context.set_forkserver_preload(list(IMPORTED))
    return context


CONTEXT = _context()


class Bot:
    """A running bot; the interface is that of `asyncio.subprocess.Process`, as far as it is used."""

    def __init__(self, folder: Path, environment: Mapping[str, str], *arguments: str) -> None:
        """`arguments`: of the command line; "run" if there are none. Its output goes into the folder's file `log`."""
        command = list(arguments) or ["run"]
        self._process = CONTEXT.Process(target=_run, args=(folder, dict(environment), command), daemon=True)
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def send_signal(self, how: signal.Signals) -> None:
        os.kill(self.pid, how)

    async def wait(self) -> int:
        while (code := self.returncode) is None:  # noqa: ASYNC110 - the process ends in its own time
            await asyncio.sleep(0.01)
        return code


def _run(folder: Path, environment: dict[str, str], arguments: list[str]) -> Any:
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    log = os.open("log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for file, number in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(file, number)
    from bot.__main__ import main

    sys.exit(main(arguments))
