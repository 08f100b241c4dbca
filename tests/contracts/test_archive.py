"""What `bot.conversation.archive.Archive` promises, for turns that `Inbox.conclude` has written."""

from dataclasses import replace
from typing import Any

from bot.conversation.turns import Turn
from bot.events import Author, Chat
from tests.contracts.conftest import Remembering
from tests.fakes import an_event

HERE = an_event().key


async def exchange(store: Remembering, number: int, follows: str = "", **changes: Any) -> str:
    """One question, concluded with both sides. Returns its id."""
    event = an_event(**changes)
    question = await store.inbox.accept(event, event.key, private=False)
    assert question is not None
    said = [Turn("user", f"question {number}", parent=follows), Turn("assistant", f"answer {number}")]
    await store.inbox.conclude(question.id, f"answer {number}", "stop", said)
    return question.id


async def last(store: Remembering) -> str:
    return (await store.archive.recent(HERE, 1))[0].id


async def texts(store: Remembering, limit: int = 100) -> list[str]:
    return [turn.text for turn in await store.archive.recent(HERE, limit)]


async def test_at_first_nothing_was_said(store: Remembering) -> None:
    assert list(await store.archive.recent(HERE, 10)) == []


async def test_a_turn_is_kept_as_it_was(store: Remembering) -> None:
    event = an_event()
    question = await store.inbox.accept(event, HERE, private=False)
    assert question is not None
    said = Turn("user", "x\ud83d\x00😀")
    heard = Turn("assistant", "y" * 10_000, finish="cut", model="org/model:fast", tokens=(12, 345), seconds=1.25)
    await store.inbox.conclude(question.id, heard.text, heard.finish, [said, heard])
    first, second = await store.archive.recent(HERE, 10)
    assert first.id
    assert second.id
    assert first == replace(said, id=first.id)
    assert second == replace(heard, id=second.id, parent=first.id)


async def test_turns_come_oldest_first_and_the_newest_of_them(store: Remembering) -> None:
    for number in range(3):
        await exchange(store, number, await last(store) if number else "")
    assert await texts(store) == [f"{side} {n}" for n in range(3) for side in ("question", "answer")]
    assert await texts(store, 3) == ["answer 1", "question 2", "answer 2"]
    assert await texts(store, 0) == []


async def test_a_turn_without_a_parent_begins_anew(store: Remembering) -> None:
    await exchange(store, 1)
    await exchange(store, 2)
    assert await texts(store) == ["question 2", "answer 2"]


async def test_a_conversation_starts_afresh(store: Remembering) -> None:
    question = await exchange(store, 1)
    await store.archive.start_afresh(HERE)
    assert await texts(store) == []
    assert list(await store.archive.before(question, 10) or ()) == []
    await store.archive.start_afresh(an_event(chat=Chat("", "where nobody spoke")).key)


async def test_a_retry_is_a_branch_and_the_conversation_goes_on_there(store: Remembering) -> None:
    await exchange(store, 1)
    fork = await last(store)
    await exchange(store, 2, fork)
    await exchange(store, 3, fork)
    assert await texts(store) == ["question 1", "answer 1", "question 3", "answer 3"]


async def test_what_a_question_followed(store: Remembering) -> None:
    first = await exchange(store, 1)
    second = await exchange(store, 2, await last(store))
    retried = await exchange(store, 3, (await store.archive.recent(HERE, 3))[0].id)
    for question, expected in (
        (first, []),
        (second, ["question 1", "answer 1"]),
        (retried, ["question 1", "answer 1"]),
    ):
        before = await store.archive.before(question, 10)
        assert before is not None
        assert [turn.text for turn in before] == expected
    assert [turn.text for turn in await store.archive.before(second, 1) or ()] == ["answer 1"]


async def test_a_question_without_turns_followed_nothing(store: Remembering) -> None:
    event = an_event()
    question = await store.inbox.accept(event, event.key, private=False)
    assert question is not None
    await store.inbox.conclude(question.id, "Here is some help.", "stop")
    assert await store.archive.before(question.id, 10) is None
    assert await store.archive.before("unknown", 10) is None
    assert await texts(store) == []


async def test_conversations_do_not_share_turns(store: Remembering) -> None:
    await exchange(store, 1)
    await exchange(store, 2, author=Author("eve", "Eve"))
    await exchange(store, 3, chat=Chat("space", "x"))
    await exchange(store, 4, bot="x")
    await exchange(store, 5, platform="x")
    assert await texts(store) == ["question 1", "answer 1"]


async def test_a_turn_of_another_conversation_is_never_shown_even_as_a_parent(store: Remembering) -> None:
    await exchange(store, 1)
    eve = Author("eve", "Eve")
    await exchange(store, 2, await last(store), author=eve)
    shown = await store.archive.recent(an_event(author=eve).key, 10)
    assert [turn.text for turn in shown] == ["question 2", "answer 2"]
    assert shown[0].parent == ""


async def test_a_parent_that_is_gone_is_none(store: Remembering) -> None:
    await exchange(store, 1, "forgotten")
    said = await store.archive.recent(HERE, 10)
    assert [turn.text for turn in said] == ["question 1", "answer 1"]
    assert said[0].parent == ""
