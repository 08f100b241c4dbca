"""The ports in memory: so small that they show what the ports ask for. The contracts hold for them too."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count

from bot.conversation.turns import Turn
from bot.errors import Unavailable
from bot.events import Attachment, Author, Chat, ConversationKey, Event, Handle, Question
from bot.replies import Abilities, Button, End, Finish, Media, Page


@dataclass
class Memory:
    """Inbox and archive in one, as they are in a database."""

    questions: dict[str, Question] = field(default_factory=dict)
    ends: dict[str, tuple[str, str]] = field(default_factory=dict)
    turns: dict[str, Turn] = field(default_factory=dict)
    heads: dict[ConversationKey, str] = field(default_factory=dict)
    first_turns: dict[str, str] = field(default_factory=dict)
    homes: dict[str, ConversationKey] = field(default_factory=dict)  # of turns
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

    async def conclude(self, id: str, answer: str, finish: Finish, turns: Sequence[Turn] = ()) -> None:
        self._reach()
        if self._state(id) == "accepted":
            self._change(id, state="delivering", partial=answer, finish=finish)
            self._remember(id, turns)

    async def end(self, id: str, end: End, reason: str = "") -> None:
        self._reach()
        if self._state(id) in ("accepted", "delivering"):
            self.ends[id] = (end, reason)
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
    verbs: list[str] = field(default_factory=list)
    history: list[str] = field(default_factory=list)

    @property
    def can(self) -> Abilities:
        return Abilities(self.limit, buttons=True, folds=True, longest_gap=self.longest_gap)

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

    async def preview(self, pages: Sequence[Page], buttons: Sequence[Button] = ()) -> None:
        self._show("preview", pages, buttons)

    async def finish(self, pages: Sequence[Page], buttons: Sequence[Button] = (), media: Sequence[Media] = ()) -> None:
        self._show("finish", pages, buttons)
        self.media = media
        self.finished += 1

    async def fetch(self, attachment: Attachment, limit: int) -> bytes:
        return b""

    async def author_is_admin(self) -> bool:
        return False

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
