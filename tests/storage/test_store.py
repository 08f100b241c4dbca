"""What is refused when a store is opened, and what an operator is told."""

import stat
from pathlib import Path

import pytest

from bot.errors import Misconfigured
from storage.config import DEFAULT_DATABASE_URL, StorageConfig
from storage.store import open_store
from storage.url import parse
from tests.fakes import an_event
from tests.storage.conftest import Place


async def used(place: Place) -> None:
    """Open it, and leave something that is sealed."""
    place.prepare()
    async with place.open() as store:
        await store.inbox.accept(an_event("hello" * 1000), an_event().key, private=False)


async def refusal(place: Place) -> str:
    with pytest.raises(Misconfigured) as caught:
        async with place.open():
            pass
    return caught.value.message


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def test_the_first_opening_makes_folders_and_a_key_for_the_owner_only(place: Place) -> None:
    async with place.open() as store:
        (notice,) = store.notices
    assert str(place.key) in notice
    assert "keep a copy" in notice
    assert mode(place.key) == 0o600
    assert mode(place.key.parent) == 0o700
    assert mode(place.database.parent) == 0o700


async def test_the_next_opening_has_nothing_to_say(place: Place) -> None:
    await used(place)
    key = place.key.read_bytes()
    async with place.open() as store:
        assert store.notices == ()
        assert len(await store.inbox.unfinished("fake", "bot")) == 1
    assert place.key.read_bytes() == key


async def test_a_key_that_others_can_read_is_told_of(place: Place) -> None:
    await used(place)
    place.key.chmod(0o644)
    async with place.open() as store:
        (notice,) = store.notices
    assert "chmod 600" in notice


async def test_a_key_that_was_made_beforehand_is_taken(place: Place) -> None:
    place.key.parent.mkdir()
    place.key.write_text("ab" * 32)
    place.key.chmod(0o600)
    async with place.open() as store:
        assert store.notices == ()
    assert place.key.read_text() == "ab" * 32


async def test_without_its_key_a_database_is_refused_and_no_new_key_is_made(place: Place) -> None:
    await used(place)
    place.key.rename(place.key.with_suffix(".old"))
    message = await refusal(place)
    assert str(place.key) in message
    assert "missing" in message
    assert not place.key.exists()


async def test_with_another_key_a_database_is_refused(place: Place) -> None:
    await used(place)
    place.key.write_text("ab" * 32)
    message = await refusal(place)
    assert "is not the one" in message
    assert "[storage] master_key_file" in message
    assert place.key.read_text() == "ab" * 32


@pytest.mark.parametrize("content", [b"", b"ab" * 31, b"ab" * 33, b"not hexadecimal", bytes(range(32)) + b"\xff"])
async def test_a_file_that_is_no_key_is_refused_and_left_alone(place: Place, content: bytes) -> None:
    place.key.parent.mkdir()
    place.key.write_bytes(content)
    message = await refusal(place)
    assert "64 hexadecimal digits" in message
    assert "not hexadecimal" not in message
    assert place.key.read_bytes() == content


async def test_a_key_that_cannot_be_read_or_made_is_told_of(place: Place) -> None:
    place.key.mkdir(parents=True)
    assert "cannot be read" in await refusal(place)
    in_the_way = place.folder / "file"
    in_the_way.touch()
    with pytest.raises(Misconfigured, match="master_key_file"):
        async with open_store(place.url, StorageConfig(master_key_file=str(in_the_way / "master.key"))):
            pass


@pytest.mark.parametrize(
    "url",
    [
        "",
        "data/parley.db",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///file:parley?mode=memory&uri=true",
        "sqlite://data/parley.db",
        "sqlite:///data/parley.db?mode=ro",
        "sqlite+pysqlite:///data/parley.db",
        "postgresql://parley:hunter2@host:port/parley",
        "postgresql://parley:hunter2@host",
        "postgresql://parley:hunter2@/parley",
        "postgresql://parley:hunter2@host/parley?sslmode=perhaps",
        "postgresql://parley:hunter2@host/parley?password=hunter2",
        "postgresql+psycopg://parley:hunter2@host/parley",
        "mysql+pymysql://parley:hunter2@host/parley",
    ],
)
async def test_a_url_that_cannot_be_used_is_refused_without_repeating_it(place: Place, url: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        async with open_store(url, place.config):
            pass
    assert "DATABASE_URL" in caught.value.message
    assert DEFAULT_DATABASE_URL in caught.value.message
    assert "hunter2" not in caught.value.message
    assert not place.key.exists()


def test_the_default_url_can_be_used_and_the_driver_need_not_be_named() -> None:
    assert parse(DEFAULT_DATABASE_URL).database == "data/parley.db"
    assert parse("sqlite:////srv/parley.db") == parse("sqlite+aiosqlite:////srv/parley.db")
    assert parse("sqlite:////srv/parley.db").database == "/srv/parley.db"


def test_a_servers_url_can_be_written_as_elsewhere() -> None:
    expected = "postgresql+asyncpg://parley:hunter2@host:5433/parley?ssl=require"
    for scheme in ("postgres", "postgresql", "postgresql+asyncpg"):
        for option in ("ssl", "sslmode"):
            url = parse(f"{scheme}://parley:hunter2@host:5433/parley?{option}=require")
            assert url.render_as_string(hide_password=False) == expected
    assert parse("postgresql:///parley?host=/run/postgresql").query == {"host": "/run/postgresql"}


async def test_a_folder_that_cannot_be_made_is_told_of(place: Place) -> None:
    place.database.parent.touch()
    message = await refusal(place)
    assert "DATABASE_URL" in message
    assert str(place.database.parent) in message


async def test_a_file_that_is_no_database_is_refused_and_left_alone(place: Place) -> None:
    place.database.parent.mkdir()
    place.database.write_bytes(b"Dear diary, " * 1000)
    assert "damaged" in await refusal(place)
    assert place.database.read_bytes() == b"Dear diary, " * 1000
    assert not place.key.exists()


@pytest.mark.parametrize("page", [2, 5, 20])
async def test_a_damaged_database_is_refused_and_left_alone(place: Place, page: int) -> None:
    await used(place)
    damaged = bytearray(place.database.read_bytes())
    damaged[(page - 1) * 4096 : page * 4096] = b"\xa5" * 4096
    place.database.write_bytes(damaged)
    message = await refusal(place)
    assert "damaged" in message
    assert "restore a backup" in message
    assert place.database.read_bytes() == damaged


async def test_a_lost_end_of_the_journal_is_no_damage(place: Place) -> None:
    """A power cut in the middle of a write: what was committed before is there."""
    place.prepare()
    async with place.open() as store:
        for _ in range(2):
            event = an_event()
            await store.inbox.accept(event, event.key, private=False)
        journal = place.database.with_name("parley.db-wal").read_bytes()
        data = place.database.read_bytes()
    place.database.write_bytes(data)
    place.database.with_name("parley.db-wal").write_bytes(journal[:-1000])
    async with place.open() as store:
        assert len(await store.inbox.unfinished("fake", "bot")) == 1


async def test_a_database_that_another_program_holds_is_told_of(place: Place) -> None:
    await used(place)
    with place.raw() as other:
        other.execute("BEGIN IMMEDIATE")
        assert "another program" in await refusal(place)
