"""Backends that say what a test tells them to, and remember what they were asked."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from bot.admission import Admission
from bot.dispatcher import Dispatcher
from bot.replies import Delta
from tests.house import House

Answer = Callable[[str, Mapping[str, Any]], Iterable[Delta | Exception]]


class Scripted:
    """`answer(model, task)` gives the deltas of the stream; an exception among them is raised there."""

    def __init__(self, answer: Answer, seconds: float = 1.0) -> None:
        self.asked: list[tuple[str, Mapping[str, Any]]] = []
        self.running = self.most = 0
        self._answer = answer
        self._seconds = seconds

    @property
    def tasks(self) -> list[Mapping[str, Any]]:
        return [task for _, task in self.asked]

    async def stream(self, model: str, task: Mapping[str, Any]) -> AsyncGenerator[Delta, None]:
        self.asked.append((model, task))
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await asyncio.sleep(self._seconds)
            for each in self._answer(model, task):
                if isinstance(each, Exception):
                    raise each
                yield each
        finally:
            self.running -= 1


def offline(house: House) -> House:
    """The same house as it is without any token."""
    house.services = replace(house.services, offline=True)
    house.dispatcher = Dispatcher(house.services, Admission(house.admission, house.services.lanes))
    return house
