"""The simulated Space behaves as gradio 6.31 did when it was asked the same (2026-11-20)."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from simulators.spaces import Drawing, SpacesSimulator
from tests.polling import until

API = "/gradio_api"


@pytest.fixture
async def space() -> AsyncIterator[SpacesSimulator]:
    async with SpacesSimulator(scale=0.001) as running:
        yield running


@pytest.fixture
async def session(space: SpacesSimulator) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(space.url) as running:
        yield running


async def join(session: aiohttp.ClientSession, name: str) -> tuple[int, Any]:
    data = ["a fox", "", 42, False, 64, 32, 0.0, 2]
    async with session.post(f"{API}/queue/join", json={"data": data, "fn_index": 0, "session_hash": name}) as response:
        return response.status, await response.json()


@asynccontextmanager
async def listening(session: aiohttp.ClientSession, name: str) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
    async with session.get(f"{API}/queue/data", params={"session_hash": name}) as response:
        yield (json.loads(line.removeprefix(b"data: ")) async for line in response.content if line.strip())


async def told(session: aiohttp.ClientSession, name: str) -> list[dict[str, Any]]:
    async with listening(session, name) as messages:
        return [message async for message in messages if message["msg"] != "heartbeat"]


async def cancel(session: aiohttp.ClientSession, name: str, event: str) -> None:
    body = {"session_hash": name, "fn_index": 0, "event_id": event}
    async with session.post(f"{API}/cancel", json=body) as response:
        assert await response.json() == {"success": True}


async def test_one_event_from_the_queue_to_its_file(space: SpacesSimulator, session: aiohttp.ClientSession) -> None:
    status, joined = await join(session, "s1")
    messages = await told(session, "s1")
    assert status == 200
    assert [message["msg"] for message in messages] == [
        *("estimation", "process_starts", "progress", "progress", "process_completed", "close_stream")
    ]
    assert {message["event_id"] for message in messages[:-1]} == {joined["event_id"]}
    assert (messages[0]["rank"], messages[0]["queue_size"]) == (0, 1)
    picture, seed = messages[4]["output"]["data"]
    async with session.get(picture["url"]) as response:
        assert (await response.read()).startswith(b"\x89PNG")
    assert seed == 42


async def test_ranks_are_told_anew_when_somebody_starts(space: SpacesSimulator, session: aiohttp.ClientSession) -> None:
    gate = asyncio.Event()
    space.drawings.append(Drawing(gate=gate))
    for name in ("s1", "s2", "s3"):
        await join(session, name)
    gate.set()
    ranks = [(each["rank"], each["queue_size"]) for each in await told(session, "s3") if each["msg"] == "estimation"]
    assert ranks == [(1, 2), (0, 1)]


async def test_a_full_queue_refuses(space: SpacesSimulator, session: aiohttp.ClientSession) -> None:
    space.max_size = 1
    space.drawings.append(Drawing(gate=asyncio.Event()))
    await join(session, "s1")
    await until(lambda: space.running)
    await join(session, "s2")
    assert await join(session, "s3") == (503, {"detail": "Queue is full. Max size is 1 and size is 1."})


async def test_a_cancelled_event_gives_its_place_back_at_once(
    space: SpacesSimulator, session: aiohttp.ClientSession
) -> None:
    space.drawings.append(Drawing(gate=asyncio.Event()))
    _, joined = await join(session, "s1")
    await join(session, "s2")
    async with listening(session, "s1") as messages:
        assert (await anext(messages))["msg"] == "estimation"
        await cancel(session, "s1", joined["event_id"])
        rest = [message async for message in messages]
    assert rest[-2:] == [
        {"msg": "process_completed", "event_id": joined["event_id"], "output": {}, "success": True},
        {"msg": "close_stream", "event_id": None},
    ]
    assert (await told(session, "s2"))[-2]["success"] is True


async def test_who_hangs_up_leaves_the_queue_but_what_runs_goes_on(
    space: SpacesSimulator, session: aiohttp.ClientSession
) -> None:
    gate = asyncio.Event()
    space.drawings.append(Drawing(gate=gate))
    for name in ("s1", "s2"):
        await join(session, name)
        async with listening(session, name) as messages:
            await anext(messages)
    await until(lambda: not space.waiting and not space.open_streams)
    assert space.running is not None
    gate.set()
    await until(lambda: space.running is None)
    assert len(space.drawn) == 1


async def test_heartbeats_come_while_nothing_else_does(space: SpacesSimulator, session: aiohttp.ClientSession) -> None:
    space.drawings.append(Drawing(fault="silent"))
    await join(session, "s1")
    async with listening(session, "s1") as messages:
        kinds = [(await anext(messages))["msg"] for _ in range(4)]
    assert kinds == ["estimation", "process_starts", "heartbeat", "heartbeat"]


async def test_errors_are_told_as_gradio_tells_them(space: SpacesSimulator, session: aiohttp.ClientSession) -> None:
    space.drawings.extend([Drawing(error="too dark"), Drawing(error="")])
    for name, error in (("s1", "too dark"), ("s2", None)):
        await join(session, name)
        last = (await told(session, name))[-2]
        assert (last["success"], last["output"]["error"]) == (False, error)


async def test_a_session_that_is_not_known(session: aiohttp.ClientSession) -> None:
    assert (await told(session, "nobody"))[0]["session_not_found"] is True
    assert (await join(session, ""))[0] == 400


async def test_the_hub_tells_the_place_and_the_stages_one_after_the_other(
    space: SpacesSimulator, session: aiohttp.ClientSession
) -> None:
    space.stages.append("SLEEPING")
    told = []
    for line in ("sim/painter/host", "sim/painter/runtime", "sim/painter/runtime", "sim/other/host"):
        async with session.get(f"/api/spaces/{line}") as response:
            fields = await response.json()
            told.append(fields.get("stage") or fields.get("host") or response.status)
    assert told == [space.url, "SLEEPING", "RUNNING", 404]
