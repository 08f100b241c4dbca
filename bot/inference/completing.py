"""Text generation: a base model goes on with a text, and its words come as they are made.

huggingface_hub's helpers write the request for a provider (its own client would leak each stream, look models up while
the event loop stands still, and read no provider's stream but hf-inference's; 2.4.0). A server that the operator named
is spoken to as it wishes: as TGI (/generate_stream) or as OpenAI's /v1/completions. What is common to both, reading
included, is `reading.py`'s.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import aiohttp

from bot.errors import Mistaken
from bot.inference.chunks import Answer
from bot.inference.config import InferenceConfig, TasksConfig
from bot.inference.continuation import Continuation, Form, address, as_openai, base_of, for_tgi, form_of
from bot.inference.endpoint import credential, get_json, headers
from bot.inference.failures import FOREIGN
from bot.inference.hub import Hub, Served
from bot.inference.providers import OWN, ROUTER, choose, prepare, prepare_own
from bot.inference.reading import Patience, Reading, ask
from bot.inference.stops import Stops
from bot.inference.tasks import ODD, split
from bot.replies import Delta

TAG = "text-generation"
INFO_SECONDS = 5.0
INFO_BYTES = 65_536


class Completer:
    """A `Backend` for text-generation. Before any text it raises the errors of `failures.py`; what breaks later is a
    last "cut" delta."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        hub: Hub,
        config: TasksConfig,
        inference: InferenceConfig,
        token: str,
        api_key: str = "",
        url: str = "",
    ) -> None:
        """All goes to the server at `url` where there is one; else tasks.complete may be such an address.

        Raises `Misconfigured` for a secret that no header can hold.
        """
        if session.trust_env:
            raise ValueError("with trust_env, a .netrc or a proxy's password could go along with a request")
        self._session = session
        self._hub = hub
        self._config = inference
        self._router = inference.tasks_url or ROUTER
        self._token, self._api_key = token, api_key
        self._url = url
        self._own = {config.complete} if "://" in config.complete else set()  # what people write is no address
        self._forms: dict[str, Form] = {}  # of the servers that were asked for it
        self._headers(self._router)

    async def stream(self, model: str, task: Mapping[str, Any]) -> AsyncGenerator[Delta, None]:
        prompt, parameters = str(task["inputs"]), dict(task.get("parameters") or {})
        echo = parameters.pop("return_full_text", False)
        url = self._url or (model if model in self._own else "")
        name = "" if model == url else model  # an address of the operator's is nobody else's business

        async def opened(patience: Patience) -> aiohttp.ClientResponse:
            if url:
                return await self._ask_own(url, name, prompt, parameters, patience)
            return await self._ask_provider(name, prompt, parameters, patience)

        answer = Continuation(name, self._config.max_bytes)
        reading = Reading(answer, name, self._config, opened)
        async with aclosing(ended(reading.deltas(), answer, parameters.get("stop") or ())) as deltas:
            async for delta in deltas:
                if echo and delta.text:
                    yield Delta(prompt, model=delta.model)
                    echo = False
                yield delta

    async def _ask_provider(
        self, model: str, prompt: str, parameters: Mapping[str, Any], patience: Patience
    ) -> aiohttp.ClientResponse:
        name, provider = split(model)
        known = await self._hub.look_up(name, patience.until - asyncio.get_running_loop().time())
        served = choose(known, TAG, provider) if self._hub.settles(known) else Served(OWN, name, TAG, live=True)
        written, more = for_tgi(parameters), {"stream": True}
        try:
            prepared = await asyncio.to_thread(prepare, known.id if known else name, served, TAG, prompt, written, more)
        except ODD as error:  # not chained: it may quote the prompt
            raise Mistaken("The model cannot do anything with this text.", detail=type(error).__name__) from None
        url = prepared.url.replace(ROUTER, self._router, 1)
        body = prepared.json if served.provider == OWN else as_openai(prepared.json)
        return await ask(self._session, url, {**self._headers(url), **prepared.headers}, body, model, patience)

    async def _ask_own(
        self, url: str, model: str, prompt: str, parameters: Mapping[str, Any], patience: Patience
    ) -> aiohttp.ClientResponse:
        form = self._forms.get(url) or form_of(url) or await self._found_out(url)
        self._forms[url] = form
        target = address(url, form)
        if form == "tgi":
            made = await asyncio.to_thread(prepare_own, target, TAG, prompt, for_tgi(parameters), {"stream": True})
            body = made.json
        else:
            usage = {"include_usage": True}
            named = {"model": model} if model else {}
            body = as_openai(
                {**named, "prompt": prompt, **for_tgi(parameters), "stream": True, "stream_options": usage}
            )
        return await ask(self._session, target, self._headers(target), body, model, patience)

    async def _found_out(self, url: str) -> Form:
        """TGI tells at /info which model it serves; other servers have no such page."""
        info = base_of(url) + "/info"
        try:
            _, said = await get_json(self._session, info, self._headers(info), INFO_SECONDS, INFO_BYTES)
        except FOREIGN:
            return "openai"
        return "tgi" if isinstance(said, Mapping) and "model_id" in said else "openai"

    def _headers(self, url: str) -> dict[str, str]:
        return headers(url, credential(url, self._token, self._api_key), self._config.bill_to)


async def ended(
    deltas: AsyncGenerator[Delta, None], answer: Answer, words: Sequence[str]
) -> AsyncGenerator[Delta, None]:
    """The same deltas up to the first of these words; what the server would say behind it is not waited for."""
    stops = Stops(words)
    async with aclosing(deltas):
        async for delta in deltas:
            text = stops.feed(delta.text)
            if delta.finish:
                yield replace(delta, text=text + stops.end(), finish="stop" if stops.met else delta.finish)
            elif stops.met and answer.finish is None:
                yield replace(delta, text=text, finish="stop")
                return
            elif text or not delta.text:
                yield replace(delta, text=text)
