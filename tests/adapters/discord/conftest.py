"""The adapter with the real library against the simulated Discord, and a dispatcher that answers by script."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import discord
import pytest

from adapters.adapter import Reach, Revive
from adapters.discord.client import DiscordAdapter
from adapters.discord.config import DiscordConfig
from bot.commands import COMMANDS
from bot.commands.command import Command
from bot.errors import ParleyError
from bot.events import Author, Event, Handle, Question
from bot.replies import Page, Reply, Surface
from simulators.discord import Channel, DiscordSimulator, Message
from tests.fakes import Settings
from tests.polling import until

Script = Callable[[Question, Surface], Awaitable[None]]


async def answer_at_once(question: Question, surface: Surface) -> None:
    page = [Page(f"You said: {question.event.text or (question.event.values or {}).get('text')}")]
    await surface.open(page)
    await surface.finish(page)


@dataclass
class Desk:
    """The dispatcher's side of the wall."""

    script: Script = answer_at_once
    outcome: Callable[[Event], Reply | None] | None = None  # what accept says instead of taking a question
    trouble: ParleyError | None = None
    private: bool = False
    events: list[Event] = field(default_factory=list)
    answered: list[Question] = field(default_factory=list)
    surfaces: list[Surface] = field(default_factory=list)
    problems: list[BaseException] = field(default_factory=list)
    unfinished: list[Question] = field(default_factory=list)
    reach: Reach | None = None
    resumes: list[tuple[str, str]] = field(default_factory=list)
    on_accept: Callable[[Event], None] = lambda event: None
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def accept(self, event: Event, within: float | None = None) -> Question | Reply | None:
        self.on_accept(event)
        if self.trouble is not None:
            raise self.trouble
        repeated = any(each.id == event.id for each in self.events)
        self.events.append(event)
        if repeated:
            return None
        if self.outcome is not None:
            return self.outcome(event)
        return Question(f"q{len(self.events)}", event.key, event, self.private, handle=event.handle)

    def answer(self, question: Question, surface: Surface) -> None:
        self.answered.append(question)
        self.surfaces.append(surface)
        task = asyncio.create_task(self._run(question, surface))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def resume(self, platform: str, bot: str, revive: Revive, reach: Reach) -> None:
        self.resumes.append((platform, bot))
        self.reach = reach
        for question in self.unfinished:
            try:
                self.answer(question, revive(question))
            except ParleyError as problem:
                self.problems.append(problem)

    @property
    def full(self) -> bool:
        return False

    def owners(self, platform: str) -> Sequence[str]:
        return ()

    async def complete(self, command: str, parameter: str, typed: str, author: Author) -> Sequence[str]:
        return [f"{command}-{parameter}-{typed}-{author.name}", "x" * 101]

    async def _run(self, question: Question, surface: Surface) -> None:
        try:
            await self.script(question, surface)
        except ParleyError as problem:
            self.problems.append(problem)

    async def close(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)


@asynccontextmanager
async def running(
    sim: DiscordSimulator,
    desk: Desk,
    settings: Settings | None = None,
    commands: Sequence[Command] = COMMANDS,
    **config: Any,
) -> AsyncIterator[DiscordAdapter]:
    """The adapter, connected and with its menu in place, for the length of the block."""
    where = DiscordConfig(api_url=sim.api_url, gateway_url=sim.gateway_url, **config)
    adapter = DiscordAdapter(where, sim.token, commands, settings or Settings())
    before = sim.identifies
    sim.advance(5 * sim.scale)  # Discord takes one identify in five seconds
    run = asyncio.create_task(adapter.run(desk))
    try:
        ready = asyncio.create_task(until(lambda: sim.identifies > before))  # an earlier session may not be gone yet
        await asyncio.wait({run, ready}, timeout=20, return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        if run.done():
            run.result()
        await until(lambda: sim.syncs or settings)
        yield adapter
    finally:
        run.cancel()
        with suppress(asyncio.CancelledError, ParleyError):
            await run
        await desk.close()
        await adapter.close()


@pytest.fixture
async def sim() -> AsyncIterator[DiscordSimulator]:
    """Its rate limits are a hundred times shorter than Discord's."""
    base, gateway = discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY
    async with DiscordSimulator(scale=0.01) as simulator:
        yield simulator
    discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = base, gateway


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def nothing(question: Question, surface: Surface) -> None:
    """Leaves the surface to the test."""


async def asked(sim: DiscordSimulator, desk: Desk, kind: str, channel: Channel | None = None) -> Surface:
    """Alice asks; the surface for her answer."""
    desk.script, before = nothing, len(desk.surfaces)
    if kind == "message":
        await sim.say(sim.alice, channel or sim.channel, "hello", mention=True)
    else:
        await sim.slash(sim.alice, channel or sim.channel, "chat", text="hello")
    await until(lambda: len(desk.surfaces) > before)
    return desk.surfaces[-1]


def answers(sim: DiscordSimulator, channel: Channel | None = None) -> list[Message]:
    return [each for each in sim.messages(channel or sim.channel) if each.author_id == sim.bot.id]


def a_question(id: str, event: Event, handle: Handle | None = None, *, private: bool = False, **more: Any) -> Question:
    where = event.handle if handle is None else handle
    return Question(id, event.key, event, handle=where, private=private, **more)


def polite(sim: DiscordSimulator) -> None:
    """What holds for every journey."""
    for channel in list(sim.world.channels.values()):
        for message in sim.world.history[channel.id]:
            if message.author_id == sim.bot.id:
                assert message.pings == []
                assert message.previews == []
    assert [entry for entry in sim.ledger if entry.verdict == "before retry_after"] == []
