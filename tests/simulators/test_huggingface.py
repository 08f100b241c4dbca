"""The simulator, spoken to by a plain client: what it refuses, how it streams, how its faults look on the wire."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any, get_args

import aiohttp
import pytest

from simulators.completions import Trouble
from simulators.huggingface import HuggingFaceSimulator, Script, listed
from tests.polling import until

MODEL = "openai/gpt-oss-20b"


@pytest.fixture
async def sim() -> AsyncIterator[HuggingFaceSimulator]:
    async with HuggingFaceSimulator() as running:
        yield running


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as running:
        yield running


def asked(text: str = "Hello there", **more: Any) -> dict[str, Any]:
    return {"model": MODEL, "messages": [{"role": "user", "content": text}], "stream": True, **more}


async def post(
    session: aiohttp.ClientSession, sim: HuggingFaceSimulator, body: Any, **headers: str
) -> tuple[int, bytes]:
    async with session.post(f"{sim.base_url}/chat/completions", json=body, headers=headers) as response:
        return response.status, await response.read()


def data_of(raw: bytes) -> list[Any]:
    lines = [line.removeprefix("data: ") for line in raw.decode().split("\n") if line.startswith("data: ")]
    return [line if line == "[DONE]" else json.loads(line) for line in lines]


def text_of(raw: bytes) -> str:
    chunks = [each for each in data_of(raw) if each != "[DONE]"]
    return "".join(each["choices"][0]["delta"]["content"] for each in chunks if each["choices"])


async def test_by_default_it_repeats_the_question_and_every_chunk_is_stamped(
    sim: HuggingFaceSimulator, session: aiohttp.ClientSession
) -> None:
    status, raw = await post(session, sim, asked(stream_options={"include_usage": True}))
    *chunks, done = data_of(raw)
    assert (status, done) == (200, "[DONE]")
    assert text_of(raw) == "You said: Hello there"
    stamps = [each["t"] for each in chunks]
    assert stamps == sorted(stamps)
    assert chunks[-1]["choices"] == []
    assert chunks[-1]["usage"]["completion_tokens"] == 4
    assert sim.requests == [asked(stream_options={"include_usage": True})]
    assert sim.open_streams == 0


async def test_scripts_come_first_and_then_the_default(
    sim: HuggingFaceSimulator, session: aiohttp.ClientSession
) -> None:
    sim.scripts.extend([Script("one"), Script(tokens=["t", "wo"], stamps=True)])
    sim.default = lambda body: Script(body["messages"][0]["content"].upper())
    said = [text_of((await post(session, sim, asked("three")))[1]) for _ in range(3)]
    assert (said[0], said[2]) == ("one", "THREE")
    assert said[1].startswith("t⟨")
    assert said[1].count("⟩") == 2


async def test_without_stream_the_answer_is_one_object(
    sim: HuggingFaceSimulator, session: aiohttp.ClientSession
) -> None:
    sim.scripts.append(Script("whole", reasoning="hm"))
    _, raw = await post(session, sim, asked(stream=False))
    choice = json.loads(raw)["choices"][0]
    assert (choice["message"]["content"], choice["message"]["reasoning"]) == ("whole", "hm")
    assert choice["finish_reason"] == "stop"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"model": MODEL, "messages": []}, 422, "validation_error"),
        (["no object"], 422, "validation_error"),
        (asked(temperature=3), 422, "validation_error"),
        (asked(max_tokens=0), 422, "validation_error"),
        ({**asked(), "model": "nobody/serves-this"}, 400, "model_not_supported"),
        ({**asked(), "model": f"{MODEL}:elsewhere"}, 400, "model_not_supported"),
        ({**asked(), "model": f"{MODEL}:sim"}, 200, ""),
        ({**asked(), "model": f"{MODEL}:fastest"}, 200, ""),
        (asked("word " * 40_000), 400, "context_length_exceeded"),
    ],
)
async def test_it_refuses_what_the_router_refuses(
    sim: HuggingFaceSimulator, session: aiohttp.ClientSession, body: Any, status: int, code: str
) -> None:
    got, raw = await post(session, sim, body)
    assert got == status
    assert status == 200 or json.loads(raw)["error"]["code"] == code
    assert bool(sim.ledger[-1].verdict) == (status != 200)


async def test_only_known_tokens_are_let_in(sim: HuggingFaceSimulator, session: aiohttp.ClientSession) -> None:
    sim.tokens = {"hf_known"}
    assert (await post(session, sim, asked()))[0] == 401
    assert (await post(session, sim, asked(), Authorization="Bearer hf_other"))[0] == 401
    assert (await post(session, sim, asked(), Authorization="Bearer hf_known"))[0] == 200
    assert [each["Authorization"] for each in sim.headers] == ["Bearer hf_known"]


async def test_the_model_list_and_the_account(sim: HuggingFaceSimulator, session: aiohttp.ClientSession) -> None:
    async def get(path: str, **headers: str) -> tuple[int, Any]:
        async with session.get(sim.url + path, headers=headers) as response:
            return response.status, await response.json()

    sim.models = [listed("a/b", 4096)]
    status, found = await get("/v1/models")
    assert (status, [each["id"] for each in found["data"]]) == (200, ["a/b"])
    assert (await get("/v1/models/a/b"))[1]["providers"][0]["context_length"] == 4096
    assert (await get("/v1/models/a/c"))[0] == 404
    sim.models = None
    assert (await get("/v1/models"))[0] == 404
    assert (await get("/api/whoami-v2"))[0] == 401
    assert (await get("/api/whoami-v2", Authorization="Bearer hf_x"))[1]["auth"]["accessToken"]["role"] == "fineGrained"


async def test_a_retry_after_is_scaled_and_kept_in_the_ledger(session: aiohttp.ClientSession) -> None:
    async with HuggingFaceSimulator(scale=0.01) as sim:
        sim.scripts.append(Script(status=429, headers={"Retry-After": "7"}))
        async with session.post(f"{sim.base_url}/chat/completions", json=asked()) as response:
            assert (response.status, response.headers["Retry-After"]) == (429, "0.07")
            assert (await response.json())["error"]["code"] == "rate_limit_exceeded"
        assert sim.ledger[-1].hold == pytest.approx(0.07)


WHOLE = [
    "comments",
    "crlf",
    "cr",
    "no space",
    "bom",
    "bytewise",
    "split utf8",
    "choices null",
    "content null",
    "no done",
]
ENDLESS = ["stall", "slow loris", "endless", "only comments", "huge line", "hold open", "mute"]


@pytest.mark.parametrize("fault", WHOLE)
async def test_an_odd_stream_is_whole(sim: HuggingFaceSimulator, session: aiohttp.ClientSession, fault: Any) -> None:
    sim.scripts.append(Script("Grüße 👋 an alle", fault=fault, rate=0))
    status, raw = await post(session, sim, asked())
    assert status == 200
    for word in ("Grüße", "👋", "alle"):
        assert word.encode() in raw
    assert (b"[DONE]" in raw) == (fault != "no done")


@pytest.mark.parametrize("fault", ["reset", "drop"])
async def test_a_broken_connection_comes_after_its_tokens(
    sim: HuggingFaceSimulator, session: aiohttp.ClientSession, fault: Any
) -> None:
    sim.scripts.append(Script("one two three four", fault=fault, after=2))
    got: list[bytes] = []

    async def read() -> None:
        async with session.post(f"{sim.base_url}/chat/completions", json=asked()) as response:
            while piece := await response.content.readany():
                got.append(piece)

    with pytest.raises(aiohttp.ClientError):
        await read()
    assert text_of(b"".join(got)) == "one two "
    assert sim.cancelled == 0


@pytest.mark.parametrize("fault", ["eof", "half json", "garbage", "error event", "error object", "error string"])
async def test_a_stream_that_ends_early_has_no_done(
    sim: HuggingFaceSimulator, session: aiohttp.ClientSession, fault: Any
) -> None:
    sim.scripts.append(Script("one two three four", fault=fault, after=2))
    _, raw = await post(session, sim, asked())
    assert b'"two "' in raw
    assert b"three" not in raw
    assert b"[DONE]" not in raw


@pytest.mark.parametrize("fault", ENDLESS)
async def test_a_stream_without_end_goes_on_until_its_reader_leaves(
    sim: HuggingFaceSimulator, session: aiohttp.ClientSession, fault: Any
) -> None:
    sim.scripts.append(Script("one two", fault=fault, after=1))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await post(session, sim, asked())
    await until(lambda: not sim.open_streams and (fault == "mute" or sim.cancelled))


async def test_what_is_no_stream(sim: HuggingFaceSimulator, session: aiohttp.ClientSession) -> None:
    sim.scripts.extend([Script("whole", fault="json"), Script(fault="html"), Script("gone", fault="empty")])
    assert json.loads((await post(session, sim, asked()))[1])["choices"][0]["message"]["content"] == "whole"
    assert b"<html>" in (await post(session, sim, asked()))[1]
    assert text_of((await post(session, sim, asked()))[1]) == ""


async def test_odd_characters(sim: HuggingFaceSimulator, session: aiohttp.ClientSession) -> None:
    sim.scripts.extend([Script("line", fault="u2028"), Script("bytes", fault="bad utf8")])
    assert "line\u2028\x85" in (await post(session, sim, asked()))[1].decode()
    assert b"\xff\xc3bytes" in (await post(session, sim, asked()))[1]


def test_every_fault_is_tried_here() -> None:
    early = ["reset", "drop", "eof", "half json", "garbage", "error event", "error object", "error string"]
    rest = ["u2028", "bad utf8", "empty", "json", "html"]
    assert sorted([*WHOLE, *ENDLESS, *early, *rest]) == sorted(get_args(Trouble))
