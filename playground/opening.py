"""Opens the playground, and closes it in order: first the page, then the bot, then the platforms that it writes to."""

import asyncio
import os
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from bot.errors import Misconfigured
from playground.actions import Actions
from playground.discord_pane import DiscordPane
from playground.door import Upstream
from playground.process import Process
from playground.server import HOST, Server
from playground.stage import GRACE_SECONDS, Stage
from playground.telegram_pane import TelegramPane
from playground.watching import Watching

FOLDER = Path("data")
OPENED = """\
Parley's playground is open: {url}

It shows the real bot on a simulated Discord and Telegram; {who} answers.
Ctrl-C closes it. The bot's log: {log}
"""


class PortTaken(Misconfigured):
    pass


@dataclass(frozen=True, slots=True)
class Playground:
    url: str
    stage: Stage
    process: Process
    log: Path


async def play(port: int, upstream: Upstream, arguments: Sequence[str] = ()) -> int:
    """Until Ctrl-C or SIGTERM. `arguments` go to the bot (`--config FILE`). Raises `PortTaken`."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(each, ended.set)
    async with opened(port, upstream, arguments) as playground:
        told = OPENED.format(url=playground.url, who=upstream.name, log=playground.log)
        print(told, flush=True)  # noqa: T201 - the answer to `make run`
        telling = asyncio.create_task(_tell_why(playground.process))
        await ended.wait()
        telling.cancel()
    return 0


async def _tell_why(process: Process) -> None:
    """What the page says of a bot that cannot start, where somebody may look first."""
    seen = process.changes.revision
    while not process.reason:
        seen = await process.changes.after(seen)
    print(f"The bot cannot start: {process.reason}", file=sys.stderr, flush=True)  # noqa: T201


@asynccontextmanager
async def opened(
    port: int, upstream: Upstream, arguments: Sequence[str] = (), folder: Path = FOLDER, scale: float = 1.0
) -> AsyncIterator[Playground]:
    """Port 0 is any free one. `scale` shortens every waiting time of the platforms and of the model's trouble.

    Raises `PortTaken`, and `Misconfigured` where nothing can be written into the folder.
    """
    stage = Stage(upstream, scale)
    async with AsyncExitStack() as stack:
        bound = stack.enter_context(_bound(port))
        port = bound.getsockname()[1]
        home = _emptied(folder / f"playground-{port}")
        for part in stage.parts:
            await stack.enter_async_context(part)
        told = stage.environment(f"sqlite+aiosqlite:///{home}/parley.db", str(home / "master.key"))
        command = (sys.executable, "-m", "playground.leash", "run", *arguments)
        process = Process(command, {**os.environ, **told}, home / "log")
        await stack.enter_async_context(_supervised(process))
        discord, telegram = DiscordPane(stage.discord), TelegramPane(stage.telegram)
        watching = Watching(stage, process, discord, telegram)
        server = Server(port, watching, Actions(stage, process, discord, telegram), discord, telegram)
        await stack.enter_async_context(_served(server, bound))
        yield Playground(server.url, stage, process, home / "log")


def _bound(port: int) -> socket.socket:
    try:
        return socket.create_server((HOST, port))
    except OSError as error:
        raise PortTaken(
            f"The playground cannot have port {port} of this machine ({error.strerror}). Set another one as port under "
            "[playground] in config.toml, or as PARLEY_PLAYGROUND__PORT."
        ) from error


def _emptied(folder: Path) -> Path:
    """Every playground begins anew."""
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir(mode=0o700, parents=True)
    except OSError as error:
        raise Misconfigured(f"The playground cannot keep its data in {folder}: {error.strerror}.") from error
    return folder


@asynccontextmanager
async def _supervised(process: Process) -> AsyncIterator[None]:
    supervising = asyncio.create_task(process.run())
    try:
        yield
    finally:
        supervising.cancel()
        await asyncio.gather(supervising, return_exceptions=True)
        await process.close(GRACE_SECONDS + 3.0)


@asynccontextmanager
async def _served(server: Server, bound: socket.socket) -> AsyncIterator[None]:
    runner = web.AppRunner(server.application(), access_log=None, handler_cancellation=True, shutdown_timeout=0.5)
    await runner.setup()
    try:
        await web.SockSite(runner, bound).start()
        yield
    finally:
        await runner.cleanup()
