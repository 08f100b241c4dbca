"""What every simulator shares: its time, and the knowledge that something happened."""

import asyncio

import aiohttp
import pytest

from simulators.clock import Clock
from simulators.discord import DiscordSimulator
from simulators.simulator import Fault


def test_time_jumps_and_never_back() -> None:
    clock = Clock()
    now, wall = clock.now(), clock.wall()
    clock.advance(3600)
    assert clock.now() >= now + 3600
    assert clock.wall() >= wall + 3600
    with pytest.raises(ValueError, match="backwards"):
        clock.advance(-1)


async def test_who_waits_by_the_clock_wakes_when_it_has_jumped_far_enough() -> None:
    clock = Clock()
    waiting = asyncio.create_task(clock.sleep(3600))
    await asyncio.sleep(0)
    clock.advance(3000)
    done, _ = await asyncio.wait([waiting], timeout=0.01)
    assert not done
    clock.advance(600)
    async with asyncio.timeout(5):
        await waiting
    await clock.until(clock.now() - 1)


async def test_every_request_and_every_change_of_the_world_is_a_new_revision() -> None:
    async with DiscordSimulator() as sim, aiohttp.ClientSession() as session:
        seen = sim.revision
        next_change = asyncio.create_task(sim.changes.after(seen))
        await asyncio.sleep(0)
        await sim.say(sim.alice, sim.channel, "hello")
        async with asyncio.timeout(5):
            assert await next_change > seen
        seen = sim.revision
        sim.faults.append(Fault("GET /nothing", "status"))
        await session.get(sim.url + "/nothing")
        assert sim.revision >= seen + 2  # it came, and it was answered
        assert await sim.changes.after(seen) == sim.revision
        seen = sim.revision
        sim.advance(1)
        assert sim.revision > seen
