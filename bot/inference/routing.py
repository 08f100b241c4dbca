"""Which backend does a task: by its kind, and which one is in use at the moment."""

from collections.abc import AsyncGenerator, Mapping
from typing import Any

from bot.inference.backend import Backend
from bot.replies import Delta


class Routed:
    """Each task goes to the backend that does it: by its tag, or to `others`; chat has no tag."""

    def __init__(self, chat: Backend, by_tag: Mapping[str, Backend], others: Backend) -> None:
        self._chat = chat
        self._by_tag = by_tag
        self._others = others

    def stream(self, model: str, task: Mapping[str, Any]) -> AsyncGenerator[Delta, None]:
        tag = task.get("task")
        backend = self._by_tag.get(tag, self._others) if tag else self._chat
        return backend.stream(model, task)


class Current:
    """Whatever backend is in use at the moment: a new token makes a new one, without a restart."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend

    def stream(self, model: str, task: Mapping[str, Any]) -> AsyncGenerator[Delta, None]:
        return self.backend.stream(model, task)
