"""Which models there are: their windows, prices, abilities and providers, as far as the server's list tells.

Read when the bot starts and every few minutes after that. Where there is no list, or an unreadable one, what was read
before stays, and at first nothing is known.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from math import inf
from typing import Any

import aiohttp

from bot.inference.config import InferenceConfig
from bot.inference.endpoint import credential, get_json, headers, models_url
from bot.inference.failures import FOREIGN

ROUTES = ("fastest", "cheapest", "preferred")  # how the router may choose a provider itself (2026-11-20)
SECONDS = 10.0
REFRESH_SECONDS = 300.0
KNOWN = 10_000  # models among which a misspelt name is looked for
BYTES = 16 * 2**20  # the router's list took well under 1 MiB in 2026
WINDOW_NAMES = ("context_length", "max_model_len", "context_window")  # the router and most servers; vLLM; others

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Offer:
    """One model at one provider."""

    provider: str  # "": the server itself
    live: bool
    window: int | None = None  # tokens
    price: tuple[float, float] | None = None  # US dollars per million tokens, in and out
    tools: bool = False
    structured: bool = False  # keeps to a JSON schema
    free: bool = False
    latency: float | None = None  # seconds to the first token, as lately measured
    throughput: float | None = None  # tokens a second


@dataclass(frozen=True, slots=True)
class Traits:
    """What the list tells of one model, all providers that may be chosen taken together."""

    window: int | None  # tokens; the smallest
    price: tuple[float, float] | None  # US dollars per million tokens, in and out; the highest
    providers: tuple[str, ...]
    inputs: tuple[str, ...]  # besides text: image, audio, ...
    tools: bool  # at one provider at least, as the three below
    structured: bool
    free: bool
    latency: float | None  # seconds to the first token; the shortest
    throughput: float | None  # tokens a second; the highest


@dataclass(frozen=True, slots=True)
class Catalogue:
    offers: Mapping[str, tuple[Offer, ...]] = field(default_factory=dict)  # by the model's name, without a suffix
    inputs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # what each takes besides text

    def live(self, model: str) -> bool:
        """Whether the list has it, at a provider that its suffix allows and that is working."""
        return bool(self._live(model))

    def window(self, model: str) -> int | None:
        """In tokens. Where several providers may be chosen, the smallest of theirs; None: unknown."""
        return min((offer.window for offer in self._live(model) if offer.window is not None), default=None)

    def price(self, model: str) -> tuple[float, float] | None:
        """US dollars per million tokens, in and out; the highest of the providers that may be chosen."""
        return max((offer.price for offer in self._live(model) if offer.price is not None), key=sum, default=None)

    def traits(self, model: str) -> Traits | None:
        """None: the list does not have it, or nobody serves it now."""
        offers = self._live(model)
        if not offers:
            return None
        return Traits(
            window=self.window(model),
            price=self.price(model),
            providers=tuple(offer.provider for offer in offers if offer.provider),
            inputs=self.inputs.get(self._name(model), ()),
            tools=any(offer.tools for offer in offers),
            structured=any(offer.structured for offer in offers),
            free=any(offer.free for offer in offers),
            latency=min((offer.latency for offer in offers if offer.latency is not None), default=None),
            throughput=max((offer.throughput for offer in offers if offer.throughput is not None), default=None),
        )

    def _name(self, model: str) -> str:
        return model if model in self.offers else _split(model)[0]

    def _live(self, model: str) -> tuple[Offer, ...]:
        name, suffix = (model, "") if model in self.offers else _split(model)
        allowed = ("", *ROUTES)
        return tuple(
            offer
            for offer in self.offers.get(name, ())
            if offer.live and (suffix in allowed or suffix == offer.provider)
        )


class Models:
    """The catalogue as it is now, and the questions that are asked of it."""

    def __init__(
        self, read: Callable[[], Awaitable[Catalogue]], window: int, catalogue: Catalogue | None = None
    ) -> None:
        """`window`: tokens, for models of which nothing is known."""
        self.catalogue = catalogue or Catalogue()
        self._read = read
        self._window = window

    async def refresh(self) -> None:
        catalogue = await self._read()
        if catalogue.offers:
            self.catalogue = catalogue

    async def keep_fresh(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(REFRESH_SECONDS)
            await self.refresh()

    def vanished(self, model: str) -> bool:
        return bool(self.catalogue.offers) and not self.catalogue.live(model)

    def window(self, model: str) -> int:
        return self.catalogue.window(model) or self._window

    def price(self, model: str) -> tuple[float, float] | None:
        """US dollars per million tokens, in and out: the highest that may be asked; None: unknown."""
        return self.catalogue.price(model)

    def traits(self, model: str) -> Traits | None:
        """None: nothing is known of it."""
        return self.catalogue.traits(model)

    def find(self, name: str) -> str:
        """The model that is meant: the case of letters does not count, nor an owner where the name is unique; or ""."""
        if self.catalogue.live(name):
            return name
        wanted, suffix = _split(name.lower())
        names = [each for each in self.catalogue.offers if wanted and wanted in _names(each)]
        found = f"{names[0]}:{suffix}" if suffix and names else "".join(names[:1])
        return found if len(names) == 1 and self.catalogue.live(found) else ""

    def near(self, name: str, limit: int) -> Sequence[str]:
        """Live models whose names look like this one, or have it in them; the nearest first."""
        wanted = _split(name.lower())[0]
        by_name = {key: each for each in self.search("", KNOWN) for key in _names(each)}
        alike = (by_name[key] for key in get_close_matches(wanted, by_name, n=limit, cutoff=0.5))
        return list(dict.fromkeys([*self.search(wanted, limit), *alike]))[:limit]

    def cheaper(self, model: str, among: Sequence[str]) -> Sequence[str]:
        """Those of these models whose known price is lower, the dearest of them first."""
        prices = {each: sum(price) for each in (model, *among) if (price := self.price(each)) is not None}
        limit = prices.get(model)
        if limit is None:
            return ()
        return sorted((each for each in prices if prices[each] < limit), key=lambda each: -prices[each])

    def search(self, text: str, limit: int) -> Sequence[str]:
        """Names of live models that have all these words in them; those that begin so come first."""
        words = text.lower().split()
        fitting = [
            name
            for name in self.catalogue.offers
            if all(word in name.lower() for word in words) and self.catalogue.live(name)
        ]
        return sorted(fitting, key=lambda name: (not name.lower().startswith(text.lower()), name.lower()))[:limit]


def ordered(models: Sequence[str], catalogue: Catalogue) -> Sequence[str]:
    """These models, the live ones first."""
    return sorted(models, key=lambda model: not catalogue.live(model))


async def read_catalogue(
    session: aiohttp.ClientSession, config: InferenceConfig, token: str, api_key: str = ""
) -> Catalogue:
    """What the server's /v1/models tells, within a bounded time. Never fails: an empty catalogue is logged instead."""
    url = models_url(config.base_url)
    try:
        status, body = await get_json(session, url, headers(url, credential(url, token, api_key)), SECONDS, BYTES)
    except FOREIGN as error:
        log.warning("the list of models could not be read (%s); nothing is known of them", type(error).__name__)
        return Catalogue()
    catalogue = catalogue_of(body)
    if not catalogue.offers:
        log.info("the server has no list of models (status %d); nothing is known of them", status)
    return catalogue


def catalogue_of(body: Any) -> Catalogue:
    """What a list says that may have any shape."""
    models = body.get("data") if isinstance(body, Mapping) else None
    named = [each for each in models if isinstance(each, Mapping)] if isinstance(models, list) else []
    known = {each["id"]: each for each in named if isinstance(each.get("id"), str)}
    return Catalogue(
        {name: _of_model(model) for name, model in known.items()},
        {name: inputs for name, model in known.items() if (inputs := _inputs(model))},
    )


def _of_model(model: Mapping[str, Any]) -> tuple[Offer, ...]:
    providers = model.get("providers")
    if not isinstance(providers, list):  # an own server: what it lists, it serves
        return (Offer("", live=True, window=_window(model)),)
    return tuple(_of_provider(each) for each in providers if isinstance(each, Mapping))


def _of_provider(provider: Mapping[str, Any]) -> Offer:
    """All fields but the first two are optional (hub-docs, inference-providers/hub-api.md, read on 2026-11-20)."""
    pricing = provider.get("pricing")
    prices = [_number(pricing.get(each)) for each in ("input", "output")] if isinstance(pricing, Mapping) else []
    known = [price for price in prices if price is not None]
    latency = _number(provider.get("first_token_latency_ms"))
    return Offer(
        str(provider.get("provider", "")),
        live=provider.get("status") == "live",
        window=_window(provider),
        price=(known[0], known[1]) if len(known) == 2 else None,
        tools=provider.get("supports_tools") is True,
        structured=provider.get("supports_structured_output") is True,
        free=provider.get("is_free") is True,
        latency=latency / 1000 if latency is not None else None,
        throughput=_number(provider.get("throughput")),
    )


def _inputs(model: Mapping[str, Any]) -> tuple[str, ...]:
    architecture = model.get("architecture")
    modalities = architecture.get("input_modalities") if isinstance(architecture, Mapping) else None
    named = modalities if isinstance(modalities, list) else []
    return tuple(each for each in named if isinstance(each, str) and each != "text")


def _number(value: Any) -> float | None:
    usable = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < inf
    return float(value) if usable else None


def _window(fields: Mapping[str, Any]) -> int | None:
    return next((fields[name] for name in WINDOW_NAMES if type(fields.get(name)) is int and fields[name] > 0), None)


def _names(model: str) -> tuple[str, ...]:
    """How people may write it: whole, and without its owner."""
    return tuple(filter(None, (model.lower(), model.lower().partition("/")[2])))


def _split(model: str) -> tuple[str, str]:
    """A router's id into the model's name and what follows the colon: a provider, or a way to choose one."""
    name, _, suffix = model.partition(":")
    return name, suffix
