"""Over the wire, against the simulator: every task, every provider's form, and what goes wrong with them."""

import asyncio
import time
from base64 import b64encode
from typing import Any

import aiohttp
import pytest

from bot.errors import Mistaken, ParleyError, Refused
from bot.inference.backend import Entity, Label
from bot.inference.config import InferenceConfig, TasksConfig
from bot.inference.failures import ModelLoading, ModelUnavailable
from bot.inference.hub import Hub
from bot.inference.safety import Withheld
from bot.inference.tasks import Tasks
from bot.replies import Delta
from simulators.huggingface import HuggingFaceSimulator, TaskScript, on_hub
from simulators.media import png, wav
from simulators.simulator import Fault
from tests.polling import until

CONFIG = TasksConfig()
SENTIMENT, ENTITIES, RECALL = CONFIG.sentiment, CONFIG.entities, CONFIG.recall
FLUX, SDXL = CONFIG.imagine
SECRET = "my secret words"


@pytest.fixture
def tasks(sim: HuggingFaceSimulator, session: aiohttp.ClientSession) -> Tasks:
    return made(sim, session)


def made(sim: HuggingFaceSimulator, session: aiohttp.ClientSession, token: str = "hf_token", **more: Any) -> Tasks:
    inference = InferenceConfig(tasks_url=sim.tasks_url, hub_url=sim.hub_url)
    hub = Hub(session, sim.hub_url, token)
    return Tasks(session, hub, TasksConfig.model_validate(more), inference, token, "server-key")


async def do(tasks: Tasks, model: str, tag: str, inputs: Any = SECRET, **parameters: Any) -> Delta:
    """The only delta that comes."""
    task = {"task": tag, "inputs": inputs, "parameters": parameters}
    (delta,) = [delta async for delta in tasks.stream(model, task)]
    assert (delta.finish, delta.model) == ("stop", model)
    return delta


async def failure_of(tasks: Tasks, model: str, tag: str, inputs: Any = SECRET, **parameters: Any) -> ParleyError:
    with pytest.raises(ParleyError) as caught:
        await do(tasks, model, tag, inputs, **parameters)
    assert SECRET not in caught.value.message + caught.value.detail
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return caught.value


async def test_a_server_of_ones_own_knows_best_what_it_serves(
    sim: HuggingFaceSimulator, session: aiohttp.ClientSession
) -> None:
    sim.hub.models.pop(SENTIMENT)
    inference = InferenceConfig(tasks_url=sim.tasks_url, hub_url=sim.hub_url)
    hub = Hub(session, sim.hub_url, "hf_token", decides=False)
    own = Tasks(session, hub, TasksConfig(), inference, "hf_token", "server-key")
    await failure_of(own, SENTIMENT, "text-classification")  # it was asked, and has it no more than the hub has
    assert [entry.request for entry in sim.ledger][-1] == f"POST /hf-inference/models/{SENTIMENT}"


# What comes back


@pytest.mark.parametrize(("said", "first"), [("Das ist toll", "positive"), ("awful", "negative"), ("noon", "neutral")])
async def test_a_feeling(tasks: Tasks, said: str, first: str) -> None:
    result = (await do(tasks, SENTIMENT, "text-classification", said)).result
    assert isinstance(result[0], Label)
    assert result[0].name == first
    assert [each.score for each in result] == sorted((each.score for each in result), reverse=True)


async def test_names_are_whole_unless_pieces_are_asked_for(tasks: Tasks, sim: HuggingFaceSimulator) -> None:
    result = (await do(tasks, ENTITIES, "token-classification", "Hugging Face, in Berlin")).result
    assert result == (Entity("ORG", "Hugging Face", 0, 12, 0.99), Entity("LOC", "Berlin", 17, 23, 0.99))
    assert sim.task_requests[0].body["parameters"] == {"aggregation_strategy": "simple"}
    await do(tasks, ENTITIES, "token-classification", "Berlin", aggregation_strategy="none")
    assert sim.task_requests[1].body["parameters"] == {"aggregation_strategy": "none"}


async def test_vectors_of_a_model_that_the_hub_tags_for_likeness(tasks: Tasks) -> None:
    one, other, third = (await do(tasks, RECALL, "feature-extraction", ["a cat", "a cat sat", "rain"])).result
    assert sum(a * b for a, b in zip(one, other, strict=True)) > 0.8
    assert sum(a * b for a, b in zip(one, third, strict=True)) < 0.5
    assert len((await do(tasks, "BAAI/bge-m3", "feature-extraction", ["a cat"])).result) == 1  # in OpenAI's form


@pytest.mark.parametrize(
    ("model", "tag", "inputs", "parameters", "result"),
    [
        ("facebook/bart-large-mnli", "zero-shot-classification", "a cat", {"candidate_labels": ["dog", "cat"]}, "cat"),
        ("deepset/roberta-base-squad2", "question-answering", {"question": "Who?", "context": "Who"}, {}, "Who"),
        ("google-bert/bert-base-uncased", "fill-mask", "A <mask> day", {}, "good"),
        ("google-bert/bert-base-uncased", "fill-mask", "A [MASK] day", {}, "good"),
        ("google-bert/bert-base-uncased", "fill-mask", "A ___ day", {}, "good"),
        ("google/vit-base-patch16-224", "image-classification", png("cat"), {}, "tabby cat"),
    ],
)  # fmt: skip
async def test_labels(tasks: Tasks, model: str, tag: str, inputs: Any, parameters: Any, result: str) -> None:
    assert (await do(tasks, model, tag, inputs, **parameters)).result[0].name == result


@pytest.mark.parametrize(
    ("model", "tag", "inputs", "text"),
    [
        ("facebook/bart-large-cnn", "summarization", "One. Two.", "One."),
        ("Helsinki-NLP/opus-mt-en-de", "translation", "One.", "[translated] One."),
        ("Salesforce/blip-image-captioning-base", "image-to-text", b"GIF89a", "a picture of 6 bytes"),
        ("openai/whisper-large-v3", "automatic-speech-recognition", wav("a"), "words heard in 844 bytes"),
        ("openai/whisper-large-v3:fal-ai", "automatic-speech-recognition", wav("a"), "words heard in"),
        ("Qwen/Qwen2.5-7B", "text-generation", "a", " lanterns and"),
    ],
)
async def test_text(tasks: Tasks, model: str, tag: str, inputs: Any, text: str) -> None:
    assert (await do(tasks, model, tag, inputs)).text.startswith(text)


async def test_a_file_goes_out_as_it_is(tasks: Tasks, sim: HuggingFaceSimulator) -> None:
    sound = wav("hello")
    await do(tasks, "openai/whisper-large-v3", "automatic-speech-recognition", sound)
    assert sim.task_requests[0].body == sound
    assert sim.task_requests[0].headers["Content-Type"] == "audio/wav"


@pytest.mark.parametrize("provider", ["fal-ai", "together", "nscale", "hf-inference"])
async def test_a_picture_in_every_form(tasks: Tasks, sim: HuggingFaceSimulator, provider: str) -> None:
    """By its address, in base64, as bytes; and the bytes are the provider's own."""
    delta = await do(tasks, f"{FLUX}:{provider}", "text-to-image", "a cat", seed=7, width=64, height=64)
    (media,) = delta.media
    assert media.media_type == "image/png"
    assert media.name == "picture.png"
    assert media.data.startswith(b"\x89PNG")
    assert sim.task_requests[0].provider == provider
    assert "7" in str(sim.task_requests[0].body)


async def test_the_hubs_first_provider_is_asked_until_the_model_moves(tasks: Tasks, sim: HuggingFaceSimulator) -> None:
    await do(tasks, f"{FLUX}:cheapest", "text-to-image")  # a way to choose is no provider
    sim.hub.models[FLUX] = on_hub(FLUX, "text-to-image", ["nscale"])
    assert isinstance(await failure_of(tasks, FLUX, "text-to-image"), ModelUnavailable)  # 404: it is forgotten
    await do(tasks, FLUX, "text-to-image")
    assert [each.provider for each in sim.task_requests] == ["fal-ai", "nscale"]


@pytest.mark.parametrize("model", ["facebook/mms-tts-eng", "hexgrad/Kokoro-82M"])
async def test_a_sound(tasks: Tasks, model: str) -> None:
    (media,) = (await do(tasks, model, "text-to-speech", "hello")).media
    assert (media.media_type, media.name) == ("audio/wav", "sound.wav")


# Where it goes, and what goes along


async def test_a_foreign_host_gets_its_own_key(tasks: Tasks, sim: HuggingFaceSimulator) -> None:
    await do(tasks, SENTIMENT, "text-classification")
    await do(tasks, f"{FLUX}:together", "text-to-image")
    assert [each.headers["Authorization"] for each in sim.task_requests] == ["Bearer server-key"] * 2
    assert "parley" in sim.task_requests[0].headers["User-Agent"].lower()
    assert "hf_token" not in str([each.headers for each in sim.task_requests])


async def test_a_file_that_an_answer_points_to_is_fetched_without_any_key(
    tasks: Tasks, sim: HuggingFaceSimulator
) -> None:
    sim.tokens = {"server-key"}
    await do(tasks, FLUX, "text-to-image")
    assert len(sim.seen("GET /files/")) == 1


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:1/x.png", "http://192.168.0.1/x", "file:///etc/passwd", "//x/y", "x"]
)
async def test_a_file_is_fetched_over_https_or_from_the_same_host_only(
    tasks: Tasks, sim: HuggingFaceSimulator, address: str
) -> None:
    sim.task_scripts.append(TaskScript({"images": [{"url": address}]}))
    assert "https" in (await failure_of(tasks, FLUX, "text-to-image")).detail


@pytest.mark.parametrize("status", [302, 401, 402, 404, 422, 429, 500])
async def test_a_file_that_is_not_to_be_had_is_the_models_trouble_only(
    tasks: Tasks, sim: HuggingFaceSimulator, status: int
) -> None:
    sim.faults.append(Fault("GET /files/", "status", status=status))
    failure = await failure_of(tasks, FLUX, "text-to-image")
    assert isinstance(failure, ModelUnavailable)
    assert (failure.scope, failure.alarm, failure.starts) == ("model", False, 1)


async def test_a_file_within_its_address(tasks: Tasks, sim: HuggingFaceSimulator) -> None:
    data = png("a")
    sim.task_scripts.append(TaskScript({"images": [{"url": f"data:image/png;base64,{b64encode(data).decode()}"}]}))
    assert (await do(tasks, FLUX, "text-to-image")).media[0].data == data
    sim.task_scripts.append(TaskScript({"images": [{"url": "data:image/png;base64,%%%"}]}))
    assert "base64" in (await failure_of(tasks, FLUX, "text-to-image")).detail


async def test_an_own_server_is_named_by_the_operator_only(
    sim: HuggingFaceSimulator, session: aiohttp.ClientSession
) -> None:
    own = f"{sim.url}/hf-inference/models/{SENTIMENT}"
    assert (await do(made(sim, session, sentiment=own), own, "text-classification", "toll")).result[
        0
    ].name == "positive"
    assert sim.seen("/api/models/") == []
    failure = await failure_of(made(sim, session), own, "text-classification")
    assert isinstance(failure, Mistaken)
    assert len(sim.task_requests) == 1


@pytest.mark.parametrize(
    "model", ["", "a/b/c", "../../etc", "org/..", "a b", "org/name?x", "org/name#x", "ärger/x", "/x", "x:"]
)
async def test_a_name_that_is_none_goes_nowhere(tasks: Tasks, sim: HuggingFaceSimulator, model: str) -> None:
    assert isinstance(await failure_of(tasks, model, "text-classification"), Mistaken)
    assert sim.ledger == []


@pytest.mark.parametrize(
    ("tag", "inputs"),
    [
        ("image-classification", "/etc/passwd"),
        ("automatic-speech-recognition", "https://example.org/a.wav"),
        ("text-classification", b"bytes"),
        ("object-detection", b"bytes"),
        ("text-to-video", "words"),
    ],
)
async def test_a_text_is_never_taken_for_a_path_nor_a_file_for_a_text(
    tasks: Tasks, sim: HuggingFaceSimulator, tag: str, inputs: Any
) -> None:
    assert isinstance(await failure_of(tasks, "google/vit-base-patch16-224", tag, inputs), Mistaken)
    assert sim.ledger == []


# What goes wrong


@pytest.mark.parametrize("model", [FLUX, SDXL, f"{FLUX}:together"])
@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("html", "sent a web page instead of a picture"),
        ("empty", "sent nothing instead of a picture"),
        ("huge", "sent a picture of more than 10 MB, which is too large"),
        ("bomb", "sent a picture of 50000 × 50000 pixels, which is too large"),
    ],
)
async def test_what_is_no_picture_is_said_to_be_so(
    tasks: Tasks, sim: HuggingFaceSimulator, model: str, fault: Any, said: str
) -> None:
    sim.task_scripts.append(TaskScript(fault=fault))
    failure = await failure_of(tasks, model, "text-to-image")
    assert isinstance(failure, ModelUnavailable)
    assert said in failure.message
    assert failure.starts == 1


async def test_a_flagged_picture_is_withheld(tasks: Tasks, sim: HuggingFaceSimulator) -> None:
    sim.task_scripts.append(TaskScript(fault="flagged"))
    assert isinstance(await failure_of(tasks, FLUX, "text-to-image"), Withheld)
    said = {"error": "Your prompt was flagged as unsafe by the safety checker"}
    sim.task_scripts.append(TaskScript(said, status=400))
    failure = await failure_of(tasks, FLUX, "text-to-image")
    assert type(failure) is Refused
    assert "safety check" in failure.message


@pytest.mark.parametrize(
    ("script", "kind", "said"),
    [
        (TaskScript(status=401), ModelUnavailable, "not set up correctly"),
        (TaskScript(status=402), ModelUnavailable, "budget"),
        (TaskScript(status=404), ModelUnavailable, "not available now"),
        (TaskScript(status=413), Mistaken, "make it shorter"),
        (TaskScript({"error": "inputs must have less than 512 tokens"}, status=400), Mistaken, "make it shorter"),
        (TaskScript(status=422), Refused, "refused the request"),
        (TaskScript(status=429, headers={"Retry-After": "7"}), ModelUnavailable, "again in 7 s"),
        (TaskScript(status=500), ModelUnavailable, "has a problem"),
        (TaskScript(loading=20), ModelLoading, "is loading. Please try again in 20 s"),
        (TaskScript(fault="garbage"), ModelUnavailable, "has a problem"),
        (TaskScript(fault="reset"), ModelUnavailable, "cannot be reached"),
        (TaskScript(fault="redirect"), ModelUnavailable, "not set up correctly"),
        (TaskScript(fault="html", body=b"<html>", content_type="text/html"), ModelUnavailable, "not set up correctly"),
        (TaskScript([{"label": 1}]), ModelUnavailable, "has a problem"),
        (TaskScript("[" * 100_000), ModelUnavailable, "has a problem"),
        (TaskScript(b" " * (9 * 2**20)), ModelUnavailable, "has a problem"),
    ],
)
async def test_every_refusal(
    tasks: Tasks, sim: HuggingFaceSimulator, script: TaskScript, kind: type[ParleyError], said: str
) -> None:
    sim.task_scripts.append(script)
    failure = await failure_of(tasks, SENTIMENT, "text-classification")
    assert type(failure) is kind
    assert said in failure.message
    assert "language model" not in failure.message


async def test_a_malformed_answer_of_another_provider(tasks: Tasks, sim: HuggingFaceSimulator) -> None:
    answers: list[Any] = [{}, {"data": []}, {"data": [{"b64_json": "%"}]}, [], b"null", "x"]
    for answer in answers:
        sim.task_scripts.append(TaskScript(answer))
        failure = await failure_of(tasks, f"{FLUX}:together", "text-to-image")
        assert isinstance(failure, ModelUnavailable)
        assert failure.starts == 1


async def test_a_wrong_key_is_refused(tasks: Tasks, sim: HuggingFaceSimulator) -> None:
    sim.tokens = {"another"}
    failure = await failure_of(tasks, SENTIMENT, "text-classification")
    assert isinstance(failure, ModelUnavailable)
    assert failure.alarm


async def test_an_unknown_model(tasks: Tasks) -> None:
    assert "org/none is not available" in (await failure_of(tasks, "org/none", "text-classification")).message


async def test_a_model_of_another_kind(tasks: Tasks) -> None:
    assert "made for fill-mask" in (await failure_of(tasks, "google-bert/bert-base-uncased", "summarization")).message


# Time


async def test_a_server_that_says_nothing_costs_no_more_than_the_deadline(
    sim: HuggingFaceSimulator, session: aiohttp.ClientSession
) -> None:
    sim.task_scripts.append(TaskScript(fault="mute"))
    failure = await failure_of(made(sim, session, seconds=0.3), SENTIMENT, "text-classification")
    assert "did not answer in time" in failure.message


async def test_look_ups_that_hang_neither_outlast_the_deadline_nor_keep_others_waiting(
    sim: HuggingFaceSimulator, session: aiohttp.ClientSession
) -> None:
    patient = made(sim, session)
    await do(patient, SENTIMENT, "text-classification")
    sim.faults.append(Fault("/api/models/", "delay", times=99, seconds=30))
    stuck = [asyncio.create_task(do(patient, f"org/model-{at}", "text-classification")) for at in range(20)]
    await until(lambda: len(sim.seen("/api/models/")) >= 20)
    await do(patient, SENTIMENT, "text-classification")
    for each in stuck:
        each.cancel()
    await asyncio.gather(*stuck, return_exceptions=True)
    began = time.monotonic()
    failure = await failure_of(made(sim, session, seconds=0.2), SENTIMENT, "text-classification")
    assert "did not answer in time" in failure.message
    assert time.monotonic() - began < 5


async def test_where_the_hub_is_away_hugging_faces_own_provider_is_asked(
    tasks: Tasks, sim: HuggingFaceSimulator
) -> None:
    sim.faults.append(Fault("/api/models/", "status", times=3, status=500))
    assert (await do(tasks, SENTIMENT, "text-classification", "toll")).result[0].name == "positive"
    assert (await do(tasks, "google-bert/bert-base-uncased", "fill-mask", "A ___ day")).result[0].name == "good"
    failure = await failure_of(tasks, f"{FLUX}:together", "text-to-image")
    assert "cannot be found out now" in failure.message


async def test_whoever_stops_it_stops_the_request(tasks: Tasks, sim: HuggingFaceSimulator) -> None:
    sim.task_scripts.append(TaskScript(fault="mute"))
    asking = asyncio.create_task(do(tasks, SENTIMENT, "text-classification"))
    await until(lambda: sim.task_requests)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
