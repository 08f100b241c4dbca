"""What the contracts are held against. Another thing that claims to keep one is another parameter here."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.conversation.archive import Archive
from bot.inbox import Inbox
from bot.ledger import Ledger
from bot.settings import Settings
from bot.votes import Votes
from tests import fakes
from tests.storage.conftest import Place
from tests.storage.postgresql import Server


@dataclass(frozen=True, slots=True)
class Remembering:
    inbox: Inbox
    archive: Archive
    settings: Settings
    ledger: Ledger
    votes: Votes


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Remembering]:
    """Everything that remembers, empty and belonging together."""
    if request.param == "memory":
        memory = fakes.Memory()
        yield Remembering(memory, memory, fakes.Settings(), fakes.Ledger(), fakes.Votes())
        return
    place = Place(tmp_path)
    if request.param == "postgresql":
        server: Server = request.getfixturevalue("postgresql")
        place = Place(tmp_path, server.url(await server.create()))
    else:
        place.prepare()
    async with place.open() as opened:
        yield Remembering(opened.inbox, opened.archive, opened.settings, opened.ledger, opened.votes)
