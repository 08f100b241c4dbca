"""The tasks other than chat without any model or network: a `Backend` that says what it is, and what it cannot do.

How each is done is in `counterparts/`.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from bot.errors import Mistaken, Refused
from bot.inference.backend import Label
from bot.inference.counterparts import extracts, names
from bot.inference.counterparts.pattern import USUAL, pattern
from bot.inference.counterparts.sentiment import WordList
from bot.inference.counterparts.vectors import vector
from bot.inference.guide import Guide
from bot.inference.offline import read
from bot.replies import Delta, Media

REMEDY = "that needs a real model, which an HF_TOKEN in the file .env brings (docs/huggingface.md)."
CANNOT = {
    "translation": "translate",
    "fill-mask": "find a missing word",
    "automatic-speech-recognition": "understand speech",
    "text-to-speech": "speak",
    "image-classification": "see what is in a picture",
    "image-to-text": "describe a picture",
}
MODELS = {  # (who answers, how honest that is)
    "text-classification": ("VADER's word list", "Offline: English only, from a word list"),
    "token-classification": ("rules", "Offline: found by rules, not by a model; names are guesses"),
    "feature-extraction": ("hashed words", "Offline: compares words, not meanings"),
    "zero-shot-classification": ("hashed words", "Offline: compares words, not meanings"),
    "summarization": ("extract", "Offline: its weightiest sentences, counted, not understood"),
    "question-answering": ("extract", "Offline: the sentence that shares most words with the question"),
    "text-to-image": ("pattern", "Offline: a pattern made of the prompt's letters, not a picture of your words"),
    "text-generation": ("offline guide", "Offline: no model wrote this, it is read out of Parley's documentation"),
}
MOST_PICTURES = 4
CONTINUATION = 60  # words, where nobody says how many


class OfflineTasks:
    """The same question always gets the same answer. What it cannot do it refuses, and says what would help."""

    def __init__(self, docs: Path | Iterable[tuple[str, str]] = (), pace: float = 60.0) -> None:
        """`docs` and `pace` as for `Offline`: where a continuation is read, and how many words a second."""
        self._docs = docs
        self._pause = 1 / pace if pace else 0.0

    async def stream(self, model: str, task: Mapping[str, Any]) -> AsyncGenerator[Delta, None]:  # noqa: ARG002 - the port
        tag, inputs, parameters = task["task"], task["inputs"], task.get("parameters") or {}
        if tag not in MODELS:
            raise Refused(f"Offline I cannot {CANNOT.get(tag, f'do {tag}')}: {REMEDY}")
        name, note = MODELS[tag]
        made = await asyncio.to_thread(self._done, tag, inputs, parameters)
        for word in re.findall(r"\S+\s*|\s+", made.text) if tag == "text-generation" else ():
            yield Delta(word, model=name)
            await asyncio.sleep(self._pause)
        text = "" if tag == "text-generation" else made.text
        yield replace(made, text=text, finish=made.finish or "stop", model=name, note=note)

    def _done(self, tag: str, inputs: Any, parameters: Mapping[str, Any]) -> Delta:
        match tag:
            case "text-classification":
                return Delta(result=self._words.labels(inputs))
            case "token-classification":
                return Delta(result=names.entities(inputs))
            case "feature-extraction":
                return Delta(result=[vector(each) for each in ([inputs] if isinstance(inputs, str) else inputs)])
            case "zero-shot-classification":
                return Delta(result=extracts.sort(inputs, parameters["candidate_labels"]))
            case "summarization":
                return Delta(extracts.summary(inputs))
            case "question-answering":
                return Delta(result=_answer(inputs["question"], inputs["context"]))
            case "text-to-image":
                return Delta(media=_pictures(inputs, parameters))
            case _:
                return self._continuation(inputs, parameters)

    def _continuation(self, prompt: str, parameters: Mapping[str, Any]) -> Delta:
        """The passage of the documentation that fits the prompt best, or the first one."""
        passage = self._guide.find(prompt) or next(iter(self._guide.passages), None)
        if passage is None:
            raise Refused(f"Offline I cannot go on with a text: {REMEDY}")
        words = re.findall(r"\S+\s*", passage.text)
        limit = parameters.get("max_new_tokens") or CONTINUATION
        text = "".join(words[:limit]).rstrip()
        for stop in parameters.get("stop") or ():
            text = text.partition(stop)[0]
        echoed = f"{prompt} " if parameters.get("return_full_text") else ""
        return Delta(echoed + text, finish="length" if len(words) > limit else "stop")

    @cached_property
    def _words(self) -> WordList:
        return WordList()

    @cached_property
    def _guide(self) -> Guide:
        return Guide(read(self._docs) if isinstance(self._docs, Path) else self._docs)


def _answer(question: str, context: str) -> tuple[Label, ...]:
    found = extracts.answer(question, context)
    if found is None:
        raise Mistaken("No sentence of the text shares a word with the question, and offline I know no other way.")
    return (found,)


def _pictures(prompt: str, parameters: Mapping[str, Any]) -> tuple[Media, ...]:
    """As many as are asked for, each with a seed of its own, as `painting.py` names them."""
    width, height = (parameters.get(side) or USUAL for side in ("width", "height"))
    first, count = parameters.get("seed") or 0, min(parameters.get("count") or 1, MOST_PICTURES)
    return tuple(
        Media(
            pattern(prompt, seed, width, height),
            "image/png",
            f"seed-{seed}.png",
            caption=f"seed {seed}",
            spoiler=bool(parameters.get("spoiler")),
        )
        for seed in range(first, first + count)
    )
