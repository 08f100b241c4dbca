"""Several processes on one database. Whatever they do at once, it is done as if one of them had been first."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.events import Event, Question
from bot.ledger import Amount, Limit
from bot.settings import INSTANCE
from storage.store import Store
from tests.fakes import an_event
from tests.polling import until
from tests.storage.conftest import Place
from tests.storage.postgresql import Server

ROOT = Path(__file__).parents[2]

ACCEPT = """
import asyncio, sys
from storage.config import StorageConfig
from storage.store import open_store
from tests.fakes import an_event

async def main(url: str, key: str) -> None:
    async with open_store(url, StorageConfig(master_key_file=key)) as store:
        event = an_event("hello", id="1")
        question = await store.inbox.accept(event, event.key, private=False)
        print(question.id, flush=True)
        await asyncio.Event().wait()

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.fixture
async def two(either: Place) -> AsyncIterator[tuple[Store, Store]]:
    async with either.open() as first, either.open() as second:
        yield first, second


async def ask(store: Store, event: Event) -> Question:
    question = await store.inbox.accept(event, event.key, private=False)
    assert question
    return question


async def open_questions(store: Store) -> list[str]:
    return [question.id for question in await store.inbox.unfinished("fake", "bot")]


async def test_reservations_of_two_processes_never_overrun_a_limit_together(two: tuple[Store, Store]) -> None:
    now = datetime.now(UTC)
    limits = [Limit(INSTANCE, "month", "micros", 120), Limit("person:fake:1", "day", "tokens", 30)]

    async def reserve(number: int) -> Limit | None:
        subjects = [f"person:fake:{number % 3}", "space:fake:here", INSTANCE]
        store = two[number % 2]
        return await store.ledger.reserve(str(number), subjects, Amount(tokens=10, micros=10), limits, now)

    outcomes = await asyncio.gather(*map(reserve, range(60)))
    assert outcomes.count(None) == 12
    for store in two:
        assert (await store.ledger.used(INSTANCE, now))["month"] == Amount(tokens=120, micros=120)
        assert (await store.ledger.used("person:fake:1", now))["day"].tokens <= 30
    await asyncio.gather(*(two[n % 2].ledger.settle(str(n), Amount(tokens=1)) for n in range(60)))
    assert (await two[0].ledger.used(INSTANCE, now))["day"] == Amount(tokens=12)


async def test_what_two_processes_hear_is_accepted_by_one(two: tuple[Store, Store]) -> None:
    events = [an_event(str(number)) for number in range(20)]
    accepted = await asyncio.gather(
        *(store.inbox.accept(event, event.key, private=False) for event in events for store in two)
    )
    assert len([question for question in accepted if question]) == len(events)


async def test_changes_by_two_processes_each_see_the_one_before(two: tuple[Store, Store]) -> None:
    values = [str(number) for number in range(20)]
    befores = await asyncio.gather(
        *(two[int(value) % 2].settings.change("ada", "here", "model", value) for value in values)
    )
    assert sorted([*befores, await two[0].settings.read("here", "model")]) == sorted(["", *values])


async def test_a_living_processs_questions_are_its_own(on_postgresql: Place) -> None:
    async with on_postgresql.open() as first, on_postgresql.open() as second:
        questions = [await ask(store, an_event()) for store in (first, second, first)]
        assert await open_questions(first) == [questions[0].id, questions[2].id]
        assert await open_questions(second) == [questions[1].id]


async def test_the_questions_of_a_process_that_ended_are_taken_up_by_one(on_postgresql: Place) -> None:
    async with on_postgresql.open() as first:
        questions = [await ask(first, an_event()) for _ in range(3)]
        await first.inbox.end(questions[0].id, "answered")
    async with on_postgresql.open() as second, on_postgresql.open() as third:
        left = [each.id for each in questions[1:]]
        taken = await asyncio.gather(open_questions(second), open_questions(third))
        assert sorted(taken) == [[], left]
        again = await asyncio.gather(open_questions(second), open_questions(third))
        assert again == taken


async def test_what_was_accepted_survives_a_kill_and_is_taken_up(either: Place) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", ACCEPT, either.url, str(either.key), cwd=ROOT, stdout=subprocess.PIPE
    )
    assert process.stdout
    accepted = (await process.stdout.readline()).decode().strip()
    process.kill()
    await process.communicate()
    async with either.open() as store, asyncio.timeout(5):
        while not (questions := await store.inbox.unfinished("fake", "bot")):  # noqa: ASYNC110 - within milliseconds
            await asyncio.sleep(0.01)
        (question,) = questions
        assert (question.id, question.event.text, question.handle) == (accepted, "hello", "place")
        assert await store.inbox.accept(an_event(id="1"), question.key, private=False) is None


OUR_LOCKS = """
FROM pg_locks WHERE locktype = 'advisory'
AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


async def test_a_process_whose_lock_was_lost_takes_it_again(
    postgresql: Server, on_postgresql: Place, caplog: pytest.LogCaptureFixture
) -> None:
    async with on_postgresql.open() as first, postgresql.session(on_postgresql.name) as session:
        question = await ask(first, an_event())
        await session.execute(f"SELECT pg_terminate_backend(pid) {OUR_LOCKS}")
        await until(lambda: "does not see" in caplog.text)
        async with asyncio.timeout(5):
            while await session.fetchval(f"SELECT count(*) {OUR_LOCKS}") != 1:  # noqa: ASYNC110 - a server's state
                await asyncio.sleep(0.01)
        async with on_postgresql.open() as second:
            assert await open_questions(second) == []
        assert await open_questions(first) == [question.id]
