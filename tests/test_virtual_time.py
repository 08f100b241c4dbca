import asyncio
import time

import pytest

from tests.virtual_time import run


def test_an_hour_of_sleep_takes_no_time_and_shows_on_the_loops_clock() -> None:
    async def scenario() -> float:
        before = asyncio.get_running_loop().time()
        await asyncio.sleep(3600)
        return asyncio.get_running_loop().time() - before

    started = time.monotonic()
    assert run(scenario()) == pytest.approx(3600)
    assert time.monotonic() - started < 5


def test_timers_come_in_the_order_of_their_time() -> None:
    async def scenario() -> list[int]:
        order: list[int] = []

        async def note(seconds: int) -> None:
            await asyncio.sleep(seconds)
            order.append(seconds)

        await asyncio.gather(note(30), note(7), note(100))
        return order

    assert run(scenario()) == [7, 30, 100]


def test_a_deadline_strikes_before_a_longer_sleep_ends() -> None:
    async def scenario() -> None:
        async with asyncio.timeout(300):
            await asyncio.sleep(301)

    with pytest.raises(TimeoutError):
        run(scenario())


def test_a_thread_is_waited_for() -> None:
    assert run(asyncio.to_thread(lambda: 7)) == 7
