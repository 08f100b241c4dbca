"""The wall between a platform and the core, both ways: what a platform package is, and what it is handed."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.events import Author, Event, Question
from bot.replies import Reply, Surface

Revive = Callable[[Question], Surface]
Reach = Callable[[str, str], Awaitable[Surface]]  # (account, question id)


class Dispatcher(Protocol):
    """The core's one door, as an adapter sees it."""

    async def accept(self, event: Event, within: float | None = None) -> Question | Reply | None:
        """Take an event in. A returned question is durable.

        A question: acknowledge it, then call `answer`. A reply (its body is a string): show it to the author, nothing
        is stored; to a press it is best shown as a passing notice. None: this event needs no answer (a repeat).
        Raises `Unavailable` when nothing could be stored: do not confirm the event, or refuse it visibly. A platform
        that refuses visibly gives the seconds it can wait as `within`; what is stored only later is never answered.
        """
        ...

    def answer(self, question: Question, surface: Surface) -> None:
        """After the acknowledgement: queue the question in its lane. Returns at once."""
        ...

    async def resume(self, platform: str, bot: str, revive: Revive, reach: Reach) -> None:
        """Finish what an earlier process left open. Call it once, as soon as the platform can be written to.

        `revive` rebuilds a question's surface from its handle; it is also how an answer beside another one gets its
        place (`Surface.beside`, `Surface.branch`). `reach` gives a place in the private chat with an account, for a
        notice that nobody asked for, or an answer whose chat has closed; the buttons under it belong to the question
        that is named. Both raise `Unreachable` where that is impossible.
        """
        ...

    @property
    def full(self) -> bool:
        """Whether new questions are refused at this moment: whoever can leave them with the platform, should."""
        ...

    def owners(self, platform: str) -> Collection[str]:
        """The accounts of this bot's owners on this platform, as of now."""
        ...

    async def complete(self, command: str, parameter: str, typed: str, author: Author) -> Sequence[str]:
        """Completions for a parameter that is being typed, from memory only."""
        ...


@dataclass(frozen=True, slots=True)
class Taken:
    """What is answered to something that was posted: an HTTP status, and when to post it again."""

    status: int
    retry_after: int = 0  # seconds; 0: nothing is said of that


@dataclass(frozen=True, slots=True)
class Hook:
    """A path of the one web port where a platform posts what happened. `adapters/web` mounts it."""

    setting: str  # which one asks for it, in words of the operator: "telegram.webhook_url"
    path: str  # begins with a slash
    largest: int  # bytes of a body; more is refused unread
    admits: Callable[[Mapping[str, str]], bool]  # by the headers, before the body is read
    take: Callable[[bytes], Awaitable[Taken]]


class Adapter(Protocol):
    @property
    def hooks(self) -> Sequence[Hook]:
        """Where the platform posts to, usually nowhere. The same for as long as the process runs."""
        ...

    @property
    def trouble(self) -> str:
        """What keeps messages from coming in: a sentence for the operator, without a secret. "" while they come."""
        ...

    async def run(self, dispatcher: Dispatcher) -> None:
        """Serve until cancelled, then stop taking in at once; `close` comes after running answers had their time.

        Raises `Misconfigured` when the platform refuses for good; other errors are retried by the caller.
        """
        ...

    async def close(self) -> None:
        """Let go of every connection. Called once, after `run` has ended."""
        ...
