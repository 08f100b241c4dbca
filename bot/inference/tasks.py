"""Every task but chat, by Hugging Face's providers or a server of one's own: one request, one outcome.

Who serves a model is `hub.py`'s concern, what a provider wants `providers.py`'s, what it answers `results.py`'s.
Waiting for a model that loads, trying again and limits are the policies' (`loading.py`, `policies.py`).
"""

import asyncio
import json
import re
from base64 import b64decode
from collections.abc import AsyncGenerator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar
from urllib.parse import urlsplit

import aiohttp

from bot.errors import Mistaken, ParleyError
from bot.inference import images, results
from bot.inference.backend import ContextTooLong
from bot.inference.catalogue import ROUTES
from bot.inference.config import InferenceConfig, TasksConfig
from bot.inference.endpoint import credential, decoded, headers
from bot.inference.exchange import Body, fetch, post
from bot.inference.failures import ModelUnavailable, astray, broken
from bot.inference.hub import NO_NAME, Hub, Known, Served
from bot.inference.providers import OWN, ROUTER, Prepared, choose, prepare, prepare_own
from bot.inference.safety import Withheld, flagged
from bot.replies import Delta, Media

TEXTS = frozenset({"summarization", "translation", "automatic-speech-recognition", "image-to-text", "text-generation"})
PICTURES, SOUNDS = "text-to-image", "text-to-speech"
FILES = frozenset({PICTURES, SOUNDS})
GIVEN_FILES = frozenset({"image-classification", "image-to-text", "automatic-speech-recognition"})
KNOWN_TASKS = TEXTS | FILES | results.READERS.keys()
JSON_BYTES = 8 * 2**20  # of an answer that holds no file
PROVIDER = re.compile(r"[a-z0-9-]{1,40}")
BLANK = re.compile(r"_{3,}")  # how people write a missing word, who do not know
MASKS = re.compile(rf"\[MASK\]|<mask>|{BLANK.pattern}")  # what the model wants to see there
AGGREGATION = {"aggregation_strategy": "simple"}  # whole names instead of pieces of words
THREADS = 2  # they encode and decode files; nothing waits for the network there
ODD = (LookupError, TypeError, ValueError, AttributeError)  # what the helpers raise at an answer of another shape

T = TypeVar("T")


class Tasks:
    """A `Backend` for every task of `backend.py` but chat. Raises before its only delta, which holds the outcome."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        hub: Hub,
        config: TasksConfig,
        inference: InferenceConfig,
        token: str,
        api_key: str = "",
    ) -> None:
        """`session` and `hub` are shared. Raises `Misconfigured` for a secret that no header can hold."""
        self._session = session
        self._hub = hub
        self._config = config
        self._router = inference.tasks_url or ROUTER
        self._bill_to = inference.bill_to
        self._token, self._api_key = token, api_key
        named = (config.sentiment, config.entities, config.complete, config.recall, *config.imagine)
        self._own = frozenset(name for name in named if "://" in name)  # addresses that the operator chose
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="tasks")
        headers(self._router, credential(self._router, token, api_key))

    async def stream(self, model: str, task: Mapping[str, Any]) -> AsyncGenerator[Delta, None]:
        until = asyncio.get_running_loop().time() + self._config.seconds
        tag, inputs = task["task"], task["inputs"]
        if tag not in KNOWN_TASKS:
            raise Mistaken(f"Models for {tag} are not supported here.")
        if (tag in GIVEN_FILES) != isinstance(inputs, bytes):  # the helpers would take a text for a file's path
            raise Mistaken(f"A model for {tag} {'needs a file' if tag in GIVEN_FILES else 'takes no file'}.")
        prepared = await self._prepared(model, tag, inputs, task.get("parameters") or {}, until)
        try:
            body = await self._sent(prepared, model, tag, until)
        except ContextTooLong as failure:
            raise Mistaken("This is too long for the model: make it shorter.", detail=failure.detail) from None
        except ModelUnavailable as failure:
            if failure.scope == "model" and failure.again == "never":
                self._hub.forget(split(model)[0])
            raise
        answer = await self._aside(_read, body, prepared, model, tag)
        if prepared.linked and not isinstance(answer, bytes):
            answer = await self._linked(answer, model, until)
        yield await self._aside(self._outcome, answer, model, tag, inputs)

    async def _prepared(
        self, model: str, tag: str, inputs: Any, parameters: Mapping[str, Any], until: float
    ) -> Prepared:
        if tag == "token-classification":
            parameters = {**AGGREGATION, **parameters}
        if model in self._own:
            return await self._aside(_fitting, prepare_own, model, tag, inputs, parameters)
        name, provider = split(model)
        known = await self._hub.look_up(name, until - asyncio.get_running_loop().time())
        served = await self._aside(_chosen, known if self._hub.settles(known) else None, name, tag, provider)
        if tag == "fill-mask":
            inputs = _masked(inputs, known.mask if known else "")
        return await self._aside(_fitting, prepare, known.id if known else name, served, tag, inputs, parameters)

    async def _sent(self, prepared: Prepared, model: str, tag: str, until: float) -> Body:
        url = prepared.url.replace(ROUTER, self._router, 1) if prepared.url.startswith(ROUTER) else prepared.url
        data = prepared.data if prepared.json is None else await self._aside(_encoded, prepared.json)
        made = {**headers(url, credential(url, self._token, self._api_key), self._bill_to), **prepared.headers}
        # A file within JSON is a third longer.
        limit = self._config.max_file_bytes * 4 // 3 + 65_536 if tag in FILES else JSON_BYTES
        return await post(self._session, url, made, data, model, until, limit)

    async def _linked(self, answer: Any, model: str, until: float) -> bytes:
        """The file whose address came: over https, or from the very host that was asked."""
        try:
            url = results.address(answer)
        except results.Malformed as error:
            raise broken(model, f"no address of a file: {error}") from None
        if url.startswith("data:"):
            return await self._aside(_of_data_url, url, model)
        parts, router = urlsplit(url), urlsplit(self._router)
        if parts.scheme != "https" and (parts.scheme, parts.netloc) != (router.scheme, router.netloc):
            raise broken(model, "the file is not to be had over https")
        try:
            return await fetch(self._session, url, model, until, self._config.max_file_bytes)
        except ParleyError as failure:  # of the files' host: it says nothing of the model's, nor of our token
            raise broken(model, f"the file was not to be had: {failure.detail}") from None

    def _outcome(self, answer: Any, model: str, tag: str, inputs: Any) -> Delta:
        try:
            if tag in FILES:
                return Delta(media=(self._file(answer, model, tag),), finish="stop", model=model)
            if tag in TEXTS:
                return Delta(text=results.text(answer), finish="stop", model=model)
            return Delta(result=results.READERS[tag](answer, inputs), finish="stop", model=model)
        except results.Malformed as error:
            raise broken(model, f"not an answer to {tag}: {error}") from None

    def _file(self, data: Any, model: str, tag: str) -> Media:
        if not isinstance(data, bytes):
            raise results.Malformed("no file")
        made = images.picture if tag == PICTURES else images.sound
        return made(data, model, self._config.max_file_bytes)

    async def _aside(self, work: Callable[..., T], *given: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work, *given)


def split(model: str) -> tuple[str, str]:
    """The model's name on the hub, and the provider that was named behind a colon. Raises `Mistaken`."""
    name, colon, provider = model.partition(":")
    if colon and not PROVIDER.fullmatch(provider):
        raise Mistaken(NO_NAME)
    return name, "" if provider in ROUTES else provider


def _masked(text: str, mask: str) -> str:
    """The missing word written as this model knows it; where that is not known, as most do."""
    return MASKS.sub(lambda _: mask, text) if mask else BLANK.sub("[MASK]", text)


def _chosen(known: Known | None, name: str, tag: str, provider: str) -> Served:
    if known is not None:
        return choose(known, tag, provider)
    if provider not in ("", OWN):
        raise ModelUnavailable(f"It cannot be found out now how {provider} serves the model {name}.", retry_after=60.0)
    return Served(OWN, name, tag, live=True)  # where the hub is away: the provider that takes names as they are


def _fitting(make: Callable[..., Prepared], *given: Any) -> Prepared:
    try:
        return make(*given)
    except ODD as error:  # not chained: it may quote the input
        raise Mistaken("The model cannot do anything with this input.", detail=type(error).__name__) from None


def _read(body: Body, prepared: Prepared, model: str, tag: str) -> Any:
    """The answer as the provider's helper reads it; a file's bytes as they came."""
    if tag in FILES and (body.media_type != "application/json" or not body.whole):
        return body.data  # what is too large is said by `images.py`
    if body.media_type == "text/html":
        raise astray(model, "a web page came instead of an answer")
    if not body.whole:
        raise broken(model, f"the answer is longer than {JSON_BYTES} bytes")
    answer = decoded(body.data)
    if tag == PICTURES and flagged(answer):
        raise Withheld
    try:
        return prepared.read(answer)
    except ODD as error:
        raise broken(model, f"not an answer to {tag}: {type(error).__name__}") from None


def _of_data_url(url: str, model: str) -> bytes:
    try:
        return b64decode(url.partition(";base64,")[2], validate=True)
    except ValueError:
        raise broken(model, "a data: address that is not in base64") from None


def _encoded(body: Any) -> bytes:
    return json.dumps(body).encode()
