"""Posted one by one: every message is in exactly one stored event, wherever the process is killed in between."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from telegram import Update

from adapters.telegram.ends import Ends
from adapters.telegram.held import Held
from adapters.telegram.pasting import Bundle
from adapters.telegram.posting import Posting
from tests.adapters.telegram.test_pasting import BY_BOB, LONG, update
from tests.fakes import Settings
from tests.virtual_time import run


class Killed(Exception):
    pass


@dataclass
class Mortal(Settings):
    """A database that lives on, and a process that is killed after so many steps of it."""

    lives: list[int] = field(default_factory=list)
    stored: dict[int, tuple[int, ...]] = field(default_factory=dict)  # by the event's id: the updates in it

    async def write(self, scope: str, name: str, value: str) -> None:
        self.step()
        await super().write(scope, name, value)
        self.step()

    async def take(self, bundle: Bundle) -> None:
        self.step()
        self.stored.setdefault(bundle.first, tuple(each.update_id for each in bundle.updates))
        self.step()

    def step(self) -> None:
        if self.lives:
            self.lives[0] -= 1
            if self.lives[0] <= 0:
                del self.lives[0]
                raise Killed

    async def begin(self) -> Posting:
        """A process."""
        posting = Posting(self.take, Held(self, 99), Ends(self, 99), Ends(self, 99, "joined"))
        await posting.begin()
        return posting


async def deliver(stream: list[Update], pauses: list[float], database: Mortal) -> None:
    """As Telegram does it in one chat: the next update when the one before is confirmed, the same again when not."""
    posting = await database.begin()
    for each, pause in zip(stream, pauses, strict=True):
        while True:
            posting = await alive(posting, database)
            try:
                await posting.post(each, json.dumps(each.to_dict()))
                break
            except Killed:
                posting = await reborn(posting, database)
                await asyncio.sleep(1.0)
        await asyncio.sleep(pause)
    for _ in range(len(database.lives) + 1):
        await asyncio.sleep(2.0)
        posting = await alive(posting, database)
    database.lives.clear()
    posting = await reborn(posting, database)
    await asyncio.sleep(10.0)
    assert not posting._intakes
    await posting.close()


async def alive(posting: Posting, database: Mortal) -> Posting:
    """It may have been killed while it waited for the rest of a paste."""
    dead = any(watch.done() for watch in posting._watches.values())
    return await reborn(posting, database) if dead else posting


async def reborn(posting: Posting, database: Mortal) -> Posting:
    await posting.close()
    return await database.begin()


MESSAGES = st.lists(
    st.tuples(st.sampled_from([LONG, LONG, "short"]), st.booleans(), st.sampled_from([0.0, 0.3, 2.0])), max_size=6
)
LIVES = st.lists(st.integers(1, 12), max_size=4)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(MESSAGES, LIVES)
@example([(LONG, False, 0.0), ("short", False, 0.0)], [3])
@example([(LONG, False, 0.0), (LONG, False, 0.3), ("short", False, 0.0)], [7, 3])
@example([(LONG, False, 0.0)] * 3, [6, 8, 1])  # killed between two parts that are let go
def test_every_message_is_stored_once(messages: Any, lives: list[int]) -> None:
    stream = [update(number, text, **(BY_BOB if bob else {})) for number, (text, bob, _) in enumerate(messages, 1)]
    database = Mortal(lives=list(lives))
    run(deliver(stream, [pause for _, _, pause in messages], database))
    stored = sorted(each for bundle in database.stored.values() for each in bundle)
    assert stored == [each.update_id for each in stream]
    assert not [name for (_, name), value in database.values.items() if ".held." in name and value]


def test_a_paste_that_comes_without_a_kill_is_whole() -> None:
    stream = [update(1, LONG), update(2, LONG), update(3, "the end")]
    database = Mortal()
    run(deliver(stream, [0.0, 0.3, 0.0], database))
    assert database.stored == {1: (1, 2, 3)}
