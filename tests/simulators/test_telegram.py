"""What the bot writes, and what Telegram refuses of it."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession
from telegram import Bot, MessageEntity, ReplyParameters
from telegram.error import ChatMigrated, Forbidden, InvalidToken

from simulators.simulator import Fault
from simulators.telegram import TelegramSimulator
from tests.simulators.telegram_bot import QUIET, connected, entities, keyboard, raw, refused, talking

Pair = tuple[TelegramSimulator, Bot]


@pytest.fixture
async def pair() -> AsyncIterator[Pair]:
    async with talking(scale=0.001) as both:
        yield both


async def test_who_am_i(pair: Pair) -> None:
    sim, bot = pair
    me = await bot.get_me()
    assert (me.id, me.username, me.can_read_all_group_messages) == (sim.bot.id, "parley_test_bot", False)


@pytest.mark.parametrize("token", ["123456789:wrong", "nonsense"])
async def test_a_wrong_token_is_refused(token: str) -> None:
    async with TelegramSimulator() as sim, connected(sim, token) as bot:
        with pytest.raises(InvalidToken):
            await bot.get_me()
    assert sim.ledger[-1].status == (401 if ":" in token else 404)


async def test_an_unknown_method_is_refused(pair: Pair) -> None:
    answer = await raw(pair[0], "sendNothing")
    assert (answer["ok"], answer["error_code"]) == (False, 404)


async def test_a_message_is_sent_edited_and_deleted(pair: Pair) -> None:
    sim, bot = pair
    chat = sim.private(sim.alice)
    question = sim.say(sim.alice, chat, "Hello?")
    sent = await bot.send_message(
        chat.id, "Hello.", reply_parameters=ReplyParameters(question.id), reply_markup=keyboard("stop:1")
    )
    assert sent.reply_to_message is not None
    assert sent.reply_to_message.text == "Hello?"
    shown = sim.messages(chat)[1]
    assert (shown.id, shown.from_id, shown.text, shown.reply_to) == (sent.message_id, sim.bot.id, "Hello.", question.id)
    assert shown.reply_markup == {"inline_keyboard": [[{"text": "Press", "callback_data": "stop:1"}]]}
    edited = await bot.edit_message_text("Hello!", chat.id, sent.message_id)
    assert not isinstance(edited, bool)
    assert edited.edit_date is not None
    assert shown.history == ["Hello.", "Hello!"]
    assert shown.edits == 1
    assert "reply_markup" not in sim.world.json(shown)  # an edit without a keyboard takes it away
    await bot.delete_message(chat.id, sent.message_id)
    assert sim.messages(chat) == [question]


async def test_json_bodies_and_query_strings_are_understood_too(pair: Pair) -> None:
    sim, bot = pair
    await bot.send_message(sim.alice.id, "a")
    bold = [{"type": "bold", "offset": 0, "length": 1}]
    assert (await raw(sim, "SENDMESSAGE", chat_id=sim.alice.id, text="b", entities=bold))["result"]["entities"] == bold
    async with ClientSession() as session:
        call = f"{sim.api_url}{sim.token}/sendMessage"
        await session.get(call, params={"chat_id": str(sim.alice.id), "text": "c"})
        await session.post(call, data=b"[1]", headers={"Content-Type": "application/json"})
    assert [message.text for message in sim.messages(sim.alice.id)] == ["a", "b", "c"]
    assert sim.ledger[-1].status == 400


@pytest.mark.parametrize(
    ("field", "value"),
    [("chat_id", "x"), ("text", 5), ("text", "\ud83d"), ("entities", {}), ("entities", "[{"), ("reply_markup", [1]),
     ("reply_markup", {"inline_keyboard": [1]}), ("reply_markup", {"inline_keyboard": [[{"text": "x"}]]})],
)  # fmt: skip
async def test_values_of_another_shape_are_refused(pair: Pair, field: str, value: object) -> None:
    call = {"chat_id": pair[0].alice.id, "text": "x", field: value}
    assert (await raw(pair[0], "sendMessage", **call))["error_code"] == 400


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x" * 4097, "message is too long"),
        ("😀" * 2049, "message is too long"),
        ("", "message text is empty"),
        (" \n ", "message text is empty"),
    ],
)
async def test_texts_that_are_refused(pair: Pair, text: str, words: str) -> None:
    sim, bot = pair
    await refused(bot.send_message(sim.alice.id, text), words)
    sent = await bot.send_message(sim.alice.id, "x")
    await refused(bot.edit_message_text(text, sim.alice.id, sent.message_id), words)


async def test_the_longest_text_is_accepted(pair: Pair) -> None:
    sim, bot = pair
    sent = await bot.send_message(sim.alice.id, "😀" * 2048)
    assert sent.text == "😀" * 2048


@pytest.mark.parametrize(
    ("entity", "words"),
    [
        (("bold", 0, 8), "ends after the end of the text"),
        (("bold", 5, 1), "middle of a UTF-16 symbol"),
        (("bold", 3, 2), "middle of a UTF-16 symbol"),
        (("bold", -1, 2), "wrong offset"),
        (("bold", 0, 0), "wrong offset or length"),
        (("blink", 0, 1), "unsupported type"),
        (("text_link", 0, 1), "url is empty"),
        (("text_mention", 0, 1), "user is empty"),
    ],
)
async def test_entities_that_are_refused(pair: Pair, entity: tuple[str, int, int], words: str) -> None:
    sim, bot = pair
    await refused(bot.send_message(sim.alice.id, "four😀x", entities=entities(entity)), words)
    assert sim.messages(sim.alice.id) == []


async def test_only_a_hundred_entities_count(pair: Pair) -> None:
    sim, bot = pair
    await bot.send_message(sim.alice.id, "x" * 101, entities=entities(*[("bold", at, 1) for at in range(101)]))
    assert len(sim.messages(sim.alice.id)[0].entities) == 100
    assert sim.findings


async def test_a_parse_mode_is_a_finding(pair: Pair) -> None:
    sim, bot = pair
    await bot.send_message(sim.alice.id, "x")
    assert sim.findings == []
    await bot.send_message(sim.alice.id, "*x*", parse_mode="MarkdownV2")
    assert len(sim.findings) == 1


async def test_previews_and_pings_are_recorded_for_every_version(pair: Pair) -> None:
    sim, bot = pair
    text = "@bob_builder and @\u2060bob_builder, see https://example.com or `@coder`"
    quiet = await bot.send_message(sim.alice.id, "x https://example.com", link_preview_options=QUIET)
    loud = await bot.send_message(sim.alice.id, text, entities=entities(("code", text.index("`"), 8)))
    first, second = sim.messages(sim.alice.id)
    assert (first.previews_off, first.preview, first.pings) == (True, False, [])
    assert (second.previews_off, second.preview, second.pings) == (False, True, ["@bob_builder"])
    await bot.edit_message_text("y https://example.com", sim.alice.id, quiet.message_id)
    await bot.edit_message_text("z", sim.alice.id, loud.message_id, link_preview_options=QUIET)
    assert (first.previews_off, first.preview) == (False, True)
    assert (second.previews_off, second.preview, second.pings) == (False, False, ["@bob_builder"])


async def test_a_named_person_is_pinged(pair: Pair) -> None:
    sim, bot = pair
    text_mention = MessageEntity("text_mention", 0, 3, user=await bot.get_me())
    text_link = MessageEntity("text_link", 4, 3, url="tg://user?id=1002")
    await bot.send_message(sim.group.id, "Bob Bob", entities=[text_mention, text_link])
    assert sim.messages(sim.group)[0].pings == [f"id:{sim.bot.id}", "id:1002"]


async def test_edits_that_are_refused(pair: Pair) -> None:
    sim, bot = pair
    alice = sim.alice.id
    foreign = sim.say(sim.alice, alice, "mine")
    sent = await bot.send_message(alice, "a b", entities=entities(("bold", 0, 1)), reply_markup=keyboard("x:1"))
    again = bot.edit_message_text(
        "a b", alice, sent.message_id, entities=entities(("bold", 0, 1)), reply_markup=keyboard("x:1")
    )
    await refused(again, "message is not modified")
    await refused(bot.edit_message_reply_markup(alice, sent.message_id, reply_markup=keyboard("x:1")), "not modified")
    await refused(bot.edit_message_text("x", alice, foreign.id), "message can't be edited")
    await refused(bot.edit_message_text("x", alice, 77), "message to edit not found")
    sim.remove(sim.messages(alice)[1])
    await refused(bot.edit_message_text("x", alice, sent.message_id), "message to edit not found")
    await refused(bot.delete_message(alice, sent.message_id), "message to delete not found")


async def test_each_part_of_a_message_may_change_alone(pair: Pair) -> None:
    sim, bot = pair
    sent = await bot.send_message(sim.alice.id, "a b")
    await bot.edit_message_text("a b", sim.alice.id, sent.message_id, entities=entities(("bold", 0, 1)))
    await bot.edit_message_reply_markup(sim.alice.id, sent.message_id, reply_markup=keyboard("x:1"))
    (message,) = sim.messages(sim.alice.id)
    assert message.entities == [{"type": "bold", "offset": 0, "length": 1}]
    assert message.reply_markup is not None


@pytest.mark.parametrize("data", ["", "x" * 65, "ü" * 33])
async def test_button_data_that_is_refused(pair: Pair, data: str) -> None:
    sim, bot = pair
    button = {"inline_keyboard": [[{"text": "Press", "callback_data": data}]]}
    answer = await raw(sim, "sendMessage", chat_id=sim.alice.id, text="x", reply_markup=button)
    assert answer["description"] == "Bad Request: BUTTON_DATA_INVALID"
    await bot.send_message(sim.alice.id, "x", reply_markup=keyboard("x" * 64))


async def test_chats_that_are_closed(pair: Pair) -> None:
    sim, bot = pair
    await refused(bot.send_message(99, "x"), "chat not found")
    await refused(bot.send_message("@somebody", "x"), "chat not found")
    sim.block(sim.alice)
    sim.kick(sim.group)
    assert isinstance(await refused(bot.send_message(sim.alice.id, "x"), "blocked by the user"), Forbidden)
    assert isinstance(await refused(bot.send_chat_action(sim.group.id, "typing"), "kicked"), Forbidden)
    assert isinstance(await refused(bot.send_message(sim.other_bot.id, "x"), "messages to bots"), Forbidden)
    sim.unblock(sim.alice)
    await bot.send_message(sim.alice.id, "x")
    new = sim.upgrade(sim.add_group("Old"))
    await bot.send_message(new.id, "x")


async def test_a_group_that_moved_says_where(pair: Pair) -> None:
    sim, bot = pair
    new = sim.upgrade(sim.group)
    with pytest.raises(ChatMigrated) as moved:
        await bot.send_message(sim.group.id, "x")
    assert moved.value.new_chat_id == new.id
    first, second = await bot.get_updates()
    assert first.message is not None
    assert second.message is not None
    assert (first.message.migrate_to_chat_id, second.message.migrate_from_chat_id) == (new.id, sim.group.id)


async def test_topics_and_replies_must_exist(pair: Pair) -> None:
    sim, bot = pair
    forum = sim.add_group("Forum", topics=True)
    topic = next(iter(forum.topics))
    sent = await bot.send_message(forum.id, "x", message_thread_id=topic)
    assert (sent.message_thread_id, sent.is_topic_message) == (topic, True)
    await refused(bot.send_message(forum.id, "x", message_thread_id=7), "message thread not found")
    await refused(bot.send_message(sim.group.id, "x", message_thread_id=7), "message thread not found")
    await refused(bot.send_message(forum.id, "x", reply_parameters=ReplyParameters(7)), "replied not found")
    lenient = ReplyParameters(7, allow_sending_without_reply=True)
    assert (await bot.send_message(forum.id, "x", reply_parameters=lenient)).reply_to_message is None


async def test_typing_is_seen_for_five_seconds_or_until_something_is_posted() -> None:
    async with talking() as (sim, bot):
        await bot.send_chat_action(sim.alice.id, "typing")
        assert sim.action(sim.alice.id) == "typing"
        sim.advance(5)
        assert sim.action(sim.alice.id) == ""
        await bot.send_chat_action(sim.alice.id, "typing")
        await bot.send_message(sim.alice.id, "x")
        assert sim.action(sim.alice.id) == ""
        await refused(bot.send_chat_action(sim.alice.id, "juggling"), "wrong parameter action")


async def test_what_is_two_days_old_cannot_be_deleted_yet_edited(pair: Pair) -> None:
    sim, bot = pair
    sent = await bot.send_message(sim.alice.id, "x")
    sim.advance(48 * 3600 + 1)
    await refused(bot.delete_message(sim.alice.id, sent.message_id), "can't be deleted for everyone")
    await bot.edit_message_text("y", sim.alice.id, sent.message_id)
    assert sim.messages(sim.alice.id)[0].text == "y"


async def test_who_is_in_a_chat(pair: Pair) -> None:
    sim, bot = pair
    assert (await bot.get_chat(sim.group.id)).title == "Garden"
    assert (await bot.get_chat_member(sim.group.id, sim.admin.id)).status == "administrator"
    assert (await bot.get_chat_member(sim.group.id, sim.bob.id)).status == "member"
    assert [each.user.id for each in await bot.get_chat_administrators(sim.group.id)] == [sim.admin.id]
    await refused(bot.get_chat_member(sim.group.id, 7), "user not found")
    await refused(bot.get_chat_administrators(sim.alice.id), "no administrators")


async def test_actions_and_a_lost_answer(pair: Pair) -> None:
    sim, bot = pair
    await bot.send_chat_action(sim.alice.id, "typing")
    await refused(bot.send_chat_action(sim.alice.id, "sleeping"), "wrong parameter action")
    sim.faults.append(Fault("/sendMessage$", "lose response"))
    with pytest.raises(Exception, match=r"(?i)disconnect|read"):
        await bot.send_message(sim.alice.id, "arrived")
    assert [message.text for message in sim.messages(sim.alice.id)] == ["arrived"]
