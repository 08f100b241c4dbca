"""A place on the disk for a store, which a test may open, close and open again."""

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from storage.config import StorageConfig
from storage.store import Store, open_store


@dataclass(frozen=True, slots=True)
class Place:
    folder: Path

    @property
    def database(self) -> Path:
        return self.folder / "data" / "parley.db"

    @property
    def key(self) -> Path:
        return self.folder / "keys" / "master.key"

    @property
    def url(self) -> str:
        return f"sqlite:///{self.database}"

    @property
    def config(self) -> StorageConfig:
        return StorageConfig(master_key_file=str(self.key))

    def open(self) -> AbstractAsyncContextManager[Store]:
        return open_store(self.url, self.config)

    @contextmanager
    def raw(self) -> Iterator[sqlite3.Connection]:
        """The database past everything of ours."""
        with closing(sqlite3.connect(self.database, isolation_level=None)) as connection:
            yield connection


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
async def store(place: Place) -> AsyncIterator[Store]:
    async with place.open() as opened:
        yield opened
