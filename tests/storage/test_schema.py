import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, select

from bot.errors import Misconfigured
from bot.ledger import Amount
from bot.settings import INSTANCE
from storage.engine import connect
from storage.migrations.upgrade import configuration
from storage.schema import HEAD
from storage.tables import metadata, spending
from storage.url import parse
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


def as_it_was(connection: Connection) -> None:
    """The first version's database, with what two people used on two days."""
    config = configuration()
    config.attributes["connection"] = connection
    command.upgrade(config, "0001")
    for used in (
        "('ada', '2026-10-31', 1, 2, 1)",
        "('ada', '2026-11-01', 10, 20, 1)",
        "('eve', '2026-11-01', 5, 0, 1)",
    ):
        connection.exec_driver_sql(f"INSERT INTO usage VALUES {used}")


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


async def test_the_schema_on_a_server_is_the_one_in_the_tables(on_postgresql: Place) -> None:
    database = connect(parse(on_postgresql.url))

    def difference(connection: Connection) -> Any:
        migrations = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        return compare_metadata(migrations, metadata)

    assert await database.read(difference) == []
    await database.close()


async def test_what_the_first_version_counted_is_spending_now(bare: Place) -> None:
    bare.database.parent.mkdir()
    database = connect(parse(bare.url))
    await database.write(lambda connection: connection.run_sync(as_it_was))
    async with bare.open() as store:
        assert (await store.ledger.used(INSTANCE, datetime(2026, 11, 2, tzinfo=UTC)))["month"] == Amount(tokens=35)
    spent = select(spending).order_by(spending.c.subject, spending.c.day)
    rows = await database.read(lambda connection: connection.execute(spent).all())
    await database.close()
    october, november = date(2026, 10, 31), date(2026, 11, 1)
    assert rows == [
        ("ada", october, 3, 0, 0),
        ("ada", november, 30, 0, 0),
        ("eve", november, 5, 0, 0),
        ("instance", october, 3, 0, 0),
        ("instance", november, 35, 0, 0),
    ]


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
    opening = [sys.executable, "-c", OPEN, place.url, str(place.key)]
    printed = [
        subprocess.run(opening, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip() for _ in range(2)
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
