"""No statement that runs for a person reads a whole table."""

import re
from typing import Any

from sqlalchemy import Engine, event

from bot.conversation.turns import Turn
from bot.events import Handle
from bot.ledger import Amount, Limit
from bot.replies import Media
from storage.store import Store
from tests.fakes import an_event
from tests.storage.conftest import Place

TABLES = "accounts|data_keys|conversations|inbox|turns|media|settings|audit|spending|reservations|comparisons|votes"
SCAN = re.compile(rf"^SCAN ({TABLES})\b")


async def everything_once(store: Store) -> None:
    asked = an_event()
    question = await store.inbox.accept(asked, asked.key, private=False)
    assert question
    await store.inbox.attempt(question.id)
    await store.inbox.checkpoint(question.id, "Once", Handle("page 1"))
    turns = [Turn("user", "hello"), Turn("assistant", "Once")]
    await store.inbox.conclude(question.id, "Once", "stop", turns, [Media(b"", "image/png", "")])
    await store.inbox.media(question.id)
    await store.inbox.unfinished("fake", "bot")
    await store.inbox.end(question.id, "answered")
    await store.inbox.find(question.id)
    other = await store.inbox.accept(an_event(), asked.key, private=False)
    assert other
    await store.inbox.stop(other.id)
    await store.inbox.stop_all(asked.key, but="")
    await store.inbox.conclude(other.id, "Once", "stop")
    await store.inbox.end(other.id, "undeliverable")
    assert list(await store.inbox.kept(asked.key, 3)) == [other.id]
    assert await store.inbox.reopen(other.id, Handle("page 2"))
    await store.inbox.latest(asked.key, ("", "chat"), asked.message)
    await store.inbox.latest(asked.key, ("", "chat"))
    await store.archive.recent(asked.key, 10)
    await store.archive.before(question.id, 10)
    await store.archive.start_afresh(asked.key)
    await store.settings.write("instance", "model", "one")
    await store.settings.read("instance", "model")
    await store.settings.change("ada", "instance", "model", "")
    await store.settings.of(["instance", "person"])
    await store.settings.beginning("model")
    await store.settings.history("instance", "model", 10)
    limits = [Limit("instance", "day", "tokens", 10), Limit("person:fake:ada", "month", "tokens", 10)]
    assert not await store.ledger.reserve("1", ["instance", "person:fake:ada"], Amount(1), limits, asked.at)
    await store.ledger.settle("1", Amount())
    await store.ledger.used("instance", asked.at)
    await store.ledger.days("instance", asked.at.date())
    await store.inbox.move("fake", "bot", "chat", "another")
    await store.votes.cast("1", "person:fake:ada", "one", ["two"])


async def test_every_statement_finds_its_rows_by_an_index(place: Place, store: Store) -> None:
    statements: list[tuple[str, Any]] = []

    def note(_: object, cursor: object, statement: str, parameters: Any, context: object, many: bool) -> None:
        statements.append((statement, parameters[0] if many else parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        await everything_once(store)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    explained = [each for each in statements if re.match("SELECT|INSERT|UPDATE|DELETE|WITH", each[0])]
    assert len(explained) > 20
    used: set[str] = set()
    with place.raw() as database:
        for statement, parameters in explained:
            plan = [step[-1] for step in database.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)]
            assert not any(map(SCAN.match, plan)), (statement, plan)
            used.update(word for step in plan for word in step.split() if word.startswith("ix_"))
    assert used >= {
        "ix_inbox_unfinished",
        "ix_inbox_kept",
        "ix_inbox_conversation_id_number",
        "ix_settings_name",
        "ix_audit_scope_id",
    }
