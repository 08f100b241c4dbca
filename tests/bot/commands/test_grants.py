"""/open, /allow, /deny and /ban, and the buttons of the message about a stranger."""

from dataclasses import replace
from typing import Any

import pytest

from bot.access import STRANGER, AccessConfig
from bot.events import Author, Chat, Event
from bot.replies import Button
from tests.fakes import an_event
from tests.house import House, in_virtual_time, press

OWNER = Author("root", "Root")
ADMIN = Author("adam", "Adam", admin=True)
BOB = Author("bob", "Bob", admin=False, username="Bobby", roles=("7",))
IN_PRIVATE = Chat("dm", "dm", private=True)
ELSEWHERE = Chat("other", "chat")


def closed() -> House:
    return House(access=AccessConfig(owners=("fake:root",)))


def order(line: str, author: Author = ADMIN, **changes: Any) -> Event:
    name, _, rest = line.removeprefix("/").partition(" ")
    return an_event(rest, command=name, author=author, **changes)


async def said(house: House, line: str, author: Author = ADMIN, **changes: Any) -> str:
    event = order(line, author, **changes)
    taken = await house.dispatcher.accept(event)
    if not hasattr(taken, "key"):
        return str(getattr(taken, "body", ""))
    screen = (await house.answered(replace(event, id=f"{event.id} again")))[1]
    return screen.text or screen.note


async def may_ask(house: House, author: Author = BOB, **changes: Any) -> bool:
    return await said(house, "chat hello", author, **changes) == "you said hello"


@in_virtual_time
async def test_a_stranger_costs_nothing_until_it_is_opened() -> None:
    house = closed()
    assert await said(house, "chat hello", BOB) == STRANGER
    assert house.ledger.spent == {}
    assert "Open here" in await said(house, "/open")
    assert await may_ask(house)
    assert not await may_ask(house, chat=ELSEWHERE)
    assert "Closed here" in await said(house, "/open off")
    assert not await may_ask(house)


@in_virtual_time
async def test_an_owner_opens_and_closes_everything_from_a_private_chat() -> None:
    house = closed()
    assert "Open everywhere" in await said(house, "/open", OWNER, chat=IN_PRIVATE)
    assert await may_ask(house)
    assert await may_ask(house, chat=Chat("bobs", "bobs", private=True))
    await said(house, "/open off --scope everywhere", OWNER)
    assert not await may_ask(house)
    assert [(each.who, each.scope, each.name, each.after) for each in house.settings.changes] == [
        ("person:fake:root", "instance", "open", "yes"),
        ("person:fake:root", "instance", "open", "no"),
    ]


@pytest.mark.parametrize("line", ["/open", "/allow 5", "/deny 5", "/ban 5", "/limit here 5 tokens"])
def test_members_govern_nothing(line: str) -> None:
    @in_virtual_time
    async def scenario() -> None:
        house = House()
        assert "Only those in charge of this chat" in await said(house, line, BOB)
        assert "Only those in charge of this chat" in await said(house, line, ADMIN, chat=IN_PRIVATE)
        assert house.settings.changes == []

    scenario()


@pytest.mark.parametrize("line", ["/open", "/allow 5", "/deny 5", "/ban 5"])
def test_admins_govern_only_here(line: str) -> None:
    @in_virtual_time
    async def scenario() -> None:
        house = House()
        assert "Only this bot's owners" in await said(house, f"{line} --scope everywhere")
        assert house.settings.changes == []

    scenario()


@pytest.mark.parametrize("who", ["<@bob>", "fake:bob", "@bobby", "fake:@Bobby", "role:7", "chat:chat", "here", ""])
def test_somebody_is_let_in(who: str) -> None:
    @in_virtual_time
    async def scenario() -> None:
        house = closed()
        replied = who in ("", "<@bob>")
        text = await said(house, f"/allow {'' if replied else who}", people=(BOB,) if replied else ())
        assert "may ask me here now" in text
        assert await may_ask(house)
        assert not await may_ask(house, chat=ELSEWHERE)

    scenario()


@in_virtual_time
async def test_one_command_for_one_person() -> None:
    house = closed()
    assert "may use /about here now" in await said(house, "/allow fake:bob about")
    assert await said(house, "/about", BOB) != STRANGER
    assert not await may_ask(house)
    await said(house, "/allow fake:bob")
    assert "may not use /about here any more" in await said(house, "/deny fake:bob /about")
    assert "switched off" in await said(house, "/about", BOB)
    assert await may_ask(house)


@in_virtual_time
async def test_a_command_is_switched_off_and_on() -> None:
    house = House(access=AccessConfig(open=True, owners=("fake:root",)))
    assert "/chat is switched off here" in await said(house, "/deny /chat")
    assert "switched off here" in await said(house, "chat hello", BOB)
    assert "switched off here" in await said(house, "chat hello", ADMIN)
    assert await may_ask(house, OWNER)
    assert await may_ask(house, chat=ELSEWHERE)
    assert "switched on here" in await said(house, "/allow /chat")
    assert await may_ask(house)


@in_virtual_time
async def test_switching_a_command_on_lets_no_stranger_in() -> None:
    house = closed()
    await said(house, "/deny /chat")
    await said(house, "/allow /chat")
    assert not await may_ask(house)


@in_virtual_time
async def test_a_ban_wins_and_can_be_lifted() -> None:
    house = House(access=AccessConfig(open=True, owners=("fake:root",)))
    assert "is banned everywhere" in await said(house, "/ban fake:bob", OWNER, chat=IN_PRIVATE)
    assert not await may_ask(house)
    text = await said(house, "/allow fake:bob")
    assert "still banned in another place" in text
    assert not await may_ask(house)
    assert "no longer banned everywhere" in await said(house, "/ban fake:bob off", OWNER, chat=IN_PRIVATE)
    assert await may_ask(house)
    assert "was not banned here" in await said(house, "/ban fake:bob off")


@in_virtual_time
async def test_allow_lifts_a_ban_of_the_same_place() -> None:
    house = House()
    await said(house, "/ban fake:bob")
    assert not await may_ask(house)
    await said(house, "/allow fake:bob")
    assert await may_ask(house)
    assert "already" in await said(house, "/allow fake:bob")


@in_virtual_time
async def test_what_goes_by_a_name_is_said_to() -> None:
    assert "goes by the name" in await said(House(), "/ban @spammer")


@pytest.mark.parametrize(
    ("line", "author", "answer"),
    [
        ("/ban fake:root", ADMIN, "an owner"),
        ("/deny fake:root", OWNER, "an owner"),
        ("/ban me", ADMIN, "That is you"),
        ("/deny fake:adam", ADMIN, "That is you"),
        ("/ban here", ADMIN, "shut you out"),
        ("/ban chat:chat", ADMIN, "shut you out"),
        ("/ban role:7", replace(ADMIN, roles=("7",)), "shut you out"),
        ("/ban everyone", OWNER, "/open off"),
        ("/deny everyone", ADMIN, "/open off"),
        ("/allow everyone", ADMIN, "/open"),
        ("/deny /allow", ADMIN, "cannot be switched"),
        ("/deny /whoami", OWNER, "cannot be switched"),
        ("/deny /compared", OWNER, "cannot be switched"),
        ("/deny /imagin", ADMIN, "Did you mean /imagine?"),
        ("/allow fake:bob imagin", ADMIN, "Did you mean /imagine?"),
        ("/allow somebody", ADMIN, "whom you mean"),
        ("/ban", ADMIN, "Whom do you mean"),
        ("/open maybe", ADMIN, "on, off"),
    ],
)
def test_mistakes_change_nothing(line: str, author: Author, answer: str) -> None:
    @in_virtual_time
    async def scenario() -> None:
        house = House(access=AccessConfig(open=True, owners=("fake:root",)))
        assert answer in await said(house, line, author)
        assert house.settings.changes == []

    scenario()


async def introduced(house: House) -> Any:
    """A stranger has asked; the owner's screen, and the question."""
    await house.open()
    question, screen = await house.answered(order("chat hello", replace(BOB, admin=None), chat=IN_PRIVATE))
    assert screen.text == STRANGER
    return question


@in_virtual_time
async def test_an_owner_lets_a_stranger_in_by_a_button() -> None:
    house = closed()
    question = await introduced(house)
    told = house.told["root"]
    assert "Bob (@Bobby)" in told.text
    assert "`fake:bob`" in told.text
    assert told.buttons == (Button("let_in", "Allow"), Button("keep_out", "Deny"))
    assert await house.refused(press("let_in", question, author=OWNER)) == "Bob may ask me everywhere now."
    assert await may_ask(house)
    assert await may_ask(house, chat=ELSEWHERE)
    assert house.settings.changes[-1].who == "person:fake:root"


@in_virtual_time
async def test_an_owner_keeps_a_stranger_out_by_a_button_and_hears_no_more_of_them() -> None:
    house = closed()
    question = await introduced(house)
    elsewhere = press("keep_out", question, author=Author("you", "You"), platform="console")
    assert await house.refused(elsewhere) == "Bob may not ask me."
    for _ in range(2):
        assert await said(house, "chat hello", BOB) == STRANGER
    assert house.told["root"].finished == 1


@pytest.mark.parametrize("author", [BOB, ADMIN])
def test_only_an_owner_may_press(author: Author) -> None:
    @in_virtual_time
    async def scenario() -> None:
        house = closed()
        question = await introduced(house)
        assert "Bob may" not in await house.refused(press("let_in", question, author=author))
        assert not await may_ask(house)

    scenario()
