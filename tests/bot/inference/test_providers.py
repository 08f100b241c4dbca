"""The installed helpers of huggingface_hub: what we rely on, for every provider and task that we use."""

import inspect
from collections.abc import Iterator
from typing import Any

import pytest
from huggingface_hub import set_client_factory
from huggingface_hub.inference._providers import PROVIDERS
from huggingface_hub.utils import httpx  # type: ignore[attr-defined]
from huggingface_hub.utils._http import default_client_factory

from bot.errors import Mistaken
from bot.inference.failures import ModelUnavailable
from bot.inference.hub import Known, Served
from bot.inference.providers import LINKED, ROUTER, STAND_IN, UNREAD, choose, prepare, prepare_own
from bot.inference.tasks import GIVEN_FILES, KNOWN_TASKS

MODEL = "org/model"
WAV = b"RIFF\x24\x00\x00\x00WAVEfmt "
USED = sorted((provider, task) for provider, tasks in PROVIDERS.items() for task in tasks if task in KNOWN_TASKS)


def inputs_of(task: str) -> Any:
    if task in GIVEN_FILES:
        return WAV
    return {"question": "q", "context": "c"} if task == "question-answering" else "words"


def served(provider: str, task: str, **more: Any) -> Served:
    return Served(provider, "their-name", task, live=True, said={"status": "live", "providerId": "their-name", **more})


@pytest.fixture
def no_network() -> Iterator[None]:
    def refuse(request: Any) -> Any:
        raise AssertionError(f"a helper went to the network: {request.url}")

    set_client_factory(lambda: httpx.Client(transport=httpx.MockTransport(refuse)))
    yield
    set_client_factory(default_client_factory)


@pytest.mark.parametrize(("provider", "task"), USED)
@pytest.mark.usefixtures("no_network")
def test_no_request_needs_a_look_up_and_all_go_to_the_router_without_a_credential(provider: str, task: str) -> None:
    made = prepare(MODEL, served(provider, task), task, inputs_of(task), {})
    assert made.url.startswith(f"{ROUTER}/{provider}/")
    assert (made.json is None) != (made.data is None)
    assert STAND_IN not in str(dict(made.headers)).replace("hf_hub", "")
    assert "authorization" not in {name.lower() for name in made.headers}
    assert made.linked == ((provider, task) in LINKED)


@pytest.mark.parametrize(("provider", "task"), USED)
def test_no_answer_is_read_by_a_helper_that_would_fetch_more(provider: str, task: str) -> None:
    """Where the library grows one: name it in LINKED, or in UNREAD."""
    helper: Any = PROVIDERS[provider][task]  # type: ignore[index]
    source = inspect.getsource(type(helper).get_response)
    fetches = any(word in source for word in ("get_session", "_poll_for_result", "_extract_image", "sleep"))
    assert fetches == ((provider, task) in LINKED | UNREAD)


def test_a_file_is_sent_with_its_type() -> None:
    task = "automatic-speech-recognition"
    made = prepare(MODEL, served("hf-inference", task), task, WAV, {})
    assert (made.data, made.headers["content-type"]) == (WAV, "audio/wav")


def test_a_router_that_serves_an_adapter_is_told_where_it_is() -> None:
    offer = served("fal-ai", "text-to-image", adapterWeightsPath="lora.safetensors")
    made = prepare(MODEL, offer, "text-to-image", "a cat", {"width": 64, "height": 32})
    assert made.json["image_size"] == {"width": 64, "height": 32}
    assert MODEL in made.json["loras"][0]["path"]


def test_the_librarys_own_helpers_stay_as_they_are() -> None:
    helper = PROVIDERS["together"]["text-to-image"]
    prepare(MODEL, served("together", "text-to-image"), "text-to-image", "a cat", {})
    assert "_prepare_mapping_info" not in vars(helper)


def test_an_own_server_is_asked_at_its_own_address() -> None:
    made = prepare_own("http://127.0.0.1:8080/embed", "feature-extraction", ["a"], {"normalize": True})
    assert made.url == "http://127.0.0.1:8080/embed"
    assert made.json == {"inputs": ["a"], "normalize": True}


def test_what_belongs_beside_the_parameters_is_put_there() -> None:
    made = prepare(
        MODEL, served("hf-inference", "text-generation"), "text-generation", "a", {"seed": 1}, {"stream": True}
    )
    assert made.json == {"inputs": "a", "parameters": {"seed": 1}, "stream": True}


def test_the_first_live_provider_that_can_do_it_is_chosen() -> None:
    offers = (
        served("unheard-of", "text-to-image"),
        served("wavespeed", "text-to-image"),
        Served("nscale", "x", "text-to-image", live=False),
        served("together", "text-to-image"),
    )
    known = Known(MODEL, "text-to-image", served=offers)
    assert choose(known, "text-to-image").provider == "together"
    assert choose(known, "text-to-image", "nscale").provider == "nscale"
    assert choose(Known(MODEL, served=offers[:3]), "text-to-image").provider == "nscale"
    with pytest.raises(ModelUnavailable, match="The provider fal-ai does not serve"):
        choose(known, "text-to-image", "fal-ai")
    with pytest.raises(ModelUnavailable, match="No provider at Hugging Face serves the model org/model"):
        choose(Known(MODEL, "text-to-image"), "text-to-image")


def test_a_model_for_something_else_is_said_to_be_so() -> None:
    chat = Known(MODEL, "text-generation", served=(served("together", "conversational"),))
    with pytest.raises(Mistaken, match="is made for text-generation, not for text-classification"):
        choose(chat, "text-classification")


def test_a_model_of_likeness_gives_vectors() -> None:
    known = Known(MODEL, "sentence-similarity", served=(served("hf-inference", "sentence-similarity"),))
    made = prepare(MODEL, choose(known, "feature-extraction"), "feature-extraction", ["a"], {})
    assert made.url.endswith("/models/their-name/pipeline/feature-extraction")
