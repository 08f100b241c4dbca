"""A migration whose process is killed: what it had only begun is not there."""

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.storage.conftest import Place
from tests.storage.postgresql import Server

ROOT = Path(__file__).parents[2]

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


async def kill(place: Place, fatal: str) -> None:
    command = [sys.executable, "-c", DIE_BEFORE, place.url, str(place.key), fatal]
    killed = await asyncio.to_thread(subprocess.run, command, cwd=ROOT, check=False)
    assert killed.returncode == -signal.SIGKILL


@pytest.mark.parametrize("fatal", ["CREATE TABLE accounts", "DROP TABLE usage", "COMMIT"])
async def test_a_migration_that_is_killed_leaves_nothing(place: Place, fatal: str) -> None:
    await kill(place, fatal)
    with place.raw() as database:
        assert database.execute("SELECT name FROM sqlite_master").fetchall() == []
    async with place.open() as store:
        assert list(await store.inbox.unfinished("fake", "bot")) == []


async def test_a_migration_on_a_server_that_is_killed_leaves_nothing(
    postgresql: Server, bare_on_postgresql: Place
) -> None:
    await kill(bare_on_postgresql, "DROP TABLE usage")
    async with postgresql.session(bare_on_postgresql.name) as session:
        assert await session.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0
    async with bare_on_postgresql.open() as store:
        assert list(await store.inbox.unfinished("fake", "bot")) == []
