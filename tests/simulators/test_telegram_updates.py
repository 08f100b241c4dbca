"""What the bot is told, when, and what a second poller does."""

import asyncio
import contextlib
import subprocess
import sys
import time
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession
from telegram import Bot
from telegram.error import Conflict

from simulators.simulator import Fault
from simulators.telegram import TelegramSimulator
from simulators.telegram.updates import RETENTION
from tests.polling import until
from tests.simulators.telegram_bot import connected, keyboard, raw, refused, talking

Pair = tuple[TelegramSimulator, Bot]


@pytest.fixture
async def pair() -> AsyncIterator[Pair]:
    async with talking(scale=0.01) as both:
        yield both


async def texts(bot: Bot, offset: int = 0, limit: int = 100) -> list[str | None]:
    updates = await bot.get_updates(offset, limit)
    return [update.message.text for update in updates if update.message]


async def test_updates_stay_until_a_higher_offset_confirms_them(pair: Pair) -> None:
    sim, bot = pair
    for text in "abcd":
        sim.say(sim.alice, sim.private(sim.alice), text)
    first = (await bot.get_updates(limit=2))[0].update_id
    assert await texts(bot, limit=2) == ["a", "b"]
    assert await texts(bot, offset=first) == ["a", "b", "c", "d"]
    assert (sim.pending, sim.confirmed) == (4, first - 1)
    assert await texts(bot, offset=first + 2) == ["c", "d"]
    assert (sim.pending, sim.confirmed) == (2, first + 1)
    assert await texts(bot, offset=-1) == ["d"]
    assert sim.pending == 1
    assert await texts(bot, offset=first + 4) == []
    assert sim.pending == 0


async def test_a_poll_whose_answer_was_lost_is_answered_again(pair: Pair) -> None:
    sim, bot = pair
    sim.say(sim.alice, sim.private(sim.alice), "a")
    sim.faults.append(Fault("/getUpdates$", "lose response"))
    with pytest.raises(Exception, match=r"(?i)disconnect|read"):
        await bot.get_updates()
    assert await texts(bot) == ["a"]


async def test_a_long_poll_waits_and_is_woken(pair: Pair) -> None:
    sim, bot = pair
    poll = asyncio.create_task(bot.get_updates(timeout=20))
    await until(lambda: sim.seen("getUpdates$"))
    sim.say(sim.alice, sim.private(sim.alice), "a")
    async with asyncio.timeout(5):
        assert len(await poll) == 1
    started = time.monotonic()
    assert await bot.get_updates(offset=sim.confirmed + 100_000_000_000, timeout=1) == ()
    assert time.monotonic() - started > 0.9


async def test_a_second_poller_ends_the_first_and_repeats_are_held() -> None:
    async with talking(scale=0.1) as (sim, bot), connected(sim) as other:
        first = asyncio.create_task(bot.get_updates(timeout=20))
        await until(lambda: sim.seen("getUpdates$"))
        second = asyncio.create_task(other.get_updates(timeout=20))
        with pytest.raises(Conflict):
            await first
        started = time.monotonic()
        third = asyncio.create_task(bot.get_updates(timeout=20))
        with pytest.raises(Conflict):
            await second
        assert time.monotonic() - started > 0.25  # 3 s, scaled
        sim.say(sim.alice, sim.private(sim.alice), "a")
        assert len(await third) == 1


async def test_a_409_is_held_three_seconds_where_the_last_one_is_younger() -> None:
    async with talking() as (sim, bot):
        await bot.set_webhook("https://example.com/hook")
        await refused(bot.get_updates(), "webhook is active")
        second = asyncio.create_task(bot.get_updates())
        await until(lambda: len(sim.seen("getUpdates$")) == 2)
        sim.advance(2.5)
        done, _ = await asyncio.wait([second], timeout=0.05)
        assert not done
        sim.advance(0.5)
        await refused(second, "webhook is active")


async def test_a_poller_that_went_away_ends_nobody(pair: Pair) -> None:
    sim, bot = pair
    async with ClientSession() as session:
        gone = asyncio.create_task(session.post(f"{sim.api_url}{sim.token}/getUpdates", json={"timeout": 20}))
        await until(lambda: sim.seen("getUpdates$"))
        gone.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await gone
    poll = asyncio.create_task(bot.get_updates(timeout=20))
    await until(lambda: len(sim.seen("getUpdates$")) == 2)
    sim.say(sim.alice, sim.private(sim.alice), "a")
    assert len(await poll) == 1


async def test_a_webhook_and_polling_exclude_each_other(pair: Pair) -> None:
    sim, bot = pair
    poll = asyncio.create_task(bot.get_updates(timeout=20))
    await until(lambda: sim.seen("getUpdates$"))
    await bot.set_webhook("https://example.com/hook", secret_token="secret")
    with pytest.raises(Conflict):
        await poll
    await refused(bot.get_updates(), "webhook is active")
    sim.say(sim.alice, sim.private(sim.alice), "a")
    info = await bot.get_webhook_info()
    assert (info.url, info.pending_update_count) == ("https://example.com/hook", 1)
    await bot.delete_webhook()
    assert await texts(bot) == ["a"]
    await bot.delete_webhook(drop_pending_updates=True)
    assert await texts(bot) == []
    await refused(bot.set_webhook("http://example.com"), "HTTPS")


async def test_only_the_kinds_that_were_asked_for(pair: Pair) -> None:
    sim, bot = pair
    await bot.get_updates(allowed_updates=["message"])
    message = sim.say(sim.alice, sim.private(sim.alice), "a")
    sim.edit(message, "b")
    assert [update.edited_message for update in await bot.get_updates()] == [None]
    await bot.get_updates(allowed_updates=[])
    sim.edit(message, "c")
    edited = (await bot.get_updates())[-1].edited_message
    assert edited is not None
    assert (edited.text, edited.message_id) == ("c", message.id)


async def test_an_update_is_kept_for_a_day(pair: Pair) -> None:
    sim, _ = pair
    sim.put({"message": {"text": "old"}}, age=RETENTION + 1)
    sim.put({"message": {"text": "young"}}, age=RETENTION - 60)
    assert sim.pending == 1
    sim.advance(60)
    assert sim.pending == 0


async def test_raw_updates_are_delivered_as_they_are(pair: Pair) -> None:
    sim, _ = pair
    sim.put({"update_id": 7, "message": "nonsense"})
    sim.put({"update_id": 7, "message": "nonsense"})
    assert sim.put({"poll": {}}) > 7
    answer = await raw(sim, "getUpdates")
    assert [update["update_id"] for update in answer["result"]][:2] == [7, 7]


@pytest.mark.parametrize(
    ("text", "reaches"),
    [
        ("hello", False),
        ("/start", True),
        ("/start@parley_test_bot now", True),
        ("/start@otto_other_bot", False),
        ("hello @Parley_Test_Bot!", True),
        ("hello @bob_builder", False),
        ("mail@parley_test_bot", False),
        ("@parley_test_botany", False),
    ],
)
async def test_privacy_mode_in_groups(pair: Pair, text: str, reaches: bool) -> None:
    sim, bot = pair
    sim.say(sim.alice, sim.group, text)
    assert len(await bot.get_updates()) == reaches
    sim.say(sim.alice, sim.private(sim.alice), text)
    assert len(await bot.get_updates()) == reaches + 1


async def test_replies_to_the_bot_reach_it_and_other_bots_never_do(pair: Pair) -> None:
    sim, bot = pair
    sent = await bot.send_message(sim.group.id, "Well?")
    own = sim.messages(sim.group)[0]
    sim.say(sim.bob, sim.group, "yes", reply_to=own)
    sim.say(sim.bob, sim.group, "no", reply_to=sim.say(sim.alice, sim.group, "or?"))
    sim.say(sim.other_bot, sim.group, "/start @parley_test_bot", reply_to=own)
    (update,) = await bot.get_updates()
    assert update.message is not None
    assert update.message.reply_to_message is not None
    assert (update.message.text, update.message.reply_to_message.message_id) == ("yes", sent.message_id)
    assert [message.text for message in sim.messages(sim.group)][-1] == "/start @parley_test_bot"


async def test_without_privacy_mode_all_is_told(pair: Pair) -> None:
    sim, bot = pair
    sim.world.privacy = False
    sim.say(sim.alice, sim.group, "hello")
    assert len(await bot.get_updates()) == 1
    assert (await bot.get_me()).can_read_all_group_messages


async def test_entities_of_what_people_say_are_found(pair: Pair) -> None:
    sim, bot = pair
    sim.say(
        sim.alice, sim.private(sim.alice), "😀 /chat@parley_test_bot ask @bob_builder about https://e.com/a or e.org"
    )
    (update,) = await bot.get_updates()
    assert update.message is not None
    found = update.message.parse_entities()
    assert sorted(found.values()) == ["/chat@parley_test_bot", "@bob_builder", "e.org", "https://e.com/a"]


def test_it_starts_alone() -> None:
    command = [sys.executable, "-m", "simulators.telegram", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            assert "TelegramSimulator listens on http://127.0.0.1:" in process.stdout.readline()
        finally:
            process.terminate()


async def test_a_press_is_answered_in_time() -> None:
    async with talking() as (sim, bot):
        sent = await bot.send_message(sim.alice.id, "x", reply_markup=keyboard("stop:1"))
        press = sim.press(sim.bob, sim.messages(sim.alice.id)[0], "forged:1")
        (update,) = await bot.get_updates()
        query = update.callback_query
        assert query is not None
        assert query.message is not None
        assert (query.data, query.from_user.id, query.message.message_id) == ("forged:1", sim.bob.id, sent.message_id)
        await refused(query.answer("x" * 201), "too_long")
        assert press.answered is None
        await query.answer("Not yours.", show_alert=True)
        assert (sim.world.queries[query.id].answered, press.alert) == ("Not yours.", True)
        sim.advance(150)
        await refused(query.answer(), "query is too old")
        await refused(bot.answer_callback_query("77"), "query ID is invalid")
