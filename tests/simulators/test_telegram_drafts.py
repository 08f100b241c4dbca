"""Drafts and rich messages: who gets them, how long they stay, and what is refused."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from telegram import Bot, Message
from telegram.error import InvalidToken

from simulators.telegram import Message as Shown
from simulators.telegram import TelegramSimulator
from tests.simulators.telegram_bot import entities, keyboard, refused, talking

Pair = tuple[TelegramSimulator, Bot]


@pytest.fixture
async def pair() -> AsyncIterator[Pair]:
    async with talking() as both:
        yield both


async def rich(bot: Bot, method: str, **values: Any) -> Any:
    """A method that the library does not know by name."""
    return await bot.do_api_request(method, api_kwargs=values)


async def edit_richly(bot: Bot, message: Shown, rich_message: dict[str, str]) -> None:
    await bot.edit_message_text("", message.chat_id, message.id, api_kwargs={"rich_message": rich_message})


async def test_a_draft_grows_and_is_gone_after_thirty_seconds_of_silence(pair: Pair) -> None:
    sim, bot = pair
    chat = sim.private(sim.alice)
    assert await bot.send_message_draft(chat.id, 7, "")
    await bot.send_message_draft(chat.id, 7, "Half an", entities=entities(("bold", 0, 4)))
    (draft,) = sim.drafts(chat)
    assert (draft.id, draft.text, draft.history) == (7, "Half an", ["", "Half an"])
    assert draft.entities == [{"type": "bold", "offset": 0, "length": 4}]
    sim.advance(29)
    assert sim.drafts(chat) == [draft]
    await bot.send_message_draft(chat.id, 7, "Half an answer")
    sim.advance(29)
    assert [each.text for each in sim.drafts(chat)] == ["Half an answer"]
    sim.advance(1)
    assert not sim.drafts(chat)
    assert not sim.messages(chat)


async def test_a_real_message_takes_the_place_of_drafts_in_its_chat(pair: Pair) -> None:
    sim, bot = pair
    await bot.send_message_draft(sim.alice.id, 7, "Half")
    await bot.send_message_draft(sim.bob.id, 7, "Half")
    await bot.send_message(sim.alice.id, "Whole.")
    assert sim.drafts(sim.alice.id) == []
    assert len(sim.drafts(sim.bob.id)) == 1


async def test_drafts_that_are_refused(pair: Pair) -> None:
    sim, bot = pair
    await refused(bot.send_message_draft(sim.group.id, 7, "x"), "TEXTDRAFT_PEER_INVALID")
    await refused(bot.send_message_draft(sim.alice.id, 0, "x"), "draft_id")
    await refused(bot.send_message_draft(sim.alice.id, 7, "x" * 4097), "message is too long")
    await refused(bot.send_message_draft(sim.alice.id, 7, "x", entities=entities(("bold", 0, 2))), "after the end")
    sim.refuse_drafts(sim.alice.id)
    await refused(bot.send_message_draft(sim.alice.id, 7, "x"), "TEXTDRAFT_PEER_INVALID")
    sim.block(sim.bob)
    await refused(bot.send_message_draft(sim.bob.id, 7, "x"), "blocked by the user")
    assert sim.drafts(sim.alice.id) == []


async def test_a_server_that_is_too_old_knows_no_drafts(pair: Pair) -> None:
    sim, bot = pair
    sim.world.unknown.add("sendMessageDraft")
    with pytest.raises(InvalidToken):  # what the library takes every 404 for
        await bot.send_message_draft(sim.alice.id, 7, "x")
    assert sim.ledger[-1].verdict == "Not Found: method not found"


@pytest.mark.parametrize(("keep", "left"), [(False, []), (True, ["Half"])])
async def test_the_stop_of_a_draft_is_told(pair: Pair, keep: bool, left: list[str]) -> None:
    sim, bot = pair
    options = {"can_stop": True, "keep_on_stop": keep}
    await bot.send_message_draft(sim.alice.id, 7, "Half", api_kwargs=options)
    (draft,) = sim.drafts(sim.alice.id)
    sim.stop_draft(draft)
    (update,) = await bot.get_updates()
    assert update.api_kwargs["stopped_message_generation"] == {"chat": draft.chat.json, "draft_id": 7}
    await bot.send_message_draft(sim.alice.id, 7, "too late", api_kwargs=options)
    assert [each.text for each in sim.drafts(sim.alice.id)] == left
    with pytest.raises(ValueError, match="nothing"):
        sim.stop_draft(draft)


async def test_a_draft_without_a_stop_has_nothing_to_press(pair: Pair) -> None:
    sim, bot = pair
    await bot.send_message_draft(sim.alice.id, 7, "Half")
    with pytest.raises(ValueError, match="nothing"):
        sim.stop_draft(sim.drafts(sim.alice.id)[0])


async def test_a_rich_message_is_sent_and_edited_and_becomes_a_plain_one(pair: Pair) -> None:
    sim, bot = pair
    alice = sim.alice.id
    answer = await rich(bot, "sendRichMessage", chat_id=alice, rich_message={"markdown": "# One\n\n| a |"})
    sent = Message.de_json(answer, bot)
    blocks = sent.api_kwargs["rich_message"]["blocks"]
    assert [each["text"] for each in blocks] == ["# One", "| a |"]
    (shown,) = sim.messages(alice)
    assert (shown.text, shown.rich) == ("# One\n\n| a |", {"markdown": "# One\n\n| a |"})
    await refused(edit_richly(bot, shown, {"markdown": "# One\n\n| a |"}), "not modified")
    await edit_richly(bot, shown, {"html": "<b>Two</b>"})
    await bot.edit_message_text("Three", alice, sent.message_id, reply_markup=keyboard("x:1"))
    assert shown.history == ["# One\n\n| a |", "<b>Two</b>", "Three"]
    assert shown.rich == {}


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ({}, "exactly one of the fields html and markdown"),
        ({"html": "a", "markdown": "a"}, "exactly one of the fields html and markdown"),
        ({"markdown": " \n"}, "text is empty"),
        ({"markdown": "x" * 32_769}, "too long"),
        ({"markdown": "x\n\n" * 501}, "too long"),
    ],
)
async def test_rich_messages_that_are_refused(pair: Pair, message: dict[str, str], words: str) -> None:
    sim, bot = pair
    await refused(rich(bot, "sendRichMessage", chat_id=sim.alice.id, rich_message=message), words)
    await refused(rich(bot, "sendRichMessageDraft", chat_id=sim.alice.id, draft_id=1, rich_message=message), words)
    await bot.send_message(sim.alice.id, "x")
    await refused(edit_richly(bot, sim.messages(sim.alice.id)[0], message), words)


async def test_the_longest_rich_message_and_a_rich_draft(pair: Pair) -> None:
    sim, bot = pair
    await rich(bot, "sendRichMessage", chat_id=sim.group.id, rich_message={"markdown": "x" * 32_768})
    draft = {"chat_id": sim.alice.id, "draft_id": 3, "rich_message": {"markdown": "<tg-thinking>"}}
    await rich(bot, "sendRichMessageDraft", **draft)
    assert [each.rich for each in sim.drafts(sim.alice.id)] == [{"markdown": "<tg-thinking>"}]
    await refused(rich(bot, "sendRichMessageDraft", **{**draft, "chat_id": sim.group.id}), "TEXTDRAFT_PEER_INVALID")


async def test_a_rich_message_pings_whom_it_names_unless_nothing_is_detected(pair: Pair) -> None:
    sim, bot = pair
    await rich(bot, "sendRichMessage", chat_id=sim.group.id, rich_message={"markdown": "@bob_builder"})
    quiet = {"markdown": "@bob_builder", "skip_entity_detection": True}
    await rich(bot, "sendRichMessage", chat_id=sim.group.id, rich_message=quiet)
    assert [each.pings for each in sim.messages(sim.group)] == [["@bob_builder"], []]
