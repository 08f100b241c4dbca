"""Updates that are posted to the bot: in order, with the secret, again and again until they are taken."""

from collections.abc import AsyncIterator, Mapping
from functools import partial

import pytest
from telegram import Bot, WebhookInfo

from simulators.telegram import TelegramSimulator
from simulators.telegram.updates import RETENTION
from simulators.telegram.webhook import GONE_SECONDS, SECRET
from tests.polling import until
from tests.simulators.telegram_bot import refused, talking
from tests.simulators.webhook_server import Server, serving

World = tuple[TelegramSimulator, Bot, Server]
FINE: tuple[int, Mapping[str, str]] = (200, {})


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """The simulator's own time, so that it stands still between two jumps as far as seconds go."""
    async with serving() as server, talking() as (sim, bot):
        yield sim, bot, server


def held_after(sim: TelegramSimulator, server: Server, posts: int) -> bool:
    """Whether a chat waits for its next try after so many posts."""
    return sim.world.delivery is not None and sim.world.delivery.held == 1 and len(server.posts) == posts


async def info_of(bot: Bot) -> WebhookInfo:
    return await bot.get_webhook_info()


async def test_what_comes_is_posted_with_the_secret_and_is_then_gone(world: World) -> None:
    sim, bot, server = world
    sim.say(sim.alice, sim.private(sim.alice), "before")
    await bot.set_webhook(server.url, secret_token="a-secret", max_connections=7, allowed_updates=["message"])
    sim.say(sim.alice, sim.private(sim.alice), "after")
    await until(lambda: sim.pending == 0)
    assert server.texts == ["before", "after"]
    assert {headers[SECRET] for headers in server.headers} == {"a-secret"}
    assert {headers["Content-Type"] for headers in server.headers} == {"application/json"}
    info = await info_of(bot)
    assert (info.url, info.max_connections, info.allowed_updates) == (server.url, 7, ("message",))
    assert (info.pending_update_count, info.last_error_message) == (0, None)


async def test_without_a_secret_there_is_no_header(world: World) -> None:
    sim, bot, server = world
    await bot.set_webhook(server.url)
    sim.say(sim.alice, sim.private(sim.alice), "a")
    await until(lambda: sim.pending == 0)
    assert SECRET not in server.headers[0]


async def test_a_chats_updates_go_one_at_a_time_and_chats_side_by_side(world: World) -> None:
    sim, bot, server = world
    alice, bob = sim.private(sim.alice), sim.private(sim.bob)
    server.gate.clear()
    await bot.set_webhook(server.url)
    for text in "abc":
        sim.say(sim.alice, alice, text)
        sim.say(sim.bob, bob, text)
    await until(lambda: server.open.total() == 2)
    assert (await info_of(bot)).pending_update_count == 6
    server.gate.set()
    await until(lambda: sim.pending == 0)
    assert (server.most[alice.id], server.most[bob.id]) == (1, 1)
    for chat in (alice, bob):
        assert [post["message"]["text"] for post in server.posts if post["message"]["chat"]["id"] == chat.id] == [
            *"abc"
        ]


async def test_no_more_posts_at_once_than_were_allowed(world: World) -> None:
    sim, bot, server = world
    server.gate.clear()
    await bot.set_webhook(server.url, max_connections=1)
    sim.say(sim.alice, sim.private(sim.alice), "a")
    sim.say(sim.bob, sim.private(sim.bob), "b")
    await until(lambda: server.posts)
    server.gate.set()
    await until(lambda: sim.pending == 0)
    assert server.most[0] == 1


async def test_what_fails_is_repeated_and_holds_back_its_chat_only(world: World) -> None:
    sim, bot, server = world
    alice, bob = sim.private(sim.alice), sim.private(sim.bob)
    server.answer = lambda update: (500, {}) if update["message"]["text"] == "bad" else FINE
    await bot.set_webhook(server.url)
    sim.say(sim.alice, alice, "bad")
    sim.say(sim.alice, alice, "later")
    sim.say(sim.bob, bob, "fine")
    await until(lambda: "fine" in server.texts)
    await until(partial(held_after, sim, server, posts=3))  # "bad" twice: once more at once
    info = await info_of(bot)
    assert info.pending_update_count == 2
    assert info.last_error_message == "Wrong response from the webhook: 500 Internal Server Error"
    assert info.last_error_date is not None
    for pause, posts in ((2, 4), (4, 5), (8, 6)):
        sim.advance(pause)
        await until(partial(held_after, sim, server, posts))
    assert "later" not in server.texts
    server.answer = lambda _: FINE
    sim.advance(16)
    await until(lambda: sim.pending == 0)
    assert server.texts[-2:] == ["bad", "later"]


async def test_a_retry_after_is_honoured(world: World) -> None:
    sim, bot, server = world
    server.answer = lambda _: (503, {"Retry-After": "600"})
    await bot.set_webhook(server.url)
    sim.say(sim.alice, sim.private(sim.alice), "a")
    await until(lambda: server.posts)
    await until(partial(held_after, sim, server, posts=1))
    sim.advance(590)
    assert (await info_of(bot)).pending_update_count == 1
    assert len(server.posts) == 1
    server.answer = lambda _: FINE
    sim.advance(10)
    await until(lambda: sim.pending == 0)
    assert len(server.posts) == 2


async def test_a_day_old_update_is_given_up_and_the_next_one_comes(world: World) -> None:
    sim, bot, server = world
    server.answer = lambda _: (503, {"Retry-After": "3600"})
    await bot.set_webhook(server.url)
    sim.say(sim.alice, sim.private(sim.alice), "old")
    await until(partial(held_after, sim, server, posts=1))
    sim.advance(RETENTION)
    server.answer = lambda _: FINE
    sim.say(sim.alice, sim.private(sim.alice), "young")
    await until(lambda: sim.pending == 0)
    assert server.texts[-1] == "young"
    assert set(server.texts[:-1]) == {"old"}


async def test_nothing_but_410_for_23_hours_removes_it(world: World) -> None:
    sim, bot, server = world
    server.answer = lambda _: (410, {"Retry-After": "3600"})
    await bot.set_webhook(server.url)
    sim.say(sim.alice, sim.private(sim.alice), "a")
    await until(partial(held_after, sim, server, posts=1))
    sim.advance(3600)
    await until(partial(held_after, sim, server, posts=2))
    assert (await info_of(bot)).url == server.url
    sim.advance(GONE_SECONDS - 3599)
    await until(lambda: not sim.world.webhook)
    assert (await info_of(bot)).url == ""
    assert len(await bot.get_updates()) == 1


async def test_a_server_that_is_not_there_is_told_of(world: World) -> None:
    sim, bot, server = world
    await bot.set_webhook("http://127.0.0.1:9/hook")
    sim.say(sim.alice, sim.private(sim.alice), "a")
    await until(lambda: sim.world.delivery and sim.world.delivery.failure)
    assert (await info_of(bot)).last_error_message == "Connection refused"
    await bot.set_webhook(server.url, drop_pending_updates=True)
    info = await info_of(bot)
    assert (info.pending_update_count, info.last_error_message) == (0, None)
    await bot.delete_webhook()
    sim.say(sim.alice, sim.private(sim.alice), "b")
    assert [update.message.text for update in await bot.get_updates() if update.message] == ["b"]
    assert server.posts == []


async def test_an_answer_that_is_lost_brings_the_update_again(world: World) -> None:
    sim, bot, server = world
    await bot.set_webhook(server.url)
    sim.lose_answers()
    sim.say(sim.alice, sim.private(sim.alice), "a")
    await until(lambda: sim.pending == 0)
    first, second = server.posts
    assert first == second
    assert (await info_of(bot)).last_error_message == "Connection reset by peer"


async def test_a_redirect_is_not_followed(world: World) -> None:
    sim, bot, server = world
    server.answer = lambda _: (302, {"Location": server.url})
    await bot.set_webhook(server.url)
    sim.say(sim.alice, sim.private(sim.alice), "a")
    await until(lambda: len(server.posts) == 2)
    assert (await info_of(bot)).last_error_message == "Wrong response from the webhook: 302 Found"


async def test_a_call_in_the_response_is_a_finding(world: World) -> None:
    sim, bot, server = world
    server.body = b'{"method": "sendMessage", "chat_id": 1001, "text": "x"}'
    await bot.set_webhook(server.url)
    sim.say(sim.alice, sim.private(sim.alice), "a")
    await until(lambda: sim.pending == 0)
    assert len(sim.findings) == 1


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://example.com/hook", "HTTPS URL must be provided"),
        ("https://example.com:8080/hook", "only on ports 80, 88, 443 or 8443"),
    ],
)
async def test_addresses_that_are_refused(world: World, url: str, words: str) -> None:
    await refused(world[1].set_webhook(url), words)


async def test_a_secret_of_other_letters_is_refused(world: World) -> None:
    await refused(world[1].set_webhook("https://example.com:8443/hook", secret_token="a b"), "unallowed characters")
