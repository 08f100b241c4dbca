"""Inline mode and guest mode: the bot in chats where it is not."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from telegram import (
    Bot,
    InlineKeyboardMarkup,
    InlineQueryResultArticle,
    InlineQueryResultsButton,
    InputTextMessageContent,
    Update,
)
from telegram.error import InvalidToken

from simulators.telegram import TelegramSimulator
from tests.simulators.telegram_bot import QUIET, keyboard, raw, refused, talking

Pair = tuple[TelegramSimulator, Bot]


@pytest.fixture
async def pair() -> AsyncIterator[Pair]:
    async with talking() as (sim, bot):
        sim.world.inline = True
        yield sim, bot


def article(id: str = "1", text: str = "An answer.", markup: InlineKeyboardMarkup | None = None) -> Any:
    return InlineQueryResultArticle(id, "Ask", InputTextMessageContent(text, link_preview_options=QUIET), markup)


async def news(bot: Bot) -> list[Update]:
    """What came since the last time."""
    updates = await bot.get_updates()
    if updates:
        await bot.get_updates(updates[-1].update_id + 1)
    return list(updates)


async def test_a_query_is_answered_and_its_result_becomes_a_message_that_the_bot_edits(pair: Pair) -> None:
    sim, bot = pair
    assert (await bot.get_me()).supports_inline_queries
    query = sim.ask_inline(sim.alice, "weather", chat_type="group")
    (update,) = await news(bot)
    asked = update.inline_query
    assert asked is not None
    assert (asked.id, asked.query, asked.from_user.id, asked.chat_type) == (query.id, "weather", sim.alice.id, "group")
    await asked.answer([article(markup=keyboard("go:1"))], is_personal=True, cache_time=0)
    message = sim.choose(sim.alice, query, 0, sim.elsewhere())
    assert (message.sender, message.text, message.previews_off) == (sim.alice, "An answer.", True)
    (update,) = await news(bot)
    chosen = update.chosen_inline_result
    assert chosen is not None
    assert (chosen.result_id, chosen.query, chosen.inline_message_id) == ("1", "weather", message.inline_id)
    assert await bot.edit_message_text("Sunny.", inline_message_id=message.inline_id, reply_markup=keyboard("go:2"))
    assert message.history == ["An answer.", "Sunny."]
    again = bot.edit_message_text("Sunny.", inline_message_id=message.inline_id, reply_markup=keyboard("go:2"))
    await refused(again, "not modified")
    await refused(bot.send_message(message.chat_id, "x"), "chat not found")
    sim.press(sim.bob, message, "go:2")
    (update,) = await news(bot)
    assert update.callback_query is not None
    assert (update.callback_query.inline_message_id, update.callback_query.message) == (message.inline_id, None)
    sim.remove(message)
    assert sim.written == [message]
    await refused(bot.edit_message_text("Rain.", inline_message_id=message.inline_id), "MESSAGE_ID_INVALID")


async def test_without_a_keyboard_there_is_nothing_to_edit_it_by(pair: Pair) -> None:
    sim, bot = pair
    query = sim.ask_inline(sim.alice, "x")
    await bot.answer_inline_query(query.id, [article()])
    assert sim.choose(sim.alice, query, 0, sim.elsewhere()).inline_id == ""
    sim.world.inline_feedback = False
    sim.choose(sim.alice, query, 0, sim.elsewhere())
    chosen = [each.chosen_inline_result for each in await news(bot) if each.chosen_inline_result]
    assert [each.inline_message_id for each in chosen] == [None]


async def test_a_result_in_a_group_of_the_bot_is_told_as_a_message_via_it(pair: Pair) -> None:
    sim, bot = pair
    query = sim.ask_inline(sim.alice, "x")
    await bot.answer_inline_query(query.id, [article()])
    sim.choose(sim.alice, query, 0, sim.group)
    messages = [each.message for each in await news(bot) if each.message]
    assert [each.via_bot and each.via_bot.id for each in messages] == [sim.bot.id]
    assert [message.text for message in sim.messages(sim.group)] == ["An answer."]


async def test_who_asks_the_same_is_given_the_answer_that_is_still_good(pair: Pair) -> None:
    sim, bot = pair
    first = sim.ask_inline(sim.alice, "x")
    await bot.answer_inline_query(first.id, [article()], cache_time=60)
    assert sim.ask_inline(sim.bob, "x") is first
    assert sim.ask_inline(sim.bob, "y") is not first
    sim.advance(60)
    second = sim.ask_inline(sim.bob, "x")
    assert second is not first
    await bot.answer_inline_query(second.id, [article()], is_personal=True)
    assert sim.ask_inline(sim.bob, "x") is second
    assert sim.ask_inline(sim.alice, "x") is not second


async def test_a_query_is_answered_once_and_in_time(pair: Pair) -> None:
    sim, bot = pair
    query = sim.ask_inline(sim.alice, "x")
    button = InlineQueryResultsButton("Ask in private", start_parameter="ask")
    await bot.answer_inline_query(query.id, [], next_offset="", button=button)
    assert query.button == {"text": "Ask in private", "start_parameter": "ask"}
    await refused(bot.answer_inline_query(query.id, []), "query is too old")
    await refused(bot.answer_inline_query("77", []), "query ID is invalid")
    late = sim.ask_inline(sim.bob, "y")
    sim.advance(31)
    await refused(bot.answer_inline_query(late.id, []), "query is too old")
    assert sim.pending == 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"type": "poem"}, "unsupported type"),
        ({"id": "x" * 65}, "RESULT_ID_INVALID"),
        ({"id": ""}, "RESULT_ID_INVALID"),
        ({"title": ""}, "needs a title"),
        ({"input_message_content": {"message_text": "x" * 4097}}, "too long"),
        ({"input_message_content": {"message_text": " "}}, "text is empty"),
        ({"reply_markup": {"inline_keyboard": [[{"text": "x", "callback_data": "x" * 65}]]}}, "BUTTON_DATA_INVALID"),
    ],
)
async def test_results_that_are_refused(pair: Pair, change: dict[str, Any], words: str) -> None:
    sim, _ = pair
    query = sim.ask_inline(sim.alice, "x")
    result = {"type": "article", "id": "1", "title": "A", "input_message_content": {"message_text": "x"}, **change}
    answer = await raw(sim, "answerInlineQuery", inline_query_id=query.id, results=[result])
    assert words in answer["description"]
    assert query.results is None


@pytest.mark.parametrize(
    ("ids", "offset", "words"),
    [(range(51), "", "RESULTS_TOO_MUCH"), ([1, 1], "", "RESULT_ID_DUPLICATE"), ([1], "x" * 65, "NEXT_OFFSET_INVALID")],
)
async def test_answers_that_are_refused(pair: Pair, ids: list[int], offset: str, words: str) -> None:
    sim, _ = pair
    query = sim.ask_inline(sim.alice, "x")
    content = {"message_text": "x"}
    results = [{"type": "article", "id": str(each), "title": "A", "input_message_content": content} for each in ids]
    answer = await raw(sim, "answerInlineQuery", inline_query_id=query.id, results=results, next_offset=offset)
    assert words in answer["description"]


async def test_a_rich_result_and_one_with_a_caption(pair: Pair) -> None:
    sim, _ = pair
    query = sim.ask_inline(sim.alice, "x")
    rich = {"type": "article", "id": "1", "title": "A", "input_message_content": {"rich_message": {"markdown": "# A"}}}
    photo = {"type": "photo", "id": "2", "photo_file_id": "file1", "caption": "A garden"}
    assert (await raw(sim, "answerInlineQuery", inline_query_id=query.id, results=[rich, photo]))["ok"]
    first, second = (sim.choose(sim.alice, query, number, sim.elsewhere()) for number in (0, 1))
    assert (first.rich, second.text) == ({"markdown": "# A"}, "A garden")


async def test_without_inline_mode_nobody_can_ask() -> None:
    async with talking() as (sim, bot):
        assert not (await bot.get_me()).supports_inline_queries
        with pytest.raises(ValueError, match="off"):
            sim.ask_inline(sim.alice, "x")
        sim.world.inline = True
        with pytest.raises(ValueError, match="too long"):
            sim.ask_inline(sim.alice, "x" * 257)


async def test_a_guest_is_called_answers_once_and_edits_its_answer(pair: Pair) -> None:
    sim, bot = pair
    sim.world.knows_guests = True
    assert (await bot.get_me()).supports_guest_queries
    query = sim.summon(sim.bob, sim.elsewhere(), "@parley_test_bot what is a fern?")
    (update,) = await news(bot)
    asked = update.guest_message
    assert asked is not None
    assert (asked.guest_query_id, asked.text, asked.chat.title) == (query.id, query.message.text, "Elsewhere")
    sent = await bot.answer_guest_query(query.id, article(text="…"))
    await refused(bot.answer_guest_query(query.id, article()), "query is too old")
    await refused(bot.answer_guest_query("77", article()), "query ID is invalid")
    await bot.edit_message_text("A plant.", inline_message_id=sent.inline_message_id)
    assert query.answer is not None
    assert (query.answer.sender, query.answer.history) == (sim.bot, ["…", "A plant."])
    assert query.answer.extra["guest_bot_caller_user"]["id"] == sim.bob.id


async def test_a_server_without_guest_mode_tells_nobody_and_knows_no_answer(pair: Pair) -> None:
    sim, bot = pair
    query = sim.summon(sim.bob, sim.elsewhere(), "@parley_test_bot what is a fern?")
    assert await news(bot) == []
    assert not (await bot.get_me()).supports_guest_queries
    with pytest.raises(InvalidToken):  # what the library takes every 404 for
        await bot.answer_guest_query(query.id, article())
