"""Every request to a chat goes at its time: in virtual time, with calls that keep a diary."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from telegram.error import BadRequest, RetryAfter

from adapters.telegram.gate import Gate
from adapters.telegram.pace import Pace
from bot.errors import Unavailable
from tests.virtual_time import run

ALICE, BOB, GROUP = 1, 2, -1


@pytest.fixture(autouse=True)
def _timedelta(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "true")


class Diary:
    """What went when, in seconds from the beginning; `holds` are retry_after answers to come."""

    def __init__(self) -> None:
        self.began = asyncio.get_running_loop().time()
        self.entries: list[tuple[str, float]] = []
        self.holds: list[float] = []
        self.gate = Gate(Pace(1.5, 3.0))

    def call(self, name: str, seconds: float = 0.0) -> Callable[[], Awaitable[str]]:
        async def go() -> str:
            self.entries.append((name, round(asyncio.get_running_loop().time() - self.began, 1)))
            await asyncio.sleep(seconds)
            if self.holds:
                raise RetryAfter(int(self.holds.pop(0)))
            return name

        return go


def test_finals_of_a_group_go_one_after_another() -> None:
    async def scenario() -> Diary:
        diary = Diary()
        await asyncio.gather(*(diary.gate.write(GROUP, diary.call(name)) for name in "abc"))
        return diary

    assert run(scenario()).entries == [("a", 0.0), ("b", 3.0), ("c", 6.0)]


def test_a_slow_call_is_waited_for_and_holds_back_its_chat_only() -> None:
    async def scenario() -> Diary:
        diary = Diary()
        slow = diary.gate.write(ALICE, diary.call("slow", 10))
        other = diary.gate.write(BOB, diary.call("other"))
        await asyncio.gather(slow, diary.gate.write(ALICE, diary.call("next")), other)
        return diary

    assert run(scenario()).entries == [("slow", 0.0), ("other", 0.0), ("next", 10.0)]


def test_a_retry_after_is_waited_out_by_everything_in_that_chat() -> None:
    async def scenario() -> Diary:
        diary = Diary()
        diary.holds = [120]
        final = asyncio.create_task(diary.gate.write(ALICE, diary.call("final")))
        await asyncio.sleep(1)
        assert not await diary.gate.preview(ALICE, 1, diary.call("preview"))
        await diary.gate.typing(ALICE, diary.call("typing"))
        with pytest.raises(Unavailable) as closed:
            await diary.gate.aside(ALICE, diary.call("press"), patience=15)
        assert closed.value.retry_after == pytest.approx(119, abs=0.1)
        assert await diary.gate.write(BOB, diary.call("other")) == "other"
        assert await final == "final"
        return diary

    assert run(scenario()).entries == [("final", 0.0), ("other", 1.0), ("final", 120.0)]


def test_a_retry_after_may_come_again_and_again() -> None:
    async def scenario() -> Diary:
        diary = Diary()
        diary.holds = [5, 60, 1]
        await diary.gate.write(ALICE, diary.call("final"))
        return diary

    assert [at for _, at in run(scenario()).entries] == [0.0, 5.0, 65.0, 66.1]


def test_a_preview_that_meets_a_retry_after_closes_the_chat() -> None:
    async def scenario() -> Diary:
        diary = Diary()
        diary.holds = [30]
        with pytest.raises(RetryAfter):
            await diary.gate.preview(ALICE, 1, diary.call("preview"))
        await diary.gate.write(ALICE, diary.call("final"))
        return diary

    assert run(scenario()).entries == [("preview", 0.0), ("final", 30.0)]


def test_a_preview_goes_now_or_not_at_all() -> None:
    async def scenario() -> Diary:
        diary = Diary()
        assert await diary.gate.preview(ALICE, 1, diary.call("first"))
        assert not await diary.gate.preview(ALICE, 1, diary.call("too early"))
        await asyncio.sleep(diary.gate.wait(ALICE, asyncio.get_running_loop().time(), final=False) - 0.01)
        assert await diary.gate.preview(ALICE, 1, diary.call("nearly in time"))
        return diary

    assert run(scenario()).entries == [("first", 0.0), ("nearly in time", 1.5)]


@pytest.mark.parametrize("growing", [2, 3])
def test_answers_that_grow_in_one_chat_have_their_turns(growing: int) -> None:
    async def scenario() -> list[str]:
        diary = Diary()

        async def grow(message: int) -> None:  # as a delivery does: at the surface's time, whoever comes first
            while True:
                await asyncio.sleep(diary.gate.wait(GROUP, asyncio.get_running_loop().time(), final=False) or 0.1)
                await diary.gate.preview(GROUP, message, diary.call(str(message)))

        answers = [asyncio.create_task(grow(message)) for message in range(growing)]
        await asyncio.sleep(60)
        for answer in answers:
            answer.cancel()
        await asyncio.gather(*answers, return_exceptions=True)
        return [name for name, _ in diary.entries]

    shown = run(scenario())
    counts = [shown.count(str(message)) for message in range(growing)]
    assert len(shown) >= 18
    assert min(counts) >= len(shown) // growing - 3, counts


def test_who_was_overlooked_and_ended_keeps_nobody_waiting() -> None:
    async def scenario() -> list[tuple[str, float]]:
        diary = Diary()
        assert await diary.gate.preview(ALICE, 1, diary.call("one"))
        assert not await diary.gate.preview(ALICE, 2, diary.call("two"))
        await asyncio.sleep(2)
        assert not await diary.gate.preview(ALICE, 1, diary.call("it is not its turn"))
        await asyncio.sleep(14)
        assert await diary.gate.preview(ALICE, 1, diary.call("one again"))
        return diary.entries

    assert run(scenario()) == [("one", 0.0), ("one again", 16.0)]


def test_who_was_overlooked_and_is_finished_gives_its_turn_away() -> None:
    async def scenario() -> bool:
        diary = Diary()
        assert await diary.gate.preview(ALICE, 1, diary.call("one"))
        assert not await diary.gate.preview(ALICE, 2, diary.call("two"))
        diary.gate.ended(ALICE, 2)
        await asyncio.sleep(2)
        return await diary.gate.preview(ALICE, 1, diary.call("one again"))

    assert run(scenario())


def test_a_preview_does_not_wait_behind_a_slow_call() -> None:
    async def scenario() -> Diary:
        diary = Diary()
        slow = asyncio.create_task(diary.gate.write(ALICE, diary.call("slow", 100)))
        await asyncio.sleep(50)
        async with asyncio.timeout(1):
            assert not await diary.gate.preview(ALICE, 1, diary.call("preview"))
            await diary.gate.typing(ALICE, diary.call("typing"))
        await slow
        return diary

    assert run(scenario()).entries == [("slow", 0.0)]


def test_a_preview_gives_way_to_a_final_that_waits() -> None:
    async def scenario() -> Diary:
        diary = Diary()
        await diary.gate.write(GROUP, diary.call("first"))
        final = asyncio.create_task(diary.gate.write(GROUP, diary.call("final")))
        await asyncio.sleep(2.99)
        assert not await diary.gate.preview(GROUP, 1, diary.call("preview"))
        await final
        return diary

    assert run(scenario()).entries == [("first", 0.0), ("final", 3.0)]


def test_a_press_is_answered_while_the_chat_keeps_its_pace_and_after_a_short_hold() -> None:
    async def scenario() -> Diary:
        diary = Diary()
        await diary.gate.write(GROUP, diary.call("first"))
        await diary.gate.aside(GROUP, diary.call("press"))
        diary.holds = [5]
        with pytest.raises(RetryAfter):
            await diary.gate.aside(GROUP, diary.call("press"))
        await diary.gate.aside(GROUP, diary.call("press"), patience=15)
        return diary

    assert run(scenario()).entries == [("first", 0.0), ("press", 0.0), ("press", 0.0), ("press", 5.0)]


def test_other_errors_are_the_callers_and_take_their_turn() -> None:
    async def scenario() -> float:
        diary = Diary()

        async def refuse() -> None:
            raise BadRequest("Bad Request: chat not found")

        with pytest.raises(BadRequest):
            await diary.gate.write(ALICE, refuse)
        return diary.gate.wait(ALICE, asyncio.get_running_loop().time(), final=False)

    assert run(scenario()) == pytest.approx(1.5, abs=0.1)
