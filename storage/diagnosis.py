"""A look at the database, its key and its disk that changes nothing: no folder, no key and no table is made.

The bot may be running meanwhile.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from os import W_OK, X_OK, access
from pathlib import Path

from sqlalchemy import URL, Connection, inspect, select

from bot.errors import Misconfigured, ParleyError
from bot.finding import Finding, Place
from bot.settings import home_setting
from storage import keyfile
from storage.config import StorageConfig
from storage.engine import Database, connect, enter
from storage.failures import translating
from storage.schema import HEAD, version
from storage.store import newest_master, sound
from storage.tables import conversations, inbox, settings
from storage.url import parse

LATELY = timedelta(days=30)
PLACES = 40  # that are looked at; the newest

DATABASE, KEY, DISK = "Database", "Master key", "Disk"


@dataclass(frozen=True, slots=True)
class _Seen:
    revision: str | None  # None: nothing is in it yet
    master: str | None  # the id of the key that it was written with


async def diagnose(url: str, config: StorageConfig) -> Sequence[Finding]:
    """Raises nothing of ours: what is wrong is found."""
    key = Path(config.master_key_file)
    try:
        location = parse(url)
        file = _file(location)
        seen = _Seen(None, None) if file and not file.exists() else await _look(location)
    except ParleyError as trouble:
        why = trouble.message if isinstance(trouble, Misconfigured) else f"it cannot be used: {trouble.detail}."
        said = why if "DATABASE_URL" in why else f"{why} (DATABASE_URL)"
        return [Finding("mend", DATABASE, said), _key(key, None, None, known=False)]
    return [_database(file, seen), _key(key, file, seen.master), *_disk(file or key, config.least_free_mb)]


async def places(url: str) -> Sequence[Place]:
    """The bot's homes, and where it was lately spoken to. Raises `Misconfigured`, `Unavailable`."""
    location = parse(url)
    file = _file(location)
    if file and not file.exists():
        return ()
    database = connect(location)
    try:
        return await database.read(_places)
    finally:
        await database.close()


def _file(location: URL) -> Path | None:
    """None: it is on a server."""
    return Path(location.database or "") if location.get_backend_name() == "sqlite" else None


async def _look(location: URL) -> _Seen:
    database = connect(location)
    try:
        await database.read(sound)
        seen = await database.read(lambda connection: _Seen(version(connection), newest_master(connection)))
        await _try_to_write(database)
    finally:
        await database.close()
    return seen


async def _try_to_write(database: Database) -> None:
    """Take the write lock, and give it back. Raises `Unavailable`."""
    with translating():
        async with database.writing.connect() as connection:
            await connection.run_sync(enter)
            await connection.rollback()


def _database(file: Path | None, seen: _Seen) -> Finding:
    if seen.revision is None and file is not None and not file.exists():
        return _new_file(file)
    if seen.revision is not None and seen.revision > HEAD:
        return Finding(
            "mend",
            DATABASE,
            f"it was written by a newer version of Parley (its schema is {seen.revision}, this one's {HEAD}). Run that "
            "version, or restore a backup from before the update.",
        )
    if seen.revision == HEAD:
        return Finding("fine", DATABASE, "it can be read and written, and is whole.")
    state = "it is empty" if seen.revision is None else f"its schema is {seen.revision}"
    return Finding("fine", DATABASE, f"{state}; the next start brings it up to date.")


def _new_file(file: Path) -> Finding:
    fine = Finding("fine", DATABASE, f"{file} is not there yet; the first start makes it.")
    return _unwritable(DATABASE, file, "DATABASE_URL") or fine


def _unwritable(part: str, file: Path, setting: str) -> Finding | None:
    """None: the file can be made."""
    folder = _nearest(file.parent)
    if folder.is_dir() and access(folder, W_OK | X_OK):
        return None
    return Finding(
        "mend",
        part,
        f"{file} ({setting}) cannot be made: {folder} cannot be written. Give it to the user that runs Parley (chown), "
        "or name another place.",
    )


def _nearest(folder: Path) -> Path:
    """The folder, or what there is of its way."""
    return next(each for each in (folder, *folder.absolute().parents) if each.exists())


def _key(path: Path, file: Path | None, wanted: str | None, *, known: bool = True) -> Finding:
    """`known`: the database was read, so that `wanted` is the key's id that it needs; None: any will do."""
    try:
        found = keyfile.read(path)
    except Misconfigured as trouble:
        return Finding("mend", KEY, trouble.message)
    if found is None and wanted is None:
        return _new_key(path, known=known)
    if found is None or wanted not in (None, found.id):
        return Finding("mend", KEY, keyfile.missing(path, found))
    if keyfile.is_exposed(path):
        return Finding("mend", KEY, keyfile.EXPOSED.format(path=path))
    if file is not None and _beside(path, file):
        return Finding(
            "mend",
            KEY,
            f"{path} stands in the database's folder, so that a copy of it has both. Stop the bot, move the key "
            f"elsewhere and name its place in {keyfile.SETTING}.",
        )
    return Finding("fine", KEY, f"{path} is readable by its owner only" + (", and the right one." if wanted else "."))


def _beside(key: Path, file: Path) -> bool:
    """Whether what copies the database's folder copies the key; who keeps all in one place knows that."""
    folder = file.absolute().parent
    return folder != Path.cwd() and key.absolute().is_relative_to(folder)


def _new_key(path: Path, *, known: bool) -> Finding:
    if barred := _unwritable(KEY, path, keyfile.SETTING):
        return barred
    when = "the first start makes it; keep a copy apart from the database." if known else "it is not there."
    return Finding("fine" if known else "off", KEY, f"{path}: {when}")


def _disk(path: Path, least_mb: int) -> Sequence[Finding]:
    folder = _nearest(path.parent)
    free_mb = shutil.disk_usage(folder).free // 2**20
    if free_mb >= least_mb:
        return [Finding("fine", DISK, f"{free_mb} MB are free where {folder} is.")]
    return [
        Finding(
            "mend",
            DISK,
            f"only {free_mb} MB are free where {folder} is, less than [storage] least_free_mb ({least_mb}): make room, "
            "or nothing can be stored any more.",
        )
    ]


def _places(connection: Connection) -> Sequence[Place]:
    if not inspect(connection).has_table("conversations"):
        return ()
    prefix = home_setting("")
    homes = select(settings.c.scope, settings.c.name).where(settings.c.name.startswith(prefix, autoescape=True))
    found = [
        Place(row.scope.split(":")[1], row.name.removeprefix(prefix), home=True) for row in connection.execute(homes)
    ]
    spoken = (
        select(conversations.c.platform, conversations.c.chat)
        .join(inbox, inbox.c.conversation_id == conversations.c.id)
        .where(inbox.c.accepted_at >= datetime.now(UTC) - LATELY)
        .order_by(inbox.c.number.desc())
        .limit(1000)
    )
    for row in connection.execute(spoken):
        place = Place(row.platform, row.chat, home=False)
        if place not in found and Place(row.platform, row.chat, home=True) not in found:
            found.append(place)
    return found[:PLACES]
