import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from hypothesis import settings

from tests.storage.postgresql import Server, serving

# huggingface_hub asks the Hub about its environment when it makes its first headers, unless this is set before its
# first import (checked with 2.4.0, 2026-11-20). The program sets it in bot/__main__.py.
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

# What Hypothesis tries is measured by its result, not by its time: the machine may be busy.
settings.register_profile("unhurried", settings(), deadline=None)
settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A server for the whole session. Where none can be run its tests are skipped, but never unnoticed (CI)."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(serving())
        except (OSError, subprocess.SubprocessError) as error:
            if os.environ.get("CI"):
                raise
            pytest.skip(f"PostgreSQL cannot be run here: {error}")
        yield server
