"""A small real discord.py client, and a bare one that says what no library would."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import discord
import yarl
from discord import app_commands

from simulators.discord import DiscordSimulator, Interaction
from simulators.discord.description import description


class Client(discord.Client):
    """Keeps what it hears; /ask waits for the test to answer it."""

    def __init__(self, intents: discord.Intents, **options: Any) -> None:
        super().__init__(
            intents=intents,
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            guild_ready_timeout=0.05,
            **options,
        )
        self.tree = app_commands.CommandTree(self)
        self.heard: list[discord.Message] = []
        self.asked: list[discord.Interaction] = []
        self.events: list[str] = []

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Without the library's pause of five seconds before a second IDENTIFY."""

    async def on_message(self, message: discord.Message) -> None:
        if message.author != self.user:
            self.heard.append(message)

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        self.asked.append(interaction)

    async def on_socket_event_type(self, name: str) -> None:
        self.events.append(name)

    @property
    def texts(self) -> list[str]:
        return [each.content for each in self.heard]


def intents(*, content: bool = True) -> discord.Intents:
    wanted = discord.Intents.none()
    wanted.guilds = wanted.messages = True
    wanted.message_content = content
    return wanted


def point_at(simulator: DiscordSimulator) -> None:
    discord.http.Route.BASE = simulator.api_url
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(simulator.gateway_url)


@asynccontextmanager
async def logged_in(simulator: DiscordSimulator, *, content: bool = True, **options: Any) -> AsyncIterator[Client]:
    """A client that is ready on `simulator` for the length of the block."""
    point_at(simulator)
    async with Client(intents(content=content), **options) as client:
        await client.login(simulator.token)
        running = asyncio.create_task(client.connect())
        await client.wait_until_ready()
        try:
            yield client
        finally:
            await client.close()
            await asyncio.gather(running, return_exceptions=True)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Any
    body: Any

    @property
    def code(self) -> int:
        return int(self.body["code"])


class Wire:
    """Plain requests to the simulator's REST, with the bot's token.

    Each answer is held against Discord's description, where the tests have it.
    """

    def __init__(self, simulator: DiscordSimulator, session: aiohttp.ClientSession) -> None:
        self.simulator = simulator
        self.session = session

    async def __call__(self, method: str, path: str, body: Any = None, **options: Any) -> Answer:
        if body is not None:
            options["json"] = body
        headers = {"Authorization": f"Bot {self.simulator.token}", **options.pop("headers", {})}
        url = self.simulator.api_url + path
        async with self.session.request(method, url, headers=headers, **options) as response:
            kind = response.headers.get("Content-Type")
            data = await response.json() if kind == "application/json" else None
        if data is not None and (known := description()) is not None:
            faults = known.response_faults(method, path.partition("?")[0], response.status, data)
            assert faults == [], faults
        return Answer(response.status, response.headers, data)

    async def send(self, **fields: Any) -> Answer:
        return await self("POST", f"/channels/{self.simulator.channel.id}/messages", fields)

    async def answer(self, interaction: Interaction, type: int, query: str = "", **data: Any) -> Answer:
        path = f"/interactions/{interaction.id}/{interaction.token}/callback{query}"
        return await self("POST", path, {"type": type, "data": data})

    async def hook(self, method: str, interaction: Interaction, path: str = "", **fields: Any) -> Answer:
        """A webhook route of the interaction; without the bot's token, which it does not need."""
        where = f"/webhooks/{self.simulator.application_id}/{interaction.token}{path}"
        return await self(method, where, fields or None, headers={"Authorization": ""})

    async def sync(self, *commands: dict[str, Any]) -> Answer:
        return await self("PUT", f"/applications/{self.simulator.application_id}/commands", list(commands))


@asynccontextmanager
async def wired(scale: float = 0.01) -> AsyncIterator[tuple[DiscordSimulator, Wire]]:
    async with DiscordSimulator(scale=scale) as simulator, aiohttp.ClientSession() as session:
        yield simulator, Wire(simulator, session)
