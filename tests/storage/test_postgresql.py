"""What a server adds to a database: connections that are lost, answers that never come, other processes."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy import Connection, event

from bot.errors import Misconfigured, Unavailable
from storage.engine import Database, connect, writing
from storage.postgresql import refuse_outdated
from storage.store import open_store
from storage.url import parse
from storage.writer import Writer, open_writer
from tests.fakes import an_event
from tests.polling import until
from tests.storage.conftest import Place
from tests.storage.postgresql import Server
from tests.storage.proxy import Proxy, proxy_to


@dataclass(frozen=True, slots=True)
class Line:
    """A writer at the end of a wire."""

    server: Server
    name: str  # of the database
    proxy: Proxy
    database: Database
    writer: Writer

    async def write(self, note: str) -> str:
        def unit(connection: Connection) -> str:
            connection.exec_driver_sql("INSERT INTO notes VALUES ($1)", (note,))
            return note

        return await self.writer.submit(unit)

    async def notes(self) -> list[str]:
        async with self.server.session(self.name) as session:
            return [row[0] for row in await session.fetch("SELECT note FROM notes ORDER BY note")]

    async def end_sessions(self) -> None:
        """As an administrator does, or a server that is restarted."""
        async with self.server.session() as session:
            await session.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", self.name
            )


@pytest.fixture
async def line(postgresql: Server, on_postgresql: Place) -> AsyncIterator[Line]:
    async with postgresql.session(on_postgresql.name) as session:
        await session.execute("CREATE TABLE notes (note text PRIMARY KEY)")
    async with proxy_to(postgresql.port) as proxy:
        url = parse(on_postgresql.url).set(port=proxy.port)
        database = replace(connect(url), patience=20)
        async with open_writer(database) as writer:
            yield Line(postgresql, on_postgresql.name, proxy, database, writer)
        await database.close()
    async with postgresql.session(on_postgresql.name) as session:
        await session.execute("DROP TABLE notes")


def one(connection: Connection) -> int:
    number: int = connection.exec_driver_sql("SELECT 1").scalar_one()
    return number


async def test_sessions_have_our_manners(line: Line) -> None:
    def manners(connection: Connection) -> list[str]:
        names = ("synchronous_commit", "timezone", "lock_timeout", "statement_timeout", "application_name")
        return [connection.exec_driver_sql(f"SHOW {name}").scalar_one() for name in names]

    for session in (line.database.read, line.writer.submit):
        assert await session(manners) == ["on", "UTC", "1500ms", "5s", "parley"]
    migrating = writing(line.database.url, migrating=True)
    async with migrating.connect() as connection:
        assert await connection.run_sync(manners) == ["on", "UTC", "0", "0", "parley"]
    await migrating.dispose()


async def test_a_connection_that_was_closed_meanwhile_is_replaced_unnoticed(line: Line) -> None:
    used: list[Any] = []
    for engine in (line.database.reading, line.database.writing):
        event.listen(engine.sync_engine, "checkout", lambda connection, *_: used.append(connection.driver_connection))
    for number in range(2):
        assert await line.write(str(number)) == str(number)
        assert await line.database.read(one) == 1
        await line.end_sessions()
        await until(lambda: all(connection.is_closed() for connection in used))
    assert await line.notes() == ["0", "1"]
    assert len(set(used)) == 4


async def test_what_is_interrupted_was_not_done_and_the_next_finds_a_new_connection(line: Line) -> None:
    begun = asyncio.Event()

    def unit(connection: Connection) -> None:
        connection.exec_driver_sql("INSERT INTO notes VALUES ('interrupted')")
        begun.set()
        connection.exec_driver_sql("SELECT pg_sleep(20)")

    task = asyncio.create_task(line.writer.submit(unit))
    await begun.wait()
    line.proxy.cut()
    with pytest.raises(Unavailable) as caught:
        await task
    assert "cannot be reached" in caught.value.detail
    await line.write("after")
    assert await line.notes() == ["after"]


async def test_a_server_that_does_not_answer_is_not_waited_for(line: Line) -> None:
    await line.write("before")
    await line.database.read(one)
    hasty = replace(line.database, patience=0.3)
    line.proxy.plugged = True
    async with open_writer(hasty) as writer:
        tasks = [asyncio.create_task(writer.submit(one)) for _ in range(200)]
        with pytest.raises(Unavailable, match="take questions"):
            await hasty.read(one)
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {Unavailable}
    line.proxy.plugged = False
    line.proxy.cut()
    await line.write("after")
    assert await line.database.read(one) == 1
    assert await line.notes() == ["after", "before"]


async def test_a_server_that_is_not_there_is_told_of(line: Line) -> None:
    line.proxy.closed = True
    with pytest.raises(Unavailable, match="take questions"):
        await line.write("before")
    line.proxy.closed = False
    await line.write("after")
    assert await line.notes() == ["after"]


async def test_a_commit_whose_answer_was_lost_has_happened(line: Line) -> None:
    line.proxy.after_commit = line.proxy.cut
    assert await line.write("one") == "one"
    assert await line.notes() == ["one"]


async def test_a_commit_that_was_lost_itself_has_not_happened(line: Line) -> None:
    line.proxy.before_commit = line.proxy.cut
    with pytest.raises(Unavailable):
        await line.write("one")
    assert await line.notes() == []
    assert await line.write("one") == "one"


async def test_while_a_commit_is_uncertain_others_are_turned_away(line: Line) -> None:
    def partition() -> None:
        line.proxy.closed = True
        line.proxy.cut()

    line.proxy.after_commit = partition
    uncertain = asyncio.create_task(line.write("one"))
    await until(lambda: line.proxy.closed)
    with pytest.raises(Unavailable):
        await line.write("two")
    assert not uncertain.done()
    line.proxy.closed = False
    assert await uncertain == "one"
    assert await line.notes() == ["one"]


async def test_a_process_that_ends_does_not_wait_for_certainty(line: Line) -> None:
    def partition() -> None:
        line.proxy.closed = True
        line.proxy.cut()

    line.proxy.after_commit = partition
    uncertain = asyncio.create_task(line.write("one"))
    await until(lambda: line.proxy.closed)
    line.writer.close()
    with pytest.raises(Unavailable):
        await uncertain


async def test_a_writer_that_hangs_is_waited_for_briefly(line: Line) -> None:
    other = connect(line.database.url)
    begun, over = asyncio.Event(), asyncio.Event()

    async def hang(_: object) -> None:
        begun.set()
        await over.wait()

    hanging = asyncio.create_task(other.write(hang))
    await begun.wait()
    with pytest.raises(Unavailable) as caught:
        await line.writer.submit(one)
    assert "(55P03)" in caught.value.detail
    over.set()
    await hanging
    assert await line.writer.submit(one) == 1
    await other.close()


async def test_a_server_that_starts_later_is_waited_for(
    line: Line, place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    async def use() -> None:
        async with open_store(line.database.url.render_as_string(hide_password=False), place.config) as store:
            await store.settings.write("instance", "model", "one")

    line.proxy.closed = True
    using = asyncio.create_task(use())
    await until(lambda: "Waiting for the database" in caplog.text)
    line.proxy.closed = False
    await using


async def test_two_processes_that_start_together_migrate_once_and_make_one_key(bare_on_postgresql: Place) -> None:
    async def use(number: int) -> tuple[str, ...]:
        async with bare_on_postgresql.open() as store:
            event = an_event("hello", id=str(number))
            assert await store.inbox.accept(event, event.key, private=False)
            return store.notices

    notices = await asyncio.gather(*map(use, range(3)))
    assert sorted(map(len, notices)) == [0, 0, 1]
    async with bare_on_postgresql.open() as store:
        assert len(await store.inbox.unfinished("fake", "bot")) == 3


async def test_another_master_key_is_refused_even_before_anything_was_asked(
    on_postgresql: Place, tmp_path_factory: pytest.TempPathFactory
) -> None:
    async with on_postgresql.open():
        with pytest.raises(Misconfigured, match="missing"):
            async with Place(tmp_path_factory.mktemp("elsewhere"), on_postgresql.server).open():
                pass


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"username": "mallory"}, "the name and the password"),
        ({"database": "nothing"}, "does not exist: create it"),
        ({"port": 1}, "cannot be reached"),
        ({"query": {"ssl": "require"}}, "cannot be reached"),
    ],
)
async def test_a_server_that_cannot_be_used_is_told_of_without_the_password(
    on_postgresql: Place, changes: dict[str, Any], told: str
) -> None:
    url = parse(on_postgresql.url).set(password="hunter2", **changes)
    with pytest.raises(Misconfigured, match=told) as caught:
        async with open_store(url.render_as_string(hide_password=False), on_postgresql.config, patience=0):
            pass
    assert "DATABASE_URL" in caught.value.message
    assert "hunter2" not in caught.value.message
    assert not on_postgresql.key.exists()


@pytest.mark.parametrize("version", [90624, 120022])
def test_an_outdated_server_is_refused(version: int) -> None:
    with pytest.raises(Misconfigured, match="needs 13 or newer"):
        refuse_outdated(version)
    refuse_outdated(130000)
