from bot.access import AccessConfig
from bot.events import Author, Chat
from bot.settings import home_setting, of_space
from tests.bot.commands.test_grants import ADMIN, BOB, said
from tests.fakes import Screen, an_event
from tests.house import House, in_virtual_time

HERE = of_space("fake", "space")


@in_virtual_time
async def test_an_admin_makes_a_chat_a_home_and_takes_that_back() -> None:
    house = House(access=AccessConfig(open=True))
    assert "`/here on`" in await said(house, "/here", BOB)
    assert "In this chat I answer every message" in await said(house, "/here on", ADMIN)
    assert house.settings.values == {(HERE, home_setting("chat")): "yes"}
    assert "every message" in await said(house, "/here", BOB)
    assert "`/here on`" in await said(house, "/here off", ADMIN)
    assert house.settings.values == {(HERE, home_setting("chat")): "no"}
    assert [change.after for change in await house.settings.history(HERE, "home|", 9)] == ["no", "yes"]


@in_virtual_time
async def test_it_is_not_for_everybody_and_not_for_private_chats() -> None:
    house = House(access=AccessConfig(open=True))
    assert "Only those in charge of this chat" in await said(house, "/here on", BOB)
    assert "every message is for me anyway" in await said(house, "/here on", ADMIN, chat=Chat("dm", "dm", private=True))
    assert house.settings.values == {}


@in_virtual_time
async def test_a_threads_word_is_its_own() -> None:
    house = House(access=AccessConfig(open=True))
    await said(house, "/here on", ADMIN)
    thread = Chat("space", "chat", thread="7")
    assert "In this thread I answer every message" in await said(house, "/here", BOB, chat=thread)
    assert "In this thread I answer commands" in await said(house, "/here off", ADMIN, chat=thread)
    assert "every message" in await said(house, "/here", BOB)


@in_virtual_time
async def test_what_does_not_reach_the_bot_is_said() -> None:
    house = House()
    event = an_event("on", command="here", author=Author("ada", "Ada", admin=True))
    question = await house.ask(event, Screen(deafness="Switch privacy mode off."))
    await house.quiet()
    assert house.screens[question.id].text.endswith("But not all of them reach me: Switch privacy mode off.")
