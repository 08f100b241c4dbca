"""How simulated models continue a text: TGI's stream and OpenAI's completions, out of the same scripts as chat."""

import re
from collections.abc import Mapping
from typing import Any

from simulators.completions import Script, chunk, split

WORDS = ("and", "then", "the", "river", "sang", "of", "stones,", "lanterns", "and", "rain.")


def continuation(prompt: str, parameters: Mapping[str, Any]) -> Script:
    """The default answer: words that follow from the prompt, within max_new_tokens (max_tokens) and before any stop."""
    limit = parameters.get("max_new_tokens") or parameters.get("max_tokens") or 20
    start = sum(prompt.encode())
    words = [f" {WORDS[(start + number) % len(WORDS)]}" for number in range(min(limit, 20))]
    finish = "length" if limit <= 20 else "stop"
    stops = parameters.get("stop") or ()
    whole = "".join(words)
    if cuts := [whole.index(stop) for stop in ([stops] if isinstance(stops, str) else stops) if stop in whole]:
        words, finish = split(whole[: min(cuts)]), "stop"
    echo = [prompt] if parameters.get("return_full_text") or parameters.get("echo") else []
    return Script(tokens=[*echo, *words], finish=finish, rate=0)


def tgi_chunk(script: Script, _: Mapping[str, Any], delta: Mapping[str, Any], finish: str | None = None) -> Any:
    """A piece of TGI's /generate_stream; the last one holds the whole text."""
    token = {"id": 1, "text": delta.get("content") or "", "logprob": -0.5, "special": finish is not None}
    reason = "eos_token" if finish == "stop" else finish
    details = {"finish_reason": reason, "generated_tokens": len(script.said()), "seed": None} if finish else None
    text = "".join(script.said()) if finish else None
    return {"index": 1, "token": token, "generated_text": text, "details": details}


def completion_chunk(
    script: Script, body: Mapping[str, Any], delta: Mapping[str, Any], finish: str | None = None
) -> Any:
    """A piece of OpenAI's /v1/completions."""
    made = chunk(script, body, delta, finish)
    said = made["choices"][0]["delta"]["content"]
    return {**made, "object": "text_completion", "choices": [{"index": 0, "text": said, "finish_reason": finish}]}


def whole_tgi(script: Script, parameters: Mapping[str, Any]) -> Any:
    answer: dict[str, Any] = {"generated_text": "".join(script.said())}
    if parameters.get("details"):
        answer["details"] = tgi_chunk(script, {}, {}, script.finish)["details"]
    return [answer]


def whole_completion(script: Script, body: Mapping[str, Any]) -> Any:
    made = completion_chunk(script, body, {"content": "".join(script.said())}, script.finish)
    count, asked = len(script.said()), len(re.findall(r"\S+", str(body.get("prompt", ""))))
    return {**made, "usage": {"prompt_tokens": asked, "completion_tokens": count, "total_tokens": asked + count}}
