"""Messages in groups that one person alone sees, where the server knows them and where it does not."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from telegram import Bot, Message, Update
from telegram.error import EndPointNotFound, InvalidToken

from simulators.telegram import TelegramSimulator
from simulators.telegram.receivers import LEAKED, WINDOW_SECONDS
from tests.simulators.telegram_bot import keyboard, refused, talking

Pair = tuple[TelegramSimulator, Bot]


@pytest.fixture
async def pair() -> AsyncIterator[Pair]:
    async with talking() as (sim, bot):
        sim.knows_ephemeral = True
        yield sim, bot


def only_for(user_id: int, **more: Any) -> dict[str, Any]:
    """The parameters as Bot API 10.3 has them."""
    return {"ephemeral_message_parameters": {"receiver_user_id": user_id, **more}}


async def change(bot: Bot, method: str, sim: TelegramSimulator, message: int, **values: Any) -> Any:
    whose = {"chat_id": sim.group.id, "receiver_user_id": sim.alice.id, "ephemeral_message_id": message}
    return await bot.do_api_request(method, api_kwargs={**whose, **values})


async def news(bot: Bot) -> list[Update]:
    return list(await bot.get_updates())


def id_of(sent: Message) -> int:
    return int(sent.api_kwargs["ephemeral_message_id"])


async def test_an_administrator_writes_to_one_person_edits_and_deletes(pair: Pair) -> None:
    sim, bot = pair
    sim.promote(sim.group)
    sent = await bot.send_message(sim.group.id, "For you.", api_kwargs=only_for(sim.alice.id))
    assert sent.message_id == 0
    assert sent.api_kwargs["receiver_user"]["id"] == sim.alice.id
    (shown,) = sim.ephemerals(sim.group, sim.alice)
    assert sim.messages(sim.group) == sim.ephemerals(sim.group, sim.bob) == []
    assert await change(bot, "editEphemeralMessageText", sim, id_of(sent), text="Still for you.") is True
    assert shown.history == ["For you.", "Still for you."]
    again = change(bot, "editEphemeralMessageText", sim, id_of(sent), text="Still for you.")
    await refused(again, "not modified")
    await refused(bot.edit_message_text("x", sim.group.id, 0), "message to edit not found")
    await refused(change(bot, "editEphemeralMessageText", sim, 7, text="x"), "message to edit not found")
    await refused(bot.delete_message(sim.group.id, 0), "message to delete not found")
    assert await change(bot, "deleteEphemeralMessage", sim, id_of(sent)) is True
    assert sim.ephemerals(sim.group, sim.alice) == []
    await refused(change(bot, "deleteEphemeralMessage", sim, id_of(sent)), "message to delete not found")


async def test_a_press_opens_fifteen_seconds(pair: Pair) -> None:
    sim, bot = pair
    await bot.send_message(sim.group.id, "x", reply_markup=keyboard("x:1"))
    await refused(bot.send_message(sim.group.id, "y", api_kwargs=only_for(sim.alice.id)), "MESSAGE_NOT_COMMAND")
    press = sim.press(sim.alice, sim.messages(sim.group)[0], "x:1")
    named = only_for(sim.alice.id, callback_query_id=press.id)
    sim.advance(WINDOW_SECONDS - 1)
    await bot.send_message(sim.group.id, "y", api_kwargs=named)
    older = {"receiver_user_id": sim.alice.id, "callback_query_id": press.id}  # as in 10.2
    sent = await bot.send_message(sim.group.id, "z", api_kwargs=older)
    foreign = bot.send_message(sim.group.id, "y", api_kwargs=only_for(sim.bob.id, callback_query_id=press.id))
    await refused(foreign, "MESSAGE_NOT_COMMAND")
    sim.advance(2)
    await refused(bot.send_message(sim.group.id, "y", api_kwargs=named), "MESSAGE_NOT_COMMAND")
    await change(bot, "editEphemeralMessageText", sim, id_of(sent), text="edits have no such window")
    assert [each.text for each in sim.ephemerals(sim.group, sim.alice)] == ["y", "edits have no such window"]


async def test_an_ephemeral_command_is_answered_to_its_sender_alone(pair: Pair) -> None:
    sim, bot = pair
    with pytest.raises(ValueError, match="seen by everybody"):
        sim.whisper(sim.alice, sim.group, "/privacy")
    commands = [{"command": "privacy", "description": "What is kept", "is_ephemeral": True}]
    await bot._post("setMyCommands", {"commands": commands})
    asked = sim.whisper(sim.alice, sim.group, "/privacy please")
    (update,) = await news(bot)
    assert update.message is not None
    assert (update.message.message_id, update.message.api_kwargs["ephemeral_message_id"]) == (0, asked.ephemeral_id)
    reply = {"ephemeral_message_id": asked.ephemeral_id}
    values = {"chat_id": sim.group.id, "text": "Only you see this.", "reply_parameters": reply}
    await refused(bot._post("sendMessage", values), "only an ephemeral message")
    await bot._post("sendMessage", {**values, **only_for(sim.alice.id)})
    assert [each.text for each in sim.ephemerals(sim.group, sim.alice)] == ["/privacy please", "Only you see this."]
    sim.advance(WINDOW_SECONDS + 1)
    await refused(bot._post("sendMessage", {**values, **only_for(sim.alice.id)}), "MESSAGE_NOT_COMMAND")
    assert sim.messages(sim.group) == []


async def test_its_buttons_are_pressed_like_others(pair: Pair) -> None:
    sim, bot = pair
    sim.promote(sim.group)
    await bot.send_message(sim.group.id, "x", api_kwargs=only_for(sim.alice.id), reply_markup=keyboard("x:1"))
    press = sim.press(sim.alice, sim.ephemerals(sim.group, sim.alice)[0], "x:1")
    query = (await news(bot))[-1].callback_query
    assert query is not None
    assert isinstance(query.message, Message)
    assert query.message.api_kwargs["receiver_user"]["id"] == sim.alice.id
    replacing = only_for(sim.alice.id, callback_query_id=press.id, replace_callback_query_message=True)
    await refused(bot.send_message(sim.group.id, "y", api_kwargs=replacing), "from an ordinary message")


@pytest.mark.parametrize("who", ["other_bot", "stranger"])
async def test_only_people_of_the_group_can_be_written_to(pair: Pair, who: str) -> None:
    sim, bot = pair
    sim.promote(sim.group)
    user = sim.add_user("Carol", "carol_c") if who == "stranger" else sim.other_bot
    await refused(bot.send_message(sim.group.id, "x", api_kwargs=only_for(user.id)), "USER_NOT_PARTICIPANT")
    await refused(bot.send_message(sim.alice.id, "x", api_kwargs=only_for(sim.alice.id)), "groups and supergroups only")


async def test_an_older_server_shows_it_to_everybody(pair: Pair) -> None:
    sim, bot = pair
    sim.knows_ephemeral = False
    sim.promote(sim.group)
    sent = await bot.send_message(sim.group.id, "For you.", api_kwargs=only_for(sim.alice.id))
    assert [each.text for each in sim.messages(sim.group)] == ["For you."]
    assert sim.findings == [LEAKED]
    assert sent.message_id != 0
    with pytest.raises((EndPointNotFound, InvalidToken)):
        await change(bot, "editEphemeralMessageText", sim, 1, text="x")
