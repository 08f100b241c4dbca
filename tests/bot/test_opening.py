from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from typing import Any

import aiohttp
import pytest

from bot.inference.config import InferenceConfig, TasksConfig
from bot.inference.offline import ECHO
from bot.inference.offline import NAME as GUIDE
from bot.opening import Inference
from bot.replies import Delta
from simulators.huggingface import HuggingFaceSimulator


@pytest.fixture
async def sim() -> AsyncIterator[HuggingFaceSimulator]:
    async with HuggingFaceSimulator() as simulator:
        yield simulator


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(trust_env=False) as opened:
        yield opened


def an_inference(session: aiohttp.ClientSession, sim: HuggingFaceSimulator | None = None, **more: str) -> Inference:
    urls = {"base_url": sim.base_url, "hub_url": sim.url} if sim else {}
    config = InferenceConfig.model_validate(urls | more)
    return Inference(config, TasksConfig(), session, lambda *_: None, "", "first-key" if sim else "")


async def asked(inference: Inference, task: Mapping[str, Any], model: str = "openai/gpt-oss-20b") -> list[Delta]:
    async with aclosing(inference.backend.stream(model, task)) as deltas:
        return [delta async for delta in deltas]


CHAT = {"messages": [{"role": "user", "content": "hello"}]}
FEELS = {"task": "text-classification", "inputs": "What a wonderful day, I love it"}


async def test_without_a_token_the_offline_kin_answer(session: aiohttp.ClientSession) -> None:
    inference = an_inference(session)
    await inference.begin()
    assert inference.offline
    assert inference.defaults["chat"]() == (GUIDE, ECHO)
    assert (await asked(inference, CHAT, ECHO))[-1].model == ECHO
    assert (await asked(inference, FEELS))[-1].result[0].name == "positive"
    assert await inference.pipeline_of("org/model") == ""


async def test_an_own_server_that_knows_only_chat_leaves_the_rest_to_the_offline_kin(
    session: aiohttp.ClientSession, sim: HuggingFaceSimulator
) -> None:
    inference = an_inference(session, sim)
    await inference.begin()
    assert "hello" in "".join(delta.text for delta in await asked(inference, CHAT))
    assert "Offline" in (await asked(inference, FEELS))[-1].note
    assert sim.task_requests == []


async def test_tasks_go_where_the_setting_points(session: aiohttp.ClientSession, sim: HuggingFaceSimulator) -> None:
    inference = an_inference(session, sim, tasks_url=sim.tasks_url)
    await inference.begin()
    await asked(inference, FEELS, inference.tasks.sentiment)
    assert [request.model for request in sim.task_requests] == [inference.tasks.sentiment]


async def test_another_token_is_taken_up(
    session: aiohttp.ClientSession, sim: HuggingFaceSimulator, caplog: pytest.LogCaptureFixture
) -> None:
    sim.tokens = {"first-key", "second-key"}
    inference = an_inference(session, sim)
    await inference.begin()
    await asked(inference, CHAT)
    await inference.renew("", "second-key")
    await asked(inference, CHAT)
    assert [head["Authorization"] for head in sim.headers] == ["Bearer first-key", "Bearer second-key"]
    without = an_inference(session)
    await without.renew("hf_" + "x" * 34, "")
    assert without.offline
    assert "restart" in caplog.text
