"""The ports to models."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from bot.errors import Mistaken
from bot.replies import Delta


class ContextTooLong(Mistaken):
    """The model refused the request because it does not fit its window; a shorter one may do."""


@dataclass(frozen=True, slots=True)
class Label:
    name: str
    score: float  # 0 to 1


@dataclass(frozen=True, slots=True)
class Entity:
    kind: str  # PER, ORG, LOC, MISC, or what else the model knows
    text: str
    start: int  # in code points of the text that was given
    end: int
    score: float  # 0 to 1


class Backend(Protocol):
    """Produces a reply as a stream. A policy (retry, fallback, ...) is a backend around a backend."""

    def stream(self, model: str, task: Mapping[str, Any]) -> AsyncGenerator[Delta, None]:
        """Do one task with one model; closing the generator stops the work at once.

        A chat task is `{"messages": [{"role": ..., "content": ...}, ...]}` and, where they differ from the
        configuration, any of temperature, top_p, top_k, max_tokens, stop, seed, frequency_penalty, presence_penalty,
        response_format. With `"alone": True` no other model stands in for this one.

        Any other task is `{"task": TAG, "inputs": ..., "parameters": {...}}`, where TAG is the Hub's pipeline tag and
        both others are what huggingface_hub's provider helpers take. Its outcome comes in one delta:

        - text-classification, zero-shot-classification, image-classification: `result` is a tuple of `Label`, largest
          first (parameters of zero-shot: candidate_labels)
        - token-classification: `result` is a tuple of `Entity`, in the order of the text
        - feature-extraction: inputs is a list of texts; `result` is a list of vectors (lists of floats), one a text
        - text-to-image, text-to-speech: `media`
        - text-generation: `text`, as it comes (parameters: temperature, top_p, top_k, max_new_tokens, stop,
          frequency_penalty, return_full_text, seed)
        - summarization, translation, automatic-speech-recognition, image-to-text: `text`
        - question-answering (inputs: question, context), fill-mask: `result` is a tuple of `Label`, largest first

        Waiting is told by deltas with `progress`. The last delta has a `finish`; a stream that ends without one was
        cut. Raises the errors of `bot.errors`.
        """
        ...
