"""The bot as a process of its own: started, killed on demand, and started again whenever it has ended."""

import asyncio
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal

from simulators.simulator import Changes

EX_CONFIG = 78  # another start would not help
HEALTHY_SECONDS = 5.0  # who lived so long is started again at once
PAUSE, LONGEST_PAUSE = 1.0, 30.0  # seconds before somebody is started again who did not live so long
LAST_WORDS = 2000  # bytes of the log, where it says why it cannot start

State = Literal["starting", "running", "stopped"]


class Process:
    """`run` supervises until it is cancelled; `close` then ends the bot in order."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self.changes = Changes()
        self.starts = 0
        self.reason = ""  # why it is not started any more
        self._command = command
        self._environment = environment
        self._log = log
        self._process: asyncio.subprocess.Process | None = None

    @property
    def state(self) -> State:
        if self.reason:
            return "stopped"
        return "running" if self._process and self._process.returncode is None else "starting"

    @property
    def ended_by(self) -> int:
        """The signal that ended it; 0: none did."""
        code = self._process.returncode if self._process else None
        return max(0, -(code or 0))

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        pause = PAUSE
        while not self.reason:
            started = loop.time()
            code = await self._once()
            if code == EX_CONFIG:
                self.reason = self._last_words()
            self.changes.note()
            if code != -signal.SIGKILL and loop.time() - started < HEALTHY_SECONDS:
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            else:
                pause = PAUSE

    async def _once(self) -> int:
        self.starts += 1
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                env=self._environment,
                stdin=asyncio.subprocess.PIPE,  # never written to: closed when we are gone, whatever ended us
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the playground, which ends the bot in order
            )
        self.changes.note()
        return await self._process.wait()

    def kill(self) -> None:
        """SIGKILL: nothing is written down any more."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()

    async def close(self, seconds: float) -> None:
        """SIGTERM, and SIGKILL after so many seconds."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(seconds):
                await process.wait()
        except TimeoutError:
            self.kill()
            await process.wait()

    def _last_words(self) -> str:
        lines = self._log.read_bytes()[-LAST_WORDS:].decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else "It said nothing."
