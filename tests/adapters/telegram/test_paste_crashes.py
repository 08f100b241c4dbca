"""Every message is in exactly one stored event, wherever the process is killed and however updates trickle in."""

from dataclasses import dataclass, field
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from telegram import Update

from adapters.telegram.pasting import Bundle, Intake
from tests.adapters.telegram.test_pasting import BY_BOB, LONG, update


class Killed(Exception):
    pass


@dataclass
class Machine:
    """Telegram, the database, and processes that are killed after so many steps each."""

    coming: list[Update]
    lives: list[int]
    queue: list[Update] = field(default_factory=list)  # received by Telegram and not confirmed
    stored: dict[int, tuple[int, ...]] = field(default_factory=dict)  # by the event's id: the updates in it
    ends: list[int] = field(default_factory=list)
    now: float = 0.0
    intake: Intake = field(default_factory=Intake)

    def play(self, moves: list[str]) -> None:
        for move in moves:
            try:
                getattr(self, move)()
            except Killed:
                self.intake = Intake(self.ends)

    def arrive(self) -> None:
        if self.coming:
            self.queue.append(self.coming.pop(0))

    def wait(self) -> None:
        self.now += 0.5

    def poll(self) -> None:
        offset = self.intake.offset or 0
        self.queue = [each for each in self.queue if each.update_id >= offset]
        self._step()
        self.intake.receive(self.queue[:4], self.now)
        for bundle in self.intake.ready(self.now):
            self._take(bundle)
            self.intake.done(bundle)

    def _take(self, bundle: Bundle) -> None:
        self._step()
        if bundle.late:
            self.ends.append(bundle.last)
            self._step()
        self.stored.setdefault(bundle.first, tuple(each.update_id for each in bundle.updates))
        self._step()

    def _step(self) -> None:
        if self.lives:
            self.lives[0] -= 1
            if self.lives[0] <= 0:
                del self.lives[0]
                raise Killed


MESSAGES = st.lists(st.tuples(st.sampled_from([LONG, LONG, "short"]), st.booleans()), max_size=8)
MOVES = st.lists(st.sampled_from(["arrive", "poll", "poll", "wait"]), max_size=40)
LIVES = st.lists(st.integers(1, 8), max_size=5)


@given(MESSAGES, LIVES, MOVES)
@example([(LONG, True), (LONG, False), ("short", True)], [4], [])  # a paste around another one
def test_every_message_is_stored_once(messages: Any, lives: list[int], moves: list[str]) -> None:
    stream = [update(number, text, **(BY_BOB if bob else {})) for number, (text, bob) in enumerate(messages, 1)]
    machine = Machine(list(stream), lives)
    machine.play(moves)
    machine.play(["arrive"] * len(stream) + ["poll", "wait"] * (2 * len(stream) + 3 * len(lives) + 12))
    assert sorted(each for ids in machine.stored.values() for each in ids) == [each.update_id for each in stream]
