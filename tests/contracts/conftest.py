"""What the contracts are held against. Another thing that claims to keep one is another parameter here."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.conversation.archive import Archive
from bot.inbox import Inbox
from tests.fakes import Memory
from tests.storage.conftest import Place


@dataclass(frozen=True, slots=True)
class Remembering:
    inbox: Inbox
    archive: Archive


@pytest.fixture(params=["memory", "sqlite"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Remembering]:
    """An empty inbox and archive that belong together."""
    if request.param == "memory":
        memory = Memory()
        yield Remembering(memory, memory)
    else:
        place = Place(tmp_path)
        place.prepare()
        async with place.open() as opened:
            yield Remembering(opened.inbox, opened.archive)
