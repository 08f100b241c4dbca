import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from bot.errors import Misconfigured
from storage.migrations.upgrade import configuration
from storage.schema import HEAD
from storage.tables import metadata
from tests.storage.conftest import Place

ROOT = Path(__file__).parents[2]
OPEN = """
import asyncio, sys
from storage.config import StorageConfig
from storage.store import open_store

async def main(url: str, key: str) -> None:
    async with open_store(url, StorageConfig(master_key_file=key)):
        print("alembic" in sys.modules)

asyncio.run(main(*sys.argv[1:]))
"""


def test_the_constant_is_the_newest_revision() -> None:
    assert ScriptDirectory.from_config(configuration()).get_heads() == [HEAD]


async def test_the_migrated_schema_is_the_one_in_the_tables(place: Place) -> None:
    async with place.open():
        pass
    engine = create_engine(f"sqlite:///{place.database}")
    with engine.connect() as connection:
        migrations = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(migrations, metadata) == []
    engine.dispose()


async def test_sqlite_would_make_the_same_tables_and_indexes(place: Place) -> None:
    """Stricter than Alembic's comparison, which does not see the conditions of an index."""
    async with place.open():
        pass
    fresh = create_engine("sqlite://")
    query = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name != 'alembic_version'"
    with fresh.connect() as connection, place.raw() as migrated:
        metadata.create_all(connection)
        made = {name: words(sql) for name, sql in connection.exec_driver_sql(query)}
        assert {name: words(sql) for name, sql in migrated.execute(query)} == made
    fresh.dispose()


def words(sql: str) -> list[str]:
    """Sorted, because the order of constraints means nothing."""
    return sorted(sql.replace(",", " ").replace("(", " ").replace(")", " ").split())


def test_an_up_to_date_store_does_without_alembic(place: Place) -> None:
    command = [sys.executable, "-c", OPEN, place.url, str(place.key)]
    printed = [
        subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip() for _ in range(2)
    ]
    assert printed == ["True", "False"]


async def test_a_newer_database_is_refused_and_left_alone(place: Place) -> None:
    async with place.open():
        pass
    with place.raw() as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    before = place.database.read_bytes()
    with pytest.raises(Misconfigured, match="newer version of Parley"):
        async with place.open():
            pass
    assert place.database.read_bytes() == before
