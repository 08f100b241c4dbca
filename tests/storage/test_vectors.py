"""What a stored memory does beyond the contract."""

import asyncio
import re
from typing import Any

import pytest
from sqlalchemy import Engine, event

from bot.conversation.turns import Turn
from bot.errors import Unavailable
from bot.settings import of_person
from storage import vectors
from storage.store import Store
from storage.vectors import BLOCK, StoredMemory, _Kept
from tests.fakes import an_event
from tests.storage.conftest import Place

ADA, SPACE = of_person("fake", "ada"), "model:2"
SCAN = re.compile(r"^SCAN (accounts|data_keys|conversations|inbox|turns|vectors)\b")


async def say(store: Store, count: int, first: int = 0) -> None:
    asked = an_event()
    question = await store.inbox.accept(asked, asked.key, private=False)
    assert question
    await store.inbox.conclude(question.id, "", "stop", [Turn("user", f"turn {first + at}") for at in range(count)])


async def learn(store: Store, limit: int = 10_000, vector: tuple[float, ...] = (1.0, 0.25), space: str = SPACE) -> None:
    passages = (await store.memory.unindexed(ADA, space, limit)).passages
    await store.memory.index(ADA, space, {passage.turn: vector for passage in passages})


def blocks(place: Place) -> list[tuple[Any, ...]]:
    with place.raw() as database:
        return database.execute("SELECT size, length(data) FROM vectors ORDER BY id").fetchall()


async def test_blocks_are_filled_one_after_the_other(place: Place, store: Store) -> None:
    await say(store, BLOCK + 200)
    await learn(store, BLOCK - 1)
    await learn(store, 101)
    await learn(store)
    (one, length), (other, _) = blocks(place)
    assert (one, other) == (BLOCK + 100, 100)
    assert length < one * 40
    assert (await store.memory.unindexed(ADA, SPACE, 10)).count == 0
    found = await store.memory.search(ADA, SPACE, (1, 0.25), BLOCK + 200)
    assert len({each.turn.id for each in found}) == BLOCK + 200


async def test_vectors_are_kept_over_a_restart_and_grow_after_a_search(prepared: Place) -> None:
    async with prepared.open() as store:
        await say(store, 3)
        await learn(store)
        assert len(await store.memory.search(ADA, SPACE, (1, 0), 10)) == 3
    async with prepared.open() as store:
        await store.memory.search(ADA, SPACE, (1, 0), 10)
        await say(store, 2, first=3)
        await learn(store)
        assert len(await store.memory.search(ADA, SPACE, (1, 0), 10)) == 5
    assert len(blocks(prepared)) == 1


async def test_two_at_once_index_a_turn_once(place: Place, store: Store) -> None:
    await say(store, 50)
    await asyncio.gather(*(learn(store) for _ in range(4)))
    assert [size for size, _ in blocks(place)] == [50]
    assert len(await store.memory.search(ADA, SPACE, (1, 0), 100)) == 50


async def test_of_another_space_nothing_stays_on_the_disk(place: Place, store: Store) -> None:
    await say(store, 3)
    await learn(store)
    await learn(store, 1, (1.0, 2.0, 3.0), "other:3")
    assert [size for size, _ in blocks(place)] == [1]


async def test_nothing_can_be_read_out_of_a_block_or_put_into_it(place: Place, store: Store) -> None:
    await say(store, 1)
    await learn(store, vector=(0.75,) * 64)
    (ada,) = await store.memory.search(ADA, SPACE, (1,) * 64, 1)
    with place.raw() as database:
        (sealed,) = database.execute("SELECT data FROM vectors").fetchone()
        assert ada.turn.id.encode() not in sealed
        assert b"\x7f" * 64 not in sealed  # what each component is stored as
        database.execute("UPDATE vectors SET version = 'forged', size = 2")
    with pytest.raises(Unavailable) as caught:
        await store.memory.search(ADA, SPACE, (1,) * 64, 1)
    assert "vectors.data" in caught.value.detail


async def test_with_its_account_a_persons_vectors_go_also_those_in_memory(place: Place, store: Store) -> None:
    await say(store, 3)
    await learn(store)
    await store.memory.search(ADA, SPACE, (1, 0), 10)
    with place.raw() as database:
        database.execute("PRAGMA foreign_keys = ON")
        database.execute("DELETE FROM accounts")
    assert blocks(place) == []
    assert list(await store.memory.search(ADA, SPACE, (1, 0), 10)) == []
    await say(store, 3)  # the numbers of rows begin anew
    await learn(store, vector=(0.0, 1.0))
    assert list(await store.memory.search(ADA, SPACE, (1, 0), 10)) == []


async def test_turns_that_are_gone_are_not_found(place: Place, store: Store) -> None:
    await say(store, 3)
    await learn(store)
    with place.raw() as database:
        database.execute("UPDATE turns SET question = NULL WHERE place = 1")
        database.execute("DELETE FROM turns WHERE place = 0")
    found = await store.memory.search(ADA, SPACE, (1, 0), 10)
    assert {(each.turn.text, each.chat is None, each.message == "") for each in found} == {
        ("turn 1", True, True), ("turn 2", False, False)
    }  # fmt: skip


def test_what_was_not_used_for_longest_makes_room() -> None:
    kept = _Kept(room=10)
    for version in ("one", "two"):
        kept.put(version, b"12345")
    kept.put("one", b"12345")
    assert kept.get("one")
    kept.put("three", b"1234")
    assert kept.get("one")
    assert kept.get("two") is None
    kept.put("enormous", b"x" * 11)
    assert kept.get("enormous") is None
    assert kept.size == sum(map(len, kept.blocks.values())) <= 10


async def test_a_memory_without_room_finds_the_same(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vectors, "BLOCK", 10)
    monkeypatch.setattr(vectors, "PART", 2)
    await say(store, 100)
    for _ in range(10):
        await learn(store, 10)
    assert isinstance(store.memory, StoredMemory)
    small = StoredMemory(store.memory._database, store.memory._writer, store.memory._accounts, _Kept(room=500))
    assert len(await small.search(ADA, SPACE, (1, 0), 100)) == 100
    assert small._kept.size <= 500


async def test_every_statement_finds_its_rows_by_an_index(place: Place, store: Store) -> None:
    statements: list[tuple[str, Any]] = []

    def note(_: object, cursor: object, statement: str, parameters: Any, context: object, many: bool) -> None:
        statements.append((statement, parameters[0] if many else parameters))

    await say(store, 3)
    event.listen(Engine, "before_cursor_execute", note)
    try:
        await learn(store, 1)
        await learn(store, 1)
        await learn(store, 1, (1, 2, 3), "other:3")
        await store.memory.search(ADA, "other:3", (1, 2, 3), 10, an_event().key)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    explained = [each for each in statements if re.match("SELECT|INSERT|UPDATE|DELETE|WITH", each[0])]
    assert len(explained) > 15
    used: set[str] = set()
    with place.raw() as database:
        for statement, parameters in explained:
            plan = [step[-1] for step in database.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)]
            assert not any(map(SCAN.match, plan)), (statement, plan)
            used.update(word for step in plan for word in step.split() if word.startswith("ix_"))
    assert used >= {"ix_turns_key_id_block_at", "ix_vectors_key_id"}
