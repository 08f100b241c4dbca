"""Rate limits: the pure buckets with a clock of their own, then over the wire with and without discord.py."""

import asyncio

import discord
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from simulators.discord import DiscordSimulator
from simulators.discord.buckets import CROSSING_SECONDS, GLOBAL_LIMIT, LIMIT, PERIOD, Buckets, Key
from simulators.discord.cloudflare import INVALID_LIMIT
from simulators.simulator import Fault
from tests.simulators.discord_client import logged_in, wired

SEND = Key("POST /channels/{channel_id}/messages", "1")
HOOK = Key("PATCH /webhooks/{webhook_id}/{webhook_token}/messages/{message_id}", "t", global_exempt=True)
ME = Key("GET /users/@me", "", limited=False)


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_the_sixth_request_in_a_window_is_refused_until_it_ends(clock: Clock) -> None:
    buckets = Buckets(1.0, clock)
    passed = [buckets.take(SEND) for _ in range(LIMIT)]
    assert [each.headers["X-RateLimit-Remaining"] for each in passed] == ["4", "3", "2", "1", "0"]
    clock.now += 2
    assert buckets.held(SEND) == 0  # nothing was announced yet
    assert buckets.take(SEND).retry_after == 3.0
    clock.now += 2.9
    assert buckets.held(SEND) == pytest.approx(0.1)
    assert buckets.take(SEND).retry_after == pytest.approx(0.1)
    clock.now += 0.1001
    assert buckets.held(SEND) == 0
    assert buckets.take(SEND).retry_after is None


def test_who_was_on_the_way_when_a_retry_after_went_out_is_not_early(clock: Clock) -> None:
    buckets = Buckets(1.0, clock)
    buckets.hold(SEND, 3.0)
    assert buckets.take(SEND).retry_after == 3.0
    assert not buckets.early(SEND)
    clock.now += CROSSING_SECONDS
    assert buckets.early(SEND)
    clock.now += 3.0
    assert not buckets.early(SEND)


def test_channels_and_tokens_have_buckets_of_their_own_but_one_hash(clock: Clock) -> None:
    buckets = Buckets(1.0, clock)
    other = Key(SEND.route, "2")
    for _ in range(LIMIT):
        buckets.take(SEND)
    assert buckets.take(other).retry_after is None
    assert buckets.take(SEND).retry_after == 5.0
    assert SEND.hash == other.hash != HOOK.hash


def test_scale_shortens_windows_and_what_is_announced(clock: Clock) -> None:
    buckets = Buckets(0.1, clock)
    for _ in range(LIMIT):
        last = buckets.take(SEND)
    assert last.headers["X-RateLimit-Reset-After"] == "0.500"
    assert buckets.take(SEND).retry_after == 0.5


def test_the_global_limit_stops_everything_but_interactions(clock: Clock) -> None:
    buckets = Buckets(1.0, clock)
    for _ in range(GLOBAL_LIMIT):
        assert buckets.take(ME).retry_after is None
    refused = buckets.take(SEND)
    assert (refused.scope, refused.retry_after) == ("global", 1.0)
    assert refused.headers["X-RateLimit-Global"] == "true"
    assert buckets.take(HOOK).retry_after is None
    clock.now += 1.0
    assert buckets.take(SEND).retry_after is None


def test_a_hold_that_a_test_scripted_binds(clock: Clock) -> None:
    buckets = Buckets(1.0, clock)
    buckets.hold(HOOK, 7.0)
    assert buckets.take(HOOK).retry_after == 7.0
    assert buckets.take(SEND).retry_after is None
    buckets.hold(SEND, 3.0, everywhere=True)
    assert buckets.held(ME) == 3.0


@given(st.lists(st.floats(0, 3), max_size=60))
def test_who_waits_as_told_always_gets_through_and_no_window_takes_more_than_five(pauses: list[float]) -> None:
    clock = Clock()
    buckets = Buckets(1.0, clock)
    passed: list[float] = []
    for pause in pauses:
        clock.now += pause
        wait = buckets.take(SEND).retry_after
        if wait is not None:
            assert buckets.take(SEND).retry_after is not None
            clock.now += wait
            assert buckets.held(SEND) == 0
            assert buckets.take(SEND).retry_after is None
        passed.append(clock.now)
    windows = [passed[index : index + 2 * LIMIT + 1] for index in range(len(passed) - 2 * LIMIT)]
    assert all(window[-1] - window[0] >= PERIOD for window in windows)  # fixed windows: at most two side by side


async def test_a_429_as_discord_sends_it_and_who_does_not_wait_is_noted() -> None:
    async with wired(scale=1.0) as (sim, wire):
        sim.buckets.crossing = 0.0
        answers = [await wire.send(content=str(each)) for each in range(LIMIT + 2)]
        assert [each.status for each in answers] == [200] * LIMIT + [429, 429]
        last = answers[-1]
        assert last.body["global"] is False
        assert 0 < last.body["retry_after"] <= 5
        assert last.headers["Via"]
        assert last.headers["X-RateLimit-Scope"] == "user"
        assert int(last.headers["Retry-After"]) >= last.body["retry_after"]
        assert last.headers["X-RateLimit-Bucket"] == answers[0].headers["X-RateLimit-Bucket"]
        assert [each.verdict for each in sim.ledger[-2:]] == ["rate limited (user)", "before retry_after"]
        assert sim.ledger[-1].hold == last.body["retry_after"]
        assert len(sim.messages(sim.channel)) == LIMIT


async def test_discord_py_keeps_the_limits_that_the_headers_tell() -> None:
    async with DiscordSimulator(scale=0.02) as sim, logged_in(sim) as client:
        channel = client.get_partial_messageable(int(sim.channel.id))
        await asyncio.gather(*(channel.send(str(each)) for each in range(12)))
        assert sorted(int(each.content) for each in sim.messages(sim.channel)) == list(range(12))
        assert not [each for each in sim.ledger if each.verdict]


async def test_discord_py_waits_out_a_scripted_429() -> None:
    async with DiscordSimulator(scale=0.02) as sim, logged_in(sim) as client:
        body = b'{"message": "slow", "retry_after": 0.05, "global": false}'
        sim.faults.append(Fault("POST .*/messages$", "status", status=429, headers={"Via": "x"}, body=body))
        await client.get_partial_messageable(int(sim.channel.id)).send("late")
        assert [each.status for each in sim.seen("POST .*/messages$")] == [429, 200]
        assert [each.verdict for each in sim.seen("POST .*/messages$")] == ["fault: status", ""]


async def test_a_scripted_429_is_remembered() -> None:
    async with wired() as (sim, wire):
        sim.buckets.crossing = 0.0
        body = b'{"message": "slow", "retry_after": 60, "global": false}'
        sim.faults.append(Fault("POST .*/messages$", "status", status=429, headers={"Via": "x"}, body=body))
        assert (await wire.send(content="1")).status == 429
        assert (await wire.send(content="2")).status == 429
        assert sim.ledger[-1].verdict == "before retry_after"
        assert (await wire("GET", f"/channels/{sim.channel.id}/messages")).status == 200


async def test_a_busy_channel_refuses_everybody_and_that_counts_against_nobody() -> None:
    async with wired() as (sim, wire):
        sim.overload(sim.channel, 3000)
        refused = await wire.send(content="x")
        assert (refused.status, refused.headers["X-RateLimit-Scope"]) == (429, "shared")
        assert refused.body["message"] == "The resource is being rate limited."
        assert 29 < refused.body["retry_after"] <= 30
        assert (await wire("GET", "/users/@me")).status == 200
        assert sim.invalid_requests == 0
        sim.advance(30)
        assert (await wire.send(content="y")).status == 200


async def test_invalid_requests_are_counted_and_too_many_lead_to_a_ban() -> None:
    async with wired() as (sim, wire):
        sim.buckets.crossing = 0.0
        assert (await wire("GET", "/users/@me", headers={"Authorization": "Bot wrong"})).status == 401
        assert (await wire("GET", "/users/1")).status == 404
        assert (await wire.send(content="")).status == 400
        assert sim.invalid_requests == 1
        sim.advance(600)
        assert sim.invalid_requests == 0
        for _ in range(INVALID_LIMIT - 1):
            sim.cloudflare.note(web.Response(status=403), sim.clock.now())
        assert (await wire("GET", "/users/@me")).status == 200
        await wire("GET", "/users/@me", headers={"Authorization": "Bot wrong"})
        banned = await wire("GET", "/users/@me")
        assert (banned.status, banned.headers["Content-Type"]) == (429, "text/html")
        assert "Via" not in banned.headers
        assert int(banned.headers["Retry-After"]) == 600
        assert sim.ledger[-1].verdict == "before retry_after"
        sim.advance(600)
        assert (await wire("GET", "/users/@me")).status == 200


async def test_discord_py_takes_a_ban_for_what_it_is() -> None:
    async with DiscordSimulator(scale=0.02) as sim, logged_in(sim) as client:
        sim.ban(60)
        with pytest.raises(discord.HTTPException) as banned:
            await client.get_partial_messageable(int(sim.channel.id)).send("x")
        assert banned.value.status == 429
        assert len(sim.seen("POST .*/messages$")) == 1
        sim.advance(60)
        await client.get_partial_messageable(int(sim.channel.id)).send("x")
