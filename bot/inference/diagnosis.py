"""A look at everything that answers, for `check`: the token, the models of chats, and those of other tasks.

Nothing is generated, so nothing is spent. What only a spent cent shows, such as credit that is used up (402), is not
known here.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

import aiohttp

from bot.finding import Clocks, Finding
from bot.inference.catalogue import Catalogue, catalogue_of
from bot.inference.config import InferenceConfig, TasksConfig
from bot.inference.endpoint import (
    CHAT,
    Answer,
    chat_url,
    credential,
    headers,
    is_hugging_face,
    look,
    models_url,
)
from bot.inference.failures import FOREIGN, of_exception
from bot.inference.tokens import PART, look_at_token

MODELS, TASKS = "Models", "Other tasks"
SECONDS = 6.0  # for one request
BYTES = 16 * 2**20
SERVED = "https://huggingface.co/models?inference_provider=all"
GUIDE = (
    "neither HF_TOKEN nor [inference] base_url is set, so the built-in offline guide answers and no model does. "
    "docs/huggingface.md says how to get a token."
)
KEY_OF_AN_OWN_SERVER = (
    "HF_TOKEN is no Hugging Face token (hf_...) and is taken for the key of inference.base_url; INFERENCE_API_KEY is "
    "the better place for it."
)


@dataclass(frozen=True, slots=True)
class Diagnosis:
    session: aiohttp.ClientSession
    config: InferenceConfig
    tasks: TasksConfig
    token: str
    api_key: str
    clocks: Clocks

    async def findings(self) -> Sequence[Finding]:
        if not self.token and not self.config.base_url:
            return [Finding("note", PART, GUIDE)]
        looks = (self._token(), self._chat(), self._others())
        return [each for found in await asyncio.gather(*looks) for each in found]

    # The token

    @property
    def _ours(self) -> bool:
        """Whether the token is one of Hugging Face's, so that its hosts may be shown it."""
        return self.token.startswith(("hf_", "api_"))

    async def _token(self) -> Sequence[Finding]:
        if not self.token:
            return [Finding("off", PART, "no HF_TOKEN; your own server (inference.base_url) answers.")]
        if not self._ours and self.config.base_url and not self.api_key:
            return [Finding("note", PART, KEY_OF_AN_OWN_SERVER)]
        return await look_at_token(self.session, self.config.hub_url, self.token, self.clocks)

    # Chats

    async def _chat(self) -> Sequence[Finding]:
        url = models_url(self.config.base_url)
        try:
            listed = await self._look(url, credential(url, self.token, self.api_key))
        except FOREIGN as error:
            return [Finding("mend", MODELS, self._away(error))]
        if listed.status in (401, 403):
            return [Finding("mend", MODELS, self._refused(listed.status))]
        if listed.status >= 500:
            return [Finding("mend", MODELS, f"{self._where} has trouble (status {listed.status}); try again later.")]
        catalogue = catalogue_of(listed.body)
        if not catalogue.offers:
            return [await self._without_a_list()]
        return await self._served(catalogue)

    @property
    def _where(self) -> str:
        return f"{self.config.base_url} (inference.base_url)" if self.config.base_url else "Hugging Face's router"

    def _away(self, error: BaseException) -> str:
        failure = of_exception(error, "")
        otherwise = "check this machine's network" + (", and that address" if self.config.base_url else "")
        return f"{self._where} cannot be reached ({type(error).__name__}): {failure.remedy or otherwise}."

    def _refused(self, status: int) -> str:
        own = bool(self.config.base_url) and not is_hugging_face(self.config.base_url)
        name = "INFERENCE_API_KEY" if own else "HF_TOKEN"
        return f"{self._where} refuses the key that it is shown (status {status}): set the right {name}."

    async def _without_a_list(self) -> Finding:
        """Whether this is a server for chats at all: one that is refuses a GET there, another knows no such place."""
        url = chat_url(self.config.base_url)
        try:
            answer = await self._look(url, credential(url, self.token, self.api_key))
        except FOREIGN as error:
            return Finding("mend", MODELS, self._away(error))
        if answer.status in (200, 404) or 300 <= answer.status < 400:
            return Finding(
                "mend",
                MODELS,
                f"{self._where} answers, but not as an OpenAI-compatible server does (nothing is at .../v1{CHAT}): "
                "mend the address.",
            )
        first = next(iter(self.config.models), "") or "the model that the server chooses"
        return Finding("fine", MODELS, f"{self._where} answers, without a list of models; {first} is asked for.")

    async def _served(self, catalogue: Catalogue) -> Sequence[Finding]:
        models = [each for each in self.config.models if each]
        live = [each for each in models if catalogue.live(each)]
        absent = [each for each in models if each not in live]
        reasons = await asyncio.gather(*(self._reason(each) for each in absent))
        why = "; ".join(f"{model} {reason}" for model, reason in zip(absent, reasons, strict=True))
        if not models:
            return [Finding("fine", MODELS, f"{self._where} answers with the model that it chooses.")]
        if not live:
            some = ", ".join(sorted(filter(catalogue.live, catalogue.offers))[:3])
            return [
                Finding(
                    "mend", MODELS, f"no model of inference.models answers: {why}. Served are {some}, ... ({SERVED})"
                )
            ]
        if await self._gated(live[0]):
            page = f"https://huggingface.co/{_name(live[0])}"
            return [
                Finding("mend", MODELS, f"{live[0]} is gated: ask for access at {page}, or change inference.models.")
            ]
        found = [Finding("fine", MODELS, f"{live[0]} answers.")]
        if absent:
            found.append(Finding("note", MODELS, f"{why}; mend inference.models ({SERVED})."))
        return found

    async def _reason(self, model: str) -> str:
        """Why a model is not on the list."""
        if not self._ours:
            return f"is not served by {self._where}"
        answer = await self._ask_hub(_name(model), "gated")
        if answer is None:
            return "is not served now"
        if answer.status in (401, 404):
            return "does not exist at the hub"
        if await self._gated(model):
            return f"is gated: ask for access at https://huggingface.co/{_name(model)}"
        return "is served by no provider now"

    async def _gated(self, model: str) -> bool:
        """Whether the hub keeps this model from the token's account (its auth-check; huggingface_hub 2.4)."""
        if not self._ours:
            return False
        answer = await self._ask_hub(f"{_name(model)}/auth-check")
        return answer is not None and answer.status == 403

    # Other tasks

    async def _others(self) -> Sequence[Finding]:
        """Those that the hub can tell of."""
        if not self._ours or self.config.tasks_url:
            return ()
        wanted = [(setting, model) for setting, model in _named(self.tasks) if "://" not in model]
        served = await asyncio.gather(*(self._is_served(model) for _, model in wanted))
        missing = [
            f"{model} ([tasks] {setting})" for (setting, model), well in zip(wanted, served, strict=True) if not well
        ]
        if missing:
            return [Finding("note", TASKS, f"not served now: {', '.join(missing)}; choose others there ({SERVED}).")]
        return [Finding("fine", TASKS, "their models are served.")]

    async def _is_served(self, model: str) -> bool:
        """True also where nobody knows."""
        answer = await self._ask_hub(_name(model), "inferenceProviderMapping")
        if answer is None or answer.status not in (200, 401, 404):
            return True
        mapping = answer.body.get("inferenceProviderMapping") if isinstance(answer.body, Mapping) else None
        offers = mapping.values() if isinstance(mapping, Mapping) else ()
        return any(isinstance(offer, Mapping) and offer.get("status") == "live" for offer in offers)

    async def _ask_hub(self, path: str, *fields: str) -> Answer | None:
        """None: it does not answer, which is told once, of the token."""
        query = "?" + "&".join(f"expand={each}" for each in fields) if fields else ""
        try:
            url = f"{self.config.hub_url}/api/models/{quote(path, safe='/')}{query}"
            return await self._look(url, self.token if is_hugging_face(url) else "")
        except FOREIGN:
            return None

    async def _look(self, url: str, secret: str) -> Answer:
        return await look(self.session, url, headers(url, secret, self.config.bill_to), SECONDS, BYTES)


def _name(model: str) -> str:
    return model.partition(":")[0]


def _named(tasks: TasksConfig) -> Sequence[tuple[str, str]]:
    pictures = [("imagine", each) for each in tasks.imagine if not each.startswith("spaces/")]
    texts = [(each, getattr(tasks, each)) for each in ("sentiment", "entities", "complete", "recall")]
    return [(setting, model) for setting, model in (*texts, *pictures) if model]
