"""Over loopback: what the simulated hub says, and what is done where it says nothing."""

import time
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Mistaken
from bot.inference import hub as module
from bot.inference.failures import ModelUnavailable
from bot.inference.hub import Hub, Known, Served, known
from simulators.huggingface import HuggingFaceSimulator, on_hub
from simulators.simulator import Fault

FLUX = "black-forest-labs/FLUX.1-schnell"
BERT = "google-bert/bert-base-uncased"


@pytest.fixture
def hub(sim: HuggingFaceSimulator, session: aiohttp.ClientSession) -> Hub:
    return Hub(session, sim.hub_url, "hf_token")


async def test_a_model_is_described_and_asked_for_once(hub: Hub, sim: HuggingFaceSimulator) -> None:
    found = await hub.look_up(BERT)
    assert found is not None
    assert (found.id, found.tag, found.mask) == (BERT, "fill-mask", "[MASK]")
    assert [(each.provider, each.name, each.task, each.live) for each in found.served] == [
        ("hf-inference", BERT, "fill-mask", True)
    ]
    assert await hub.look_up(BERT) is found
    assert len(sim.seen("/api/models/")) == 1


async def test_providers_stand_in_the_hubs_order(hub: Hub) -> None:
    found = await hub.look_up(FLUX)
    assert found is not None
    assert [each.provider for each in found.served] == ["fal-ai", "together", "nscale", "hf-inference"]


async def test_a_renamed_model_is_found_under_its_old_name(hub: Hub, sim: HuggingFaceSimulator) -> None:
    sim.hub.moved["bert-base-uncased"] = BERT
    assert (await hub.look_up("bert-base-uncased") or Known("")).id == BERT


async def test_a_redirect_to_another_host_is_not_followed(hub: Hub, sim: HuggingFaceSimulator) -> None:
    elsewhere = {"Location": "http://127.0.0.1:1/api/models/x"}
    sim.faults.append(Fault("/api/models/", "status", status=307, headers=elsewhere))
    assert await hub.look_up(BERT) is None


@pytest.mark.parametrize("times", [1, 2])
async def test_an_unknown_model_is_refused_and_not_asked_for_again(
    hub: Hub, sim: HuggingFaceSimulator, times: int
) -> None:
    for _ in range(times):
        with pytest.raises(ModelUnavailable, match="org/none is not available"):
            await hub.look_up("org/none")
    assert len(sim.seen("/api/models/")) == 1


async def test_what_is_forgotten_or_old_is_asked_for_again(
    hub: Hub, sim: HuggingFaceSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "KEPT_SECONDS", 0.0)
    await hub.look_up(FLUX)
    sim.hub.models[FLUX] = on_hub(FLUX, "text-to-image", ["nscale"])
    monkeypatch.undo()
    assert [each.provider for each in (await hub.look_up(FLUX) or Known("")).served] == ["nscale"]
    sim.hub.models[FLUX] = on_hub(FLUX, "text-to-image", ["together"])
    hub.forget(FLUX)
    assert [each.provider for each in (await hub.look_up(FLUX) or Known("")).served] == ["together"]


async def test_only_so_many_models_are_kept(
    hub: Hub, sim: HuggingFaceSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "KEPT", 1)
    for model in (BERT, FLUX, BERT):
        await hub.look_up(model)
    assert len(sim.seen("/api/models/")) == 3


async def test_a_hub_that_hangs_costs_no_more_than_its_time_and_is_left_in_peace(
    hub: Hub, sim: HuggingFaceSimulator
) -> None:
    sim.faults.append(Fault("/api/models/", "delay", times=99, seconds=30))
    began = time.monotonic()
    assert await hub.look_up(BERT, seconds=0.05) is None
    assert await hub.look_up(FLUX) is None
    assert await hub.look_up(BERT) is None
    assert time.monotonic() - began < 5
    assert len(sim.seen("/api/models/")) == 1


async def test_what_is_old_is_still_good_where_the_hub_is_away(
    hub: Hub, sim: HuggingFaceSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "KEPT_SECONDS", 0.0)
    found = await hub.look_up(BERT)
    sim.faults.append(Fault("/api/models/", "lose request", times=2))  # aiohttp repeats a GET once
    assert await hub.look_up(BERT) is found


@pytest.mark.parametrize("status", [403, 429, 500])
async def test_a_hub_that_does_not_tell_says_nothing_of_the_model(
    hub: Hub, sim: HuggingFaceSimulator, status: int
) -> None:
    sim.faults.append(Fault("/api/models/", "status", status=status))
    assert await hub.look_up(BERT) is None
    assert await hub.look_up(BERT) is not None


@pytest.mark.parametrize(
    "name", ["", "a/b/c", "../../api/x", "org/..", "a b", "org/n?x", "org/n#x", "ärger/x", "/x", "x/"]
)
async def test_what_cannot_be_a_name_is_not_asked_for(hub: Hub, sim: HuggingFaceSimulator, name: str) -> None:
    with pytest.raises(Mistaken, match="OWNER/NAME"):
        await hub.look_up(name)
    assert sim.ledger == []


@pytest.mark.parametrize("token", ["hf_token", "key-of-another-server"])
async def test_no_token_goes_to_another_host(
    sim: HuggingFaceSimulator, session: aiohttp.ClientSession, token: str
) -> None:
    sim.tokens = {"another"}  # a wrong token would be refused with 401
    assert await Hub(session, sim.hub_url, token).look_up(BERT) is not None


def test_the_form_of_a_list_is_read_too() -> None:
    offer = {"provider": "fal-ai", "providerId": "fal-ai/flux", "task": "text-to-image", "status": "staging"}
    assert known(FLUX, {"inferenceProviderMapping": [offer, "odd"]}).served == (
        Served("fal-ai", "fal-ai/flux", "text-to-image", live=False, said=offer),
    )


FIELDS = ["id", "pipeline_tag", "tags", "mask_token", "inferenceProviderMapping", "providerId", "task", "status"]
JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=4),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(FIELDS), JSON))
def test_whatever_the_hub_says(body: dict[str, Any]) -> None:
    assert isinstance(known(BERT, body).tag, str)
