"""The door between the bot and the model, asked by the bot's own client."""

from collections.abc import AsyncIterator
from contextlib import aclosing

import aiohttp
import pytest

from bot.inference.config import InferenceConfig, TasksConfig
from bot.inference.offline import ECHO
from bot.inference.offline import NAME as GUIDE
from bot.opening import Inference
from bot.replies import Delta
from playground.door import Door, Upstream
from playground.stage import Stage
from simulators.huggingface import HuggingFaceSimulator, Script
from simulators.simulator import Fault

SCALE = 0.01


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(trust_env=False) as opened:
        yield opened


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    async with Door(Upstream(), SCALE) as opened:
        yield opened


def offline(session: aiohttp.ClientSession, door: Door) -> Inference:
    config = InferenceConfig(guide_url=door.base_url)
    return Inference(config, TasksConfig(), session, lambda *_: None, "", "")


async def asked(inference: Inference, text: str, model: str = GUIDE) -> list[Delta]:
    task = {"messages": [{"role": "user", "content": text}]}
    async with aclosing(inference.backend.stream(model, task)) as deltas:
        return [delta async for delta in deltas]


def said(deltas: list[Delta]) -> str:
    return "".join(delta.text for delta in deltas)


async def test_the_guide_answers_over_the_wire_and_is_still_the_guide(
    session: aiohttp.ClientSession, door: Door
) -> None:
    inference = offline(session, door)
    await inference.begin()
    assert inference.offline
    deltas = await asked(inference, "count to 30")
    assert "29, 30." in said(deltas)
    assert "not a language model" in said(deltas)
    assert (deltas[-1].finish, deltas[-1].model) == ("stop", GUIDE)
    assert (await asked(inference, "hello", ECHO))[-1].model == ECHO
    assert [entry.status for entry in door.seen("chat/completions$")] == [200, 200]


async def test_a_cut_breaks_one_answer_and_then_no_more(session: aiohttp.ClientSession, door: Door) -> None:
    inference = offline(session, door)
    door.trouble("cut")
    deltas = await asked(inference, "count to 300")
    assert deltas[-1].finish == "cut"
    assert len(said(deltas)) > 20
    assert not door.cut
    assert door.ledger[-1].verdict == "cut, by the button"
    assert (await asked(inference, "count to 30"))[-1].finish == "stop"


async def test_slow_is_for_one_answer(session: aiohttp.ClientSession, door: Door) -> None:
    inference = offline(session, door)
    door.trouble("slow")
    assert (await asked(inference, "count to 3"))[-1].finish == "stop"
    assert not door.slow
    assert door.ledger[-1].verdict == "slow, by the button"


async def test_only_who_knows_the_secret_is_let_in(session: aiohttp.ClientSession, door: Door) -> None:
    for verb in ("chat/completions", "completions"):
        async with session.post(f"{door.url}/{'x' * 32}/v1/{verb}", json={"messages": []}) as refused:
            assert refused.status == 404
    async with session.get(f"{door.url}/guess/v1/models") as refused:
        assert refused.status == 404
    assert door.base_url not in repr(door.upstream)


@pytest.fixture
async def sim() -> AsyncIterator[HuggingFaceSimulator]:
    async with HuggingFaceSimulator() as simulator:
        simulator.tokens = {"own-key"}
        yield simulator


async def test_a_real_server_is_asked_with_its_key_and_its_refusals_pass(
    session: aiohttp.ClientSession, sim: HuggingFaceSimulator
) -> None:
    async with Door(Upstream(sim.base_url, api_key="own-key"), SCALE) as door:
        config = InferenceConfig(base_url=door.base_url, hub_url=sim.url)
        inference = Inference(config, TasksConfig(), session, lambda *_: None, "", "")
        await inference.begin()
        model = "openai/gpt-oss-20b"
        assert inference.models.catalogue.live(model), "its list of models came through"
        sim.scripts += [Script("word " * 60), Script(status=402), Script("word " * 200, rate=1000)]
        assert said(await asked(inference, "hello", model)).count("word") == 60
        assert sim.headers[0]["Authorization"] == "Bearer own-key"
        async with session.post(f"{door.base_url}/chat/completions", json=sim.requests[0]) as refused:
            assert refused.status == 402
            assert "credits" in await refused.text()
        door.trouble("cut")
        deltas = await asked(inference, "hello", model)
        assert deltas[-1].finish == "cut"
        assert "word" in said(deltas)


async def test_a_server_that_is_not_there_is_said_to_be_away(
    session: aiohttp.ClientSession, sim: HuggingFaceSimulator
) -> None:
    async with Door(Upstream(sim.base_url, api_key="own-key"), SCALE) as door:
        sim.faults.append(Fault("/v1/", "lose request", times=9))
        async with session.get(f"{door.base_url}/models") as away:
            assert away.status == 502
        async with session.post(f"{door.base_url}/chat/completions", json={"messages": []}) as away:
            assert away.status == 502
            assert "cannot reach" in await away.text()


@pytest.mark.parametrize(
    ("upstream", "told", "not_told"),
    [
        (Upstream(), "PARLEY_INFERENCE__GUIDE_URL", "PARLEY_INFERENCE__BASE_URL"),
        (Upstream(token="hf_secret"), "PARLEY_INFERENCE__BASE_URL", "PARLEY_INFERENCE__GUIDE_URL"),
        (
            Upstream("http://127.0.0.1:1/v1", api_key="secret"),
            "PARLEY_INFERENCE__BASE_URL",
            "PARLEY_INFERENCE__GUIDE_URL",
        ),
    ],
)
async def test_the_bot_is_told_where_the_door_is_and_no_secret(upstream: Upstream, told: str, not_told: str) -> None:
    stage = Stage(upstream)
    environment = stage.environment("sqlite:///x.db", "x.key")
    assert environment[told] == stage.door.base_url
    assert not_told not in environment
    assert "secret" not in " ".join(environment.values())
    assert stage.discord.admin.id in environment["PARLEY_ACCESS__OWNERS"]
