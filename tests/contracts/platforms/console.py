"""The console's own screen, which writes into a text instead of a terminal."""

import re
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self

from adapters.console.files import named_files
from adapters.console.screen import Screen
from bot.events import Attachment, Handle
from bot.replies import Surface
from tests.contracts.platforms import Platform, Shown

BUTTON = re.compile(r"\[\d+\] (\w+)")
SAVED = re.compile(r"^saved: (\S+)", re.MULTILINE)


class OnConsole(Platform):
    name = "console"
    rewrites = False
    by_wire = False
    refuses = False
    revives = False
    counts_files = False

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.texts: list[str] = []
        self.screen = Screen(self.texts.append, folder)

    @classmethod
    @asynccontextmanager
    async def running(cls) -> AsyncIterator[Self]:
        with tempfile.TemporaryDirectory() as folder:
            yield cls(Path(folder))

    async def asked(self) -> Surface:
        self.texts.clear()
        self.screen = Screen(self.texts.append, self.folder)
        return self.screen.answer("q1")

    def revived(self, handle: Handle) -> Surface:
        return self.screen.answer("q1")

    def shown(self) -> Sequence[Shown]:
        text = "".join(self.texts)
        files = tuple(Path(each).read_bytes() for each in SAVED.findall(text))
        return [Shown(text, tuple(each.lower() for each in BUTTON.findall(text)), files)] if text else []

    def writes(self) -> int:
        return len(self.texts)

    async def given(self, name: str, data: bytes) -> tuple[Surface, Attachment]:
        (self.folder / name).write_bytes(data)
        _, (file,) = named_files(f"@{self.folder / name}")
        return await self.asked(), file
