"""Callers that are cancelled at any moment leave nothing broken, locked or unclosed."""

import asyncio
import gc
import random
from collections.abc import Coroutine
from functools import partial
from typing import Any, cast

import pytest
from sqlalchemy import AdaptedConnection, Connection

from bot.events import Author
from storage.engine import READERS, connect
from storage.store import Store
from storage.url import parse
from storage.writer import open_writer
from tests.fakes import an_event
from tests.polling import until
from tests.storage.conftest import Place
from tests.storage.postgresql import Server


async def ticks(number: int) -> None:
    """Let the event loop go round so many times."""
    for _ in range(number):
        await asyncio.sleep(0)


async def accept(store: Store, text: str) -> None:
    event = an_event(text, author=Author(text[-1], ""))
    assert await store.inbox.accept(event, event.key, private=False)


def something(store: Store, chance: random.Random, text: str) -> Coroutine[Any, Any, object]:
    match chance.randrange(4):
        case 0:
            return accept(store, text)
        case 1:
            return store.archive.recent(an_event(author=Author(text[-1], "")).key, 10)
        case 2:
            return store.settings.write("instance", "model", text)
        case _:
            return store.settings.read("instance", "model")


def is_closed(place: Place) -> bool:
    """The last connection of all takes SQLite's journal along."""
    return not place.database.with_name("parley.db-wal").exists()


def assert_unlocked(place: Place) -> None:
    with place.raw() as other:
        other.execute("PRAGMA busy_timeout = 0")
        other.execute("BEGIN IMMEDIATE")


@pytest.mark.parametrize("seed", range(4))
async def test_readers_and_writers_that_go_at_any_moment(prepared: Place, seed: int) -> None:
    chance = random.Random(seed)
    async with prepared.open() as store:
        tasks = []
        for number in range(200):
            tasks.append(asyncio.create_task(something(store, chance, str(number))))
            await ticks(chance.randrange(4))
            chance.choice(tasks[-20:]).cancel()
        await asyncio.wait(tasks)
        assert any(task.cancelled() for task in tasks)
        assert any(not task.cancelled() for task in tasks)
        assert [task.exception() for task in tasks if not task.cancelled() and task.exception()] == []
        await store.settings.write("instance", "model", "after all")  # after every unit before it
        assert await store.settings.read("instance", "model") == "after all"
        assert_unlocked(prepared)
    gc.collect()  # an unclosed connection would warn, and so fail this test
    assert is_closed(prepared)


async def test_a_server_is_left_alone_by_those_who_go_at_any_moment(postgresql: Server, on_postgresql: Place) -> None:
    chance = random.Random(0)
    async with on_postgresql.open() as store:
        tasks = []
        for number in range(200):
            tasks.append(asyncio.create_task(something(store, chance, str(number))))
            await ticks(chance.randrange(8))
            chance.choice(tasks[-20:]).cancel()
        await asyncio.wait(tasks)
        assert [task.exception() for task in tasks if not task.cancelled() and task.exception()] == []
        await store.settings.write("instance", "model", "after all")
        assert await store.settings.read("instance", "model") == "after all"
    gc.collect()
    async with postgresql.session() as session, asyncio.timeout(5):
        others = "SELECT count(*) FROM pg_stat_activity WHERE datname = $1"
        while await session.fetchval(others, on_postgresql.name):  # noqa: ASYNC110 - a server's state
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("due", [True, False], ids=["migrating", "migrated"])
async def test_an_opening_that_is_given_up_at_any_moment(place: Place, due: bool) -> None:
    chance = random.Random(1)

    def opening(number: int) -> tuple[Place, asyncio.Task[None]]:
        here = Place(place.folder / str(number))
        here.folder.mkdir()
        if not due:
            here.prepare()
        return here, asyncio.create_task(open_and_close(here))

    _, uninterrupted = opening(0)
    length = 0
    while not uninterrupted.done():
        await asyncio.sleep(0)
        length += 1
    for number in range(1, 13):
        here, task = opening(number)
        await ticks(chance.randrange(length))
        task.cancel()
        await asyncio.wait([task])
        await until(partial(is_closed, here))
        async with here.open() as store:
            await accept(store, "hello")
        assert_unlocked(here)


async def open_and_close(place: Place) -> None:
    async with place.open():
        pass


class Wait:
    """Work that lasts until it is let go."""

    def __init__(self) -> None:
        self.begun = 0
        self.let_go = asyncio.Event()

    def __call__(self, connection: Connection) -> int:
        self.begun += 1
        driver = cast(AdaptedConnection, connection.connection.dbapi_connection)
        driver.run_async(lambda _: self.let_go.wait())
        return one(connection)


async def test_closing_waits_for_what_a_caller_that_has_gone_began(prepared: Place) -> None:
    database = connect(parse(prepared.url))
    wait = Wait()
    readers = [asyncio.create_task(database.read(wait)) for _ in range(READERS)]
    await until(lambda: wait.begun == READERS)
    for reader in readers:
        reader.cancel()
    await asyncio.wait(readers)
    closing = asyncio.create_task(database.close())
    assert await asyncio.wait([closing], timeout=0.05) == (set(), {closing})
    wait.let_go.set()
    await closing
    gc.collect()


async def test_a_closing_that_is_given_up_goes_on(prepared: Place) -> None:
    for moment in range(1, 30):
        database = connect(parse(prepared.url))
        await database.read(one)
        await database.write(lambda connection: connection.run_sync(one))
        closing = asyncio.create_task(database.close())
        await ticks(moment)
        closing.cancel()
        await asyncio.wait([closing])
        await until(lambda: is_closed(prepared))
    gc.collect()


def one(connection: Connection) -> int:
    number: int = connection.exec_driver_sql("SELECT 1").scalar_one()
    return number


async def test_a_group_is_done_and_its_callers_are_told_although_the_writer_is_given_up(prepared: Place) -> None:
    database = connect(parse(prepared.url))
    wait = Wait()
    callers = []

    async def serve() -> None:
        async with open_writer(database) as writer:
            callers.append(asyncio.create_task(writer.submit(wait)))
            await asyncio.Event().wait()

    serving = asyncio.create_task(serve())
    await until(lambda: wait.begun)
    for _ in range(2):  # first it waits for the writer, and then not even that
        serving.cancel()
        await ticks(3)
    await asyncio.wait([serving])
    wait.let_go.set()
    assert await callers[0] == 1
    await database.close()
    assert_unlocked(prepared)
    gc.collect()
