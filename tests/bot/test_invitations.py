"""Private answers where a platform can show them to everybody only: by a link into the private chat."""

from datetime import timedelta

from bot.access import AccessConfig
from bot.events import Author, Chat
from bot.replies import WHOLE
from tests.fakes import Screen, an_event
from tests.house import House, in_virtual_time, press

PRIVATE = Chat("dm", "dm", private=True)
ADA = Author("ada", "Ada")


async def invited(house: House, command: str, screen: Screen | None = None, text: str = "") -> str:
    """What the link in a group sends to the private chat."""
    question = await house.ask(an_event(text, command=command), screen or Screen(invites=True))
    await house.quiet()
    said = house.screens[question.id].text
    assert f"https://chat.example/start/{question.id}" in said, said
    assert house.end(question) == "answered"
    return question.id


async def started(house: House, link: str, **changes: object) -> str:
    event = an_event(link, command="start", chat=PRIVATE, **changes)
    return (await house.answered(event))[1].text


@in_virtual_time
async def test_a_private_answer_waits_behind_a_link() -> None:
    house = House()
    said = await started(house, await invited(house, "whoami"))
    assert "`fake:ada`" in said
    assert "`fake:chat:chat`" in said, "as if it were asked where it was"


@in_virtual_time
async def test_no_link_where_the_answer_can_be_private_or_there_is_no_way() -> None:
    house = House()
    for screen in (Screen(private=True, invites=True), Screen()):
        question = await house.ask(an_event(command="whoami"), screen)
        await house.quiet()
        assert "`fake:ada`" in house.screens[question.id].text
    _, screen = await house.answered(an_event(command="whoami", chat=PRIVATE))
    assert "`fake:ada`" in screen.text


@in_virtual_time
async def test_a_link_is_its_persons_own_and_grows_old() -> None:
    house = House()
    link = await invited(house, "usage")
    greeting = await started(house, "")
    assert await started(house, link, author=Author("eve", "Eve")) == greeting
    assert await started(house, "nonsense") == greeting
    public = (await house.answered(an_event("hello")))[0].id
    assert await started(house, public) == greeting
    _, screen = await house.answered(an_event(link, command="start"))
    assert screen.text == greeting, "in a group nothing private is said"
    late = an_event().at + timedelta(hours=2)
    assert "grown old" in await started(house, link, at=late)


@in_virtual_time
async def test_who_was_in_charge_there_is_so_behind_the_link() -> None:
    house = House(access=AccessConfig(open=True))
    command = "temperature 0.5 --scope here"
    link = await invited(house, "settings", Screen(admin=True, invites=True), command)
    assert await started(house, link) == "Temperature is 0.5 in this chat now."
    assert house.settings.values["space:fake:space", "temperature"] == "0.5"
    link = await invited(house, "settings", Screen(invites=True), command)
    assert "Only those in charge" in await started(house, link)


@in_virtual_time
async def test_strangers_are_invited_to_what_is_about_them() -> None:
    house = House(access=AccessConfig(open=False))
    question = await house.ask(an_event(command="usage"), Screen(invites=True))
    await house.quiet()
    refusal = house.screens[question.id].text
    assert "https://" not in refusal
    assert "have not been let in" in await started(house, await invited(house, "whoami"))
    assert await started(house, "") == refusal


@in_virtual_time
async def test_retry_behind_a_link_answers_again() -> None:
    house = House()
    link = await invited(house, "whoami")
    question, _ = await house.answered(an_event(link, command="start", chat=PRIVATE))
    _, screen = await house.answered(press("retry", question, chat=PRIVATE))
    assert "`fake:ada`" in screen.text


@in_virtual_time
async def test_an_answer_that_had_no_room_is_read_whole_by_its_author_in_private() -> None:
    house = House()
    asked = (await house.answered(an_event("hello")))[0].id
    greeting = await started(house, "")
    assert await started(house, f"{WHOLE}{asked}") == "you said hello"
    assert await started(house, f"{WHOLE}{asked}", author=Author("eve", "Eve")) == greeting
    assert await started(house, f"{WHOLE}nonsense") == greeting
    _, screen = await house.answered(an_event(f"{WHOLE}{asked}", command="start"))
    assert screen.text == greeting
