"""What the contracts are held against. Another thing that claims to keep one is another parameter here."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.conversation.archive import Archive
from bot.inbox import Inbox
from storage.config import StorageConfig
from storage.store import open_store
from tests.fakes import Memory


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
        config = StorageConfig(master_key_file=str(tmp_path / "keys" / "master.key"))
        async with open_store(f"sqlite:///{tmp_path}/data/parley.db", config) as opened:
            yield Remembering(opened.inbox, opened.archive)
