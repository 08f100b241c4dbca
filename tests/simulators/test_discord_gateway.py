"""The gateway against real discord.py, and against a bare WebSocket for what no library would send."""

import asyncio
import contextlib
import json
import zlib
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import discord
import pytest

from simulators.discord import DiscordSimulator
from tests.polling import until
from tests.simulators.discord_client import Client, intents, logged_in, point_at


@pytest.fixture
async def sim() -> AsyncIterator[DiscordSimulator]:
    async with DiscordSimulator(scale=0.01) as running:
        yield running


async def test_discord_py_logs_in_with_compression_and_sees_the_guild(sim: DiscordSimulator) -> None:
    async with logged_in(sim) as client:
        await sim.ready()
        assert client.user is not None
        assert str(client.user.id) == sim.bot.id
        assert str(client.application_id) == sim.application_id
        assert [str(each.id) for each in client.get_all_channels()] == [sim.channel.id]
        assert client.events[:2] == ["READY", "GUILD_CREATE"]
        assert sim.identifies == 1


async def test_a_wrong_token_is_refused_at_login_and_at_identify(sim: DiscordSimulator) -> None:
    point_at(sim)
    async with Client(intents()) as client:
        with pytest.raises(discord.LoginFailure):
            await client.login("wrong")
    async with Client(intents()) as client:
        await client.login(sim.token)
        sim.gateway.token = "changed"
        with pytest.raises(discord.ConnectionClosed) as closed:
            await client.connect(reconnect=False)
        assert closed.value.code == 4004


async def test_a_privileged_intent_that_was_not_granted_closes_with_4014(sim: DiscordSimulator) -> None:
    sim.gateway.privileged = 0
    point_at(sim)
    async with Client(intents()) as client:
        await client.login(sim.token)
        with pytest.raises(discord.PrivilegedIntentsRequired):
            await client.connect()


async def test_after_4000_the_session_resumes_and_only_what_was_missed_comes(sim: DiscordSimulator) -> None:
    async with logged_in(sim) as client:
        await sim.say(sim.alice, sim.channel, "before")
        await until(lambda: client.texts == ["before"])
        await sim.drop(4000)
        await sim.say(sim.alice, sim.channel, "meanwhile 1")
        await sim.say(sim.bob, sim.dm(sim.bob), "meanwhile 2")
        await until(lambda: "RESUMED" in client.events)
        await sim.say(sim.alice, sim.channel, "after")
        await until(lambda: client.texts[-1] == "after")
        assert client.texts == ["before", "meanwhile 1", "meanwhile 2", "after"]
        assert (sim.identifies, sim.resumes) == (1, 1)
        assert len(sim.seen("GET /gateway/resume/")) == 1


async def test_replay_sends_events_again_that_were_seen_before(sim: DiscordSimulator) -> None:
    async with logged_in(sim) as client:
        for text in ("one", "two", "three"):
            await sim.say(sim.alice, sim.channel, text)
        await until(lambda: len(client.heard) == 3)
        await sim.replay(2)
        await until(lambda: len(client.heard) == 5)
        assert client.texts == ["one", "two", "three", "two", "three"]
        assert len({each.id for each in client.heard}) == 3


async def test_op_7_asks_for_a_resume(sim: DiscordSimulator) -> None:
    async with logged_in(sim) as client:
        await sim.op7()
        await until(lambda: "RESUMED" in client.events)
        assert (sim.identifies, sim.resumes) == (1, 1)


async def test_op_9_resumable_resumes_and_the_other_identifies_anew(sim: DiscordSimulator) -> None:
    async with logged_in(sim) as client:
        await sim.op9(resumable=True)
        await until(lambda: sim.resumes == 1)
        await until(lambda: "RESUMED" in client.events)
        await sim.op9(resumable=False)
        await until(lambda: client.events.count("READY") == 2)
        assert (sim.identifies, sim.resumes) == (2, 1)


async def test_a_code_that_ends_the_session_loses_what_happens_meanwhile(sim: DiscordSimulator) -> None:
    async with logged_in(sim) as client:
        await sim.drop(4009)
        await sim.say(sim.alice, sim.channel, "lost")
        await until(lambda: client.events.count("READY") == 2)
        await sim.say(sim.alice, sim.channel, "heard")
        await until(lambda: client.texts == ["heard"])
        assert (sim.identifies, sim.resumes) == (2, 0)


@pytest.mark.parametrize("code", [*range(4000, 4006), *range(4007, 4015)])
async def test_which_close_codes_leave_a_session_to_resume(sim: DiscordSimulator, code: int) -> None:
    """developers/topics/opcodes-and-status-codes, read on 2026-11-29."""
    async with socket(sim) as opened:
        await opened.send_json(identify(sim))
        await sim.ready()
        await sim.drop(code)
        async for _ in opened:
            pass
        assert opened.close_code == code
    assert bool(sim.gateway.sessions) == (code in (4000, 4001, 4002, 4005, 4008))


async def test_without_acknowledgements_the_library_reconnects(sim: DiscordSimulator) -> None:
    sim.gateway.heartbeat_interval = 0.05
    sim.mute_acks = True
    async with logged_in(sim, heartbeat_timeout=0.2) as client:
        await until(lambda: "RESUMED" in client.events)
        sim.mute_acks = False
        assert sim.identifies == 1


async def test_content_is_hidden_without_the_intent_but_not_from_whom_it_is_for(sim: DiscordSimulator) -> None:
    async with logged_in(sim, content=False) as client:
        own = await client.get_partial_messageable(int(sim.channel.id)).send("mine")
        (answer,) = sim.messages(sim.channel)
        assert answer.id == str(own.id)
        await sim.say(sim.alice, sim.channel, "to the room")
        await sim.say(sim.alice, sim.channel, "to the bot", mention=True)
        await sim.say(sim.alice, sim.channel, "a reply", reply_to=answer)
        await sim.say(sim.alice, sim.dm(sim.alice), "in private")
        await until(lambda: len(client.heard) == 4)
        assert client.texts == ["", f"{sim.bot.mention} to the bot", "a reply", "in private"]


async def test_rest_hides_content_too_where_the_intent_was_not_granted(sim: DiscordSimulator) -> None:
    sim.gateway.privileged = 0
    async with logged_in(sim, content=False) as client:
        await sim.say(sim.alice, sim.channel, "to the room")
        channel = client.get_partial_messageable(int(sim.channel.id))
        assert [each.content async for each in channel.history()] == [""]


async def test_events_of_intents_that_were_not_asked_for_do_not_come(sim: DiscordSimulator) -> None:
    point_at(sim)
    wanted = discord.Intents.none()
    wanted.dm_messages = True
    async with Client(wanted) as client:
        await client.login(sim.token)
        running = asyncio.create_task(client.connect())
        await client.wait_until_ready()
        await sim.say(sim.alice, sim.channel, "in the guild", mention=True)
        await sim.say(sim.alice, sim.dm(sim.alice), "in private")
        await until(lambda: client.texts)
        await client.close()
        await asyncio.gather(running, return_exceptions=True)
        assert client.texts == ["in private"]
        assert "GUILD_CREATE" not in client.events


@contextlib.asynccontextmanager
async def socket(sim: DiscordSimulator, query: str = "?v=10&encoding=json") -> AsyncIterator[Any]:
    async with aiohttp.ClientSession() as session, session.ws_connect(sim.gateway_url + query) as opened:
        hello = await opened.receive_json()
        assert hello["op"] == 10
        yield opened


def identify(sim: DiscordSimulator, **changed: Any) -> dict[str, Any]:
    return {"op": 2, "d": {"token": sim.token, "properties": {}, "intents": 513, **changed}}


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        (['{"op": 99}'], 4001),
        (["not json"], 4002),
        ([json.dumps({"op": 1, "d": "x" * 5000})], 4002),
        (['{"op": 3, "d": {}}'], 4003),
        ([json.dumps({"op": 2, "d": {"token": "wrong", "properties": {}, "intents": 0}})], 4004),
        ([json.dumps({"op": 6, "d": {"token": "wrong", "session_id": "x", "seq": 1}})], 4004),
        (['{"op": 1, "d": null}'] * 121, 4008),
    ],
)
async def test_close_codes(sim: DiscordSimulator, frames: list[str], code: int) -> None:
    async with socket(sim) as opened:
        for frame in frames:
            await opened.send_str(frame)
        async for _ in opened:
            pass
        assert opened.close_code == code


async def test_close_codes_of_identify(sim: DiscordSimulator) -> None:
    for frames, code in (
        ([identify(sim), identify(sim)], 4005),
        ([identify(sim, intents=1 << 40)], 4013),
        ([identify(sim, intents=1 << 1)], 4014),
        ([identify(sim, shard=[1, 1])], 4010),
        ([identify(sim, shard=0)], 4010),
    ):
        sim.advance(5)  # one identify in five seconds
        async with socket(sim) as opened:
            for frame in frames:
                await opened.send_json(frame)
            async for _ in opened:
                pass
            assert opened.close_code == code


async def test_another_version_of_the_api_is_refused(sim: DiscordSimulator) -> None:
    async with aiohttp.ClientSession() as session, session.ws_connect(sim.gateway_url + "?v=6") as opened:
        await opened.receive()
        assert opened.close_code == 4012


async def test_a_resume_that_cannot_be_is_invalid(sim: DiscordSimulator) -> None:
    async with socket(sim) as opened:
        await opened.send_json({"op": 6, "d": {"token": sim.token, "session_id": "unknown", "seq": 1}})
        assert await opened.receive_json() == {"op": 9, "d": False, "s": None, "t": None}
        await opened.send_json(identify(sim))
        ready = await opened.receive_json()
        assert (ready["t"], ready["s"]) == ("READY", 1)
        session_id = ready["d"]["session_id"]
        await opened.close(code=4000)
    async with socket(sim) as opened:
        await opened.send_json({"op": 6, "d": {"token": sim.token, "session_id": session_id, "seq": 99}})
        async for _ in opened:
            pass
        assert opened.close_code == 4007
    assert sim.resumes == 0
    assert sim.gateway.sessions == {}


async def test_a_client_that_closes_with_1000_ends_its_session(sim: DiscordSimulator) -> None:
    for code, left in ((4000, 1), (1000, 0), (1001, 0)):
        async with socket(sim) as opened:
            await opened.send_json(identify(sim))
            await sim.ready()
            await opened.close(code=code)
        await until(lambda: not sim.gateway.live.is_set())
        assert len(sim.gateway.sessions) == left
        sim.gateway.sessions.clear()
        sim.advance(5)  # one identify in five seconds


async def test_heartbeats_are_acknowledged_and_a_text_connection_stays_text(sim: DiscordSimulator) -> None:
    async with socket(sim) as opened:
        await opened.send_json({"op": 1, "d": None})
        assert (await opened.receive_json())["op"] == 11


async def test_a_compressed_stream_shares_one_context_over_all_payloads(sim: DiscordSimulator) -> None:
    context = zlib.decompressobj()
    query = "?v=10&encoding=json&compress=zlib-stream"
    async with aiohttp.ClientSession() as session, session.ws_connect(sim.gateway_url + query) as opened:
        payloads = []
        await opened.send_json(identify(sim))
        for _ in range(3):
            data = await opened.receive_bytes()
            assert data.endswith(b"\x00\x00\xff\xff")
            payloads.append(json.loads(context.decompress(data)))
    assert [each["t"] for each in payloads] == [None, "READY", "GUILD_CREATE"]
