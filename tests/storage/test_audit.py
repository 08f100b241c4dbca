from datetime import UTC, datetime

from storage.store import Store


async def test_what_was_recorded_comes_back_newest_first(store: Store) -> None:
    start = datetime.now(UTC)
    await store.audit.record("admin", "set model", "server", before="one", after="two")
    await store.audit.record("owner", "ban", "instance")
    newest, oldest = await store.audit.recent(10)
    assert (newest.who, newest.action, newest.scope, newest.before, newest.after) == (
        "owner",
        "ban",
        "instance",
        "",
        "",
    )
    assert (oldest.who, oldest.before, oldest.after) == ("admin", "one", "two")
    assert start <= oldest.at <= newest.at <= datetime.now(UTC)


async def test_no_more_than_asked_for(store: Store) -> None:
    for number in range(3):
        await store.audit.record("admin", str(number), "server")
    assert [entry.action for entry in await store.audit.recent(2)] == ["2", "1"]
