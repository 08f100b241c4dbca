"""What people do besides writing: they forward, quote, and follow links."""

from collections.abc import AsyncIterator

import pytest
from telegram import (
    Bot,
    Message,
    MessageOriginChannel,
    MessageOriginHiddenUser,
    MessageOriginUser,
)

from simulators.telegram import TelegramSimulator
from tests.simulators.telegram_bot import talking

Pair = tuple[TelegramSimulator, Bot]


@pytest.fixture
async def pair() -> AsyncIterator[Pair]:
    async with talking(scale=0.001) as both:
        yield both


async def told(bot: Bot) -> list[Message]:
    return [update.message for update in await bot.get_updates() if update.message]


async def test_forwarded_messages_say_where_they_are_from(pair: Pair) -> None:
    sim, bot = pair
    chat = sim.private(sim.alice)
    sim.forward(sim.alice, chat, "from Bob", sim.bob)
    sim.forward(sim.alice, chat, "from somebody", "Somebody")
    sim.forward(sim.alice, chat, "from a channel", "News", channel=True)
    bob, hidden, channel = (message.forward_origin for message in await told(bot))
    assert isinstance(bob, MessageOriginUser)
    assert bob.sender_user.id == sim.bob.id
    assert isinstance(hidden, MessageOriginHiddenUser)
    assert hidden.sender_user_name == "Somebody"
    assert isinstance(channel, MessageOriginChannel)
    assert channel.chat.title == "News"


async def test_a_quote_is_a_part_of_the_message_that_is_answered(pair: Pair) -> None:
    sim, bot = pair
    chat = sim.private(sim.alice)
    before = sim.say(sim.alice, chat, "😀 ferns and mosses")
    sim.say(sim.alice, chat, "which?", reply_to=before, quote="mosses")
    quote = (await told(bot))[-1].quote
    assert quote is not None
    assert (quote.text, quote.position, quote.is_manual) == ("mosses", 13, True)
    with pytest.raises(ValueError, match="not found"):
        sim.say(sim.alice, chat, "which?", reply_to=before, quote="trees")


async def test_a_caption_is_edited_too(pair: Pair) -> None:
    sim, bot = pair
    file = sim.send(sim.alice, sim.private(sim.alice), "read /this", document=("a.txt", b"words", "text/plain"))
    sim.edit(file, "read @that_one")
    edited = (await bot.get_updates())[-1].edited_message
    assert edited is not None
    assert edited.document is not None
    assert (edited.caption, edited.document.file_name) == ("read @that_one", "a.txt")
    assert list(edited.parse_caption_entities().values()) == ["@that_one"]
    assert edited.edit_date is not None


async def test_a_link_opens_the_private_chat_with_its_payload(pair: Pair) -> None:
    sim, bot = pair
    carol = sim.add_user("Carol", "carol_c")
    assert sim.private(carol) is not sim.private(sim.alice)
    sim.follow(carol, "https://t.me/parley_test_bot?start=abc-DEF_1")
    sim.follow(carol, "https://t.me/Parley_Test_Bot")
    assert [message.text for message in await told(bot)] == ["/start abc-DEF_1", "/start"]
    await bot.send_message(carol.id, "hello")
    sim.block(carol)
    sim.follow(carol, "https://t.me/parley_test_bot?start=again")
    await bot.send_message(carol.id, "hello")


@pytest.mark.parametrize(
    "url",
    [
        "https://t.me/otto_other_bot?start=x",
        "http://t.me/parley_test_bot?start=x",
        "https://example.com/parley_test_bot",
        "https://t.me/parley_test_bot?start=" + "x" * 65,
        "https://t.me/parley_test_bot?start=a.b",
    ],
)
async def test_links_that_lead_nowhere(pair: Pair, url: str) -> None:
    with pytest.raises(ValueError, match=r"https?://"):
        pair[0].follow(pair[0].alice, url)


async def test_what_the_bot_is_not_told_of_is_a_new_revision_all_the_same(pair: Pair) -> None:
    sim, _ = pair
    topic = next(iter(sim.add_group("Forum", topics=True).topics))
    said = sim.say(sim.alice, sim.group, "hello")
    forum = next(chat for chat in sim.world.chats.values() if chat.forum)
    for change in (
        lambda: sim.say(sim.alice, sim.group, "again"),
        lambda: sim.edit(said, "changed"),
        lambda: sim.remove(said),
        lambda: sim.join(sim.alice, sim.group, "administrator"),
        lambda: sim.deactivate(sim.bob),
        lambda: sim.delete_topic(forum, topic),
    ):
        before = sim.revision
        change()
        assert sim.revision > before
    assert sim.pending == 0
