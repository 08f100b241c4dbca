"""Opening everything that is stored, checked before it is used, and closing it in reverse."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, Connection, select

from bot.conversation.archive import Archive
from bot.errors import Misconfigured, Unavailable
from bot.inbox import Inbox
from bot.ledger import Ledger
from bot.settings import Settings
from bot.votes import Votes
from storage import keyfile
from storage.accounts import Accounts
from storage.archive import StoredArchive
from storage.config import StorageConfig
from storage.encryption import MasterKey
from storage.engine import connect, parse
from storage.failures import damaged
from storage.inbox import StoredInbox
from storage.ledger import StoredLedger
from storage.schema import bring_up_to_date
from storage.settings import StoredSettings
from storage.tables import data_keys
from storage.votes import StoredVotes
from storage.writer import open_writer


@dataclass(frozen=True, slots=True)
class Store:
    inbox: Inbox
    archive: Archive
    settings: Settings
    ledger: Ledger
    votes: Votes
    notices: tuple[str, ...]  # sentences for the operator's log


@asynccontextmanager
async def open_store(url: str, config: StorageConfig) -> AsyncIterator[Store]:
    """Everything that is stored, migrated where due; its folders and the master key are made where they are missing.

    Raises `Misconfigured` where the URL, the master key or the database cannot be used; what is stored stays as it is.
    """
    location = parse(url)
    _make_folder(location)
    async with AsyncExitStack() as stack:
        database = connect(location)
        stack.push_async_callback(database.close)
        try:
            await database.read(_check)
            await bring_up_to_date(database)
            master, notices = _unlock(Path(config.master_key_file), await database.read(_wanted))
            writer = await stack.enter_async_context(open_writer(database))
            await writer.submit(_nothing)
        except Unavailable as error:
            raise Misconfigured(f"The database (DATABASE_URL) cannot be used: {error.detail}.") from error
        parts = (database, writer, Accounts(master))
        yield Store(
            StoredInbox(*parts),
            StoredArchive(*parts),
            StoredSettings(*parts),
            StoredLedger(*parts),
            StoredVotes(*parts),
            notices,
        )


def _nothing(_: Connection) -> None:
    """A first transaction finds out whether the database can be written."""


def _make_folder(location: URL) -> None:
    folder = Path(location.database or "").parent
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Misconfigured(f"The folder {folder} of DATABASE_URL cannot be made: {error.strerror}.") from error


def _check(connection: Connection) -> None:
    """Refuse a damaged file before anything is written to it. Raises `Unavailable`."""
    verdict = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
    if verdict != "ok":
        raise damaged(verdict)


def _wanted(connection: Connection) -> str | None:
    """The id of the master key that the database was written with; None: nothing is stored yet."""
    newest = select(data_keys.c.master).order_by(data_keys.c.id.desc()).limit(1)
    return connection.execute(newest).scalar_one_or_none()


def _unlock(path: Path, wanted: str | None) -> tuple[MasterKey, tuple[str, ...]]:
    """The master key, which must be the wanted one, and notices about it."""
    master = keyfile.read(path)
    if master is None and wanted is None:
        made = f"A master key was made at {path}: keep a copy apart from the database"
        return keyfile.make(path), (f"{made}; without it nothing stored can be read.",)
    if master is None or wanted not in (None, master.id):
        found = "is missing" if master is None else "is not the one that this database was written with"
        remedy = "Put the right one there: nothing stored can be read without it."
        raise Misconfigured(f"The master key {path} ({keyfile.SETTING}) {found}. {remedy}")
    exposed = (f"The master key {path} can be read by others than its owner: chmod 600 {path}.",)
    return master, exposed if keyfile.is_exposed(path) else ()
