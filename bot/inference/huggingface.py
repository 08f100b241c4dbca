"""Chat with Hugging Face's router, a dedicated endpoint, or any OpenAI-compatible server: one request, one stream.

Trying again, other models and limits are the policies' concern (`policies.py`); reading the stream is `reading.py`'s.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

import aiohttp

from bot.inference.chunks import Answer
from bot.inference.config import InferenceConfig
from bot.inference.endpoint import chat_url, credential, headers
from bot.inference.reading import Patience, Reading, ask
from bot.replies import Delta

PARAMETERS = (
    "temperature",
    "top_p",
    "top_k",
    "max_tokens",
    "stop",
    "seed",
    "frequency_penalty",
    "presence_penalty",
    "response_format",  # only ever of a task
)


class HuggingFace:
    """A `Backend`. Before any text it raises the errors of `failures.py`; what breaks later is a last "cut" delta."""

    def __init__(self, session: aiohttp.ClientSession, config: InferenceConfig, token: str, api_key: str = "") -> None:
        """`session` is shared and stays the caller's. Raises `Misconfigured` for a secret that no header can hold."""
        if session.trust_env:
            raise ValueError("with trust_env, a .netrc or a proxy's password could go along with a request")
        self._session = session
        self._config = config
        self._url = chat_url(config.base_url)
        self._headers = headers(self._url, credential(self._url, token, api_key), config.bill_to)

    async def stream(self, model: str, task: Mapping[str, Any]) -> AsyncGenerator[Delta, None]:
        async def opened(patience: Patience) -> aiohttp.ClientResponse:
            body = payload(model, task, self._config)
            return await ask(self._session, self._url, self._headers, body, model, patience)

        reading = Reading(Answer(model, self._config.max_bytes), model, self._config, opened)
        async with aclosing(reading.deltas()) as deltas:
            async for delta in deltas:
                yield delta


def payload(model: str, task: Mapping[str, Any], config: InferenceConfig) -> dict[str, Any]:
    """The body of a chat request; what is not set is not sent, so that the model's own defaults hold."""
    wanted = {name: task.get(name, getattr(config, name, None)) for name in PARAMETERS}
    parameters = {name: value for name, value in wanted.items() if value not in (None, (), [])}
    named = {"model": model} if model else {}
    return {
        **named,
        "messages": list(task["messages"]),
        "stream": True,
        "stream_options": {"include_usage": True},
        **parameters,
    }
