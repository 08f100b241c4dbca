"""Chats that change: topics, rights, the bot's coming and going, groups that move."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from telegram import Bot, ChatMemberAdministrator, ChatMemberRestricted, ReplyParameters, Update
from telegram.error import ChatMigrated, Forbidden

from simulators.media import png
from simulators.telegram import Chat, TelegramSimulator
from tests.simulators.telegram_bot import refused, talking

Pair = tuple[TelegramSimulator, Bot]


@pytest.fixture
async def pair() -> AsyncIterator[Pair]:
    async with talking(scale=0.001) as both:
        yield both


async def news(bot: Bot) -> list[Update]:
    """What came since the last time."""
    updates = await bot.get_updates()
    if updates:
        await bot.get_updates(updates[-1].update_id + 1)
    return list(updates)


@pytest.fixture
def forum(pair: Pair) -> Chat:
    return pair[0].add_group("Forum", topics=True)


async def test_a_topic_that_somebody_opens_is_told_and_can_be_written_to(pair: Pair, forum: Chat) -> None:
    sim, bot = pair
    topic = sim.open_topic(sim.alice, forum, "Recipes")
    (update,) = await news(bot)
    assert update.message is not None
    assert update.message.forum_topic_created is not None
    assert (update.message.message_thread_id, update.message.forum_topic_created.name) == (topic, "Recipes")
    sim.say(sim.alice, forum, "/start", topic=topic)
    (update,) = await news(bot)
    assert update.message is not None
    assert update.message.is_topic_message
    assert update.message.reply_to_message is not None  # in a topic all that answers nothing answers its beginning
    assert update.message.reply_to_message.message_id == topic
    sent = await bot.send_message(forum.id, "x", message_thread_id=topic)
    assert sent.message_thread_id == topic


async def test_a_reply_goes_where_the_message_is_that_it_answers(pair: Pair, forum: Chat) -> None:
    sim, bot = pair
    topic = next(iter(forum.topics))
    asked = sim.say(sim.alice, forum, "/start", topic=topic)
    sent = await bot.send_message(forum.id, "x", reply_parameters=ReplyParameters(asked.id))
    assert sent.message_thread_id == topic


async def test_a_closed_topic_takes_nothing_until_it_is_open_again(pair: Pair, forum: Chat) -> None:
    sim, bot = pair
    topic, other = forum.topics
    sim.close_topic(forum, topic)
    await refused(bot.send_message(forum.id, "x", message_thread_id=topic), "TOPIC_CLOSED")
    await bot.send_message(forum.id, "x", message_thread_id=other)
    sim.promote(forum, "can_manage_topics")
    await bot.send_message(forum.id, "who may manage topics may write", message_thread_id=topic)
    sim.demote(forum)
    sim.reopen_topic(forum, topic)
    await bot.send_message(forum.id, "x", message_thread_id=topic)
    closed, *_, reopened = [each.message for each in await news(bot) if each.message]
    assert closed.forum_topic_closed
    assert reopened.forum_topic_reopened


async def test_a_deleted_topic_is_gone_with_all_that_was_said_there(pair: Pair, forum: Chat) -> None:
    sim, bot = pair
    topic = next(iter(forum.topics))
    sent = await bot.send_message(forum.id, "x", message_thread_id=topic)
    stays = await bot.send_message(forum.id, "y")
    sim.delete_topic(forum, topic)
    await refused(bot.send_message(forum.id, "x", message_thread_id=topic), "message thread not found")
    await refused(bot.edit_message_text("z", forum.id, sent.message_id), "message to edit not found")
    assert [each.id for each in sim.messages(forum)] == [stays.message_id]


async def test_the_bot_opens_topics_where_it_may(pair: Pair, forum: Chat) -> None:
    sim, bot = pair
    await refused(bot.create_forum_topic(forum.id, "Mine"), "not enough rights to create a topic")
    sim.promote(forum, "can_delete_messages")
    await refused(bot.create_forum_topic(forum.id, "Mine"), "not enough rights to create a topic")
    sim.promote(forum, "can_manage_topics")
    await refused(bot.create_forum_topic(sim.group.id, "Mine"), "not a forum")
    await refused(bot.create_forum_topic(forum.id, ""), "TOPIC_TITLE_EMPTY")
    await refused(bot.create_forum_topic(forum.id, "x" * 129), "too long")
    topic = await bot.create_forum_topic(forum.id, "Mine")
    assert forum.topics[topic.message_thread_id] == topic.name == "Mine"
    await news(bot)
    sim.say(sim.alice, forum, "hello", topic=topic.message_thread_id)
    (update,) = await news(bot)
    assert update.message is not None
    assert update.message.reply_to_message is not None
    assert update.message.reply_to_message.from_user == await bot.get_me()  # the bot opened this topic


async def test_topics_in_private_chats_are_a_setting_of_the_bots_owner(pair: Pair) -> None:
    sim, bot = pair
    await refused(bot.create_forum_topic(sim.alice.id, "Mine"), "not a forum")
    assert not (await bot.get_me()).has_topics_enabled
    sim.world.private_topics = True
    assert (await bot.get_me()).has_topics_enabled
    topic = await bot.create_forum_topic(sim.alice.id, "Mine")
    theirs = sim.open_topic(sim.alice, sim.private(sim.alice), "Hers")
    sim.say(sim.alice, sim.private(sim.alice), "x", topic=theirs)
    *_, update = await news(bot)
    assert update.message is not None
    assert (update.message.message_thread_id, update.message.is_topic_message) == (theirs, True)
    assert update.message.reply_to_message is None
    await bot.send_message(sim.alice.id, "x", message_thread_id=topic.message_thread_id)


@pytest.mark.parametrize(
    ("kind", "send", "words"),
    [
        ("text", lambda bot, chat: bot.send_message(chat, "x"), "send text messages to the chat"),
        ("photo", lambda bot, chat: bot.send_photo(chat, png("x")), "send photos to the chat"),
        ("document", lambda bot, chat: bot.send_document(chat, b"x"), "send documents to the chat"),
    ],
)
async def test_missing_rights_are_said(
    pair: Pair, kind: str, send: Callable[[Bot, int], Awaitable[object]], words: str
) -> None:
    sim, bot = pair
    sim.restrict(sim.group, kind)
    await refused(send(bot, sim.group.id), f"not enough rights to {words}")
    member = await bot.get_chat_member(sim.group.id, sim.bot.id)
    assert isinstance(member, ChatMemberRestricted)
    assert member.can_send_messages is (kind != "text")
    sim.demote(sim.group)
    await send(bot, sim.group.id)
    sim.restrict(sim.group)
    await refused(send(bot, sim.group.id), f"not enough rights to {words}")


async def test_what_becomes_of_the_bot_is_told(pair: Pair) -> None:
    sim, bot = pair
    sim.block(sim.alice)
    sim.unblock(sim.alice)
    sim.promote(sim.group, "can_pin_messages")
    sim.restrict(sim.group, "text")
    sim.kick(sim.group)
    sim.invite(sim.group, by=sim.bob)
    sim.dismiss(sim.group)
    updates = await news(bot)
    changes = [each.my_chat_member for each in updates if each.my_chat_member]
    assert [(each.old_chat_member.status, each.new_chat_member.status) for each in changes] == [
        ("member", "kicked"), ("kicked", "member"),
        ("member", "administrator"), ("administrator", "restricted"), ("restricted", "kicked"), ("kicked", "member"),
        ("member", "left"),
    ]  # fmt: skip
    assert [(each.chat.id, each.from_user.id) for each in changes[:3]] == [
        (sim.alice.id, sim.alice.id), (sim.alice.id, sim.alice.id), (sim.group.id, sim.admin.id),
    ]  # fmt: skip
    admin = changes[2].new_chat_member
    assert isinstance(admin, ChatMemberAdministrator)
    assert (admin.can_pin_messages, admin.can_manage_topics) == (True, False)
    (added,) = [each.message for each in updates if each.message]
    assert [each.id for each in added.new_chat_members] == [sim.bot.id]
    refusal = await refused(bot.send_message(sim.group.id, "x"), "bot is not a member of the group chat")
    assert isinstance(refusal, Forbidden)


async def test_a_deleted_account_takes_nothing(pair: Pair) -> None:
    sim, bot = pair
    sim.deactivate(sim.alice)
    assert isinstance(await refused(bot.send_message(sim.alice.id, "x"), "user is deactivated"), Forbidden)


async def test_an_administrator_is_told_of_everything(pair: Pair) -> None:
    sim, bot = pair
    sim.say(sim.alice, sim.group, "hello")
    assert await news(bot) == []
    sim.promote(sim.group)
    await news(bot)
    sim.say(sim.alice, sim.group, "hello")
    assert len(await news(bot)) == 1


async def test_another_privacy_is_known_in_a_group_once_the_bot_is_added_again(pair: Pair) -> None:
    sim, bot = pair
    sim.switch_privacy(False)
    assert (await bot.get_me()).can_read_all_group_messages
    sim.say(sim.alice, sim.group, "hello")
    assert await news(bot) == []
    sim.dismiss(sim.group)
    sim.invite(sim.group)
    await news(bot)
    sim.say(sim.alice, sim.group, "hello")
    assert len(await news(bot)) == 1
    sim.switch_privacy(True)
    sim.say(sim.alice, sim.group, "hello")
    assert len(await news(bot)) == 1


async def test_others_messages_are_deleted_only_with_the_right_to_it(pair: Pair) -> None:
    sim, bot = pair
    said = sim.say(sim.alice, sim.group, "x")
    sim.promote(sim.group)
    await refused(bot.delete_message(sim.group.id, said.id), "can't be deleted")
    sim.promote(sim.group, "can_delete_messages")
    await bot.delete_message(sim.group.id, said.id)
    assert sim.messages(sim.group) == []


async def test_a_group_that_moves_takes_its_members_along(pair: Pair) -> None:
    sim, bot = pair
    sim.join(sim.bob, sim.group, "creator")
    sent = await bot.send_message(sim.group.id, "x")
    new = sim.upgrade(sim.group)
    assert (await bot.get_chat_member(new.id, sim.bob.id)).status == "creator"
    for call in (
        bot.send_message(sim.group.id, "x"),
        bot.edit_message_text("y", sim.group.id, sent.message_id),
        bot.send_chat_action(sim.group.id, "typing"),
        bot.get_chat(sim.group.id),
    ):
        with pytest.raises(ChatMigrated) as moved:
            await call
        assert moved.value.new_chat_id == new.id
    assert {entry.status for entry in sim.ledger[-4:]} == {400}
