"""What a stored archive does beyond the contract."""

from bot.conversation.turns import Turn
from bot.events import Author
from storage.store import Store
from tests.fakes import an_event
from tests.storage.conftest import Place


async def say(store: Store, account: str, text: str) -> None:
    event = an_event(author=Author(account, account))
    question = await store.inbox.accept(event, event.key, private=False)
    assert question
    await store.inbox.conclude(question.id, text, "stop", [Turn("assistant", text)])


async def test_turns_survive_a_restart(prepared: Place) -> None:
    key = an_event(author=Author("ada", "")).key
    async with prepared.open() as store:
        await say(store, "ada", "hello")
        said = await store.archive.recent(key, 10)
    async with prepared.open() as store:
        assert await store.archive.recent(key, 10) == said
