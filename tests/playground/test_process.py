"""The bot's process: killed it comes back at once, what cannot start is left alone, and the end is in order."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playground.process import PAUSE, Process
from tests.polling import until

STAYS = "import signal, sys; print('here', flush=True); signal.pause()"
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('here', flush=True); signal.pause()"


@asynccontextmanager
async def running(folder: Path, code: str) -> AsyncIterator[Process]:
    process = Process((sys.executable, "-c", code), {}, folder / "log")
    supervising = asyncio.create_task(process.run())
    try:
        yield process
    finally:
        supervising.cancel()
        await asyncio.gather(supervising, return_exceptions=True)
        await process.close(0.2)


def heard(folder: Path, times: int = 1) -> bool:
    log = folder / "log"
    return log.exists() and log.read_text().count("here") == times


def up(process: Process, folder: Path, times: int = 1) -> bool:
    """Whether it has spoken, and whoever supervises it has it in hand: on a busy machine that may come later."""
    return process.state == "running" and heard(folder, times)


async def test_who_was_killed_comes_back_at_once(tmp_path: Path) -> None:
    async with running(tmp_path, STAYS) as process:
        await until(lambda: up(process, tmp_path))
        before, seen = asyncio.get_running_loop().time(), process.changes.revision
        process.kill()
        await until(lambda: process.starts == 2)
        assert asyncio.get_running_loop().time() - before < PAUSE
        assert process.changes.revision > seen
        await until(lambda: up(process, tmp_path, 2))


async def test_who_ends_soon_is_given_a_pause(tmp_path: Path) -> None:
    async with running(tmp_path, "print('here')") as process:
        await until(lambda: heard(tmp_path))
        before = asyncio.get_running_loop().time()
        await until(lambda: process.starts == 2)
        assert asyncio.get_running_loop().time() - before >= PAUSE * 0.9


async def test_what_the_operator_must_mend_is_told_and_not_tried_again(tmp_path: Path) -> None:
    async with running(tmp_path, "import sys; print('Set the port.'); sys.exit(78)") as process:
        await until(lambda: process.state == "stopped")
        assert (process.reason, process.starts) == ("Set the port.", 1)


async def test_the_end_is_asked_for_and_then_enforced(tmp_path: Path) -> None:
    async with running(tmp_path, STAYS) as process:
        await until(lambda: up(process, tmp_path))
        await process.close(20)
        assert process.ended_by == signal.SIGTERM
    (tmp_path / "log").unlink()
    async with running(tmp_path, DEAF) as process:
        await until(lambda: up(process, tmp_path))
    assert process.ended_by == signal.SIGKILL
    assert process.state == "starting"
