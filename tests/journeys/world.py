"""A whole world on loopback: the three simulators, and the bot as a process of its own (`nursery.py`).

The bot is told where everything is by its environment, nothing else.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from simulators.discord import DiscordSimulator
from simulators.huggingface import HuggingFaceSimulator
from simulators.telegram import TelegramSimulator
from tests.journeys import manners
from tests.journeys.nursery import Bot
from tests.polling import until

ROOT = Path(__file__).parents[2]
SCALE = 0.1  # the platforms' waiting times, and with them the bot's own pace
API_KEY = "the-key-of-an-own-server"


class World:
    """`settings` are variables of the bot's environment; None takes one out."""

    def __init__(self, folder: Path, platforms: tuple[str, ...], **settings: str | None) -> None:
        self.folder = folder
        self.platforms = platforms
        self.settings = settings
        self.discord = DiscordSimulator(scale=SCALE)
        self.telegram = TelegramSimulator(scale=SCALE)
        self.hf = HuggingFaceSimulator(scale=SCALE)
        self.hf.tokens = {API_KEY}
        self.process: Bot | asyncio.subprocess.Process | None = None

    @property
    def database(self) -> Path:
        return self.folder / "data" / "parley.db"

    @property
    def log(self) -> str:
        file = self.folder / "log"
        return file.read_text("utf-8") if file.exists() else ""

    async def start(self) -> None:
        """Start the bot, and wait until it hears both platforms."""
        heard = r"/(getUpdates|setWebhook)$"
        polls = len(self.telegram.seen(heard))
        sessions = self.discord.identifies
        self.discord.advance(5 * SCALE)  # Discord takes one identify in five seconds: who starts again was gone so long
        self.process = Bot(self.folder, self._environment())
        if "telegram" in self.platforms:
            await self.until_alive(lambda: len(self.telegram.seen(heard)) > polls)
        if "discord" in self.platforms:
            await self.until_alive(lambda: self.discord.identifies > sessions and self.discord.commands)

    async def until_alive(self, condition: Callable[[], object]) -> None:
        process = self.process
        assert process
        await until(lambda: condition() or process.returncode is not None)
        assert process.returncode is None, self.log

    def untouched(self) -> bool:
        """Whether no model was asked for anything: only look-ups came."""
        asked = self.hf.requests or self.hf.task_requests
        return not asked and all(entry.request.startswith("GET ") for entry in self.hf.ledger)

    async def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End the bot; its exit code."""
        process = self.process
        assert process
        if process.returncode is None:
            process.send_signal(how)
        async with asyncio.timeout(30):
            return await process.wait()

    async def restart(self, how: signal.Signals = signal.SIGTERM) -> None:
        await self.stop(how)
        await self.start()

    async def ask(self, *arguments: str) -> tuple[int, str]:
        """Run `python -m bot` with these arguments: its exit code, and what it printed."""
        begun = len(self.log)
        asked = Bot(self.folder, self._environment(), *arguments)
        async with asyncio.timeout(60):
            code = await asked.wait()
        return code, self.log[begun:]

    def check(self) -> None:
        """What holds after every journey: manners (`manners.py`), no secret in the log, no text of a person there or
        readable in the database."""
        assert manners.faults(self.discord, self.telegram, self.hf) == []
        written = b"".join(file.read_bytes() for file in self.database.parent.glob("parley.db*"))
        for asked in self._asked():
            if len(asked) >= 10:  # shorter words may stand in any file
                assert asked.encode() not in written
                assert asked not in self.log
        for secret in (API_KEY, self.discord.token, self.telegram.token, self.telegram.token.partition(":")[2]):
            assert secret not in self.log

    def _asked(self) -> Iterator[str]:
        """Every text that was sent to a model."""
        for request in self.hf.requests:
            yield from texts(request["messages"][-1]["content"])
        for task in self.hf.task_requests:
            if isinstance(task.body, dict):
                for name in ("inputs", "input", "prompt", "text"):
                    yield from texts(task.body.get(name))

    def _environment(self) -> Mapping[str, str]:
        tokens = {"DISCORD_TOKEN": self.discord.token, "TELEGRAM_TOKEN": self.telegram.token}
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "PYTHONPATH": str(ROOT),
            "PYTHONDONTWRITEBYTECODE": "1",
            "INFERENCE_API_KEY": API_KEY,
            "PARLEY_INFERENCE__BASE_URL": self.hf.base_url,
            "PARLEY_INFERENCE__HUB_URL": self.hf.url,
            "PARLEY_INFERENCE__TASKS_URL": self.hf.url,
            "PARLEY_ACCESS__OPEN": "true",
            "PARLEY_DISCORD__API_URL": self.discord.api_url,
            "PARLEY_DISCORD__GATEWAY_URL": self.discord.gateway_url,
            "PARLEY_TELEGRAM__API_URL": self.telegram.api_url,
            "PARLEY_TELEGRAM__PRIVATE_EDIT_SECONDS": "0.15",
            "PARLEY_TELEGRAM__GROUP_EDIT_SECONDS": "0.3",
            **{name: token for name, token in tokens.items() if name.lower().partition("_")[0] in self.platforms},
            **self.settings,
        }
        return {name: value for name, value in environment.items() if value is not None}


def texts(value: Any) -> Iterator[str]:
    """Every text in a piece of JSON."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from texts(each)


@asynccontextmanager
async def a_world(folder: Path, *platforms: str, start: bool = True, **settings: str | None) -> AsyncIterator[World]:
    """A world with a running bot on these platforms; at its end it must stop in order, with clean ledgers."""
    world = World(folder, platforms, **settings)
    async with AsyncExitStack() as stack:
        for simulator in (world.discord, world.telegram, world.hf):
            await stack.enter_async_context(simulator)
        try:
            if start:
                await world.start()
            yield world
            if world.process and world.process.returncode is None:
                assert await world.stop() == 0, world.log
        finally:
            if world.process and world.process.returncode is None:
                await world.stop(signal.SIGKILL)
        world.check()
