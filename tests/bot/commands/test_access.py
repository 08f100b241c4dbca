"""/access and /whoami."""

from dataclasses import replace

import pytest

from bot.access import STRANGER, AccessConfig
from bot.events import Author
from tests.bot.commands.test_grants import ADMIN, BOB, ELSEWHERE, IN_PRIVATE, OWNER, closed, said
from tests.fakes import Screen, an_event
from tests.house import House, in_virtual_time


@in_virtual_time
async def test_what_applies_here() -> None:
    house = House(access=AccessConfig(open=True, owners=("fake:root",)))
    await said(house, "/deny /imagine")
    await said(house, "/ban fake:eve imagine")
    await said(house, "/allow role:7 --scope everywhere", OWNER)
    await said(house, "/open", OWNER, chat=ELSEWHERE)
    text = await said(house, "/access")
    for line in (
        "Here I am open",
        "Owners: `fake:root`",
        "Switched off: `/imagine`",
        "- you: 200,000 tokens a day",
        "- this chat: 200 pictures a day",
        "- all together: 5,000,000 tokens a day",
        "- `fake:eve` banned (/imagine) here",
        "- `fake:role:7` may ask everywhere",
        "`fake:adam`: /imagine switched off (here)",
        "`fake:adam`: `fake:eve` from /imagine: as everybody → banned (here)",
        "`fake:root`: `fake:role:7`: as everybody → let in (everywhere)",
    ):
        assert line in text, line
    assert text.index("let in (everywhere)") < text.index("switched off (here)")
    assert "opened" not in text  # that was elsewhere


@in_virtual_time
async def test_members_see_what_holds_but_not_who_was_banned() -> None:
    house = House()
    await said(house, "/ban fake:eve")
    text = await said(house, "/access", BOB)
    assert "Here I am open" in text
    assert "fake:eve" not in text


@in_virtual_time
async def test_an_owner_in_private_sees_every_place() -> None:
    house = closed()
    await said(house, "/ban fake:eve")
    text = await said(house, "/access", OWNER, chat=IN_PRIVATE)
    assert "- `fake:eve` banned in `fake:chat:space`" in text
    assert "closed" in text


@in_virtual_time
async def test_no_more_than_can_be_read() -> None:
    house = closed()
    for number in range(45):
        await house.services.access.grant("config", "instance", f"person:fake:{number}", "", "allow")
    text = await said(house, "/access", OWNER)
    assert text.count("may ask everywhere") == 40
    assert "and 5 more" in text
    assert text.count("as everybody → let in") == 10


@in_virtual_time
async def test_a_bot_that_nobody_owns_yet() -> None:
    assert "nobody yet; see `/claim`" in await said(House(access=AccessConfig(open=True)), "/access", BOB)


@in_virtual_time
async def test_a_stranger_learns_the_ids_and_nothing_else() -> None:
    house = closed()
    assert await said(house, "chat hello", BOB) == STRANGER
    text = await said(house, "/whoami", BOB)
    assert "not been let in" in text
    assert "Your id: `fake:bob`" in text
    assert "Your name: `fake:@Bobby`" in text
    assert "Your roles: `fake:role:7`" in text
    assert "This chat: `fake:chat:chat`, `fake:chat:space`" in text
    assert "You may" not in text
    assert "limits" not in text
    for key in ("fake:bob", "fake:@Bobby", "fake:role:7", "fake:chat:chat", "fake:chat:space"):
        other = closed()
        await said(other, f"/allow {key}")
        assert "You may ask me." in await said(other, "/whoami", BOB)


@pytest.mark.parametrize(
    ("author", "rights"), [(BOB, "for yourself"), (ADMIN, "who may ask here"), (OWNER, "everywhere, and set budgets")]
)
def test_rights_by_standing(author: Author, rights: str) -> None:
    @in_virtual_time
    async def scenario() -> None:
        house = House(access=AccessConfig(open=True, owners=("fake:root",)))
        text = await said(house, "/whoami", author)
        assert text.split("\n\n")[2].splitlines()[-1].endswith(rights)
        assert "200,000 tokens a day" in text

    scenario()


@in_virtual_time
async def test_the_platform_is_asked_who_is_in_charge() -> None:
    house = House()
    event = an_event(command="whoami", author=replace(BOB, admin=None))
    screen = Screen(admin=True)
    await house.ask(event, screen)
    await house.quiet()
    assert "you are in charge" in screen.text


@in_virtual_time
async def test_what_is_switched_off_for_me() -> None:
    house = House()
    await said(house, "/deny role:7 /about")
    await said(house, "/ban fake:bob /imagine")
    assert "Not for you here: `/about`, `/imagine`" in await said(house, "/whoami", BOB)
    assert "Not for you" not in await said(house, "/whoami", Author("cy", "Cy", admin=False))


@in_virtual_time
async def test_who_is_banned_is_told_so() -> None:
    house = House()
    await said(house, "/ban fake:bob")
    assert "You are banned here." in await said(house, "/whoami", BOB)
