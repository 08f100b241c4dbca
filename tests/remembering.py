"""Inbox, archive and settings in memory, as small as their ports allow. The contracts hold for them too."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count

from bot.conversation.turns import Turn
from bot.errors import Unavailable
from bot.events import ConversationKey, Event, Handle, Question
from bot.replies import End, Finish, Media
from bot.settings import Change, moved_setting, of_space


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

    def move(self, platform: str, before: str, after: str) -> None:
        """What `Inbox.move` promises of settings."""
        old, new = of_space(platform, before), of_space(platform, after)

        def renamed(scope: str, name: str) -> tuple[str, str]:
            return new if scope == old else scope, moved_setting(name, platform, before, after)

        moving = {where: value for where, value in self.values.items() if renamed(*where) != where}
        for where, value in moving.items():
            self.values.setdefault(renamed(*where), value)
            del self.values[where]
        self.changes = [
            replace(c, scope=renamed(c.scope, c.name)[0], name=renamed(c.scope, c.name)[1]) for c in self.changes
        ]


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
    shown: dict[str, Sequence[Media]] = field(default_factory=dict)
    settings: Settings = field(default_factory=Settings)
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

    async def latest(
        self, key: ConversationKey, commands: Collection[str], message: str | None = None
    ) -> Question | None:
        asked = [q for q in self.questions.values() if q.key == key and q.event.kind != "press"]
        about = [q for q in asked if message in (None, q.event.message)]
        return next((q for q in reversed(about) if q.event.command in commands), None)

    async def attempt(self, id: str) -> int:
        self._reach()
        if id not in self.questions:
            return 0
        self._change(id, attempts=self.questions[id].attempts + 1)
        return self.questions[id].attempts

    async def checkpoint(self, id: str, partial: str, handle: Handle) -> bool:
        self._reach()
        match self._state(id):
            case "accepted":
                self._change(id, partial=partial, handle=handle)
                return self.questions[id].finish == "stopped"
            case "delivering":  # the answer is final
                self._change(id, handle=handle)
        return False

    async def stop(self, id: str) -> None:
        self._reach()
        if self._state(id) == "accepted":
            self._change(id, finish="stopped")

    async def stop_all(self, key: ConversationKey, but: str) -> int:
        running = [q.id for q in self.questions.values() if q.key == key and q.id != but and q.state == "accepted"]
        for each in running:
            await self.stop(each)
        return len(running)

    async def kept(self, key: ConversationKey, limit: int) -> Sequence[str]:
        ended = [q for q in self.questions.values() if q.key == key and q.state == "undeliverable"]
        return [q.id for q in reversed(ended) if q.finish not in ("", "stopped")][:limit]

    async def reopen(self, id: str, handle: Handle) -> Question | None:
        self._reach()
        if self._state(id) != "undeliverable" or not self.questions[id].finish:
            return None
        del self.ends[id]
        event = replace(self.questions[id].event, handle=handle)
        self._change(id, state="delivering", handle=handle, event=event, attempts=0)
        return self.questions[id]

    async def move(self, platform: str, bot: str, before: str, after: str) -> None:
        self._reach()
        for q in list(self.questions.values()):
            if (q.key.platform, q.key.bot, q.key.chat) == (platform, bot, before):
                event = q.event if q.id in self.ends else replace(q.event, chat=q.event.chat.moved(after))
                self._change(q.id, key=replace(q.key, chat=after), event=event)
        self.homes = {turn: self._moved(key, platform, bot, before, after) for turn, key in self.homes.items()}
        heads = {self._moved(key, platform, bot, before, after): head for key, head in self.heads.items()}
        self.heads = {**heads, **{key: head for key, head in self.heads.items() if key in heads and head}}
        self.settings.move(platform, before, after)

    async def conclude(
        self, id: str, answer: str, finish: Finish, turns: Sequence[Turn] = (), media: Sequence[Media] = ()
    ) -> None:
        self._reach()
        if self._state(id) == "accepted":
            self._change(id, state="delivering", partial=answer, finish=finish)
            self._remember(id, turns)
            self.shown[id] = tuple(media)

    async def media(self, id: str) -> Sequence[Media]:
        return self.shown.get(id, ())

    async def end(self, id: str, end: End, reason: str = "") -> None:
        self._reach()
        if self._state(id) in ("accepted", "delivering"):
            self.ends[id] = (end, reason)
            if end != "undeliverable":
                self.shown.pop(id, None)
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

    def _moved(self, key: ConversationKey, platform: str, bot: str, before: str, after: str) -> ConversationKey:
        here = (key.platform, key.bot, key.chat) == (platform, bot, before)
        return replace(key, chat=after) if here else key

    def _state(self, id: str) -> str:
        return self.questions[id].state if id in self.questions else ""

    def _change(self, id: str, **changes: object) -> None:
        self.questions[id] = replace(self.questions[id], **changes)  # type: ignore[arg-type]

    def _reach(self) -> None:
        if self.away:
            raise Unavailable("The database is away.")
