import os
from collections.abc import AsyncIterator

import aiohttp
import pytest

from simulators.huggingface import HuggingFaceSimulator

# Read when huggingface_hub is first imported: without it, the first headers ask the hub for a list, blocking the loop.
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")


@pytest.fixture
async def sim() -> AsyncIterator[HuggingFaceSimulator]:
    async with HuggingFaceSimulator() as running:
        yield running


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as running:
        yield running
