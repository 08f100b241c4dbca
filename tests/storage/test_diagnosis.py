"""A look at a database leaves it as it is, and does not disturb a bot that runs on it."""

from bot.events import Chat
from bot.finding import Finding, Place
from bot.settings import home_setting, of_space
from storage.diagnosis import DATABASE, KEY, diagnose, places
from storage.schema import HEAD
from tests.fakes import an_event
from tests.storage import conftest


def of(found: list[Finding], part: str) -> tuple[str, str]:
    [its] = [each for each in found if each.part == part]
    return its.mark, its.text


async def looked_at(place: conftest.Place) -> list[Finding]:
    return [*await diagnose(place.url, place.config)]


async def test_before_the_first_start_nothing_is_made(place: conftest.Place) -> None:
    found = await looked_at(place)
    assert {each.mark for each in found} == {"fine"}
    assert "the first start makes it" in of(found, DATABASE)[1]
    assert not place.database.parent.exists()
    assert not place.key.parent.exists()
    assert await places(place.url) == ()


async def test_beside_a_bot_that_runs(either: conftest.Place) -> None:
    async with either.open() as store:
        found = await looked_at(either)
        await store.settings.write("instance", "after", "the look")
    assert of(found, DATABASE) == ("fine", "it can be read and written, and is whole.")
    assert of(found, KEY)[0] == "fine"
    assert "the right one" in of(found, KEY)[1]


async def test_what_the_next_start_migrates_is_not_migrated_by_a_look(bare: conftest.Place) -> None:
    if not bare.server:
        bare.database.parent.mkdir()
        bare.database.touch()
    for _ in range(2):
        mark, said = of(await looked_at(bare), DATABASE)
        assert (mark, said) == ("fine", "it is empty; the next start brings it up to date.")


async def test_an_older_schema_is_fine(prepared: conftest.Place) -> None:
    with prepared.raw() as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    assert of(await looked_at(prepared), DATABASE)[0] == "fine"
    with prepared.raw() as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)
    assert HEAD != "0001"


async def test_a_server_that_does_not_let_us_in(on_postgresql: conftest.Place) -> None:
    for url, remedy in (
        (on_postgresql.url.rpartition("/")[0] + "/no_such_database", "create it"),
        ("postgresql+asyncpg://parley:hunter2@127.0.0.1:9/parley", "check that it runs"),
    ):
        mark, said = of([*await diagnose(url, on_postgresql.config)], DATABASE)
        assert (mark, remedy in said, "hunter2" in said) == ("mend", True, False), said


async def test_where_the_bot_is_at_home_and_was_spoken_to(either: conftest.Place) -> None:
    async with either.open() as store:
        scope = of_space("telegram", "-1001")
        await store.settings.write(scope, home_setting("-1001"), "yes")
        for number, chat in enumerate(("-1001", "-1002", "-1002")):
            event = an_event(platform="telegram", id=str(number), chat=Chat(chat, chat))
            await store.inbox.accept(event, event.key, private=False)
        found = await places(either.url)
    assert list(found) == [Place("telegram", "-1001", home=True), Place("telegram", "-1002", home=False)]
