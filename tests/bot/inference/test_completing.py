"""Over the wire, against the simulator: both forms of streams, by providers and by servers of one's own."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.errors import Mistaken, ParleyError
from bot.inference.completing import Completer
from bot.inference.config import InferenceConfig, TasksConfig
from bot.inference.failures import ModelUnavailable
from bot.inference.hub import Hub
from bot.inference.templates import TEMPLATES, Templated
from bot.replies import Delta
from simulators.completions import Script
from simulators.huggingface import HuggingFaceSimulator
from simulators.simulator import ENTRY
from tests.polling import until

TGI, OPENAI = "bigscience/bloom-560m", "Qwen/Qwen2.5-7B"  # by hf-inference, by featherless-ai
PROMPT = "my secret beginning"
PARAMETERS = {
    "temperature": 0.7,
    "top_p": 0.9,
    "top_k": 40,
    "max_new_tokens": 12,
    "stop": ["THE END"],
    "frequency_penalty": 0.5,
    "seed": 7,
}


class OwnServer(HuggingFaceSimulator):
    """The simulator as somebody's own TGI, too."""

    def routes(self) -> list[web.RouteDef]:
        return [*super().routes(), web.get("/tgi/info", self._info), web.post("/tgi/generate_stream", self._generate)]

    async def _info(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({"model_id": "sim/base", "version": "3.3.5"})

    async def _generate(self, request: web.Request) -> web.StreamResponse:
        return await self._tasks.continued(request, request[ENTRY].body, self.task_scripts.popleft(), tgi=True)


@pytest.fixture
async def sim() -> AsyncIterator[OwnServer]:
    async with OwnServer() as running:
        yield running


def completer(sim: OwnServer, session: aiohttp.ClientSession, complete: str = OPENAI, **more: Any) -> Completer:
    url = more.pop("url", "")
    config = InferenceConfig.model_validate({"tasks_url": sim.tasks_url, "hub_url": sim.hub_url, **more})
    hub = Hub(session, config.hub_url, "hf_token")
    return Completer(session, hub, TasksConfig(complete=complete), config, "hf_token", "server-key", url)


@pytest.fixture
def backend(sim: OwnServer, session: aiohttp.ClientSession) -> Completer:
    return completer(sim, session)


async def ask(backend: Completer, model: str, **parameters: Any) -> list[Delta]:
    task = {"task": "text-generation", "inputs": PROMPT, "parameters": parameters}
    return [delta async for delta in backend.stream(model, task)]


def text_of(deltas: list[Delta]) -> str:
    return "".join(delta.text for delta in deltas)


def sent(sim: OwnServer) -> Mapping[str, Any]:
    body = sim.task_requests[-1].body
    assert isinstance(body, dict)
    return body


# What arrives


@pytest.mark.parametrize("model", [TGI, OPENAI])
async def test_a_text_goes_on_word_by_word(backend: Completer, sim: OwnServer, model: str) -> None:
    sim.task_scripts.append(Script("one two three"))
    deltas = await ask(backend, model)
    assert [delta.text for delta in deltas] == ["one ", "two ", "three", ""]
    assert deltas[-1].finish == "stop"


@pytest.mark.parametrize("model", [TGI, OPENAI])
async def test_a_length_limit_is_told(backend: Completer, sim: OwnServer, model: str) -> None:
    sim.task_scripts.append(Script("one two", finish="length"))
    assert (await ask(backend, model))[-1].finish == "length"


@pytest.mark.parametrize("model", [TGI, OPENAI])
async def test_an_echo_begins_with_the_prompt_whatever_the_server_does(
    backend: Completer, sim: OwnServer, model: str
) -> None:
    sim.task_scripts.append(Script(" one two"))
    assert text_of(await ask(backend, model, return_full_text=True)) == f"{PROMPT} one two"


@pytest.mark.parametrize("model", [TGI, OPENAI])
async def test_it_ends_before_a_stop_that_the_server_left_in(backend: Completer, sim: OwnServer, model: str) -> None:
    sim.task_scripts.append(Script(tokens=["one ", "TH", "E EN", "D two", " three"] + [" more"] * 500, rate=0))
    deltas = await ask(backend, model, stop=["THE END"])
    assert text_of(deltas) == "one "
    assert deltas[-1].finish == "stop"
    await until(lambda: sim.cancelled == 1)  # the rest is not waited for


async def test_all_parameters_go_out_as_tgi_calls_them(backend: Completer, sim: OwnServer) -> None:
    await ask(backend, TGI, **PARAMETERS)
    body = sent(sim)
    assert body["inputs"] == PROMPT
    assert body["stream"] is True
    assert body["parameters"] == {**PARAMETERS, "return_full_text": False, "details": True}


async def test_all_parameters_go_out_as_openai_calls_them(backend: Completer, sim: OwnServer) -> None:
    await ask(backend, OPENAI, **PARAMETERS)
    renamed = {name: value for name, value in PARAMETERS.items() if name != "max_new_tokens"}
    assert sent(sim) == {
        "prompt": PROMPT,
        "model": "featherless-ai/qwen2.5-7b",
        "stream": True,
        "max_tokens": 12,
        **renamed,
    }


async def test_hugging_faces_token_goes_to_hugging_face_only(backend: Completer, sim: OwnServer) -> None:
    await ask(backend, TGI)
    assert sim.task_requests[-1].headers["Authorization"] == "Bearer server-key"


# A server of one's own


async def test_an_own_server_of_openais_kind(sim: OwnServer, session: aiohttp.ClientSession) -> None:
    backend = completer(sim, session, complete=sim.url)
    sim.task_scripts.append(Script("one two", reported="sim/base"))
    deltas = await ask(backend, sim.url, **PARAMETERS)
    assert text_of(deltas) == "one two"
    assert (deltas[-1].finish, deltas[-1].model) == ("stop", "sim/base")
    assert deltas[-1].tokens is not None
    assert "model" not in sent(sim)
    assert sim.task_requests[-1].headers["Authorization"] == "Bearer server-key"


async def test_an_own_tgi_is_recognised_once(sim: OwnServer, session: aiohttp.ClientSession) -> None:
    url = f"{sim.url}/tgi"
    backend = completer(sim, session, complete=url)
    sim.task_scripts.extend([Script("one two"), Script("three")])
    deltas = await ask(backend, url)
    assert text_of(deltas) == "one two"
    assert {delta.model for delta in deltas} == {""}  # where it is, is nobody else's business
    assert text_of(await ask(backend, url)) == "three"
    assert len(sim.seen("GET /tgi/info")) == 1


async def test_only_the_operator_names_addresses(backend: Completer, sim: OwnServer) -> None:
    with pytest.raises(Mistaken, match="OWNER/NAME"):
        await ask(backend, sim.url)
    assert not sim.task_requests


async def test_a_chat_by_a_server_that_knows_none(sim: OwnServer, session: aiohttp.ClientSession) -> None:
    config = InferenceConfig(base_url=sim.base_url, template="chatml", max_tokens=50)
    chat = Templated(completer(sim, session, url=config.base_url), TEMPLATES[config.template], config)
    sim.task_scripts.append(Script(tokens=["Hi", "<|im_end|>", "\n<|im_start|>user"]))
    task = {"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello"}]}
    deltas = [delta async for delta in chat.stream("sim/base", task)]
    assert text_of(deltas) == "Hi"
    assert deltas[-1].finish == "stop"
    assert sent(sim)["model"] == "sim/base"
    assert sent(sim)["max_tokens"] == 50
    assert sent(sim)["stop"] == ["<|im_end|>", "<|im_start|>"]
    assert sent(sim)["prompt"].endswith("<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n")


# What breaks


@pytest.mark.parametrize("model", [TGI, OPENAI])
@pytest.mark.parametrize("fault", ["eof", "half json", "garbage", "error object", "error string", "reset", "drop"])
async def test_what_breaks_after_text_is_cut(backend: Completer, sim: OwnServer, model: str, fault: Any) -> None:
    sim.task_scripts.append(Script("one two three", fault=fault, after=2))
    deltas = await ask(backend, model)
    assert text_of(deltas) == "one two "
    assert deltas[-1].finish == "cut"


@pytest.mark.parametrize("model", [TGI, OPENAI])
async def test_what_breaks_before_any_text_is_raised(backend: Completer, sim: OwnServer, model: str) -> None:
    sim.task_scripts.append(Script("one", fault="eof"))
    with pytest.raises(ModelUnavailable) as caught:
        await ask(backend, model)
    assert caught.value.again == "once"
    assert PROMPT not in caught.value.message + caught.value.detail


async def test_a_server_that_says_nothing_is_given_up(sim: OwnServer, session: aiohttp.ClientSession) -> None:
    sim.task_scripts.append(Script("one two", fault="stall", after=1))
    deltas = await ask(completer(sim, session, between_tokens_seconds=0.05), TGI)
    assert (text_of(deltas), deltas[-1].finish) == ("one ", "cut")


async def test_closing_stops_the_server_at_once(backend: Completer, sim: OwnServer) -> None:
    sim.task_scripts.append(Script("one two", fault="endless", after=1, rate=50))
    deltas = backend.stream(OPENAI, {"task": "text-generation", "inputs": PROMPT})
    await anext(deltas)
    await deltas.aclose()
    await until(lambda: sim.cancelled == 1 and sim.open_streams == 0)


@pytest.mark.parametrize(("status", "said"), [(429, "is busy"), (402, "budget"), (500, "has a problem")])
async def test_a_refusal_is_translated(backend: Completer, sim: OwnServer, status: int, said: str) -> None:
    sim.task_scripts.append(Script(status=status))
    with pytest.raises(ParleyError, match=said):
        await ask(backend, OPENAI)


async def test_a_model_for_something_else_is_named(backend: Completer) -> None:
    with pytest.raises(Mistaken, match="made for text-to-image"):
        await ask(backend, "stabilityai/stable-diffusion-xl-base-1.0")
