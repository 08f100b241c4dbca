"""Whether the database's schema is this version's, and bringing it there.

Alembic is imported only when there is something to do: it costs half a second (measured 2026-11-20, alembic 1.20.1).
"""

from sqlalchemy import URL, Connection, String, column, inspect, select, table

from storage.engine import Database, enter, writing
from storage.failures import translating

HEAD = "0004"
"""The newest revision in `migrations/versions`."""


async def bring_up_to_date(database: Database) -> None:
    """Migrate where that is due. Raises `Misconfigured`, `Unavailable`."""
    if await database.read(version) != HEAD:
        await database.whole(_migrate(database.url))


def version(connection: Connection) -> str | None:
    """The revision that the database is at; None: it has never been migrated."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    query = select(column("version_num", String)).select_from(table("alembic_version"))
    return connection.execute(query).scalar_one_or_none()


async def _migrate(url: URL) -> None:
    """In one transaction: killed half-way, it leaves nothing. Of two processes the second finds it done."""
    from storage.migrations.upgrade import upgrade

    # Rebuilding a table, which is how SQLite alters one, must not cascade into the tables that refer to it.
    engine = writing(url, migrating=True)
    try:
        with translating():
            async with engine.begin() as connection:
                await connection.run_sync(enter)
                await connection.run_sync(lambda plain: upgrade(plain, version(plain)))
    finally:
        await engine.dispose()
