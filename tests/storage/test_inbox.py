"""What a stored inbox does beyond the contract: what a database adds."""

import asyncio

from bot.events import Author, Event, Handle, Question
from storage.store import Store
from tests.fakes import an_event
from tests.storage.conftest import Place


async def ask(store: Store, event: Event) -> Question:
    question = await store.inbox.accept(event, event.key, private=False)
    assert question
    return question


async def found(store: Store, question: Question) -> Question:
    again = await store.inbox.find(question.id)
    assert again
    return again


async def test_everything_is_there_after_a_restart(prepared: Place) -> None:
    async with prepared.open() as store:
        event = an_event("hello")
        question = await ask(store, event)
        await store.inbox.attempt(question.id)
        await store.inbox.checkpoint(question.id, "Once", Handle("page 1"))
        before = await found(store, question)
    async with prepared.open() as store:
        assert list(await store.inbox.unfinished("fake", "bot")) == [before]
        assert await store.inbox.accept(event, event.key, private=False) is None
        assert await store.inbox.attempt(question.id) == 2


async def test_many_people_at_once_keep_their_order(store: Store) -> None:
    events = [an_event(str(n), author=Author(f"person {n % 7}", "")) for n in range(300)]
    questions = await asyncio.gather(*(ask(store, event) for event in events))
    assert list(await store.inbox.unfinished("fake", "bot")) == questions


async def test_the_reason_and_the_times_are_kept(place: Place, store: Store) -> None:
    question = await ask(store, an_event())
    await store.inbox.end(question.id, "undeliverable", "blocked by the user")
    with place.raw() as database:
        (row,) = database.execute("SELECT reason, accepted_at <= ended_at FROM inbox")
    assert row == ("blocked by the user", 1)
