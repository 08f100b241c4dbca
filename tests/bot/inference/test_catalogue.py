import json
import logging
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.inference import catalogue as room
from bot.inference.catalogue import Catalogue, Offer, ordered, read_catalogue
from bot.inference.config import InferenceConfig
from simulators.huggingface import HuggingFaceSimulator, listed
from simulators.simulator import Fault

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


FIELDS = ["data", "id", "providers", "provider", "status", "context_length", "pricing", "input", "output"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats() | st.sampled_from(["live", "a/b", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=5),
    max_leaves=20,
)


@given(JSON, st.sampled_from(["a/b", "a/b:fastest", "", ":"]))
def test_a_list_may_have_any_shape(models: Any, name: str) -> None:
    found = Catalogue(room._offers({"data": [{"id": name, "providers": models}, models]}))
    window = found.window(name)
    assert window is None or window > 0
    assert ordered([name], found) == [name]
    assert isinstance(json.dumps(sorted(found.offers)), str)
