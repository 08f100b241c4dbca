"""429s: who gets them, for how long, and what the ledger says of those who do not wait."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import Bot
from telegram.error import RetryAfter

from simulators.telegram import DURING, TelegramSimulator
from simulators.telegram.flood import CHAT, GROUP, OVERALL, Flood
from simulators.telegram.refusals import Refusal
from tests.simulators.telegram_bot import keyboard, talking

Pair = tuple[TelegramSimulator, Bot]

ALICE, GARDEN = 1001, -4001


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


def wait_of(flood: Flood, chat: int, *, writes: int = 1) -> float:
    """The announced seconds; 0 where the call was let in."""
    try:
        flood.check(chat, writes)
    except Refusal as refusal:
        return refusal.hold
    return 0.0


@pytest.mark.parametrize("chat", [ALICE, GARDEN])
def test_a_chat_takes_so_many_writes_in_so_many_seconds(chat: int) -> None:
    flood = Flood(1.0, clock := Clock())
    assert [wait_of(flood, chat) for _ in range(CHAT[0])] == [0.0] * CHAT[0]
    clock.now += 0.5
    assert wait_of(flood, chat) == CHAT[1]  # whole seconds, rounded up
    assert wait_of(flood, chat + 1) == 0.0
    clock.now += CHAT[1]
    assert wait_of(flood, chat) == 0.0


def test_a_group_takes_twenty_writes_a_minute_however_slowly_they_come() -> None:
    flood = Flood(1.0, clock := Clock())
    for _ in range(GROUP[0]):
        assert wait_of(flood, GARDEN) == wait_of(flood, ALICE) == 0.0
        clock.now += 2
    assert wait_of(flood, GARDEN) == GROUP[1] - 2 * GROUP[0]
    assert wait_of(flood, ALICE) == 0.0
    clock.now += GROUP[1] - 2 * GROUP[0]
    assert wait_of(flood, GARDEN) == 0.0


def test_the_whole_bot_writes_thirty_a_second() -> None:
    flood = Flood(1.0, clock := Clock())
    assert [wait_of(flood, chat) for chat in range(1, OVERALL[0] + 2)] == [0.0] * OVERALL[0] + [1.0]
    clock.now += 1.0
    assert wait_of(flood, OVERALL[0] + 1) == 0.0


def test_an_album_counts_as_all_its_items_and_needs_room_for_one() -> None:
    clock = Clock()
    flood = Flood(1.0, clock)
    assert wait_of(flood, ALICE, writes=4) == 0
    assert wait_of(flood, ALICE, writes=10) == 0
    clock.now += 4.9
    assert wait_of(flood, ALICE) > 0
    clock.now += 1.1
    assert wait_of(flood, ALICE) == 0


def test_what_is_no_write_is_not_counted_but_held() -> None:
    flood = Flood(1.0, Clock())
    assert not any(wait_of(flood, ALICE, writes=0) for _ in range(100))
    flood.hold(ALICE, 7)
    assert wait_of(flood, ALICE, writes=0) == 7


@given(st.floats(0.01, 1.0), st.lists(st.tuples(st.sampled_from([ALICE, GARDEN]), st.floats(0, 3)), max_size=60))
def test_who_waits_as_told_is_let_in_and_who_does_not_is_told_again(
    scale: float, calls: list[tuple[int, float]]
) -> None:
    flood = Flood(scale, clock := Clock())
    for chat, pause in calls:
        clock.now += pause * scale
        if wait := wait_of(flood, chat):
            clock.now += wait * 0.9
            with pytest.raises(Refusal) as again:
                flood.check(chat, writes=0)
            assert again.value.verdict == DURING
            clock.now += again.value.hold
            assert wait_of(flood, chat) == 0.0


@pytest.fixture
async def pair(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Pair]:
    monkeypatch.setenv("PTB_TIMEDELTA", "true")  # what 22.8 asks for, lest every 429 is a deprecation warning
    async with talking() as both:
        yield both


async def refusal_of(call: Coroutine[Any, Any, Any]) -> float:
    """The seconds of the 429 that this must end in."""
    with pytest.raises(RetryAfter) as error:
        await call
    assert isinstance(error.value.retry_after, timedelta)
    return error.value.retry_after.total_seconds()


async def test_edits_count_as_much_as_messages(pair: Pair) -> None:
    sim, bot = pair
    sent = await bot.send_message(sim.alice.id, "0")
    for number in range(1, CHAT[0]):
        await bot.edit_message_text(str(number), sim.alice.id, sent.message_id)
    again = bot.edit_message_reply_markup(sim.alice.id, sent.message_id, reply_markup=keyboard("x:1"))
    assert await refusal_of(again) in range(1, 6)
    assert sim.ledger[-1].verdict == "flood: 5 writes a chat in 5 s"


async def test_who_was_told_to_wait_is_let_in_when_the_time_has_passed(pair: Pair) -> None:
    sim, bot = pair
    for number in range(GROUP[0]):
        await bot.send_message(sim.group.id, str(number))
        sim.advance(1)
    wait = await refusal_of(bot.send_message(sim.group.id, "x"))
    assert wait in range(35, 41)
    await bot.send_message(sim.alice.id, "other chats do not care")
    sim.advance(wait - 5)
    assert await refusal_of(bot.send_message(sim.group.id, "x")) <= 5
    assert sim.ledger[-1].verdict == DURING
    sim.advance(5)
    await bot.send_message(sim.group.id, "x")
    assert len(sim.messages(sim.group)) == GROUP[0] + 1


async def test_a_hold_closes_one_chat_for_everything(pair: Pair) -> None:
    sim, bot = pair
    sent = await bot.send_message(sim.alice.id, "x")
    sim.hold(sim.alice.id, 120)
    assert await refusal_of(bot.send_chat_action(sim.alice.id, "typing")) == 120
    calls: list[Coroutine[Any, Any, Any]] = [
        bot.send_message(sim.alice.id, "y"),
        bot.edit_message_text("y", sim.alice.id, sent.message_id),
        bot.delete_message(sim.alice.id, sent.message_id),
        bot.send_chat_action(sim.alice.id, "typing"),
    ]
    for call in calls:
        assert await refusal_of(call) <= 120
    assert [entry.verdict for entry in sim.ledger[1:]] == ["held", *[DURING] * 4]
    assert [entry.status for entry in sim.ledger[1:]] == [429] * 5
    await bot.send_message(sim.bob.id, "other chats do not care")
    assert [message.text for message in sim.messages(sim.alice.id)] == ["x"]


async def test_the_library_understands_the_fractions_of_a_scaled_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "true")
    async with talking(scale=0.01) as (sim, bot):
        sim.hold(sim.group, 5)
        wait = await refusal_of(bot.send_message(sim.group.id, "x"))
        assert 0.01 < wait <= 0.05
        await asyncio.sleep(wait)  # no condition to poll for: this very time must be enough
        await bot.send_message(sim.group.id, "x")
        assert [(entry.verdict, entry.hold) for entry in sim.ledger] == [("held", wait), ("", 0.0)]
