"""The simulated hub's look-ups: what a model is for and who serves it, and where a Space lives."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from aiohttp import web

from simulators.refusals import refuse_plainly

Model = dict[str, Any]

DEFAULTS: tuple[tuple[str, str, tuple[str, ...]], ...] = (  # (model, pipeline tag, who serves it)
    ("lxyuan/distilbert-base-multilingual-cased-sentiments-student", "text-classification", ("hf-inference",)),
    ("dbmdz/bert-large-cased-finetuned-conll03-english", "token-classification", ("hf-inference",)),
    ("intfloat/multilingual-e5-small", "sentence-similarity", ("hf-inference",)),
    ("Qwen/Qwen2.5-7B", "text-generation", ("featherless-ai",)),
    ("black-forest-labs/FLUX.1-schnell", "text-to-image", ("fal-ai", "together", "nscale", "hf-inference")),
    ("stabilityai/stable-diffusion-xl-base-1.0", "text-to-image", ("hf-inference",)),
    ("facebook/bart-large-mnli", "zero-shot-classification", ("hf-inference",)),
    ("facebook/bart-large-cnn", "summarization", ("hf-inference",)),
    ("Helsinki-NLP/opus-mt-en-de", "translation", ("hf-inference",)),
    ("deepset/roberta-base-squad2", "question-answering", ("hf-inference",)),
    ("google-bert/bert-base-uncased", "fill-mask", ("hf-inference",)),
    ("google/vit-base-patch16-224", "image-classification", ("hf-inference",)),
    ("Salesforce/blip-image-captioning-base", "image-to-text", ("hf-inference",)),
    ("openai/whisper-large-v3", "automatic-speech-recognition", ("hf-inference", "fal-ai")),
    ("facebook/mms-tts-eng", "text-to-speech", ("hf-inference",)),
    ("hexgrad/Kokoro-82M", "text-to-speech", ("fal-ai",)),
    ("BAAI/bge-m3", "feature-extraction", ("deepinfra",)),
    ("bigscience/bloom-560m", "text-generation", ("hf-inference",)),
)


def on_hub(id: str, tag: str, providers: Iterable[str] = ("hf-inference",), **more: Any) -> Model:
    """One model as the hub describes it."""
    tags = [tag, *(["feature-extraction"] if tag == "sentence-similarity" else [])]
    mask = {"mask_token": "[MASK]"} if tag == "fill-mask" else {}
    mapping = {name: {"status": "live", "providerId": provider_id(name, id), "task": tag} for name in providers}
    return {"id": id, "pipeline_tag": tag, "tags": tags, **mask, "inferenceProviderMapping": mapping, **more}


def provider_id(provider: str, model: str) -> str:
    """What a provider calls a model: hf-inference by its own name, others by theirs."""
    return model if provider == "hf-inference" else f"{provider}/{model.rpartition('/')[2].lower()}"


class Hub:
    """`models` by their ids; `moved` leads from an old id to the new one; `spaces` are hosts by the Spaces' ids."""

    def __init__(self, stranger: Callable[[web.Request], bool]) -> None:
        self.models: dict[str, Model] = {name: on_hub(name, tag, by) for name, tag, by in DEFAULTS}
        self.moved: dict[str, str] = {}
        self.spaces: dict[str, str] = {}
        self.gated: set[str] = set()  # models to which this account has no access yet
        self._stranger = stranger

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/models", self._list),
            web.get("/api/models/{id:.+}/auth-check", self._access),
            web.get("/api/models/{id:.+}", self._model),
            web.get("/api/spaces/{id:.+}/host", self._host),
        ]

    def at(self, provider: str, name: str) -> Model | None:
        """The model that this provider serves under this name of its own."""
        return next((each for each in self.models.values() if self._mapping(each, provider) == name), None)

    def _mapping(self, model: Model, provider: str) -> str | None:
        offer: Mapping[str, str] = model["inferenceProviderMapping"].get(provider, {})
        return offer.get("providerId")

    async def _model(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["id"]
        if self._refuses(request):
            return refuse_plainly(request, 401, "Invalid username or password.")
        if name in self.moved:
            return web.Response(
                status=307, headers={"Location": f"/api/models/{self.moved[name]}?{request.query_string}"}
            )
        if name not in self.models:  # strangers are not told that a model does not exist
            return refuse_plainly(request, 401, "Invalid username or password.")
        return web.json_response(_expanded(self.models[name], request.query.getall("expand", [])))

    async def _access(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["id"]
        if name in self.gated:
            return refuse_plainly(request, 403, "Access to this model is restricted.")
        return web.Response() if name in self.models else refuse_plainly(request, 404, "Repository not found")

    async def _list(self, request: web.Request) -> web.StreamResponse:
        wanted, tag = request.query.get("search", "").lower(), request.query.get("pipeline_tag")
        found = [
            _expanded(each, request.query.getall("expand", []))
            for each in self.models.values()
            if wanted in each["id"].lower() and tag in (None, each["pipeline_tag"])
        ]
        return web.json_response(found[: int(request.query.get("limit", "100"))])

    async def _host(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["id"]
        if self._refuses(request) or name not in self.spaces:
            return refuse_plainly(request, 401 if self._refuses(request) else 404, "Repository not found")
        return web.json_response({"subdomain": name.replace("/", "-").lower(), "host": self.spaces[name]})

    def _refuses(self, request: web.Request) -> bool:
        """The hub may be read without a token, but not with a wrong one."""
        return "Authorization" in request.headers and self._stranger(request)


def _expanded(model: Model, names: list[str]) -> Model:
    """As the hub does: with `expand` the named fields only, without it all but the mapping."""
    if not names:
        return {name: value for name, value in model.items() if name != "inferenceProviderMapping"}
    return {"_id": "sim", "id": model["id"], **{name: model[name] for name in names if name in model}}
