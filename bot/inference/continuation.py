"""A text that is gone on with, as TGI and as OpenAI's completions say it: requests, answers, addresses (pure).

Forms as text-generation-inference 3 and OpenAI's API document them, and huggingface_hub 2.4 writes them (2026-11-20).
"""

from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import urlsplit

from bot.inference.chunks import Answer
from bot.replies import Delta

Form = Literal["tgi", "openai"]

MOST_STOPS = 4  # that servers take (OpenAI's rule, TGI's default); the others are seen to by `stops.py`


class Continuation(Answer):
    """A text that goes on, in the form of TGI or of OpenAI's completions."""

    def _piece(self, chunk: Any, part: str) -> Delta | None:
        return super()._piece(as_chat(chunk, part), part)


def as_chat(chunk: Any, part: str) -> Any:
    """A chunk, or a whole answer (`part` is "message"), with its text where a chat's would be."""
    if isinstance(chunk, list):  # a whole answer of TGI
        chunk = chunk[0] if chunk else None
    if not isinstance(chunk, Mapping):
        return None
    usual = "stop" if part == "message" else None  # what came as a whole, is whole
    if "choices" in chunk:
        choices = [each for each in _list(chunk["choices"]) if isinstance(each, Mapping)]
        made = [{part: {"content": each.get("text")}, "finish_reason": each.get("finish_reason")} for each in choices]
        return {**chunk, "choices": made[:1]}
    token, details = chunk.get("token"), chunk.get("details")
    text = chunk.get("generated_text") if part == "message" else _said(token)
    reason = details.get("finish_reason") if isinstance(details, Mapping) else usual
    return {"choices": [{part: {"content": text}, "finish_reason": reason}]}


def for_tgi(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters within TGI's bounds: it takes no temperature of 0 and no top_p of 1, which mean "do not draw"."""
    known = {name: value for name, value in parameters.items() if value is not None}
    if known.get("temperature") == 0:
        del known["temperature"]
        known["do_sample"] = False
    if known.get("top_p") == 1:
        del known["top_p"]
    if stops := [word for word in known.pop("stop", ()) if word]:
        known["stop"] = stops[:MOST_STOPS]
    return {**known, "return_full_text": False, "details": True}


def as_openai(body: Mapping[str, Any]) -> dict[str, Any]:
    """The same request in OpenAI's words, which huggingface_hub's helpers leave as TGI's (2.4.0)."""
    unknown = ("return_full_text", "details", "do_sample", "max_new_tokens")
    made = {name: value for name, value in body.items() if name not in unknown and value is not None}
    if body.get("do_sample") is False:
        made["temperature"] = 0
    most = body.get("max_new_tokens") or body.get("max_tokens")
    return {**made, "max_tokens": most} if most else made


def form_of(url: str) -> Form | None:
    """How the server at this address wants to be spoken to, where the address says it."""
    path = urlsplit(url).path.rstrip("/")
    if path.endswith(("/generate", "/generate_stream")):
        return "tgi"
    return "openai" if path.endswith(("/completions", "/v1")) else None


def address(url: str, form: Form) -> str:
    return base_of(url) + ("/generate_stream" if form == "tgi" else "/v1/completions")


def base_of(url: str) -> str:
    """The server's address without what stands behind it for one way of speaking."""
    parts = urlsplit(url)
    path = parts.path.rstrip("/")
    for ending in ("/generate", "/generate_stream", "/completions", "/chat", "/v1"):
        path = path.removesuffix(ending)
    return parts._replace(path=path).geturl().rstrip("/")


def _said(token: Any) -> Any:
    """A token's text; what is special (</s>) is not meant to be read."""
    return token.get("text") if isinstance(token, Mapping) and token.get("special") is not True else ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
