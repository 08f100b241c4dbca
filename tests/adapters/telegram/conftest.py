from collections.abc import AsyncIterator

import pytest

from simulators.telegram import TelegramSimulator
from tests.adapters.telegram.rig import SCALE, check_manners


@pytest.fixture
async def sim() -> AsyncIterator[TelegramSimulator]:
    async with TelegramSimulator(scale=SCALE) as running:
        yield running
        check_manners(running)
