"""Pictures by models that only a Space serves: a client of Gradio's queue, without threads and without a token.

What the app says of itself and of its queue is read by `gradio.py`. Every request is anonymous: whoever runs a Space
learns the prompt and the bot's address, and nothing else. Tried against gradio 4.44 and 6.31 on 2026-11-20: dropping
the data connection takes an event out of the queue but lets a running one go on; /cancel gives its place back at once.
"""

import asyncio
import re
import secrets
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, suppress
from typing import Any

import aiohttp

from bot.errors import Mistaken
from bot.inference.endpoint import collect, decoded, is_hugging_face
from bot.inference.failures import FOREIGN, ModelUnavailable
from bot.inference.gradio import Endpoint, drawn, endpoint, file_url, fill, prefix, progress
from bot.inference.images import picture
from bot.inference.space_failures import broken, of_error, of_exception, of_stage, of_status
from bot.inference.sse import Events, EventTooLong
from bot.replies import Delta

NAME = re.compile(r"spaces/([\w-][\w.-]{0,95}/[\w-][\w.-]{0,95})", re.ASCII)
HOST = re.compile(r"https://[a-z0-9-]+\.hf\.space", re.ASCII)
OWN_HOST = re.compile(r"https?://[\w.-]+(?::\d+)?(?:/[\w.-]+)*", re.ASCII)
READY = ("RUNNING", "RUNNING_BUILDING", "RUNNING_APP_STARTING")
COMING = ("BUILDING", "APP_STARTING", "SLEEPING")  # a visit wakes a sleeping one
ANSWER_BYTES = 4 * 2**20  # of an app's description of itself; large ones had 0.5 MiB in 2026
ANSWER_SECONDS = 20.0
SILENCE_SECONDS = 60.0  # without a message; an app sends a heartbeat every 15 s
CANCEL_SECONDS = 2.0
UNKNOWN = Endpoint(index=0, slots=(), picture=0, prefix="")
ANONYMOUS = {"Accept-Encoding": "identity"}
NO_TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=None, sock_read=None)  # the deadlines are our own


class Spaces:
    """A `Backend` for text-to-image by models named spaces/OWNER/NAME.

    Its last delta has the picture, and as `result` those of the parameters that the Space really used.
    """

    def __init__(
        self, session: aiohttp.ClientSession, hub_url: str, seconds: float, max_bytes: int, pause: float = 5.0
    ) -> None:
        """`seconds` is the longest that one picture may take, `max_bytes` its largest file.

        `pause` is how many seconds later a Space that is waking up is looked at again.
        """
        if session.trust_env:
            raise ValueError("with trust_env, a .netrc or a proxy's password could go along with a request")
        self._session = session
        self._hub = hub_url
        self._seconds = seconds
        self._limit = max_bytes
        self._pause = pause

    async def stream(self, model: str, task: Mapping[str, Any]) -> AsyncGenerator[Delta, None]:
        named = NAME.fullmatch(model)
        if named is None:
            raise Mistaken("A Space is named like this: spaces/OWNER/NAME.")
        visit = Visit(self._session, named[1], asyncio.get_running_loop().time() + self._seconds)
        try:
            async with aclosing(self._awake(visit)) as told:
                async for delta in told:
                    yield delta
            async with aclosing(visit.draw(task["inputs"], task.get("parameters", {}))) as told:
                async for delta in told:
                    yield delta
            data = await visit.fetch(self._limit)
        except FOREIGN as error:
            raise of_exception(named[1], error) from None
        finally:
            await visit.leave()
        yield Delta(media=(picture(data, model, self._limit),), result=visit.used, model=model, finish="stop")

    async def _awake(self, visit: "Visit") -> AsyncGenerator[Delta, None]:
        """Find out where the Space is, and wait until it runs."""
        url = f"{self._hub}/api/spaces/{visit.space}"
        told = await visit.get(f"{url}/host", absent=f"There is no public Space {visit.space}.")
        visit.host = trusted(told, visit.space, is_hugging_face(self._hub))
        woken = False
        while (stage := stage_of(await visit.get(f"{url}/runtime"))) not in READY:
            if stage not in COMING:
                raise of_stage(visit.space, stage)
            if stage == "SLEEPING" and not woken:
                woken = True
                await visit.wake()
            yield Delta(progress=f"The Space is {'waking up' if stage == 'SLEEPING' else 'starting'} …")
            async with asyncio.timeout_at(visit.until):
                await asyncio.sleep(self._pause)


class Visit:
    """One picture at one Space. `until` is the event loop's time at which all patience ends."""

    def __init__(self, session: aiohttp.ClientSession, space: str, until: float) -> None:
        self.space = space
        self.until = until
        self.host = ""
        self.used: dict[str, Any] = {}
        self._session = session
        self._hash = secrets.token_hex(6)
        self._endpoint = UNKNOWN
        self._event = ""  # what waits or runs at the Space because of us
        self._files: tuple[str, ...] = ()

    async def draw(self, prompt: str, parameters: Mapping[str, Any]) -> AsyncGenerator[Delta, None]:
        """Ask for the picture and tell how far it is."""
        config = await self.get(f"{self.host}/config", absent=f"The Space {self.space} is no Gradio app.")
        found = endpoint(config, await self.get(f"{self.host}{prefix(config)}/info"))
        if found is None:
            raise ModelUnavailable(f"The Space {self.space} draws no pictures of words.", detail="no fitting endpoint")
        self._endpoint = found
        data, self.used = fill(found, prompt, parameters)
        await self._join(data)
        async with aclosing(self._messages()) as messages:
            async for message in messages:
                if (kind := message.get("msg")) == "process_completed":
                    self._event = ""
                    self._complete(message)
                    return
                if kind in ("unexpected_error", "close_stream"):
                    break
                if said := progress(message):
                    yield Delta(progress=said)
        raise broken(self.space, "the queue's stream ended early")

    async def fetch(self, limit: int) -> bytes:
        """The bytes of the picture, or its first `limit` and a little more."""
        urls = (file_url(self.host, self._endpoint.prefix, file) for file in self._files)
        url = next((url for url in urls if url), None)
        if url is None:
            raise broken(self.space, "no picture that it serves itself")
        response = await self._request("GET", url, self.until)
        try:
            if response.status != 200:
                raise broken(self.space, f"the picture's status={response.status}")
            return await collect(response, self.until, limit)
        finally:
            response.close()

    async def leave(self) -> None:
        """Give our place in the Space's queue back, or stop its work. Never raises, and takes no time to speak of."""
        event, self._event = self._event, ""
        if not event or self._session.closed:
            return
        body = {"session_hash": self._hash, "fn_index": self._endpoint.index, "event_id": event}
        with suppress(*FOREIGN):
            until = asyncio.get_running_loop().time() + CANCEL_SECONDS
            (await self._request("POST", f"{self.host}{self._endpoint.prefix}/cancel", until, json=body)).close()

    async def wake(self) -> None:
        with suppress(*FOREIGN):
            (await self._request("GET", self.host, self._soon())).close()

    async def get(self, url: str, absent: str = "") -> Any:
        """The decoded JSON, or None where it is none. Without it we can go on, unless `absent` says what is missing."""
        until = self._soon()
        response = await self._request("GET", url, until)
        try:
            if response.status == 200 and (told := decoded(await collect(response, until, ANSWER_BYTES))) is not None:
                return told
        finally:
            response.close()
        if absent and response.status in (200, 401, 403, 404):
            raise ModelUnavailable(absent, detail=f"status={response.status}")
        if absent:
            raise of_status(self.space, response.status)
        return None

    async def _join(self, data: list[Any]) -> None:
        body = {"data": data, "fn_index": self._endpoint.index, "session_hash": self._hash}
        until = self._soon()
        response = await self._request("POST", f"{self.host}{self._endpoint.prefix}/queue/join", until, json=body)
        try:
            told = decoded(await collect(response, until, ANSWER_BYTES))
        finally:
            response.close()
        fields = told if isinstance(told, Mapping) else {}
        if response.status != 200:
            raise of_status(self.space, response.status, str(fields.get("detail", "")))
        self._event = str(fields.get("event_id") or "")
        if not self._event:
            raise broken(self.space, "no event_id")

    async def _messages(self) -> AsyncGenerator[Mapping[str, Any], None]:
        url = f"{self.host}{self._endpoint.prefix}/queue/data?session_hash={self._hash}"
        response = await self._request("GET", url, self._soon())
        events = Events(ANSWER_BYTES)
        try:
            if response.status != 200:
                raise of_status(self.space, response.status)
            while data := await self._read(response):
                for event in events.feed(data):
                    message = decoded(event.data.encode())
                    if not isinstance(message, Mapping):
                        raise broken(self.space, "a message that is no JSON object")
                    yield message
        except EventTooLong as error:
            raise broken(self.space, f"one message of {error}") from None
        finally:
            response.close()

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        async with asyncio.timeout_at(self._soon(SILENCE_SECONDS)):
            return await response.content.readany()

    def _complete(self, message: Mapping[str, Any]) -> None:
        output = message.get("output")
        if message.get("success") is not True:
            said = output.get("error") if isinstance(output, Mapping) else None
            raise of_error(self.space, said if isinstance(said, str) else "")
        self._files = drawn(output, self._endpoint.picture)

    async def _request(self, method: str, url: str, until: float, json: Any = None) -> aiohttp.ClientResponse:
        async with asyncio.timeout_at(until):
            return await self._session.request(
                method, url, json=json, headers=ANONYMOUS, allow_redirects=False, timeout=NO_TIMEOUT
            )

    def _soon(self, seconds: float = ANSWER_SECONDS) -> float:
        return min(self.until, asyncio.get_running_loop().time() + seconds)


def stage_of(told: Any) -> str:
    """What the Hub says a Space is doing; one of which it says nothing is taken to run."""
    return str(told.get("stage", "")) if isinstance(told, Mapping) else READY[0]


def trusted(told: Any, space: str, official: bool) -> str:
    """A Space's address, as the Hub tells it. Hugging Face's own are at https://....hf.space and nowhere else."""
    host = str(told.get("host")).rstrip("/") if isinstance(told, Mapping) else ""
    if not (HOST if official else OWN_HOST).fullmatch(host):
        raise ModelUnavailable(f"The Space {space} is at no known place.", detail="its host")
    return host
