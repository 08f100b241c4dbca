"""What a stored archive does beyond the contract."""

from bot.conversation.turns import Turn
from bot.events import Author
from storage.store import Store
from tests.fakes import an_event
from tests.storage.conftest import Place


async def say(store: Store, account: str, text: str, follows: str = "") -> None:
    event = an_event(author=Author(account, account))
    question = await store.inbox.accept(event, event.key, private=False)
    assert question
    await store.inbox.conclude(question.id, text, "stop", [Turn("assistant", text, parent=follows)])


async def test_a_turn_of_another_conversation_is_never_shown_even_as_a_parent(store: Store) -> None:
    await say(store, "ada", "ada's secret")
    (secret,) = await store.archive.recent(an_event(author=Author("ada", "")).key, 10)
    await say(store, "eve", "eve's", follows=secret.id)
    shown = await store.archive.recent(an_event(author=Author("eve", "")).key, 10)
    assert [turn.text for turn in shown] == ["eve's"]


async def test_a_parent_that_is_gone_is_none(store: Store) -> None:
    await say(store, "ada", "hello", follows="forgotten")
    (turn,) = await store.archive.recent(an_event(author=Author("ada", "")).key, 10)
    assert (turn.text, turn.parent) == ("hello", "")


async def test_turns_survive_a_restart(prepared: Place) -> None:
    key = an_event(author=Author("ada", "")).key
    async with prepared.open() as store:
        await say(store, "ada", "hello")
        said = await store.archive.recent(key, 10)
    async with prepared.open() as store:
        assert await store.archive.recent(key, 10) == said
