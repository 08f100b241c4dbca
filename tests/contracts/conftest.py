"""What the contracts are held against. Another thing that claims to keep one is another parameter here."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from bot.conversation.archive import Archive
from bot.conversation.memory import Memory
from bot.inbox import Inbox
from bot.ledger import Ledger
from bot.settings import Settings
from bot.votes import Votes
from tests import fakes
from tests.contracts.platforms import Platform
from tests.recollection import Recollection
from tests.storage.conftest import Place, on_postgresql, place, prepared  # noqa: F401 - fixtures


@dataclass(frozen=True, slots=True)
class Remembering:
    inbox: Inbox
    archive: Archive
    settings: Settings
    ledger: Ledger
    votes: Votes
    memory: Memory


@pytest.fixture(params=["", "prepared", "on_postgresql"], ids=["memory", "sqlite", "postgresql"])
def somewhere(request: pytest.FixtureRequest) -> Place | None:
    """A database; None: in memory."""
    return request.getfixturevalue(request.param) if request.param else None


@pytest.fixture
async def store(somewhere: Place | None) -> AsyncIterator[Remembering]:
    """Everything that remembers, empty and belonging together."""
    if somewhere is None:
        memory = fakes.Memory()
        yield Remembering(memory, memory, memory.settings, fakes.Ledger(), fakes.Votes(), Recollection(memory))
        return
    async with somewhere.open() as opened:
        parts = (opened.inbox, opened.archive, opened.settings, opened.ledger, opened.votes, opened.memory)
        yield Remembering(*parts)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What a platform is exempt from is skipped, with its reason."""
    for item in items:
        call = getattr(item, "callspec", None)
        chosen = call.params.get("platform") if call else None
        if isinstance(chosen, type) and issubclass(chosen, Platform):
            test = item.name.replace(f"-{chosen.name}]", "]").replace(f"[{chosen.name}]", "")
            if test in chosen.exempt:
                item.add_marker(pytest.mark.skip(reason=chosen.exempt[test]))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def platform(request: pytest.FixtureRequest) -> AsyncIterator[Platform]:
    """One for all tests of a module: every question that is asked there has a place of its own."""
    async with request.param.running() as running:
        yield running
        assert running.manners() == []
