import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import cast

import pytest
from sqlalchemy import AdaptedConnection, Connection, event
from sqlalchemy.exc import IntegrityError

from bot.errors import Unavailable
from storage.engine import Database, connect
from storage.url import parse
from storage.writer import GROUP, WAITING, Writer, open_writer
from tests.storage.conftest import Place


@pytest.fixture
async def database(place: Place) -> AsyncIterator[Database]:
    place.database.parent.mkdir()
    opened = connect(parse(place.url))
    await opened.write(lambda connection: connection.exec_driver_sql("CREATE TABLE notes (note TEXT PRIMARY KEY)"))
    yield opened
    await opened.close()


@pytest.fixture
async def writer(database: Database) -> AsyncIterator[Writer]:
    async with open_writer(database) as opened:
        yield opened


def note(text: str) -> Callable[[Connection], str]:
    def unit(connection: Connection) -> str:
        connection.exec_driver_sql("INSERT INTO notes VALUES (?)", (text,))
        return text

    return unit


async def notes(database: Database) -> list[str]:
    return await database.read(lambda connection: [row[0] for row in connection.exec_driver_sql("SELECT * FROM notes")])


class Gate:
    """A unit that keeps the writer busy until it is opened, so that others have to wait for their turn."""

    def __init__(self, writer: Writer) -> None:
        self._open = asyncio.Event()
        self._entered = asyncio.Event()
        self.caller = asyncio.create_task(writer.submit(self._unit))

    async def __aenter__(self) -> "Gate":
        await self._entered.wait()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._open.set()
        await asyncio.wait([self.caller])

    def _unit(self, connection: Connection) -> None:
        self._entered.set()
        driver = cast(AdaptedConnection, connection.connection.dbapi_connection)
        driver.run_async(lambda _: self._open.wait())


async def test_a_unit_has_its_result_when_others_can_see_what_it_wrote(writer: Writer, database: Database) -> None:
    assert await writer.submit(note("one")) == "one"
    assert await notes(database) == ["one"]


async def test_units_that_wait_share_a_commit(writer: Writer, database: Database) -> None:
    commits: list[object] = []
    event.listen(database.writing.sync_engine, "commit", commits.append)
    async with Gate(writer):
        tasks = [asyncio.create_task(writer.submit(note(str(n)))) for n in range(GROUP)]
        await asyncio.sleep(0)
    assert await asyncio.gather(*tasks) == [str(n) for n in range(GROUP)]
    assert await notes(database) == [str(n) for n in range(GROUP)]
    assert len(commits) == 2


async def test_a_unit_that_fails_does_so_alone_and_none_is_run_twice(writer: Writer, database: Database) -> None:
    """The savepoints: a repeat and a plain bug amid a whole group, whose one commit takes all the others."""
    commits: list[object] = []
    event.listen(database.writing.sync_engine, "commit", commits.append)
    runs: Counter[str] = Counter()

    def counted(text: str, then: Exception | None = None) -> Callable[[Connection], str]:
        def unit(connection: Connection) -> str:
            runs[text] += 1
            connection.exec_driver_sql("INSERT INTO notes VALUES (?)", (f"begun {text}",))
            if then:
                raise then
            return note(text.split()[0])(connection)

        return unit

    mistakes = {"30 again": IntegrityError, "60 bug": KeyError}
    units = {str(n): counted(str(n)) for n in range(GROUP - len(mistakes))}
    units |= {"30 again": counted("30 again"), "60 bug": counted("60 bug", KeyError("a mistake of ours"))}
    async with Gate(writer):
        tasks = {name: asyncio.create_task(writer.submit(units[name])) for name in sorted(units)}
        await asyncio.sleep(0)
    await asyncio.wait(tasks.values())
    for name, task in tasks.items():
        error = task.exception()
        assert isinstance(error, mistakes[name]) if name in mistakes else error is None
    assert set(await notes(database)) == {each for n in range(GROUP - 2) for each in (f"{n}", f"begun {n}")}
    assert runs == Counter(dict.fromkeys(units, 1))
    assert len(commits) == 2  # the gate's own, and one for all of these


async def test_a_unit_sees_what_the_units_before_it_wrote(writer: Writer) -> None:
    def count(connection: Connection) -> int:
        number: int = connection.exec_driver_sql("SELECT count(*) FROM notes").scalar_one()
        return number

    async with Gate(writer):
        tasks = [asyncio.create_task(writer.submit(unit)) for unit in (note("one"), note("one"), note("two"), count)]
        await asyncio.sleep(0)
    *_, counted = await asyncio.gather(*tasks, return_exceptions=True)
    assert counted == 2


async def test_what_a_unit_wrote_is_not_in_its_error(writer: Writer) -> None:
    await writer.submit(note("a secret"))
    with pytest.raises(IntegrityError) as caught:
        await writer.submit(note("a secret"))
    assert "a secret" not in str(caught.value)


async def test_a_caller_that_goes_while_it_waits_takes_its_unit_back(writer: Writer, database: Database) -> None:
    async with Gate(writer):
        tasks = [asyncio.create_task(writer.submit(note(text))) for text in ("one", "two", "three")]
        await asyncio.sleep(0)
        tasks[1].cancel()
        await asyncio.sleep(0)
    await asyncio.wait(tasks)
    assert tasks[1].cancelled()
    assert await notes(database) == ["one", "three"]


async def test_a_caller_that_goes_during_its_unit_does_not_take_others_along(
    writer: Writer, database: Database
) -> None:
    gate = Gate(writer)
    of_the_same_group = asyncio.create_task(writer.submit(note("one")))
    async with gate:
        gate.caller.cancel()
    assert gate.caller.cancelled()
    assert await of_the_same_group == "one"
    assert await notes(database) == ["one"]


async def test_no_more_wait_than_can_be_served(writer: Writer, database: Database) -> None:
    async with Gate(writer):
        tasks = [asyncio.create_task(writer.submit(note(str(n)))) for n in range(WAITING)]
        await asyncio.sleep(0)
        with pytest.raises(Unavailable) as caught:
            await writer.submit(note("one too many"))
    assert caught.value.retry_after
    await asyncio.gather(*tasks)
    assert len(await notes(database)) == WAITING


async def test_closing_finishes_what_waits_and_takes_nothing_new(database: Database) -> None:
    async with open_writer(database) as writer:
        tasks = [asyncio.create_task(writer.submit(note(str(n)))) for n in range(2 * GROUP)]
        await asyncio.sleep(0)
    await asyncio.gather(*tasks)
    assert len(await notes(database)) == 2 * GROUP
    with pytest.raises(Unavailable):
        await writer.submit(note("too late"))


async def test_a_lock_of_another_program_is_waited_for_briefly_and_by_all_at_once(
    writer: Writer, database: Database, place: Place
) -> None:
    clock = asyncio.get_running_loop().time
    with place.raw() as other:
        other.execute("BEGIN IMMEDIATE")
        start = clock()
        tasks = [asyncio.create_task(writer.submit(note(str(n)))) for n in range(2 * GROUP + 1)]
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        assert clock() - start < 2.5  # one wait of 1.5 s for all three groups, on a busy machine
    assert {type(outcome) for outcome in outcomes} == {Unavailable}
    assert await notes(database) == []
    await writer.submit(note("the lock is gone"))


async def test_a_short_lock_is_waited_out(writer: Writer, place: Place) -> None:
    with place.raw() as other:
        other.execute("BEGIN IMMEDIATE")
        task = asyncio.create_task(writer.submit(note("one")))
        assert await asyncio.wait([task], timeout=0.05) == (set(), {task})
        other.execute("ROLLBACK")
        assert await task == "one"


async def test_readers_do_not_wait_for_the_lock(writer: Writer, database: Database, place: Place) -> None:
    await writer.submit(note("one"))
    with place.raw() as other:
        other.execute("BEGIN IMMEDIATE")
        assert await notes(database) == ["one"]


async def test_a_full_database_takes_nothing_of_a_group_until_there_is_room(writer: Writer, database: Database) -> None:
    """SQLite rolls the whole transaction back, savepoints and all: who wrote before the failure is told as well."""

    def limit(pages: int) -> Callable[[Connection], int]:
        return lambda connection: connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}").scalar_one()

    await writer.submit(note("one"))
    assert await writer.submit(limit(1)) > 1  # it goes down to what is in use
    async with Gate(writer):
        units = (note("two"), note("a" * 100_000), note("three"))
        tasks = [asyncio.create_task(writer.submit(unit)) for unit in units]
        await asyncio.sleep(0)
    for outcome in await asyncio.gather(*tasks, return_exceptions=True):
        assert isinstance(outcome, Unavailable)
        assert "full" in outcome.detail
    assert await notes(database) == ["one"]
    await writer.submit(limit(1_000_000))
    await writer.submit(note("c" * 100_000))
    assert len(await notes(database)) == 2
