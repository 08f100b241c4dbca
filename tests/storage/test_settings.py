from storage.store import Store
from tests.storage.conftest import Place


async def test_what_was_never_written_is_empty(store: Store) -> None:
    assert await store.settings.read("instance", "model") == ""


async def test_the_newest_value_counts(store: Store) -> None:
    for value in ("one", "two"):
        await store.settings.write("instance", "model", value)
    assert await store.settings.read("instance", "model") == "two"


async def test_scopes_and_names_are_apart(store: Store) -> None:
    await store.settings.write("instance", "model", "one")
    await store.settings.write("server", "model", "two")
    await store.settings.write("server", "persona", "three")
    assert await store.settings.read("instance", "model") == "one"
    assert await store.settings.read("server", "model") == "two"
    assert await store.settings.read("server", "persona") == "three"


async def test_an_empty_value_leaves_nothing_behind(place: Place, store: Store) -> None:
    await store.settings.write("instance", "model", "one")
    await store.settings.write("instance", "model", "")
    assert await store.settings.read("instance", "model") == ""
    with place.raw() as database:
        assert database.execute("SELECT * FROM settings").fetchall() == []


async def test_settings_survive_a_restart(prepared: Place) -> None:
    async with prepared.open() as store:
        await store.settings.write("instance", "model", "one")
    async with prepared.open() as store:
        assert await store.settings.read("instance", "model") == "one"
