"""The check against Telegram's description: what it finds, and that it finds nothing wrong with what is right."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from telegram import InputMediaDocument

from simulators.telegram import TelegramSimulator, newer
from simulators.telegram.description import DESCRIBED, Specification, specification
from simulators.telegram.methods import METHODS
from tests.simulators.telegram_bot import connected, keyboard, raw


@pytest.fixture
def api() -> Specification:
    found = specification()
    if found is None:
        pytest.skip("SIMULATOR_SPECS names no folder with telegram-bot-api.json: nothing to hold calls against")
    return found


@pytest.fixture
async def sim(api: Specification) -> AsyncIterator[TelegramSimulator]:
    async with TelegramSimulator(scale=0.001) as simulator:
        yield simulator


HELLO = {"chat_id": 1, "text": "x"}
KEYBOARD = {"inline_keyboard": [[{"text": "Stop", "callback_data": "stop:1"}]]}
ARTICLE = {"type": "article", "id": "1", "title": "A", "input_message_content": {"message_text": "x"}}


@pytest.mark.parametrize(
    ("method", "values"),
    [
        ("getMe", {}),
        ("sendMessage", {**HELLO, "reply_markup": KEYBOARD}),
        ("sendMessage", {"chat_id": "@garden", "text": "x", "entities": '[{"type":"bold","offset":0,"length":1}]'}),
        ("sendMessage", {"chat_id": "1", "text": "1", "disable_notification": "True"}),
        ("setMyCommands", {"commands": [], "scope": {"type": "chat", "chat_id": 1}}),
        ("answerInlineQuery", {"inline_query_id": "1", "results": [ARTICLE]}),
        ("sendMessageDraft", {"chat_id": 1, "draft_id": "7", "can_stop": "true"}),
        ("sendMessage", {**HELLO, "reply_parameters": {"ephemeral_message_id": 7}}),
    ],
)
def test_what_is_right(api: Specification, method: str, values: Mapping[str, Any]) -> None:
    assert api.call(method, values) == []


@pytest.mark.parametrize(
    ("method", "values", "fault"),
    [
        ("sendNothing", {}, "sendNothing: no such method"),
        ("sendMessage", {"chat_id": 1}, "sendMessage.text: missing"),
        ("sendMessage", {**HELLO, "color": "red"}, "sendMessage.color: unknown"),
        ("sendMessage", {"chat_id": 1.5, "text": "x"}, "sendMessage.chat_id: not Integer"),
        ("sendMessage", {"chat_id": True, "text": "x"}, "sendMessage.chat_id: not Integer"),
        ("sendMessage", {"chat_id": 1, "text": 5}, "sendMessage.text: not String"),
        ("sendMessage", {**HELLO, "entities": "{}"}, "sendMessage.entities: not Array of MessageEntity"),
        ("sendMessage", {**HELLO, "entities": "[["}, "sendMessage.entities: not Array of MessageEntity"),
        (
            "sendMessage",
            {**HELLO, "entities": [{"type": "bold", "offset": 0}]},
            "sendMessage.entities[0].length: missing",
        ),
        (
            "sendMessage",
            {**HELLO, "reply_markup": {"inline_keyboard": [[{"text": 1}]]}},
            "sendMessage.reply_markup.inline_keyboard[0][0].text: not String",
        ),
        (
            "setMyCommands",
            {"commands": [], "scope": {"type": "chat"}},
            "setMyCommands.scope.chat_id: missing",
        ),
        (
            "answerInlineQuery",
            {"inline_query_id": "1", "results": [{**ARTICLE, "input_message_content": {"message_text": 1}}]},
            "answerInlineQuery.results[0].input_message_content.message_text: not String",
        ),
        (
            "answerInlineQuery",
            {"inline_query_id": "1", "results": [{**ARTICLE, "price": 1}]},
            "answerInlineQuery.results[0].price: unknown to InlineQueryResultArticle",
        ),
        ("sendMessage", {**HELLO, "can_stop": True}, "sendMessage.can_stop: unknown"),
        (
            "sendMessage",
            {**HELLO, "ephemeral_message_parameters": {"callback_query_id": "1"}},
            "sendMessage.ephemeral_message_parameters.receiver_user_id: missing",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong(api: Specification, method: str, values: Mapping[str, Any], fault: str) -> None:
    assert api.call(method, values) == [fault]


def test_results_and_updates_are_held_against_it_too(api: Specification) -> None:
    person = {"id": 1, "is_bot": False, "first_name": "Alice"}
    assert api.result("getMe", person) == []
    assert api.result("getMe", {"id": 1, "is_bot": False}) == ["the result of getMe.first_name: missing"]
    assert api.result("editMessageText", True) == []
    assert api.update({"update_id": 1}) == ["Update: 0 kinds at once"]
    assert api.update({"update_id": 1, "message": {"message_id": 1, "date": 1, "chat": {"id": 1}}}) == [
        "Update.message.chat.type: missing"
    ]
    stopped = {"chat": {"id": 1, "type": "private"}, "draft_id": 7}
    assert api.update({"update_id": 1, "stopped_message_generation": stopped}) == []


def test_every_exception_is_newer_than_the_description(api: Specification) -> None:
    """When a later description knows one of them, it leaves the list."""
    described = api.described
    assert not described["methods"].keys() & newer.METHODS.keys()
    assert not described["types"].keys() & newer.TYPES.keys()
    holders = {**described["methods"], **described["types"]}
    for holder, fields in newer.FIELDS.items():
        assert not {each["name"] for each in holders[holder]["fields"]} & {each["name"] for each in fields}
        assert all(each["description"].startswith("Since Bot API 10.") for each in fields)
    for holder, name in newer.OPTIONAL:
        assert {each["name"]: each["required"] for each in holders[holder]["fields"]}[name]


def test_every_method_that_is_served_is_described(api: Specification) -> None:
    assert METHODS.keys() <= api.described["methods"].keys() | newer.METHODS.keys()


async def test_an_accepted_call_that_breaks_it_is_a_finding(sim: TelegramSimulator) -> None:
    await raw(sim, "sendMessage", chat_id=sim.alice.id, text="x", colour="red")
    await raw(sim, "sendMessage", chat_id=99, text="refused anyway", colour="red")
    assert sim.findings == [f"{DESCRIBED}sendMessage.colour: unknown"]


async def test_what_the_real_library_sends_is_as_described(sim: TelegramSimulator) -> None:
    async with connected(sim) as bot:
        sent = await bot.send_document(sim.alice.id, b"data", filename="a.txt", reply_markup=keyboard("x:1"))
        album = [InputMediaDocument(b"one", filename="1.txt"), InputMediaDocument(b"two", filename="2.txt")]
        await bot.send_media_group(sim.group.id, album)
        await bot.edit_message_media(InputMediaDocument(b"new", filename="b.txt"), sim.alice.id, sent.message_id)
    assert sim.findings == []
    assert len(sim.ledger) == 3


async def test_an_update_of_another_shape_is_a_finding(sim: TelegramSimulator) -> None:
    sim.world.tell({"message": {"text": "no more than this"}})
    assert f"{DESCRIBED}Update.message.chat: missing" in sim.findings
