"""Requests to providers, made by huggingface_hub's helpers, which know what each of them wants and answers.

They are told beforehand what they would look up, and answers that they would fetch in turn are not left to them: so
they need no network here (tested for all of them), only the time to encode a file. Checked with huggingface_hub 2.4.0,
2026-11-20.
"""

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass
from typing import Any, Final

from bot.errors import Mistaken
from bot.inference.failures import ModelUnavailable
from bot.inference.hub import Known, Served
from bot.inference.images import recognised

ROUTER = "https://router.huggingface.co"
OWN: Final = "hf-inference"  # Hugging Face's own provider: it calls models by their names on the hub
STAND_IN = "hf_"  # makes the helpers choose the router; the true token is put in where the request goes out
ALIKE = frozenset({"feature-extraction", "sentence-similarity"})  # one model serves both
LINKED = frozenset(  # the answer is the address of a file
    (provider, task) for provider in ("fal-ai", "replicate") for task in ("text-to-image", "text-to-speech")
)
UNREAD = frozenset(  # the helper would sleep and ask again in a thread that nobody can stop
    {("wavespeed", "text-to-image"), ("zai-org", "text-to-image"), ("replicate", "automatic-speech-recognition")}
)
SECRET_HEADERS = ("authorization", "user-agent")  # ours are put there instead


@dataclass(frozen=True, slots=True)
class Prepared:
    url: str
    headers: Mapping[str, str]  # without any credential
    json: Any  # None where there is `data`
    data: bytes | None
    linked: bool  # the answer tells where the file is
    read: Callable[[Any], Any]  # the decoded answer, or its bytes, into the task's usual shape; raises anything


def choose(model: Known, task: str, provider: str = "") -> Served:
    """Who is asked: the provider that was named, or the first in the hub's order that is live.

    Raises `Mistaken` where the model is for something else, `ModelUnavailable` where nobody serves it.
    """
    fitting = [each for each in model.served if _alike(each.task, task) and _able(each.provider, task)]
    named = [each for each in fitting if each.provider == provider] if provider else fitting
    if named:
        return next((each for each in named if each.live), named[0])
    if model.tag and not _alike(model.tag, task):
        raise Mistaken(f"The model {model.id} is made for {model.tag}, not for {task}.")
    by = f"The provider {provider} does not serve" if provider else "No provider at Hugging Face serves"
    raise ModelUnavailable(f"{by} the model {model.id} for {task} now.", detail="no provider in the hub's mapping")


def prepare(
    model: str,
    served: Served,
    task: str,
    inputs: Any,
    parameters: Mapping[str, Any],
    more: Mapping[str, Any] | None = None,
) -> Prepared:
    """The request to the router; `model` is its id on the hub, `more` goes into the body beside the parameters.

    Encodes what is long: to be called off the event loop. Raises ValueError where the helper cannot do with the inputs.
    """
    # Only here: the import takes 0.3 s.
    from huggingface_hub.hf_api import InferenceProviderMapping
    from huggingface_hub.inference._providers import get_provider_helper

    named = {"provider": served.provider, "hf_model_id": model, "providerId": served.name}
    mapping = InferenceProviderMapping(**{**served.said, **named, "status": "live", "task": task})  # type: ignore[no-untyped-call]
    helper: Any = copy(get_provider_helper(served.provider, task, model))  # type: ignore[arg-type]
    helper._prepare_mapping_info = lambda _: mapping  # noqa: SLF001 - one of the steps that are made to be replaced
    return _made(helper, model, task, inputs, parameters, more)


def prepare_own(
    url: str, task: str, inputs: Any, parameters: Mapping[str, Any], more: Mapping[str, Any] | None = None
) -> Prepared:
    """The same for a server of one's own (TEI, TGI, a dedicated endpoint) that serves one model at this address."""
    from huggingface_hub.inference._providers import get_provider_helper

    return _made(get_provider_helper(OWN, task, url), url, task, inputs, parameters, more)


def _made(
    helper: Any, model: str, task: str, inputs: Any, parameters: Mapping[str, Any], more: Mapping[str, Any] | None
) -> Prepared:
    from huggingface_hub.inference._common import MimeBytes

    if isinstance(inputs, bytes):  # servers want to be told what a file is
        header = recognised(inputs)
        inputs = MimeBytes(inputs, header.media_type if header else None)
    request = helper.prepare_request(
        inputs=inputs,
        parameters=dict(parameters),
        headers={},
        model=model,
        api_key=STAND_IN,
        extra_payload=dict(more) if more else None,
    )
    headers = {name: value for name, value in request.headers.items() if name.lower() not in SECRET_HEADERS}
    linked = (helper.provider, task) in LINKED
    return Prepared(
        request.url,
        headers,
        request.json,
        request.data,
        linked,
        (lambda answer: answer) if linked else (lambda answer: helper.get_response(answer, request)),
    )


def _able(provider: str, task: str) -> bool:
    from huggingface_hub.inference._providers import PROVIDERS

    return task in PROVIDERS.get(provider, {}) and (provider, task) not in UNREAD  # type: ignore[call-overload]


def _alike(one: str, other: str) -> bool:
    return one == other or {one, other} <= ALIKE
