import asyncio
import json
import logging
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.inference import catalogue as room
from bot.inference.catalogue import REFRESH_SECONDS, Catalogue, Models, Offer, Traits, ordered, read_catalogue
from bot.inference.config import InferenceConfig
from simulators.huggingface import HuggingFaceSimulator, listed
from simulators.simulator import Fault
from tests.virtual_time import run

LIST = Catalogue(
    {
        "a/b": (
            Offer("novita", live=True, window=65_536, price=(1.0, 2.0)),
            Offer("together", live=True, window=131_072),
            Offer("groq", live=False, window=1024),
            Offer("featherless-ai", live=True),
        ),
        "c/d": (Offer("groq", live=False, window=4096),),
        "llama3:8b": (Offer("", live=True, window=8192),),
        "e/f": (Offer("novita", live=True),),
    }
)


@pytest.mark.parametrize(
    ("model", "live", "window"),
    [
        ("a/b", True, 65_536),
        ("a/b:fastest", True, 65_536),
        ("a/b:cheapest", True, 65_536),
        ("a/b:preferred", True, 65_536),
        ("a/b:together", True, 131_072),
        ("a/b:featherless-ai", True, None),
        ("a/b:groq", False, None),
        ("a/b:nobody", False, None),
        ("c/d", False, None),
        ("e/f", True, None),
        ("llama3:8b", True, 8192),
        ("x/y", False, None),
        ("", False, None),
    ],
)
def test_what_is_live_and_how_much_it_can_look_at(model: str, live: bool, window: int | None) -> None:
    assert LIST.live(model) is live
    assert LIST.window(model) == window


@pytest.mark.parametrize(
    ("models", "catalogue", "chosen"),
    [
        (("x/y", "a/b:together", "e/f"), LIST, "a/b:together"),
        (("a/b:groq", "c/d", "e/f"), LIST, "e/f"),
        (("x/y", "c/d"), LIST, "x/y"),
        (("x/y", "a/b"), Catalogue(), "x/y"),
        ((), LIST, ""),
    ],
)
def test_the_first_that_is_live_is_chosen(models: tuple[str, ...], catalogue: Catalogue, chosen: str) -> None:
    assert next(iter(ordered(models, catalogue)), "") == chosen


async def read(session: aiohttp.ClientSession, sim: HuggingFaceSimulator) -> Catalogue:
    config = InferenceConfig.model_validate({"base_url": sim.base_url})
    return await read_catalogue(session, config, "hf_token", "server-key")


async def test_the_routers_list_is_read(session: aiohttp.ClientSession, sim: HuggingFaceSimulator) -> None:
    sim.tokens = {"server-key"}
    sim.models = [listed("a/b", 4096), listed("c/d", provider="groq", status="error")]
    found = await read(session, sim)
    assert found.offers["a/b"] == (Offer("sim", live=True, window=4096, price=(0.1, 0.4)),)
    assert (found.live("a/b"), found.live("c/d")) == (True, False)


async def test_what_an_own_server_lists_it_serves(session: aiohttp.ClientSession, sim: HuggingFaceSimulator) -> None:
    sim.models = [{"id": "own", "object": "model", "max_model_len": 40_960}, {"id": "other"}]
    found = await read(session, sim)
    assert (found.live("own"), found.window("own"), found.live("other")) == (True, 40_960, True)


@pytest.mark.parametrize(
    "fault",
    [
        Fault("models", "status", status=404),
        Fault("models", "status", status=307, headers={"Location": "http://127.0.0.1:1/"}),
        Fault("models", "status", status=200, body=b"<html>", content_type="text/html"),
        Fault("models", "status", status=200, body=b"[" * 100_000),
        Fault("models", "status", status=200, body=b'{"data": 7}'),
        Fault("models", "lose request", times=9),  # aiohttp repeats a GET by itself
        Fault("models", "lose response", times=9),
    ],
)
async def test_without_a_list_nothing_is_known_and_that_is_logged(
    session: aiohttp.ClientSession, sim: HuggingFaceSimulator, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    sim.faults.append(fault)
    with caplog.at_level(logging.INFO, "bot.inference"):
        assert await read(session, sim) == Catalogue()
    assert len(caplog.records) == 1


async def test_a_list_that_does_not_come_is_not_waited_for(
    session: aiohttp.ClientSession, sim: HuggingFaceSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "SECONDS", 0.05)
    sim.faults.append(Fault("models", "delay", seconds=60))
    assert await read(session, sim) == Catalogue()


async def test_a_list_without_end_is_not_read_to_its_end(
    session: aiohttp.ClientSession, sim: HuggingFaceSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "BYTES", 1000)
    sim.models = [listed(f"org/{number}") for number in range(10_000)]
    assert await read(session, sim) == Catalogue()


FIELDS = [
    "data", "id", "providers", "provider", "status", "context_length", "pricing", "input", "output", "supports_tools",
    "is_free", "first_token_latency_ms", "throughput", "input_modalities",
]  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats() | st.sampled_from(["live", "a/b", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=5),
    max_leaves=20,
)


@given(JSON, st.sampled_from(["a/b", "a/b:fastest", "", ":"]))
def test_a_list_may_have_any_shape(models: Any, name: str) -> None:
    shaped = {"id": name, "providers": models, "architecture": models}
    found = room.catalogue_of({"data": [shaped, models]})
    window = found.window(name)
    assert window is None or window > 0
    traits = found.traits(name)
    assert traits is None or traits.latency is None or traits.latency >= 0
    assert ordered([name], found) == [name]
    assert isinstance(json.dumps(sorted(found.offers)), str)


FULL = {
    "id": "a/b",
    "architecture": {"input_modalities": ["text", "image", 7]},
    "providers": [
        {
            "provider": "novita",
            "status": "live",
            "context_length": 65_536,
            "pricing": {"input": 0.1, "output": 0.4},
            "supports_tools": True,
            "is_free": True,
            "first_token_latency_ms": 400,
            "throughput": 90.5,
        },
        {"provider": "groq", "status": "live", "supports_structured_output": True, "first_token_latency_ms": 250},
        {"provider": "late", "status": "error", "first_token_latency_ms": 1, "throughput": 999},
    ],
}


def test_what_the_list_tells_of_a_model() -> None:
    found = room.catalogue_of({"data": [FULL, {"id": "own", "max_model_len": 4096}]})
    assert found.traits("a/b") == Traits(
        65_536, (0.1, 0.4), ("novita", "groq"), ("image",), True, True, True, 0.25, 90.5
    )  # fmt: skip
    assert found.traits("a/b:groq") == Traits(None, None, ("groq",), ("image",), False, True, False, 0.25, None)
    assert found.traits("own") == Traits(4096, None, (), (), False, False, False, None, None)
    assert found.traits("a/b:late") is None
    assert found.traits("c/d") is None


@pytest.mark.parametrize("odd", [True, -1, float("nan"), float("inf"), "7", None])
def test_a_number_that_is_none_is_not_known(odd: Any) -> None:
    provider = {"provider": "p", "status": "live", "throughput": odd, "pricing": {"input": odd, "output": 1}}
    found = room.catalogue_of({"data": [{"id": "a/b", "providers": [provider]}]})
    assert found.offers["a/b"] == (Offer("p", live=True),)


def models(*names: str) -> Models:
    async def read() -> Catalogue:
        return LIST

    return Models(read, 8192, Catalogue({name: (Offer("groq", live=True),) for name in names}))


KNOWN = models("openai/gpt-oss-20b", "openai/gpt-oss-120b", "Qwen/Qwen3-32B", "one/twin", "two/twin", "llama3:8b")


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("Qwen/Qwen3-32B", "Qwen/Qwen3-32B"),
        ("qwen/QWEN3-32b", "Qwen/Qwen3-32B"),
        ("qwen3-32b", "Qwen/Qwen3-32B"),
        ("qwen3-32b:groq", "Qwen/Qwen3-32B:groq"),
        ("Qwen/Qwen3-32B:fastest", "Qwen/Qwen3-32B:fastest"),
        ("Qwen/Qwen3-32B:nobody", ""),
        ("llama3:8b", "llama3:8b"),
        ("twin", ""),
        ("gpt-oss", ""),
        ("", ""),
    ],
)
def test_the_model_that_is_meant(typed: str, found: str) -> None:
    assert KNOWN.find(typed) == found


@pytest.mark.parametrize(
    ("typed", "near"),
    [
        ("gpt-oss", ["openai/gpt-oss-120b", "openai/gpt-oss-20b"]),
        ("openai/gpt-os-20b", ["openai/gpt-oss-20b", "openai/gpt-oss-120b"]),
        ("Qwn3-32B", ["Qwen/Qwen3-32B"]),
        ("twin", ["one/twin", "two/twin"]),
        ("xyz", []),
    ],
)
def test_names_that_are_near(typed: str, near: list[str]) -> None:
    assert list(KNOWN.near(typed, 3)) == near


def test_the_list_is_kept_fresh_and_survives_the_lists_absence() -> None:
    answers = [Catalogue(), LIST]

    async def read() -> Catalogue:
        return answers.pop(0) if answers else Catalogue()

    async def scenario() -> None:
        its = Models(read, 8192)
        keeping = asyncio.create_task(its.keep_fresh())
        known = []
        for _ in range(4):
            known.append(bool(its.catalogue.offers))
            await asyncio.sleep(REFRESH_SECONDS + 1)
        assert known == [False, False, True, True]
        keeping.cancel()

    run(scenario())


def test_cheaper_models_the_dearest_first() -> None:
    prices = {"dear": (5.0, 5.0), "fair": (1.0, 2.0), "cheap": (0.1, 0.2), "same": (5.0, 5.0), "unknown": None}
    its = models()
    its.catalogue = Catalogue({name: (Offer("p", live=True, price=price),) for name, price in prices.items()})
    assert list(its.cheaper("dear", ["cheap", "unknown", "same", "fair", "dear"])) == ["fair", "cheap"]
    assert list(its.cheaper("unknown", ["cheap"])) == []
