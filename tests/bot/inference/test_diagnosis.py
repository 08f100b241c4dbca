"""What answers, looked at without asking it anything."""

from typing import Any

import aiohttp
import pytest

from bot.finding import Clocks
from bot.inference.config import InferenceConfig, TasksConfig
from bot.inference.diagnosis import Diagnosis
from simulators.huggingface import HuggingFaceSimulator, listed, on_hub
from simulators.simulator import Fault

TOKEN = "hf_" + "x" * 34
Found = list[tuple[str, str, str]]


async def looked_at(
    session: aiohttp.ClientSession, sim: HuggingFaceSimulator, token: str = TOKEN, api_key: str = "key", **config: Any
) -> Found:
    inference = InferenceConfig(**{"base_url": sim.base_url, "hub_url": sim.url, **config})
    diagnosis = Diagnosis(session, inference, TasksConfig(), token, api_key, Clocks())
    return [(each.mark, each.part, each.text) for each in await diagnosis.findings()]


def of(found: Found, part: str) -> list[tuple[str, str]]:
    return [(mark, text) for mark, its, text in found if its == part]


async def test_nothing_is_generated(session: aiohttp.ClientSession, sim: HuggingFaceSimulator) -> None:
    found = await looked_at(session, sim)
    assert {mark for mark, _, _ in found} == {"fine"}
    assert sim.requests == []
    assert all(entry.request.startswith("GET ") for entry in sim.ledger)


async def test_an_own_server_without_a_list_is_fine_where_it_knows_chats(
    session: aiohttp.ClientSession, sim: HuggingFaceSimulator
) -> None:
    sim.models = None
    found = await looked_at(session, sim, token="", models=("my-model",))
    [(mark, said)] = of(found, "Models")
    assert (mark, "my-model is asked for" in said) == ("fine", True)
    [(mark, said)] = of(found, "Hugging Face")
    assert (mark, "your own server" in said) == ("off", True)
    assert of(found, "Other tasks") == []


async def test_an_own_server_may_choose_the_model(session: aiohttp.ClientSession, sim: HuggingFaceSimulator) -> None:
    [(mark, said)] = of(await looked_at(session, sim, token="", models=()), "Models")
    assert (mark, "that it chooses" in said) == ("fine", True)


async def test_the_key_of_an_own_server_under_the_tokens_name_is_noted(
    session: aiohttp.ClientSession, sim: HuggingFaceSimulator
) -> None:
    [(mark, said)] = of(await looked_at(session, sim, token="sk-own", api_key=""), "Hugging Face")
    assert (mark, "INFERENCE_API_KEY" in said) == ("note", True)


@pytest.mark.parametrize(
    ("status", "body"), [(200, b"<html>Welcome</html>"), (302, b""), (404, b"not found")], ids=["html", "moved", "404"]
)
async def test_whatever_is_no_models_server_is_named(
    session: aiohttp.ClientSession, sim: HuggingFaceSimulator, status: int, body: bytes
) -> None:
    sim.faults.append(Fault("/v1/", "status", times=9, status=status, body=body))
    [(mark, said)] = of(await looked_at(session, sim), "Models")
    assert (mark, "not as an OpenAI-compatible server" in said) == ("mend", True)


async def test_models_that_stand_in_and_are_not_there_are_noted_with_the_reason(
    session: aiohttp.ClientSession, sim: HuggingFaceSimulator
) -> None:
    sim.hub.models["locked/model"] = on_hub("locked/model", "text-generation")
    sim.hub.gated.add("locked/model")
    sim.hub.models["idle/model"] = on_hub("idle/model", "text-generation", ())
    sim.models = [listed("a/model"), listed("resting/model", status="staging")]
    models = ("a/model", "no/model", "locked/model:groq", "idle/model")
    fine, (mark, said) = of(await looked_at(session, sim, models=models), "Models")
    assert fine == ("fine", "a/model answers.")
    assert mark == "note"
    assert "no/model does not exist at the hub" in said
    assert "locked/model:groq is gated: ask for access at https://huggingface.co/locked/model" in said
    assert "idle/model is served by no provider now" in said


async def test_a_task_whose_model_nobody_serves_is_noted_with_its_setting(
    session: aiohttp.ClientSession, sim: HuggingFaceSimulator
) -> None:
    model = TasksConfig().sentiment
    sim.hub.models[model] = on_hub(model, "text-classification", ())
    [(mark, said)] = of(await looked_at(session, sim), "Other tasks")
    assert mark == "note"
    assert f"{model} ([tasks] sentiment)" in said
    assert "entities" not in said
