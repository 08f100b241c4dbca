"""Nobody who has the database without the master key reads what a person wrote, or changes it unnoticed."""

import logging
from datetime import UTC, datetime

import pytest

from bot.conversation.turns import Turn
from bot.errors import Unavailable
from bot.events import Attachment, Author, Chat, Event, Handle, Question
from bot.ledger import Amount
from bot.replies import Media
from bot.settings import of_person, of_space
from storage.store import Store
from tests.fakes import an_event
from tests.storage.conftest import Place
from tests.storage.postgresql import Server


def everything(place: Place) -> bytes:
    """What the data folder holds, the journal included."""
    return b"".join(file.read_bytes() for file in place.database.parent.iterdir())


async def everything_on(server: Server, place: Place) -> bytes:
    """What the server's folder holds of this database, its journal included."""
    async with server.session(place.name) as session:
        await session.execute("CHECKPOINT")
        number = await session.fetchval("SELECT oid FROM pg_database WHERE datname = current_database()")
    folders = (server.data / "base" / str(number), server.data / "pg_wal")
    return b"".join(file.read_bytes() for folder in folders for file in folder.iterdir() if file.is_file())


def telling() -> Event:
    return an_event(
        "marmalade-text",
        author=Author("account-4711", "marmalade-name", "marmalade-locale"),
        chat=Chat("space", "chat-4711"),
        handle=Handle("marmalade-handle"),
        command="imagine",
        values={"prompt": "marmalade-value"},
        quotes=(("marmalade-author", "marmalade-quote"),),
        attachments=(Attachment("marmalade-file", "image/png", 1, "marmalade-ref"),),
        people=(Author("marmalade-friend", "marmalade-friend"),),
    )


async def tell(store: Store) -> Question:
    """Give it something to keep in every place that there is."""
    event = telling()
    question = await store.inbox.accept(event, event.key, private=False)
    assert question
    await store.inbox.checkpoint(question.id, "marmalade-partial", Handle("marmalade-later-handle"))
    turns = [Turn("user", "marmalade-prompt"), Turn("assistant", "marmalade-answer", tokens=(1, 2))]
    media = [Media(b"marmalade-bytes", "image/png", "marmalade-picture", "marmalade-caption")]
    await store.inbox.conclude(question.id, "marmalade-answer", "stop", turns, media)
    await store.settings.write("person", "persona", "marmalade-persona")
    await store.settings.change("admin", "here", "persona", "marmalade-before")
    await store.settings.change("admin", "here", "persona", "marmalade-after")
    marmalade = of_person("fake", "marmalade-account")
    subjects = (marmalade, of_space("fake", "marmalade-space"))
    await store.ledger.reserve("1", subjects, Amount(tokens=1), (), datetime.now(UTC))
    await store.votes.cast("question-4711", marmalade, "model", ["other"])
    return question


def assert_secret(written: bytes) -> None:
    for findable in (b"account-4711", b"chat-4711", b"question-4711"):  # it is here that one has to look
        assert findable in written
    assert b"marmalade" not in written.lower()


async def test_no_plain_word_is_on_the_disk(prepared: Place) -> None:
    async with prepared.open() as store:
        question = await tell(store)
        assert_secret(everything(prepared))
        await store.inbox.end(question.id, "answered")
    assert_secret(everything(prepared))


async def test_no_plain_word_is_on_a_servers_disk(postgresql: Server, on_postgresql: Place) -> None:
    async with on_postgresql.open() as store:
        question = await tell(store)
        await store.inbox.end(question.id, "answered")
    assert_secret(await everything_on(postgresql, on_postgresql))


async def test_a_handle_is_wiped_at_the_end(place: Place, store: Store) -> None:
    event = an_event()
    question = await store.inbox.accept(event, event.key, private=False)
    assert question
    await store.inbox.end(question.id, "answered")
    with place.raw() as database:
        assert database.execute("SELECT handle FROM inbox").fetchall() == [(None,)]


async def two_questions(store: Store) -> tuple[str, str]:
    ids = []
    for text in ("first", "second"):
        event = an_event(text)
        question = await store.inbox.accept(event, event.key, private=False)
        assert question
        await store.inbox.conclude(question.id, text, "stop", [Turn("user", text)])
        ids.append(question.id)
    return ids[0], ids[1]


@pytest.mark.parametrize("column", ["event", "partial", "handle"])
async def test_a_swap_of_ciphertexts_is_noticed(
    place: Place, store: Store, caplog: pytest.LogCaptureFixture, column: str
) -> None:
    first, second = await two_questions(store)
    with place.raw() as database:
        database.execute(
            f"UPDATE inbox SET {column} = (SELECT other.{column} FROM inbox other WHERE other.id = ?) WHERE id = ?",
            (second, first),
        )
    with pytest.raises(Unavailable) as caught:
        await store.inbox.find(first)
    assert f"inbox.{column}:{first}" in caught.value.detail
    with caplog.at_level(logging.ERROR):
        assert [question.id for question in await store.inbox.unfinished("fake", "bot")] == [second]
    assert first in caplog.text


async def test_words_put_into_another_turn_are_noticed(place: Place, store: Store) -> None:
    await two_questions(store)
    with place.raw() as database:
        (old,) = database.execute("SELECT text FROM turns ORDER BY at").fetchone()
        database.execute("UPDATE turns SET text = ?", (old,))
    with pytest.raises(Unavailable):
        await store.archive.recent(an_event().key, 10)


async def test_another_accounts_key_is_of_no_use(place: Place, store: Store) -> None:
    for name in ("ada", "eve"):
        event = an_event(author=Author(name, name))
        await store.inbox.accept(event, event.key, private=False)
    with place.raw() as database:
        database.execute("UPDATE data_keys SET wrapped = (SELECT wrapped FROM data_keys ORDER BY id DESC LIMIT 1)")
    event = an_event(author=Author("ada", "Ada"))
    with pytest.raises(Unavailable):
        await store.inbox.accept(event, event.key, private=False)


async def test_one_account_that_cannot_be_opened_does_not_stop_another(place: Place, store: Store) -> None:
    event = an_event()
    await store.inbox.accept(event, event.key, private=False)
    with place.raw() as database:
        database.execute("UPDATE data_keys SET wrapped = x'00'")
    other = an_event(author=Author("eve", "Eve"))
    assert await store.inbox.accept(other, other.key, private=False)


async def test_a_forged_audit_is_noticed(place: Place, store: Store) -> None:
    await store.settings.change("admin", "here", "model", "b")
    with place.raw() as database:
        database.execute("UPDATE audit SET who = 'somebody else'")
    with pytest.raises(Unavailable):
        await store.settings.history("here", "", 10)


async def test_with_its_account_all_of_a_persons_words_go(place: Place, store: Store) -> None:
    await two_questions(store)
    eve = an_event("eve's", author=Author("eve", "Eve"))
    await store.inbox.accept(eve, eve.key, private=False)
    with place.raw() as database:
        database.execute("PRAGMA foreign_keys = ON")
        database.execute("DELETE FROM accounts WHERE account = 'ada'")
        assert database.execute("SELECT count(*) FROM turns").fetchone() == (0,)
    assert [question.event.text for question in await store.inbox.unfinished("fake", "bot")] == ["eve's"]
