"""discord.py against the simulated Discord: answers to a message, which replies, and to a command, by its token."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import ClassVar, Self

import discord

from adapters.discord.client import DiscordAdapter
from bot.events import Attachment, Handle
from bot.replies import Surface
from simulators.discord import Channel, DiscordSimulator
from simulators.simulator import Fault
from tests.adapters.discord.conftest import Desk, a_question, answers, asked, nothing, running
from tests.adapters.discord.reader import shown
from tests.contracts.platforms import Platform, Shown, Trouble
from tests.polling import until

WRITES = r"(POST|PATCH) \S*/(channels/\d+/messages|webhooks/\d+/[\w-]+)(/messages)?(/[\w@]+)?$"
BY_DISCORD = {"Via": "1.1 google"}  # without it a 429 is Cloudflare's


class OnDiscord(Platform):
    name = "discord"
    threads = True
    kind: ClassVar[str] = "message"

    def __init__(self, sim: DiscordSimulator, desk: Desk, adapter: DiscordAdapter) -> None:
        self.sim = sim
        self.desk = desk
        self.adapter = adapter
        self.place: Channel = sim.channel

    @classmethod
    @asynccontextmanager
    async def running(cls) -> AsyncIterator[Self]:
        base, gateway = discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY
        desk = Desk()
        async with DiscordSimulator(scale=0.01) as sim, running(sim, desk) as adapter:
            yield cls(sim, desk, adapter)
        discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = base, gateway

    async def asked(self) -> Surface:
        self.place = self.sim.add_channel(f"place-{len(self.desk.surfaces)}")
        return await asked(self.sim, self.desk, self.kind, self.place)

    def revived(self, handle: Handle) -> Surface:
        number = len(self.desk.answered)
        return self.adapter.revive(a_question(f"q{number}", self.desk.answered[-1].event, handle))

    def shown(self) -> Sequence[Shown]:
        return [
            Shown(
                shown(each.content),
                tuple(button["custom_id"].partition(":")[0] for row in each.components for button in row["components"]),
                tuple(self.sim.files(each)),
            )
            for each in answers(self.sim, self.place)
            if not each.loading
        ]

    def writes(self) -> int:
        return len(self.sim.seen(WRITES))

    async def given(self, name: str, data: bytes) -> tuple[Surface, Attachment]:
        self.desk.script, before = nothing, len(self.desk.surfaces)
        await self.sim.say(self.sim.alice, self.sim.dm(self.sim.alice), "see", files=[(name, data)])
        await until(lambda: len(self.desk.surfaces) > before)
        (file,) = self.desk.answered[-1].event.attachments
        return self.desk.surfaces[-1], file

    def trouble(self, kind: Trouble, times: int = 1, skip: int = 0) -> None:
        fault = "status" if kind == "error" else kind
        self.sim.faults.append(Fault(WRITES, fault, times=times, skip=skip, status=500))

    def close_for(self, seconds: float) -> None:
        body = json.dumps({"message": "You are being rate limited.", "retry_after": seconds, "global": False}).encode()
        self.sim.faults.append(Fault(WRITES, "status", status=429, body=body, headers=BY_DISCORD))

    async def delete(self) -> None:
        await self.sim.delete(answers(self.sim, self.place)[0])

    async def block(self) -> None:
        body = json.dumps({"code": 50013, "message": "Missing Permissions"}).encode()
        self.sim.faults.append(Fault(WRITES, "status", times=1, status=403, body=body, headers=BY_DISCORD))

    def manners(self) -> list[str]:
        ours = [each for each in self.sim.world.messages.values() if each.author_id == self.sim.bot.id]
        early = [each.request for each in self.sim.ledger if each.verdict == "before retry_after"]
        return [*early, *(name for each in ours for name in (*each.pings, *each.previews))]


class OnDiscordByCommand(OnDiscord):
    name = "discord, by command"
    variant = True
    kind = "command"
