"""The screen of `tests/fakes.py`, which stands in for a surface in tests of the core: the contract holds for it too."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import groupby
from typing import Self

from bot.events import Attachment, Handle
from bot.replies import Surface
from tests.contracts.platforms import Platform, Shown
from tests.fakes import Screen


class OnScreen(Platform):
    name = "fake"
    by_wire = False
    refuses = False
    places = False
    revives = False
    counts_files = False

    def __init__(self) -> None:
        self.screen = Screen(threads=False)

    @classmethod
    @asynccontextmanager
    async def running(cls) -> AsyncIterator[Self]:
        yield cls()

    async def asked(self) -> Surface:
        self.screen = Screen(threads=False)
        return self.screen

    def revived(self, handle: Handle) -> Surface:
        return self.screen

    def shown(self) -> Sequence[Shown]:
        last = len(self.screen.pages) - 1
        return [
            Shown(
                "\n".join(filter(None, (page.thought, page.markdown, page.note))),
                tuple(each.action for each in self.screen.buttons) if number == last else (),
                tuple(each.data for each in self.screen.media) if number == last else (),
            )
            for number, page in enumerate(self.screen.pages)
        ]

    def writes(self) -> int:
        return len(list(groupby(self.screen.history)))

    async def given(self, name: str, data: bytes) -> tuple[Surface, Attachment]:
        self.screen = Screen(files={name: data})
        return self.screen, Attachment(name, "text/plain", len(data), name)
