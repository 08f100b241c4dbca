"""The ports in memory: so small that they show what the ports ask for. The contracts hold for them too."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from itertools import count

from bot.errors import Mistaken
from bot.events import Attachment, Author, Chat, Event, Handle
from bot.ledger import Amount, Limit, Period
from bot.replies import Abilities, Button, Media, Page
from bot.votes import Standing
from tests.remembering import Memory, Settings

__all__ = ["Ledger", "Memory", "Screen", "Settings", "Votes", "an_event"]


@dataclass
class Ledger:
    spent: dict[tuple[str, date], Amount] = field(default_factory=dict)  # (subject, UTC day) -> amount
    reserved: dict[str, tuple[Sequence[str], date, Amount]] = field(default_factory=dict)

    async def reserve(
        self, id: str, subjects: Sequence[str], amount: Amount, limits: Sequence[Limit], at: datetime
    ) -> Limit | None:
        for limit in limits:
            used = (await self.used(limit.subject, at))[limit.period]
            more = getattr(amount, limit.unit) if limit.subject in subjects else 0
            if more and getattr(used, limit.unit) + more > limit.most:
                return limit
        self._count(subjects, at.astimezone(UTC).date(), amount)
        self.reserved[id] = (subjects, at.astimezone(UTC).date(), amount)
        return None

    async def settle(self, id: str, used: Amount) -> None:
        if id in self.reserved:
            subjects, day, taken = self.reserved.pop(id)
            self._count(subjects, day, used + Amount(-taken.tokens, -taken.pictures, -taken.micros))

    async def used(self, subject: str, at: datetime) -> Mapping[Period, Amount]:
        today = at.astimezone(UTC).date()
        days = await self.days(subject, today.replace(day=1))
        month = (amount for day, amount in days.items() if day.month == today.month and day.year == today.year)
        return {"day": days.get(today, Amount()), "month": sum(month, Amount())}

    async def days(self, subject: str, since: date) -> Mapping[date, Amount]:
        its = {day: amount for (whose, day), amount in self.spent.items() if whose == subject}
        return {day: amount for day, amount in its.items() if day >= since and amount != Amount()}

    def _count(self, subjects: Sequence[str], day: date, amount: Amount) -> None:
        for subject in subjects:
            self.spent[subject, day] = self.spent.get((subject, day), Amount()) + amount


@dataclass
class Votes:
    votes: dict[tuple[str, str], str] = field(default_factory=dict)  # (question, voter) -> model
    stood: dict[str, set[str]] = field(default_factory=dict)  # in this question

    async def cast(self, question: str, voter: str, model: str, others: Sequence[str]) -> None:
        self.votes[question, voter] = model
        self.stood.setdefault(question, set()).update((model, *others))

    async def rank(self) -> Sequence[Standing]:
        standings = {}
        for model in set().union(*self.stood.values()):
            cast = [chosen for (question, _), chosen in self.votes.items() if model in self.stood[question]]
            shown = sum(model in models for models in self.stood.values())
            standings[Standing(model, cast.count(model), shown)] = cast.count(model) / len(cast)
        return sorted(standings, key=lambda its: (-standings[its], -its.votes, its.model))


@dataclass
class Screen:
    """A surface that keeps what a reader would see. `trouble` may raise before a verb does its work."""

    limit: int = 2000
    gap: float = 0.0
    longest_gap: float = 1.0
    trouble: Callable[[str], None] = lambda verb: None
    pages: Sequence[Page] = ()
    buttons: Sequence[Button] = ()
    media: Sequence[Media] = ()
    finished: int = 0
    admin: bool = False  # whether the author is in charge here
    private: bool = False  # can show an answer to its author only
    deafness: str = ""
    threads: bool = True
    branches: list[str] = field(default_factory=list)  # titles
    invites: bool = False  # knows an address of the private chat with the bot
    files: Mapping[str, bytes] = field(default_factory=dict)  # what can be fetched, by its ref
    verbs: list[str] = field(default_factory=list)
    history: list[str] = field(default_factory=list)

    @property
    def can(self) -> Abilities:
        return Abilities(self.limit, buttons=True, private=self.private, folds=True, longest_gap=self.longest_gap)

    @property
    def text(self) -> str:
        return "".join(page.markdown for page in self.pages)

    @property
    def note(self) -> str:
        return self.pages[-1].note

    def measure(self, markdown: str) -> int:
        return len(markdown)

    def wait(self, now: float, final: bool) -> float:
        return 0.0 if final else self.gap

    async def open(self, pages: Sequence[Page], buttons: Sequence[Button] = ()) -> Handle:
        self._show("open", pages, buttons)
        return Handle(f"{len(pages)} messages")

    async def preview(self, pages: Sequence[Page], buttons: Sequence[Button] = ()) -> bool:
        self._show("preview", pages, buttons)
        return True

    async def finish(self, pages: Sequence[Page], buttons: Sequence[Button] = (), media: Sequence[Media] = ()) -> None:
        self._show("finish", pages, buttons)
        self.media = media
        self.finished += 1

    async def fetch(self, attachment: Attachment, limit: int) -> bytes:
        data = self.files[attachment.ref]
        if len(data) > limit:
            raise Mistaken(f"{attachment.name} is too large.")
        return data

    async def author_is_admin(self) -> bool:
        return self.admin

    def beside(self) -> Handle:
        return Handle("beside")

    def link(self, chat: Chat, message: str) -> str:
        return f"https://chat.example/{chat.id}/{message}"

    async def branch(self, title: str) -> tuple[Chat, Handle]:
        if not self.threads:
            raise Mistaken("There are no threads here.")
        self.branches.append(title)
        return Chat("space", "chat", f"thread {len(self.branches)}"), Handle(f"thread {len(self.branches)}")

    def invitation(self, question: str) -> str:
        return f"https://chat.example/start/{question}" if self.invites else ""

    def _show(self, verb: str, pages: Sequence[Page], buttons: Sequence[Button]) -> None:
        self.trouble(verb)
        self.verbs.append(verb)
        self.pages, self.buttons = tuple(pages), tuple(buttons)
        self.history.append(self.text)


event_numbers = count(1)


def an_event(text: str = "", **changes: object) -> Event:
    number = str(next(event_numbers))
    plain = Event(
        platform="fake",
        bot="bot",
        id=number,
        message=number,
        kind="ask",
        author=Author("ada", "Ada"),
        chat=Chat("space", "chat"),
        at=datetime.now(UTC),
        handle=Handle("place"),
        text=text,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]
