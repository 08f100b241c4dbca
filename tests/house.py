"""The core without a platform, a database and a network: what it shows stands on screens."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, get_args

from bot.access import Access, AccessConfig
from bot.admission import Admission, AdmissionConfig
from bot.budgets import BudgetConfig, Budgets
from bot.commands import COMMANDS
from bot.commands.call import Services
from bot.commands.command import Command
from bot.conversation.chat import Chat, ChatConfig
from bot.dispatcher import Dispatcher
from bot.events import Event, Question
from bot.inference.catalogue import Catalogue, Models
from bot.inference.offline import Offline
from bot.lanes import Lanes
from bot.notices import Notices
from bot.replies import Reply, Surface
from bot.selection import Selection, Task
from tests.fakes import Ledger, Memory, Screen, Settings, Votes, an_event
from tests.recollection import Recollection
from tests.virtual_time import run


@dataclass
class House:
    """The core without a platform and a database; what it shows stands on `screens`, by question."""

    backend: Any = field(
        default_factory=lambda: Offline(pace=0, answer=lambda messages: f"you said {messages[-1]['content']}")
    )
    memory: Memory = field(default_factory=Memory)
    commands: tuple[Command, ...] = COMMANDS
    admission: AdmissionConfig = field(default_factory=AdmissionConfig)
    screens: dict[str, Screen] = field(default_factory=dict)

    settings: Settings = field(default_factory=Settings)
    ledger: Ledger = field(default_factory=Ledger)
    votes: Votes = field(default_factory=Votes)
    catalogue: Catalogue = field(default_factory=Catalogue)
    access: AccessConfig = field(default_factory=lambda: AccessConfig(open=True))
    budget: BudgetConfig = field(default_factory=BudgetConfig)
    tags: dict[str, str] = field(default_factory=dict)  # what the Hub says of models
    told: dict[str, Screen] = field(default_factory=dict)  # what owners were told in private, by account

    def __post_init__(self) -> None:
        self.memory.settings = self.settings
        lanes, models, notices = Lanes(), Models(self._read, 8192), Notices()
        models.catalogue = self.catalogue
        access = Access(self.access, self.settings)
        selection = Selection(self.settings, {task: lambda: ("org/model",) for task in get_args(Task)}, models)
        budgets = Budgets(
            self.budget, self.ledger, self.settings, models, 2048,
            tell=lambda key, text: notices.tell(access.owners, key, text),
        )  # fmt: skip
        chat = Chat(ChatConfig(), self.backend, self.memory, selection, budgets, models, 2048)
        self.services = Services(
            chat=chat,
            archive=self.memory,
            inbox=self.memory,
            lanes=lanes,
            commands={command.name: command for command in self.commands},
            offline=False,
            backend=self.backend,
            models=models,
            selection=selection,
            access=access,
            budgets=budgets,
            ledger=self.ledger,
            settings=self.settings,
            votes=self.votes,
            memory=Recollection(self.memory),
            notices=notices,
            pipeline_of=self._tag,
        )
        self.dispatcher = Dispatcher(self.services, Admission(self.admission, lanes))

    async def open(self) -> None:
        """As an adapter does when its platform can be written to."""
        await self.dispatcher.resume("fake", "bot", self.revive, self.reach)

    async def reach(self, account: str, question: str) -> Surface:
        return self.told.setdefault(account, Screen())

    async def _tag(self, model: str) -> str:
        return self.tags.get(model, "")

    async def _read(self) -> Catalogue:
        return self.catalogue

    async def ask(self, event: Event, screen: Screen | None = None) -> Question:
        """Accept and answer, as an adapter does; the answer is still to come."""
        question = await self.dispatcher.accept(event)
        assert isinstance(question, Question), question
        self.screens[question.id] = screen or Screen()
        self.dispatcher.answer(question, self.screens[question.id])
        return question

    async def answered(self, event: Event) -> tuple[Question, Screen]:
        question = await self.ask(event)
        await self.quiet()
        return question, self.screens[question.id]

    async def refused(self, event: Event) -> str:
        reply = await self.dispatcher.accept(event)
        assert isinstance(reply, Reply)
        assert isinstance(reply.body, str)
        return reply.body

    async def quiet(self) -> None:
        await asyncio.sleep(2000)

    def end(self, question: Question) -> str:
        return self.memory.ends.get(question.id, ("open", ""))[0]

    def revive(self, question: Question) -> Surface:
        return self.screens.setdefault(question.id, Screen())


def in_virtual_time(test: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    def synchronous() -> None:
        run(test())

    synchronous.__name__ = test.__name__
    return synchronous


def press(action: str, question: Question, **changes: Any) -> Event:
    return an_event(kind="press", press=(action, question.id), **changes)
