"""The core under what people, platforms and restarts do to it, in any order.

What is checked are the invariants of a question's life (docs/architecture.md): one end, no double, what is shown is
what is stored, answers in order, and no words of another conversation.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, Coroutine, Mapping, Sequence
from dataclasses import replace
from itertools import count
from typing import Any, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, multiple, rule

from bot.errors import Barred, Gone, Unreachable
from bot.events import Author, Event, Question
from bot.replies import Delta
from tests.fakes import Memory, Screen, an_event
from tests.house import House
from tests.virtual_time import VirtualClock

T = TypeVar("T")

ACCOUNTS = ("ada", "bob")
ACTIONS = ("stop", "retry", "continue")
MARK = re.compile(r"(?:ada|bob)-\d+")


class Telling:
    """Answers in five pieces, one a second, and notes what it was told."""

    def __init__(self) -> None:
        self.told: list[Sequence[str]] = []  # all that each request holds

    async def stream(self, model: str, task: Mapping[str, Any]) -> AsyncGenerator[Delta, None]:
        self.told.append([each["content"] for each in task["messages"][1:]])
        for number in range(5):
            await asyncio.sleep(1)
            yield Delta(f"piece {number} ")
        yield Delta(finish="stop")


class Once(Memory):
    """Notices a question that ends a second time, otherwise than by being opened again."""

    async def end(self, id: str, end: Any, reason: str = "") -> None:
        before = self.ends.get(id)
        await super().end(id, end, reason)
        assert before in (None, self.ends.get(id)), "a second end"


def survived(memory: Memory) -> Once:
    """What a killed process leaves in the database: it writes nothing to it any more."""
    kept = Once(settings=memory.settings, numbers=count(next(memory.numbers) + 1000))
    for name in ("questions", "ends", "turns", "heads", "first_turns", "homes", "said", "shown"):
        setattr(kept, name, dict(getattr(memory, name)))
    return kept


class Core(RuleBasedStateMachine):
    asked = Bundle("asked")

    def __init__(self) -> None:
        super().__init__()
        self.loop = VirtualClock()
        self.backend = Telling()
        self.numbers = count(1)
        self.seen: list[Event] = []  # events that became questions
        self.lost: set[str] = set()  # questions whose place takes nothing any more
        self.barred: set[str] = set()  # accounts, of whose questions one may have taken others along

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    @initialize()
    def begin(self) -> None:
        self.house = House(self.backend, memory=Once())
        self.run(self.house.open())

    @rule(target=asked, account=st.sampled_from(ACCOUNTS))
    def ask(self, account: str) -> Any:
        return self.offer(an_event(self.words(account), author=Author(account, account.title())))

    @rule(target=asked, question=asked, same=st.booleans())
    def edit(self, question: Question, same: bool) -> Any:
        event = self.house.memory.questions[question.id].event
        if event.kind == "press":
            return multiple()
        text = event.text if same else self.words(event.author.id)
        unique = f"{event.message}:{next(self.numbers)}"
        return self.offer(replace(question.event, id=unique, kind="edit", text=text, supersedes=()))

    @rule(question=asked)
    def delete(self, question: Question) -> None:
        event = an_event(kind="delete", message=question.event.message, author=Author("", ""))
        assert self.run(self.house.dispatcher.accept(event)) is None

    @rule(target=asked, question=asked, action=st.sampled_from(ACTIONS), who=st.sampled_from(ACCOUNTS))
    def press(self, question: Question, action: str, who: str) -> Any:
        event = an_event(kind="press", press=(action, question.id), author=Author(who, who.title()))
        made = self.offer(event)
        assert who == question.event.author.id or not isinstance(made, Question)
        return made

    @rule(number=st.integers(0, 50))
    def repeat(self, number: int) -> None:
        if self.seen:
            event = self.seen[number % len(self.seen)]
            assert not isinstance(self.run(self.house.dispatcher.accept(event)), Question), "answered twice (I3)"

    @rule(question=asked, reason=st.sampled_from((Gone, Barred, Unreachable)))
    def lose(self, question: Question, reason: type[Unreachable]) -> None:
        def trouble(verb: str) -> None:
            raise reason("lost")

        self.lost.add(question.id)
        if reason is Barred:
            self.barred.add(question.event.author.id)
        self.house.screens.setdefault(question.id, Screen()).trouble = trouble

    @rule(seconds=st.sampled_from((0.5, 1.5, 4.0, 30.0)))
    def wait(self, seconds: float) -> None:
        self.run(asyncio.sleep(seconds))

    @rule(grace=st.sampled_from((-1.0, 0.0, 2.5)))
    def restart(self, grace: float) -> None:
        """With a grace as SIGTERM does it; without one it is killed."""
        self.run(self.stopped(grace))
        self.house = House(self.backend, memory=survived(self.house.memory), screens=self.house.screens)
        self.run(self.house.open())

    async def stopped(self, grace: float) -> None:
        if grace >= 0:
            await self.house.dispatcher.drain(grace)
        while others := asyncio.all_tasks() - {asyncio.current_task()}:  # what ends in a lane begins the next
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

    def teardown(self) -> None:
        if hasattr(self, "house"):
            self.run(self.house.quiet())
            self.check()
            self.run(self.stopped(-1.0))
        self.run(self.loop.shutdown_asyncgens())
        self.loop.close()

    def words(self, account: str) -> str:
        return f"{account}-{next(self.numbers)}"

    def offer(self, event: Event) -> Any:
        """What comes of it is a question, or nothing for the bundle."""
        return self.run(self.offered(event)) or multiple()

    async def offered(self, event: Event) -> Question | None:
        """As an adapter does."""
        taken = await self.house.dispatcher.accept(event)
        if not isinstance(taken, Question):
            return None
        assert taken.id not in self.house.screens
        self.seen.append(event if event.kind == "edit" else taken.event)
        self.house.dispatcher.answer(taken, self.house.screens.setdefault(taken.id, Screen()))
        return taken

    def check(self) -> None:
        memory, screens = self.house.memory, self.house.screens
        questions = list(memory.questions.values())
        assert {each.id for each in questions} == set(memory.ends), "one end each (I2)"
        assert len({each.event.id for each in questions}) == len(questions), "none twice (I3)"
        for each in questions:
            end, screen = memory.ends[each.id][0], screens[each.id]
            if each.id not in self.lost and end in ("answered", "partial-told"):
                assert screen.text.strip() == each.partial.strip() != "", "what is shown is what is stored (I4)"
                assert (end == "answered") == (each.finish == "stop")
            if each.id not in self.lost and end == "cancelled":
                assert screen.text.strip() in (each.partial.strip(), "")
            assert end != "undeliverable" or each.id in self.lost or each.event.author.id in self.barred
        for account in ACCOUNTS:
            asked = [each for each in questions if each.event.author.id == account and each.event.kind == "ask"]
            turns = [memory.first_turns[each.id] for each in asked if each.id in memory.first_turns]
            assert turns == sorted(turns, key=lambda turn: int(turn[1:])), "in the order accepted (I5)"
        for told in self.backend.told:
            accounts = {mark.partition("-")[0] for mark in MARK.findall(" ".join(told))}
            assert len(accounts) <= 1, "nobody else's words (I6)"


Core.TestCase.settings = settings(max_examples=100, stateful_step_count=30)
TestCore = Core.TestCase
