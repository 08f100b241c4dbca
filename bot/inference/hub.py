"""What Hugging Face's hub says of a model: what it is for, and which providers serve it.

huggingface_hub would look it up while the event loop stands still, and remember it until the process ends (2.4.0): so
it is asked here, and handed to its helpers (`providers.py`).
"""

import asyncio
import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeGuard
from urllib.parse import quote, urljoin, urlsplit

import aiohttp

from bot.errors import Mistaken
from bot.inference.endpoint import collect, decoded, headers, is_hugging_face
from bot.inference.failures import FOREIGN, of_status

FIELDS = ("inferenceProviderMapping", "pipeline_tag", "tags", "mask_token")  # what is asked for; docs of the hub's API
SECONDS = 10.0  # for one look-up, whatever its task's deadline is
BYTES = 2**20
KEPT_SECONDS = 600.0  # a model that moves to another provider is found there after this time
ABSENT_SECONDS = 60.0  # after which a model that was not there is looked for again
AWAY_SECONDS = 30.0  # how long a hub that did not answer is left in peace
KEPT = 256  # people may name any model
NAME = re.compile(r"(?!.*\.\.)[\w.-]{1,96}(?:/[\w.-]{1,96})?", re.ASCII)
NO_NAME = "A model is named like its page at huggingface.co, OWNER/NAME."
REDIRECTS = 3  # a renamed model's old name leads to the new one

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Served:
    """One model at one provider."""

    provider: str
    name: str  # what the provider calls it
    task: str
    live: bool
    said: Mapping[str, Any] = field(default_factory=dict)  # all that the hub says of it


@dataclass(frozen=True, slots=True)
class Known:
    """One model as the hub knows it; `tag` is its pipeline tag, "" where it has none."""

    id: str
    tag: str = ""
    tags: tuple[str, ...] = ()
    mask: str = ""  # what stands for the missing word, of a model that fills it in
    served: tuple[Served, ...] = ()


@dataclass(frozen=True, slots=True)
class _Kept:
    until: float
    model: Known | None  # None: the hub has none of this name


class Hub:
    """The hub's answers, each kept for a while."""

    def __init__(self, session: aiohttp.ClientSession, hub_url: str, token: str, *, decides: bool = True) -> None:
        """The token goes to Hugging Face only, and only one of its own (hf_...).

        `decides`: what the hub does not know, nobody serves. False: tasks go to a server of one's own, which may.
        """
        self._session = session
        self._url = hub_url.rstrip("/")
        ours = is_hugging_face(self._url) and token.startswith(("hf_", "api_"))
        self._headers = headers(self._url, token if ours else "")
        self._named = ours
        self._decides = decides
        self._kept: dict[str, _Kept] = {}
        self._away_until = 0.0

    async def look_up(self, model: str, seconds: float = SECONDS) -> Known | None:
        """None: the hub cannot be asked now, or does not know the model and does not decide.

        Raises `ModelUnavailable` for a model that it does not have, `Mistaken` for what cannot be a model's name.
        """
        if not NAME.fullmatch(model):
            raise Mistaken(NO_NAME)
        now = asyncio.get_running_loop().time
        kept = self._kept.get(model)
        if (kept is None or kept.until <= now()) and self._away_until <= now():
            kept = await self._ask(model, now() + min(seconds, SECONDS)) or kept
        if kept is None:
            return None
        if kept.model is None and self._decides:
            raise of_status(404, {}, None, model)
        return kept.model

    def settles(self, known: Known | None) -> TypeGuard[Known]:
        """Whether what was looked up decides who serves the model; otherwise the own server is asked by its name."""
        return known is not None and bool(known.served or self._decides)

    def forget(self, model: str) -> None:
        """Look it up anew next time: what is known of it led nowhere."""
        self._kept.pop(model, None)

    async def _ask(self, model: str, until: float) -> _Kept | None:
        now = asyncio.get_running_loop().time
        try:
            status, body = await self._get(model, until)
        except FOREIGN as error:
            log.warning("the hub could not be asked about a model: %s", type(error).__name__)
            self._away_until = now() + AWAY_SECONDS
            return None
        if status == 200 and isinstance(body, Mapping):
            kept = _Kept(now() + KEPT_SECONDS, known(model, body))
        elif status in (404, 410) or (status == 401 and not self._named):  # strangers are told 401 of what is not there
            kept = _Kept(now() + ABSENT_SECONDS, None)
        else:
            log.warning("the hub does not tell about a model (status %d)", status)
            return None
        self._kept.pop(model, None)
        self._kept[model] = kept
        while len(self._kept) > KEPT:
            del self._kept[next(iter(self._kept))]
        return kept

    async def _get(self, model: str, until: float) -> tuple[int, Any]:
        """A redirect is followed on this very host only. Raises `FOREIGN`."""
        url = f"{self._url}/api/models/{quote(model, safe='/')}?" + "&".join(f"expand={each}" for each in FIELDS)
        for _ in range(REDIRECTS):
            async with asyncio.timeout_at(until):
                response = await self._session.get(url, headers=self._headers, allow_redirects=False)
            try:
                moved = urljoin(url, response.headers.get("Location", ""))
                if response.status not in (301, 302, 307, 308) or _origin(moved) != _origin(url):
                    return response.status, decoded(await collect(response, until, BYTES))
                url = moved
            finally:
                response.close()
        return 404, None


def known(model: str, body: Mapping[str, Any]) -> Known:
    """What the hub's answer says that may have any shape."""
    tags = body.get("tags")
    return Known(
        _text(body.get("id")) or model,
        _text(body.get("pipeline_tag")),
        tuple(each for each in tags if isinstance(each, str)) if isinstance(tags, list) else (),
        _text(body.get("mask_token")),
        tuple(_served(body.get("inferenceProviderMapping"))),
    )


def _served(mapping: Any) -> Iterator[Served]:
    """One model's look-up gives an object by providers, a search gives a list."""
    offers = mapping.items() if isinstance(mapping, Mapping) else ((None, each) for each in _list(mapping))
    for provider, said in offers:
        if isinstance(said, Mapping) and all(isinstance(said.get(name), str) for name in ("providerId", "task")):
            name = provider or _text(said.get("provider"))
            yield Served(name, said["providerId"], said["task"], said.get("status") == "live", said)


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
