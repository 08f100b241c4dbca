"""The ports in memory: so small that they show what the ports ask for. The contracts hold for them too."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from itertools import count

from bot.conversation.turns import Turn
from bot.errors import Mistaken, Unavailable
from bot.events import Attachment, Author, Chat, ConversationKey, Event, Handle, Question
from bot.ledger import Amount, Limit, Period
from bot.replies import Abilities, Button, End, Finish, Media, Page
from bot.settings import Change
from bot.votes import Standing


@dataclass
class Memory:
    """Inbox and archive in one, as they are in a database."""

    questions: dict[str, Question] = field(default_factory=dict)
    ends: dict[str, tuple[str, str]] = field(default_factory=dict)
    turns: dict[str, Turn] = field(default_factory=dict)
    heads: dict[ConversationKey, str] = field(default_factory=dict)
    first_turns: dict[str, str] = field(default_factory=dict)
    homes: dict[str, ConversationKey] = field(default_factory=dict)  # of turns
    said: dict[str, tuple[str, datetime]] = field(default_factory=dict)  # turn -> its question, and when
    kept: dict[str, Sequence[Media]] = field(default_factory=dict)
    away: bool = False  # the database cannot be reached
    numbers: "count[int]" = field(default_factory=lambda: count(1))

    async def accept(self, event: Event, key: ConversationKey, private: bool) -> Question | None:
        self._reach()
        same = ((q.event.platform, q.event.bot, q.event.id) for q in self.questions.values())
        if (event.platform, event.bot, event.id) in same:
            return None
        question = Question(f"q{next(self.numbers)}", key, event, private, handle=event.handle)
        self.questions[question.id] = question
        return question

    async def find(self, id: str) -> Question | None:
        return self.questions.get(id)

    async def latest(self, key: ConversationKey, commands: Collection[str]) -> Question | None:
        asked = [q for q in self.questions.values() if q.key == key and q.event.kind != "press"]
        return next((q for q in reversed(asked) if q.event.command in commands), None)

    async def attempt(self, id: str) -> int:
        self._reach()
        if id not in self.questions:
            return 0
        self._change(id, attempts=self.questions[id].attempts + 1)
        return self.questions[id].attempts

    async def checkpoint(self, id: str, partial: str, handle: Handle) -> None:
        self._reach()
        match self._state(id):
            case "accepted":
                self._change(id, partial=partial, handle=handle)
            case "delivering":  # the answer is final
                self._change(id, handle=handle)

    async def conclude(
        self, id: str, answer: str, finish: Finish, turns: Sequence[Turn] = (), media: Sequence[Media] = ()
    ) -> None:
        self._reach()
        if self._state(id) == "accepted":
            self._change(id, state="delivering", partial=answer, finish=finish)
            self._remember(id, turns)
            self.kept[id] = tuple(media)

    async def media(self, id: str) -> Sequence[Media]:
        return self.kept.get(id, ())

    async def end(self, id: str, end: End, reason: str = "") -> None:
        self._reach()
        if self._state(id) in ("accepted", "delivering"):
            self.ends[id] = (end, reason)
            self.kept.pop(id, None)
            event = replace(self.questions[id].event, handle=Handle(""))
            self._change(id, state=end, handle=Handle(""), event=event)

    async def unfinished(self, platform: str, bot: str) -> Sequence[Question]:
        mine = (q for q in self.questions.values() if (q.event.platform, q.event.bot) == (platform, bot))
        return [q for q in mine if q.id not in self.ends]

    async def recent(self, key: ConversationKey, limit: int) -> Sequence[Turn]:
        return self._branch(self.heads.get(key, ""), limit)

    async def before(self, question: str, limit: int) -> Sequence[Turn] | None:
        first = self.first_turns.get(question)
        return None if first is None else self._branch(self.turns[first].parent, limit)

    async def start_afresh(self, key: ConversationKey) -> None:
        self.heads[key] = ""

    def _remember(self, id: str, turns: Sequence[Turn]) -> None:
        key = self.questions[id].key
        for place, turn in enumerate(turns):
            parent = self.heads[key] if place else turn.parent
            here = parent if self.homes.get(parent) == key else ""  # nobody's words get into another's memory
            stored = replace(turn, id=f"t{next(self.numbers)}", parent=here)
            self.turns[stored.id], self.homes[stored.id] = stored, key
            self.said[stored.id] = id, datetime.now(UTC)
            self.first_turns.setdefault(id, stored.id)
            self.heads[key] = stored.id

    def _branch(self, head: str, limit: int) -> list[Turn]:
        branch: list[Turn] = []
        while head and len(branch) < limit:
            branch.insert(0, self.turns[head])
            head = self.turns[head].parent
        return branch

    def _state(self, id: str) -> str:
        return self.questions[id].state if id in self.questions else ""

    def _change(self, id: str, **changes: object) -> None:
        self.questions[id] = replace(self.questions[id], **changes)  # type: ignore[arg-type]

    def _reach(self) -> None:
        if self.away:
            raise Unavailable("The database is away.")


@dataclass
class Settings:
    values: dict[tuple[str, str], str] = field(default_factory=dict)  # (scope, name) -> value
    changes: list[Change] = field(default_factory=list)

    async def read(self, scope: str, name: str) -> str:
        return self.values.get((scope, name), "")

    async def write(self, scope: str, name: str, value: str) -> None:
        self.values[scope, name] = value

    async def change(self, who: str, scope: str, name: str, value: str) -> str:
        before = await self.read(scope, name)
        await self.write(scope, name, value)
        self.changes.append(Change(who, scope, name, before, value, datetime.now(UTC)))
        return before

    async def of(self, scopes: Collection[str]) -> Mapping[str, Mapping[str, str]]:
        return {
            scope: {name: value for (its, name), value in self.values.items() if its == scope and value}
            for scope in scopes
        }

    async def beginning(self, prefix: str) -> Sequence[tuple[str, str, str]]:
        return [(*where, value) for where, value in self.values.items() if value and where[1].startswith(prefix)]

    async def history(self, scope: str, prefix: str, limit: int) -> Sequence[Change]:
        its = [each for each in self.changes if each.scope == scope and each.name.startswith(prefix)]
        return its[::-1][:limit]


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
    invites: bool = True
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
