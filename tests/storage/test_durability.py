"""Processes that are killed. What they said was done is there; what they had only begun is not."""

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fakes import an_event
from tests.storage.conftest import Place

ROOT = Path(__file__).parents[2]

ACCEPT = """
import asyncio, sys
from storage.config import StorageConfig
from storage.store import open_store
from tests.fakes import an_event

async def main(url: str, key: str) -> None:
    async with open_store(url, StorageConfig(master_key_file=key)) as store:
        event = an_event("hello", id="1")
        question = await store.inbox.accept(event, event.key, private=False)
        print(question.id, flush=True)
        await asyncio.Event().wait()

asyncio.run(main(*sys.argv[1:]))
"""

DIE_BEFORE = """
import asyncio, os, signal, sys
from sqlalchemy import Engine, event
from storage.config import StorageConfig
from storage.store import open_store

async def main(url: str, key: str, fatal: str) -> None:
    @event.listens_for(Engine, "before_cursor_execute")
    def die(connection, cursor, statement, *rest) -> None:
        if fatal in statement:
            os.kill(os.getpid(), signal.SIGKILL)

    @event.listens_for(Engine, "commit")
    def die_at_last(connection) -> None:
        if fatal == "COMMIT":
            os.kill(os.getpid(), signal.SIGKILL)

    async with open_store(url, StorageConfig(master_key_file=key)):
        pass

asyncio.run(main(*sys.argv[1:]))
"""


async def test_what_was_accepted_survives_a_kill(place: Place) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", ACCEPT, place.url, str(place.key), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout
    accepted = (await process.stdout.readline()).decode().strip()
    process.kill()
    await process.communicate()
    async with place.open() as store:
        (question,) = await store.inbox.unfinished("fake", "bot")
        assert (question.id, question.event.text, question.handle) == (accepted, "hello", "place")
        assert await store.inbox.accept(an_event(id="1"), question.key, private=False) is None


@pytest.mark.parametrize("fatal", ["CREATE TABLE accounts", "CREATE INDEX ix_turns", "INSERT INTO alembic", "COMMIT"])
async def test_a_migration_that_is_killed_leaves_nothing(place: Place, fatal: str) -> None:
    command = [sys.executable, "-c", DIE_BEFORE, place.url, str(place.key), fatal]
    killed = await asyncio.to_thread(subprocess.run, command, cwd=ROOT, check=False)
    assert killed.returncode == -signal.SIGKILL
    with place.raw() as database:
        assert database.execute("SELECT name FROM sqlite_master").fetchall() == []
    async with place.open() as store:
        assert list(await store.inbox.unfinished("fake", "bot")) == []
