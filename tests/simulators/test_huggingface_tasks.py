"""The simulated tasks and look-ups, spoken to by huggingface_hub's own clients, and by a plain one."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from huggingface_hub import AsyncInferenceClient, HfApi

from simulators.huggingface import HuggingFaceSimulator, Script, TaskScript, on_hub
from simulators.media import bomb_png, png, wav
from tests.polling import until

SENTIMENT = "lxyuan/distilbert-base-multilingual-cased-sentiments-student"
FLUX = "black-forest-labs/FLUX.1-schnell"
BLOOM = "bigscience/bloom-560m"


@pytest.fixture
async def sim() -> AsyncIterator[HuggingFaceSimulator]:
    async with HuggingFaceSimulator() as running:
        yield running


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as running:
        yield running


@pytest.fixture
async def client() -> AsyncIterator[AsyncInferenceClient]:
    async with AsyncInferenceClient(token="hf_test") as made:
        yield made


def at(sim: HuggingFaceSimulator, model: str, more: str = "") -> str:
    return f"{sim.tasks_url}/hf-inference/models/{model}{more}"


async def post(session: aiohttp.ClientSession, url: str, body: Any, **headers: str) -> tuple[int, Any, str]:
    async with session.post(url, json=body, headers=headers) as response:
        data = await response.read()
        return response.status, json.loads(data) if "json" in response.content_type else data, response.content_type


# huggingface_hub understands it


async def test_the_librarys_client_reads_every_text_task(
    sim: HuggingFaceSimulator, client: AsyncInferenceClient
) -> None:
    felt = await client.text_classification("C'est bien", model=at(sim, SENTIMENT))
    assert (felt[0].label, round(sum(each.score for each in felt), 6)) == ("positive", 1.0)
    ner = at(sim, "dbmdz/bert-large-cased-finetuned-conll03-english")
    found = await client.token_classification("Ada in Ulm", model=ner)
    assert [(each.entity_group, each.word, each.start) for each in found] == [("PER", "Ada", 0), ("LOC", "Ulm", 7)]
    sorted_ = await client.zero_shot_classification("a cat", ["dog", "cat"], model=at(sim, "facebook/bart-large-mnli"))
    assert sorted_[0].label == "cat"
    assert (await client.summarization("One. Two.", model=at(sim, "facebook/bart-large-cnn"))).summary_text == "One."
    said = await client.translation("One", model=at(sim, "Helsinki-NLP/opus-mt-en-de"))
    assert said.translation_text == "[translated] One"
    answer = await client.question_answering(
        question="Who sat?", context="It rains. Ada sat.", model=at(sim, "deepset/roberta-base-squad2")
    )
    assert isinstance(answer, list) or answer.answer == "Ada sat"
    words = await client.fill_mask("A [MASK] day", model=at(sim, "google-bert/bert-base-uncased"))
    assert words[0].token_str == "good"


@pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")  # httpx2 says it to huggingface_hub 2.4.0
async def test_the_librarys_client_reads_files_in_and_out(
    sim: HuggingFaceSimulator, client: AsyncInferenceClient
) -> None:
    seen = await client.image_classification(png("x"), model=at(sim, "google/vit-base-patch16-224"))
    assert seen[0].label == "tabby cat"
    heard = await client.automatic_speech_recognition(wav("x"), model=at(sim, "openai/whisper-large-v3"))
    assert heard.text == "words heard in 844 bytes"
    assert (await client.text_to_speech("hi", model=at(sim, "facebook/mms-tts-eng"))).startswith(b"RIFF")


async def test_the_librarys_client_reads_a_continuation_whole_and_streamed(
    sim: HuggingFaceSimulator, client: AsyncInferenceClient
) -> None:
    whole = await client.text_generation("Once", model=at(sim, BLOOM), max_new_tokens=3, details=True)
    pieces = [each async for each in await client.text_generation("Once", model=at(sim, BLOOM), stream=True)]
    assert "".join(pieces).startswith(whole.generated_text)
    assert whole.details is not None
    assert (whole.details.finish_reason, whole.details.generated_tokens) == ("length", 3)


async def test_the_librarys_look_ups(sim: HuggingFaceSimulator) -> None:
    hub = HfApi(endpoint=sim.hub_url, token=False)
    info = await asyncio.to_thread(hub.model_info, FLUX, expand=["inferenceProviderMapping"])
    assert [each.provider for each in info.inference_provider_mapping or ()] == [
        "fal-ai", "together", "nscale", "hf-inference",
    ]  # fmt: skip
    assert (await asyncio.to_thread(hub.model_info, FLUX)).pipeline_tag == "text-to-image"
    found = await asyncio.to_thread(lambda: list(hub.list_models(search="flux", pipeline_tag="text-to-image")))
    assert [each.id for each in found] == [FLUX]
    sim.hub.spaces["someone/Draws"] = "http://127.0.0.1:9"
    url = f"{sim.hub_url}/api/spaces/someone/Draws/host"
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        assert await response.json() == {"subdomain": "someone-draws", "host": "http://127.0.0.1:9"}


# What it refuses


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (f"/hf-inference/models/{SENTIMENT}", {"inputs": "x"}, 200),
        (f"/hf-inference/models/{SENTIMENT}", {"inputs": ""}, 422),
        (f"/hf-inference/models/{SENTIMENT}", {"inputs": ["x"]}, 422),
        (f"/hf-inference/models/{SENTIMENT}", {"input": "x"}, 422),
        (f"/hf-inference/models/{SENTIMENT}", "x", 422),
        (f"/hf-inference/models/{SENTIMENT}/pipeline/summarization", {"inputs": "x"}, 400),
        ("/hf-inference/models/org/none", {"inputs": "x"}, 404),
        ("/hf-inference/models/Qwen/Qwen2.5-7B", {"inputs": "x"}, 404),  # served by somebody else
        ("/hf-inference/models/facebook/bart-large-mnli", {"inputs": "x"}, 422),
        ("/hf-inference/models/google-bert/bert-base-uncased", {"inputs": "no mask"}, 422),
        ("/hf-inference/models/deepset/roberta-base-squad2", {"inputs": "x"}, 422),
        ("/hf-inference/models/intfloat/multilingual-e5-small/pipeline/feature-extraction", {"inputs": [1]}, 422),
        ("/together/v1/images/generations", {"model": "together/flux.1-schnell", "prompt": "x"}, 200),
        ("/together/v1/images/generations", {"model": "together/flux.1-schnell"}, 422),
        ("/together/v1/images/generations", {"model": FLUX, "prompt": "x"}, 404),
        ("/together/v1/images/generations", ["x"], 422),
        ("/fal-ai/fal-ai/flux.1-schnell", {"prompt": "x"}, 200),
        ("/fal-ai/fal-ai/none", {"prompt": "x"}, 404),
        ("/featherless-ai/v1/completions", {"model": "featherless-ai/qwen2.5-7b", "prompt": "x"}, 200),
        ("/v1/completions", {"prompt": ["x"]}, 422),
    ],
)
async def test_what_is_taken(
    sim: HuggingFaceSimulator, session: aiohttp.ClientSession, path: str, body: Any, status: int
) -> None:
    assert (await post(session, sim.url + path, body))[0] == status


async def test_tokens_are_checked_everywhere(sim: HuggingFaceSimulator, session: aiohttp.ClientSession) -> None:
    sim.tokens = {"hf_right"}
    bodies = {
        at(sim, SENTIMENT): {"inputs": "x"},
        f"{sim.tasks_url}/fal-ai/fal-ai/flux.1-schnell": {"prompt": "x"},
        f"{sim.tasks_url}/featherless-ai/v1/completions": {"model": "featherless-ai/qwen2.5-7b", "prompt": "x"},
        f"{sim.url}/v1/completions": {"prompt": "x"},
    }
    for url, body in bodies.items():
        assert (await post(session, url, body))[0] == 401
        assert (await post(session, url, body, Authorization="Bearer hf_wrong"))[0] == 401
        assert (await post(session, url, body, Authorization="Bearer hf_right"))[0] == 200
    for token, status in (("hf_wrong", 401), ("hf_right", 200)):
        headers = {"Authorization": f"Bearer {token}"}
        async with session.get(f"{sim.hub_url}/api/models/{FLUX}", headers=headers) as response:
            assert response.status == status
    async with session.get(f"{sim.hub_url}/api/models/org/none") as response:
        assert response.status == 401  # as the hub tells strangers


# Scripts and mishaps


async def test_a_model_loads_before_it_answers(session: aiohttp.ClientSession) -> None:
    async with HuggingFaceSimulator(scale=0.01) as sim:
        sim.task_scripts.append(TaskScript(loading=20))
        status, body, _ = await post(session, at(sim, SENTIMENT), {"inputs": "x"})
        assert (status, body["estimated_time"]) == (503, 0.2)
        assert "currently loading" in body["error"]
        assert (await post(session, at(sim, SENTIMENT), {"inputs": "x"}))[0] == 200


@pytest.mark.parametrize("status", [402, 429, 500])
async def test_a_scripted_status(sim: HuggingFaceSimulator, session: aiohttp.ClientSession, status: int) -> None:
    sim.task_scripts.extend([TaskScript(status=status, headers={"Retry-After": "3"}), TaskScript({"own": 1})])
    url = f"{sim.tasks_url}/together/v1/images/generations"
    asked = {"model": "together/flux.1-schnell", "prompt": "x"}
    assert (await post(session, url, asked))[0] == status
    assert sim.ledger[-1].hold == 3.0
    assert (await post(session, url, asked))[1] == {"own": 1}
    assert [(each.task, each.model, each.provider) for each in sim.task_requests] == [
        ("text-to-image", FLUX, "together")
    ] * 2


async def test_pictures_depend_on_what_was_asked(sim: HuggingFaceSimulator, session: aiohttp.ClientSession) -> None:
    url = at(sim, "stabilityai/stable-diffusion-xl-base-1.0")
    asked: list[dict[str, Any]] = [{"inputs": "a cat", "parameters": {"seed": seed}} for seed in (1, 1, 2)]
    first, again, other = [(await post(session, url, body))[1] for body in asked]
    assert first == again != other


async def test_a_picture_is_spoilt_in_each_form(sim: HuggingFaceSimulator, session: aiohttp.ClientSession) -> None:
    sdxl = at(sim, "stabilityai/stable-diffusion-xl-base-1.0")
    sim.task_scripts.append(TaskScript(fault="bomb"))
    assert (await post(session, sdxl, {"inputs": "x"}))[1] == bomb_png()
    sim.task_scripts.append(TaskScript(fault="html"))
    assert (await post(session, sdxl, {"inputs": "x"}))[2] == "text/html"
    sim.task_scripts.append(TaskScript(fault="empty"))
    asked = {"model": "nscale/flux.1-schnell", "prompt": "x"}
    body = (await post(session, f"{sim.tasks_url}/nscale/v1/images/generations", asked))[1]
    assert base64.b64decode(body["data"][0]["b64_json"]) == b""
    sim.task_scripts.append(TaskScript(fault="flagged"))
    body = (await post(session, f"{sim.tasks_url}/fal-ai/fal-ai/flux.1-schnell", {"prompt": "x"}))[1]
    assert body["has_nsfw_concepts"] == [True]
    async with session.get(body["images"][0]["url"]) as response:
        assert (await response.read()).startswith(b"\x89PNG")


async def test_text_generation_is_bounded_and_echoed(sim: HuggingFaceSimulator, session: aiohttp.ClientSession) -> None:
    url = f"{sim.url}/v1/completions"
    whole = (await post(session, url, {"prompt": "Once", "max_tokens": 20}))[1]["choices"][0]
    short = (await post(session, url, {"prompt": "Once", "max_tokens": 2, "echo": True}))[1]["choices"][0]
    assert short["finish_reason"] == "length"
    assert short["text"].startswith("Once ")
    assert whole["text"].startswith(short["text"].removeprefix("Once"))
    word = whole["text"].split()[3]
    cut = (await post(session, url, {"prompt": "Once", "stop": [word]}))[1]["choices"][0]
    assert (cut["text"], cut["finish_reason"]) == (whole["text"].partition(word)[0], "stop")


async def test_a_continuation_streams_by_script_and_can_be_broken_off(
    sim: HuggingFaceSimulator, session: aiohttp.ClientSession
) -> None:
    sim.task_scripts.extend([Script("one two", rate=0), Script("slow words here " * 50, rate=50)])
    asked = {"model": "m", "prompt": "x", "stream": True}
    _, raw, kind = await post(session, f"{sim.url}/v1/completions", asked)
    lines = [line.removeprefix("data: ") for line in raw.decode().split("\n") if line]
    assert kind == "text/event-stream"
    assert "".join(json.loads(line)["choices"][0]["text"] for line in lines[:-1]) == "one two"
    assert lines[-1] == "[DONE]"
    async with session.post(f"{sim.url}/v1/completions", json=asked) as response:
        await response.content.readline()
    await until(lambda: sim.cancelled == 1 and sim.open_streams == 0)


async def test_embeddings_in_openais_form_are_those_of_the_other(
    sim: HuggingFaceSimulator, session: aiohttp.ClientSession
) -> None:
    sim.hub.models["org/e"] = on_hub("org/e", "feature-extraction", ["together", "hf-inference"])
    own = (await post(session, at(sim, "org/e", "/pipeline/feature-extraction"), {"inputs": ["a cat", "b"]}))[1]
    asked = {"model": "together/e", "input": ["a cat", "b"]}
    other = (await post(session, f"{sim.tasks_url}/together/v1/embeddings", asked))[1]
    assert [each["embedding"] for each in other["data"]] == own
