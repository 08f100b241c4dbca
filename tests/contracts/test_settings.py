"""What `bot.settings.Settings` promises."""

import asyncio
from datetime import UTC, datetime

from bot.settings import Change
from tests.contracts.conftest import Remembering


async def test_what_was_never_written_is_empty(store: Remembering) -> None:
    assert await store.settings.read("instance", "model") == ""
    assert await store.settings.of(["instance"]) == {"instance": {}}
    assert list(await store.settings.beginning("")) == []
    assert list(await store.settings.history("instance", "", 10)) == []


async def test_the_newest_value_counts(store: Remembering) -> None:
    for value in ("one", "two \ud83d\x00😀"):
        await store.settings.write("instance", "model", value)
    assert await store.settings.read("instance", "model") == "two \ud83d\x00😀"


async def test_scopes_and_names_are_apart(store: Remembering) -> None:
    written = [("instance", "model", "one"), ("server", "model", "two"), ("server", "persona", "three")]
    for setting in written:
        await store.settings.write(*setting)
    for scope, name, value in written:
        assert await store.settings.read(scope, name) == value
    assert await store.settings.of(("server", "nobody", "instance")) == {
        "server": {"model": "two", "persona": "three"},
        "nobody": {},
        "instance": {"model": "one"},
    }


async def test_an_empty_value_is_none(store: Remembering) -> None:
    for value in ("one", ""):
        await store.settings.write("instance", "model", value)
    assert await store.settings.of(["instance"]) == {"instance": {}}
    assert list(await store.settings.beginning("model")) == []


async def test_settings_of_any_scope_are_found_by_how_their_names_begin(store: Remembering) -> None:
    names = ["ban", "ban:", "ban:1", "ban:Ä", "ban:😀", "bao", "Ban:1", "b", "ban_1", "ban%"]
    for name in names:
        await store.settings.write(f"of {name}", name, name)
    for prefix in ("ban:", "ban", "", "ban_", "%", "BAN"):
        found = sorted(await store.settings.beginning(prefix))
        assert found == sorted((f"of {name}", name, name) for name in names if name.startswith(prefix))


async def test_a_change_says_what_was_before_and_is_kept(store: Remembering) -> None:
    start = datetime.now(UTC)
    assert await store.settings.change("ada", "server", "model", "one") == ""
    assert await store.settings.change("eve", "server", "model", "two") == "one"
    assert await store.settings.change("ada", "server", "model", "") == "two"
    assert await store.settings.read("server", "model") == ""
    changes = await store.settings.history("server", "", 10)
    assert [(each.who, each.before, each.after) for each in changes] == [
        ("ada", "two", ""),
        ("eve", "one", "two"),
        ("ada", "", "one"),
    ]
    assert changes[0] == Change("ada", "server", "model", "two", "", changes[0].at)
    times = [start, *(each.at for each in reversed(changes)), datetime.now(UTC)]
    assert times == sorted(times)


async def test_what_the_program_writes_is_no_change(store: Remembering) -> None:
    await store.settings.write("server", "model", "one")
    assert list(await store.settings.history("server", "", 10)) == []
    assert await store.settings.change("ada", "server", "model", "two") == "one"


async def test_a_history_is_of_one_scope_and_of_names_that_begin_so(store: Remembering) -> None:
    for scope, name in (("server", "model"), ("other", "model"), ("server", "persona"), ("server", "model:chat")):
        await store.settings.change("ada", scope, name, "value")
    names = [each.name for each in await store.settings.history("server", "model", 10)]
    assert names == ["model:chat", "model"]
    assert [each.name for each in await store.settings.history("server", "", 2)] == ["model:chat", "persona"]


async def test_changes_at_once_each_see_the_one_before(store: Remembering) -> None:
    values = [str(n) for n in range(20)]
    befores = await asyncio.gather(*(store.settings.change("ada", "server", "model", value) for value in values))
    last = await store.settings.read("server", "model")
    assert sorted([*befores, last]) == sorted(["", *values])
