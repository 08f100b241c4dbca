"""What `bot.conversation.memory.Memory` promises, for turns that `Inbox.conclude` has written."""

from collections.abc import Sequence

import pytest

from bot.conversation.turns import Turn
from bot.events import Author, Chat, ConversationKey
from bot.settings import of_person
from tests.contracts.conftest import Remembering
from tests.contracts.test_archive import exchange
from tests.fakes import an_event

ADA, EVE = of_person("fake", "ada"), of_person("fake", "eve")
SPACE = "model:2"


async def texts(store: Remembering, person: str = ADA, space: str = SPACE, limit: int = 100) -> list[str]:
    """Without a vector."""
    unindexed = await store.memory.unindexed(person, space, limit)
    assert unindexed.count >= len(unindexed.passages)
    return [passage.text for passage in unindexed.passages]


async def learn(store: Remembering, vectors: dict[str, Sequence[float]], person: str = ADA, space: str = SPACE) -> None:
    """A vector for each of these texts."""
    passages = (await store.memory.unindexed(person, space, 100)).passages
    given = {passage.turn: vectors[passage.text] for passage in passages if passage.text in vectors}
    await store.memory.index(person, space, given)


async def found(
    store: Remembering,
    vector: Sequence[float],
    limit: int = 10,
    person: str = ADA,
    space: str = SPACE,
    within: ConversationKey | None = None,
) -> list[str]:
    return [each.turn.text for each in await store.memory.search(person, space, vector, limit, within)]


async def test_at_first_there_is_nothing(store: Remembering) -> None:
    unindexed = await store.memory.unindexed(ADA, SPACE, 10)
    assert (unindexed.count, list(unindexed.passages)) == (0, [])
    await store.memory.index(ADA, SPACE, {})
    await store.memory.index(ADA, SPACE, {"unknown": [1.0, 0.0]})
    assert await found(store, [1, 0]) == []
    assert await found(store, [1, 0], within=an_event().key) == []


async def test_both_sides_are_to_be_indexed_the_newest_first(store: Remembering) -> None:
    for number in range(3):
        await exchange(store, number)
    newest = await store.memory.unindexed(ADA, SPACE, 3)
    assert newest.count == 6
    assert {each.text for each in newest.passages[:2]} == {"answer 2", "question 2"}
    assert newest.passages[2].text in ("answer 1", "question 1")


async def test_what_is_indexed_is_found_by_likeness_and_not_asked_for_again(store: Remembering) -> None:
    await exchange(store, 1)
    await exchange(store, 2)
    await learn(store, {"question 1": [0, 5], "answer 1": [3, 3], "question 2": [0.1, 0]})
    assert await texts(store) == ["answer 2"]
    assert await found(store, [1, 0.1]) == ["question 2", "answer 1", "question 1"]
    assert await found(store, [1, 0.1], limit=1) == ["question 2"]
    assert await found(store, [1, -0.1]) == ["question 2", "answer 1"]  # the third points elsewhere
    await learn(store, {"answer 2": [1, 0.1]})
    assert await texts(store) == []
    assert await found(store, [1, 0.1], limit=1) == ["answer 2"]


async def test_what_is_found_says_who_when_and_where(store: Remembering) -> None:
    chat = Chat("server", "channel", "thread", private=True)
    event = an_event("hi", chat=chat, message="message 7")
    question = await store.inbox.accept(event, event.key, private=False)
    assert question
    said = Turn("assistant", "marmalade", model="org/model", tokens=(1, 2), seconds=0.5)
    await store.inbox.conclude(question.id, "marmalade", "stop", [Turn("user", "hi"), said])
    await learn(store, {"marmalade": [1, 1], "hi": [0, 0]})
    (hit,) = await store.memory.search(ADA, SPACE, [2, 2], 5)
    stored = (await store.archive.recent(event.key, 1))[0]
    assert hit.turn == stored
    assert hit.turn.model == "org/model"
    assert hit.likeness == pytest.approx(1, abs=0.01)
    assert hit.at >= event.at
    assert (hit.chat, hit.message) == (chat, "message 7")


async def test_nobody_finds_what_others_said_or_puts_a_vector_to_it(store: Remembering) -> None:
    group = ConversationKey("fake", "bot", "chat", "", "")  # with one memory for all
    for name in ("ada", "eve"):
        event = an_event(author=Author(name, name))
        question = await store.inbox.accept(event, group, private=False)
        assert question
        await store.inbox.conclude(question.id, "", "stop", [Turn("user", f"{name}'s")])
    hers = (await store.memory.unindexed(EVE, SPACE, 10)).passages
    assert [each.text for each in hers] == ["eve's"]
    await store.memory.index(ADA, SPACE, {each.turn: [1.0, 0.0] for each in hers})
    assert await texts(store, EVE) == ["eve's"]
    await learn(store, {"ada's": [1, 0]})
    await learn(store, {"eve's": [1, 0]}, EVE)
    assert await found(store, [1, 0], within=group) == ["ada's"]
    assert await found(store, [1, 0]) == ["ada's"]
    assert await found(store, [1, 0], person=EVE) == ["eve's"]
    assert await found(store, [1, 0], person=of_person("another platform", "ada")) == []


async def test_within_one_conversation(store: Remembering) -> None:
    there = Chat("space", "there")
    await exchange(store, 1)
    await exchange(store, 2, chat=there)
    await learn(store, {"question 1": [1, 0], "question 2": [1, 0.1]})
    assert await found(store, [1, 0]) == ["question 1", "question 2"]
    assert await found(store, [1, 0], within=an_event().key) == ["question 1"]
    assert await found(store, [1, 0], within=an_event(chat=there).key) == ["question 2"]
    assert await found(store, [1, 0], within=an_event(chat=Chat("", "where nobody spoke")).key) == []


async def test_the_first_vector_of_another_space_ends_the_former(store: Remembering) -> None:
    await exchange(store, 1)
    await learn(store, {"question 1": [1, 0], "answer 1": [0, 1]})
    assert len(await texts(store, space="other:3")) == 2
    assert await found(store, [1, 0]) == ["question 1"]  # asking ended nothing
    await learn(store, {"question 1": [1, 0, 0]}, space="other:3")
    assert await texts(store, space="other:3") == ["answer 1"]
    assert await found(store, [1, 0, 0], space="other:3") == ["question 1"]
    assert len(await texts(store)) == 2
    assert await found(store, [1, 0]) == []
    await learn(store, {"answer 1": [1, 0]})  # and back again
    assert await texts(store) == ["question 1"]
    assert await found(store, [1, 0]) == ["answer 1"]


async def test_of_two_vectors_for_a_turn_the_first_stays(store: Remembering) -> None:
    await exchange(store, 1)
    (passage, *_) = (await store.memory.unindexed(ADA, SPACE, 1)).passages
    await store.memory.index(ADA, SPACE, {passage.turn: [1, 0]})
    await store.memory.index(ADA, SPACE, {passage.turn: [0, 1]})
    assert await found(store, [1, 0]) == [passage.text]
    assert await found(store, [0, 1]) == []


async def test_a_vector_of_zeros_is_like_nothing_and_not_asked_for_again(store: Remembering) -> None:
    await exchange(store, 1)
    await learn(store, {"question 1": [0, 0], "answer 1": [0, 0]})
    assert await texts(store) == []
    assert await found(store, [1, 0]) == []
    assert await found(store, [0, 0]) == []
