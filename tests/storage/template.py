"""A migrated database to begin with, for the tests that are not about migration: a copy costs nothing."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import create_engine

from storage.migrations.upgrade import upgrade


@cache
def migrated() -> bytes:
    """The file of an empty database at the newest revision."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "parley.db")
        engine = create_engine(f"sqlite:///{path}")
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA journal_mode = WAL")
            connection.commit()
            upgrade(connection, None)
            connection.commit()
        engine.dispose()
        return path.read_bytes()
