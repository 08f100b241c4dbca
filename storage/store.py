"""Opening everything that is stored, checked before it is used, and closing it in reverse."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy import URL, Connection, inspect, select

from bot.conversation.archive import Archive
from bot.conversation.memory import Memory
from bot.errors import Misconfigured, Unavailable
from bot.inbox import Inbox
from bot.ledger import Ledger
from bot.settings import Settings
from bot.votes import Votes
from storage import keyfile, postgresql
from storage.accounts import INSTANCE, Accounts
from storage.archive import StoredArchive
from storage.config import StorageConfig
from storage.encryption import MasterKey
from storage.engine import Database, connect
from storage.failures import damaged
from storage.inbox import StoredInbox
from storage.ledger import StoredLedger
from storage.presence import present
from storage.schema import bring_up_to_date
from storage.settings import StoredSettings
from storage.sqlstates import AWAY
from storage.tables import data_keys
from storage.url import parse
from storage.vectors import StoredMemory
from storage.votes import StoredVotes
from storage.writer import open_writer

log = logging.getLogger(__name__)

STARTING = 30.0  # seconds that a server may need
PAUSE = 1.0  # seconds between two tries to reach it


@dataclass(frozen=True, slots=True)
class Store:
    inbox: Inbox
    archive: Archive
    settings: Settings
    ledger: Ledger
    votes: Votes
    memory: Memory
    notices: tuple[str, ...]  # sentences for the operator's log


@asynccontextmanager
async def open_store(url: str, config: StorageConfig, patience: float = STARTING) -> AsyncIterator[Store]:
    """Everything that is stored, migrated where due; its folders and the master key are made where they are missing.

    A server that cannot be reached is waited for, `patience` seconds: it may have been started together with the bot.
    Raises `Misconfigured` where the URL, the master key or the database cannot be used; what is stored stays as it is.
    """
    location = parse(url)
    _make_folder(location)
    async with AsyncExitStack() as stack:
        database = connect(location)
        stack.push_async_callback(database.close)
        try:
            await _reach(database, patience)
            await bring_up_to_date(database)
            presence = await stack.enter_async_context(present(location))
            writer = await stack.enter_async_context(open_writer(database))
            accounts, notices = await writer.submit(partial(_unlock, Path(config.master_key_file)))
        except Unavailable as error:
            raise Misconfigured(f"The database (DATABASE_URL) cannot be used: {error.detail}.") from error
        parts = (database, writer, accounts)
        yield Store(
            StoredInbox(*parts, presence),
            StoredArchive(*parts),
            StoredSettings(*parts),
            StoredLedger(*parts),
            StoredVotes(*parts),
            StoredMemory(*parts),
            notices,
        )


async def _reach(database: Database, patience: float) -> None:
    """Raises `Unavailable`, `Misconfigured`."""
    clock = asyncio.get_running_loop().time
    deadline = clock() + patience
    while True:
        try:
            return await database.read(sound)
        except Unavailable as error:
            if AWAY.detail not in error.detail or clock() >= deadline:
                raise
            log.warning("Waiting for the database (DATABASE_URL): %s", error.detail)
        await asyncio.sleep(PAUSE)


def _make_folder(location: URL) -> None:
    if location.get_backend_name() != "sqlite":
        return
    folder = Path(location.database or "").parent
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Misconfigured(f"The folder {folder} of DATABASE_URL cannot be made: {error.strerror}.") from error


def sound(connection: Connection) -> None:
    """Refuse what is damaged or too old before anything is written to it. Raises `Unavailable`, `Misconfigured`."""
    if connection.dialect.name == "postgresql":
        postgresql.refuse_outdated(int(connection.exec_driver_sql("SHOW server_version_num").scalar_one()))
        return  # a server looks after its files itself
    verdict = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
    if verdict != "ok":
        raise damaged(verdict)


def newest_master(connection: Connection) -> str | None:
    """The id of the master key that the database was written with; None: nothing is stored yet."""
    if not inspect(connection).has_table(data_keys.name):
        return None
    newest = select(data_keys.c.master).order_by(data_keys.c.id.desc()).limit(1)
    return connection.execute(newest).scalar_one_or_none()


def _unlock(path: Path, connection: Connection) -> tuple[Accounts, tuple[str, ...]]:
    """The accounts, by the master key which the database was written with from the first, and notices about it.

    As a unit of the writer, so that of several processes only the first makes a key.
    """
    master, notices = _master(path, newest_master(connection))
    accounts = Accounts(master)
    accounts.key(connection, *INSTANCE)
    return accounts, notices


def _master(path: Path, wanted: str | None) -> tuple[MasterKey, tuple[str, ...]]:
    """The master key, whose id must be the wanted one; None: nothing is stored yet."""
    master = keyfile.read(path)
    if master is None and wanted is None:
        made = f"A master key was made at {path}: keep a copy apart from the database"
        return keyfile.make(path), (f"{made}; without it nothing stored can be read.",)
    if master is None or wanted not in (None, master.id):
        raise Misconfigured(keyfile.missing(path, master))
    return master, (keyfile.EXPOSED.format(path=path),) if keyfile.is_exposed(path) else ()
