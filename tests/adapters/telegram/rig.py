"""The adapter over the wire: the real library, a Bot API on loopback, and a dispatcher that keeps what it got."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated

from adapters.adapter import Reach, Revive
from adapters.telegram.client import TelegramAdapter
from adapters.telegram.config import TelegramConfig
from adapters.web.config import WebConfig
from adapters.web.server import open_web
from bot.commands.command import About, Command, command
from bot.errors import Unavailable, Unreachable
from bot.events import Author, Event, Question
from bot.replies import Page, Reply, Surface
from simulators.telegram import TelegramSimulator
from simulators.telegram.refusals import DURING
from tests.fakes import Settings

SCALE = 0.02  # of all the times that Telegram enforces, and of our own pace
Answering = Callable[[Question, Surface], Awaitable[None]]


async def say_hello(question: Question, surface: Surface) -> None:
    pages = [Page(f"Hello, {question.event.author.name}.")]
    await surface.open(pages)
    await surface.finish(pages)


@dataclass
class Door:
    """A dispatcher: `answering` is what it does with a question, `reply` what it refuses with."""

    answering: Answering = say_hello
    reply: str = ""
    away: int = 0  # so many times nothing can be stored
    gate: asyncio.Event | None = None  # accepting waits for it
    events: list[Event] = field(default_factory=list)  # every one that was offered and could be stored
    questions: dict[str, Question] = field(default_factory=dict)
    unfinished: list[Question] = field(default_factory=list)
    resumed: list[tuple[str, str]] = field(default_factory=list)
    surfaces: list[Surface] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)  # why an answer could not be shown
    full: bool = False
    in_charge: list[str] = field(default_factory=list)  # accounts of owners
    running: set[asyncio.Task[None]] = field(default_factory=set)
    revive: Revive | None = None
    reach: Reach | None = None

    async def accept(self, event: Event, within: float | None = None) -> Question | Reply | None:
        if self.gate:
            await self.gate.wait()
        if self.away:
            self.away -= 1
            raise Unavailable("The database is away.")
        self.events.append(event)
        if self.reply:
            return Reply(self.reply)
        if event.id in self.questions or event.kind == "moved":
            return None
        self.questions[event.id] = question = Question(f"q{len(self.questions)}", event.key, event, private=False)
        return question

    def answer(self, question: Question, surface: Surface) -> None:
        self.surfaces.append(surface)
        task = asyncio.create_task(self._answer(question, surface))
        self.running.add(task)

    async def resume(self, platform: str, bot: str, revive: Revive, reach: Reach) -> None:
        self.resumed.append((platform, bot))
        self.revive, self.reach = revive, reach
        for question in self.unfinished:
            self.answer(question, revive(question))

    def owners(self, platform: str) -> Collection[str]:
        return self.in_charge

    async def complete(self, command: str, parameter: str, typed: str, author: Author) -> Sequence[str]:
        return ()

    async def settled(self) -> None:
        """All answers have ended; raises what they raised."""
        async with asyncio.timeout(20):
            while going := {task for task in self.running if not task.done()}:
                await asyncio.wait(going)
            await asyncio.gather(*self.running)

    async def _answer(self, question: Question, surface: Surface) -> None:
        try:
            await self.answering(question, surface)
        except Unreachable as reason:
            self.lost.append(reason.detail)


@command()
async def chat(call: object, text: Annotated[str, About("What to say", rest=True)]) -> Reply:
    """Talk to the model."""
    return Reply(text)


@asynccontextmanager
async def serving(
    sim: TelegramSimulator,
    door: Door,
    token: str = "",
    settings: Settings | None = None,
    commands: Sequence[Command] = (chat,),
    port: int = 0,
    **changes: object,
) -> AsyncIterator["asyncio.Task[None]"]:
    """The adapter, running; its answers may end before it is closed. Gives the task of its `run`.

    `port`: where its webhook listens.
    """
    config = TelegramConfig.model_validate(
        {
            "api_url": sim.api_url,
            "private_edit_seconds": 1.5 * SCALE,
            "group_edit_seconds": 3 * SCALE,
            "poll_seconds": 5,
            **changes,
        }
    )
    adapter = TelegramAdapter(config, token or sim.token, commands, settings or Settings())
    async with open_web(WebConfig(port=port), {}, hooks=adapter.hooks):
        running = asyncio.create_task(adapter.run(door))
        try:
            yield running
            await door.settled()
        finally:
            running.cancel()
            await asyncio.wait({running})
            await adapter.close()


def check_manners(sim: TelegramSimulator) -> None:
    """What every ledger must show."""
    assert [entry.request for entry in sim.ledger if entry.verdict == DURING] == []
    assert sim.findings == []
    writes = [entry for entry in sim.seen(r"/(sendMessage|editMessageText)$") if isinstance(entry.body, dict)]
    assert not [entry for entry in writes if "parse_mode" in entry.body]
    assert all('"is_disabled": true' in entry.body["link_preview_options"] for entry in writes)
    for message in sim.world.messages.values():
        if message.sender is sim.bot:
            assert message.previews_off
            assert message.pings == []
