"""The ports to models."""

from collections.abc import AsyncGenerator, Mapping
from typing import Any, Protocol

from bot.errors import Mistaken
from bot.replies import Delta


class ContextTooLong(Mistaken):
    """The model refused the request because it does not fit its window; a shorter one may do."""


class Backend(Protocol):
    """Produces a reply as a stream. A policy (retry, fallback, ...) is a backend around a backend."""

    def stream(self, model: str, task: Mapping[str, Any]) -> AsyncGenerator[Delta, None]:
        """Answer one task with one model; closing the generator stops the work at once.

        A chat task is `{"messages": [{"role": ..., "content": ...}, ...]}` and, where they differ from the
        configuration, any of temperature, top_p, top_k, max_tokens, stop, seed, frequency_penalty, presence_penalty.
        The last delta has a `finish`; a stream that ends without one was cut. Raises the errors of `bot.errors`.
        """
        ...
