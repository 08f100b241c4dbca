"""The platform of docs/adding-a-platform.md, as it stands there: its wire is a folder."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any, Self

from bot.events import Event, Handle, Question
from bot.replies import Surface
from tests.contracts.platforms import Platform, Shown
from tests.examples import loaded

PAGE = "adding-a-platform.md"


class InAMailbox(Platform):
    name = "mailbox"
    by_wire = False
    receives_files = False

    def __init__(self, folder: Path, platform: Any) -> None:
        self.folder = folder
        self.adapter = platform.ADAPTER(None, "", (), None)
        self.event_of = platform.event_of
        self.numbers = count(1)
        self.seen: set[tuple[str, int, int]] = set()
        self.event: Event

    @classmethod
    @asynccontextmanager
    async def running(cls) -> AsyncIterator[Self]:
        with tempfile.TemporaryDirectory() as folder, loaded(PAGE, Path(folder)) as modules:
            platform = next(module for module in modules if hasattr(module, "ADAPTER"))
            yield cls(Path(folder) / "mail", platform)

    @property
    def answers(self) -> Path:
        return Path(self.folder) / self.event.author.id / "answers"

    async def asked(self) -> Surface:
        ask = self.folder / f"person{next(self.numbers)}" / "ask"
        await asyncio.to_thread(self._write, ask / "7.txt")
        self.event = self.event_of(ask / "7.txt")
        return self.revived(self.event.handle)

    def revived(self, handle: Handle) -> Surface:
        surface: Surface = self.adapter.revive(Question("q7", self.event.key, self.event, private=True, handle=handle))
        return surface

    def shown(self) -> Sequence[Shown]:
        """Files of an answer stand after its pages."""
        files = sorted(self.answers.iterdir())
        pages = [_read(each) for each in files if each.suffix == ".txt"]
        return [
            *pages,
            *(Shown("", (), (each.read_bytes(),)) for each in files if each.suffix not in (".txt", ".part")),
        ]

    def writes(self) -> int:
        """As far as it was looked at."""
        for each in self.answers.glob("*"):
            self.seen.add((str(each), each.stat().st_ino, each.stat().st_mtime_ns))
        return len(self.seen)

    async def delete(self) -> None:
        await asyncio.to_thread(next(iter(sorted(self.answers.iterdir()))).unlink)

    async def block(self) -> None:
        await asyncio.to_thread(shutil.rmtree, self.answers)

    def _write(self, letter: Path) -> None:
        letter.parent.mkdir(parents=True)
        (letter.parents[1] / "answers").mkdir()
        letter.write_text("hello")


def _read(page: Path) -> Shown:
    """A button is a line that begins with an exclamation mark."""
    lines = page.read_text().splitlines()
    actions = tuple(each[1:].partition(":")[0] for each in lines if each.endswith(("Stop", "Retry")) and each[0] == "!")
    return Shown("\n".join(each for each in lines if not each.startswith("!")), actions)
