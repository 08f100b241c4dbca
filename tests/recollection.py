"""`bot.conversation.memory.Memory` over the turns of `tests.fakes.Memory`. The contract holds for it too."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import hypot

from bot.conversation.memory import Found, Passage, Unindexed
from bot.events import ConversationKey
from bot.settings import of_person
from tests.fakes import Memory


@dataclass
class Recollection:
    memory: Memory
    vectors: dict[tuple[str, str], dict[str, Sequence[float]]] = field(default_factory=dict)  # (person, space)

    async def unindexed(self, person: str, space: str, limit: int) -> Unindexed:
        known = self.vectors.get((person, space), {})
        without = [turn for turn in reversed(self.memory.turns) if self._of(turn) == person and turn not in known]
        return Unindexed(len(without), [Passage(turn, self.memory.turns[turn].text) for turn in without[:limit]])

    async def index(self, person: str, space: str, vectors: Mapping[str, Sequence[float]]) -> None:
        known = self.vectors.get((person, space), {})
        mine = {
            turn: vector for turn, vector in vectors.items() if turn in self.memory.said and self._of(turn) == person
        }
        if mine:
            others = {where: its for where, its in self.vectors.items() if where[0] != person}
            self.vectors = {**others, (person, space): mine | known}

    async def search(
        self, person: str, space: str, vector: Sequence[float], limit: int, within: ConversationKey | None = None
    ) -> Sequence[Found]:
        known = self.vectors.get((person, space), {})
        cosines = {
            turn: _cosine(its, vector) for turn, its in known.items() if within in (None, self.memory.homes[turn])
        }
        best = sorted((turn for turn in cosines if cosines[turn] > 0), key=lambda turn: -cosines[turn])[:limit]
        return [self._found(turn, cosines[turn]) for turn in best]

    def _of(self, turn: str) -> str:
        event = self.memory.questions[self.memory.said[turn][0]].event
        return of_person(event.platform, event.author.id)

    def _found(self, turn: str, likeness: float) -> Found:
        question, at = self.memory.said[turn]
        event = self.memory.questions[question].event
        return Found(self.memory.turns[turn], at, likeness, event.chat, event.message)


def _cosine(one: Sequence[float], other: Sequence[float]) -> float:
    norms = hypot(*one) * hypot(*other)
    return sum(a * b for a, b in zip(one, other, strict=True)) / norms if norms else 0.0
