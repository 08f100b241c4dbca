"""A place on the disk for a store, which a test may open, close and open again."""

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from storage.config import StorageConfig
from storage.store import Store, open_store
from tests.storage.postgresql import MIGRATED, Server
from tests.storage.template import migrated


@dataclass(frozen=True, slots=True)
class Place:
    folder: Path
    server: str = ""  # the URL of a database that is no file

    @property
    def name(self) -> str:
        """Of a database on a server."""
        return self.server.rpartition("/")[2]

    @property
    def database(self) -> Path:
        return self.folder / "data" / "parley.db"

    @property
    def key(self) -> Path:
        return self.folder / "keys" / "master.key"

    @property
    def url(self) -> str:
        return self.server or f"sqlite+aiosqlite:///{self.database}"

    @property
    def config(self) -> StorageConfig:
        return StorageConfig(master_key_file=str(self.key))

    def prepare(self) -> None:
        """A file, migrated beforehand."""
        self.database.parent.mkdir()
        self.database.write_bytes(migrated())

    def open(self) -> AbstractAsyncContextManager[Store]:
        return open_store(self.url, self.config)

    @contextmanager
    def raw(self) -> Iterator[sqlite3.Connection]:
        """The database past everything of ours."""
        with closing(sqlite3.connect(self.database, isolation_level=None)) as connection:
            yield connection


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Where nothing is yet."""
    return Place(tmp_path)


@pytest.fixture
def prepared(place: Place) -> Place:
    place.prepare()
    return place


@pytest.fixture
async def on_postgresql(postgresql: Server, place: Place) -> Place:
    await postgresql.empty()
    return Place(place.folder, postgresql.url(MIGRATED))


@pytest.fixture
async def bare_on_postgresql(postgresql: Server, place: Place) -> AsyncIterator[Place]:
    async with postgresql.database() as name:
        yield Place(place.folder, postgresql.url(name))


@pytest.fixture(params=["place", "bare_on_postgresql"], ids=["sqlite", "postgresql"])
def bare(request: pytest.FixtureRequest) -> Place:
    """A database of either kind in which nothing is yet."""
    place: Place = request.getfixturevalue(request.param)
    return place


@pytest.fixture(params=["prepared", "on_postgresql"], ids=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest) -> Place:
    """A migrated database of either kind."""
    place: Place = request.getfixturevalue(request.param)
    return place


@pytest.fixture
async def store(prepared: Place) -> AsyncIterator[Store]:
    async with prepared.open() as opened:
        yield opened
