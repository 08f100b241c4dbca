"""How sessions begin and end: the budget of identifies, missed heartbeats, and what was written while nobody listened.

developers/events/gateway, read on 2026-11-29.
"""

from collections.abc import AsyncIterator

import aiohttp
import discord
import pytest

from simulators.discord import DiscordSimulator
from simulators.discord.starts import DAY, Starts
from tests.polling import until
from tests.simulators.discord_client import Client, Wire, intents, logged_in, point_at
from tests.simulators.test_discord_gateway import identify, socket


@pytest.fixture
async def sim() -> AsyncIterator[DiscordSimulator]:
    async with DiscordSimulator(scale=0.01) as running:
        yield running


def test_a_thousand_a_day_and_one_in_five_seconds() -> None:
    starts = Starts(1.0)
    assert starts.resets_after(0.0) == 0.0
    assert [starts.take(now, 3) for now in (0.0, 4.9, 5.0)] == ["fine", "crowded", "fine"]
    assert (starts.left(5.0, 3), starts.resets_after(5.0)) == (1, DAY - 5.0)
    assert [starts.take(now, 3) for now in (10.0, 15.0)] == ["fine", "exhausted"]
    assert starts.take(DAY + 15.0, 3) == "fine"
    crowd = Starts(1.0, concurrency=2)
    assert [crowd.take(now, 9) for now in (0.0, 0.0, 0.0)] == ["fine", "fine", "crowded"]


async def test_who_identifies_too_soon_is_told_that_the_session_is_invalid(sim: DiscordSimulator) -> None:
    sim.gateway.starts.scale = 1.0
    async with socket(sim) as one, socket(sim) as two:
        await one.send_json(identify(sim))
        assert (await one.receive_json())["t"] == "READY"
        await two.send_json(identify(sim))
        assert await two.receive_json() == {"op": 9, "d": False, "s": None, "t": None}
        sim.advance(5)
        await two.send_json(identify(sim))
        assert (await two.receive_json())["t"] == "READY"
    assert sim.identifies == 2


async def test_too_many_identifies_reset_the_token(sim: DiscordSimulator) -> None:
    sim.portal.starts = 2
    token = sim.token
    async with aiohttp.ClientSession() as session:
        wire = Wire(sim, session)
        for left in (1, 0):
            async with socket(sim) as opened:
                await opened.send_json(identify(sim))
                await opened.receive_json()
            limit = (await wire("GET", "/gateway/bot")).body["session_start_limit"]
            assert (limit["total"], limit["remaining"], limit["max_concurrency"]) == (2, left, 1)
            assert 86_390_000 < limit["reset_after"] <= 86_400_000
            sim.advance(5)
        async with socket(sim) as opened:
            await opened.send_json(identify(sim))
            async for _ in opened:
                pass
            assert opened.close_code == 4004
        assert sim.token != token
        assert (await wire("GET", "/users/@me", headers={"Authorization": f"Bot {token}"})).status == 401


async def test_shards_are_named_in_ready_and_wanted_of_large_bots(sim: DiscordSimulator) -> None:
    async with socket(sim) as opened:
        await opened.send_json(identify(sim, shard=[0, 2]))
        assert (await opened.receive_json())["d"]["shard"] == [0, 2]
    sim.advance(5)
    sim.gateway.must_shard = True
    point_at(sim)
    async with Client(intents()) as client:
        await client.login(sim.token)
        with pytest.raises(discord.ConnectionClosed) as closed:
            await client.connect()
        assert closed.value.code == 4011


async def test_who_misses_a_heartbeat_is_cut_off_and_may_resume(sim: DiscordSimulator) -> None:
    sim.gateway.heartbeat_interval, sim.gateway.heartbeat_grace = 0.05, 0.05
    async with socket(sim) as opened:
        await opened.send_json(identify(sim))
        session_id = (await opened.receive_json())["d"]["session_id"]
        async for _ in opened:
            pass
        assert opened.close_code == 4000
    await sim.say(sim.alice, sim.channel, "meanwhile")
    async with socket(sim) as opened:
        await opened.send_json({"op": 6, "d": {"token": sim.token, "session_id": session_id, "seq": 1}})
        names = [(await opened.receive_json())["t"] for _ in range(3)]
    assert names == ["GUILD_CREATE", "MESSAGE_CREATE", "RESUMED"]


async def test_a_session_that_nobody_resumed_for_minutes_is_gone(sim: DiscordSimulator) -> None:
    async with socket(sim) as opened:
        await opened.send_json(identify(sim))
        session_id = (await opened.receive_json())["d"]["session_id"]
        await opened.close(code=4000)
    await until(lambda: not sim.gateway.live.is_set())
    sim.advance(301)
    async with socket(sim) as opened:
        await opened.send_json({"op": 6, "d": {"token": sim.token, "session_id": session_id, "seq": 1}})
        assert await opened.receive_json() == {"op": 9, "d": False, "s": None, "t": None}


async def test_what_was_written_while_nobody_listened_is_read_by_rest_alone(sim: DiscordSimulator) -> None:
    """`last_message_id` of the channel says where to look; direct channels are not in READY at all."""
    private = await sim.say(sim.alice, sim.dm(sim.alice), "in private")
    async with logged_in(sim) as client:
        seen = await sim.say(sim.alice, sim.channel, "seen")
        await until(lambda: client.texts)
    missed = [await sim.say(sim.alice, sim.channel, each) for each in ("one", "two")]
    gone = await sim.say(sim.alice, sim.channel, "three")
    await sim.delete(gone)
    sim.advance(5)
    async with logged_in(sim) as client:
        (channel,) = client.get_all_channels()
        assert isinstance(channel, discord.TextChannel)
        assert channel.last_message_id == int(gone.id)
        assert list(client.private_channels) == []
        found = [each async for each in channel.history(after=discord.Object(int(seen.id)), oldest_first=True)]
        assert [each.content for each in found] == ["one", "two"]
        assert [each.id for each in found] == [int(each.id) for each in missed]
        direct = await client.fetch_user(int(sim.alice.id))
        opened = await direct.create_dm()
        assert [each.id async for each in opened.history()] == [int(private.id)]
        assert client.texts == []
