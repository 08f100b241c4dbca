"""Rows of the fault matrix at Discord's REST API: what people see, and what is stored, whatever Discord answers.

Those about the gateway are in `test_rows_gateway.py`.
"""

import signal
from collections import Counter
from collections.abc import AsyncIterator
from itertools import count, groupby
from typing import Any

import pytest
import pytest_asyncio

from simulators.completions import Script
from simulators.discord.places import Channel
from simulators.discord.world import Interaction, Message
from simulators.simulator import Entry, Fault
from tests.adapters.discord.reader import shown
from tests.journeys.rows import WORDS, by_discord, ended, fates, rows_of, tell
from tests.journeys.stored import letters
from tests.journeys.test_discord import LOSSES, button, buttons, replies, texts
from tests.journeys.world import World, a_world
from tests.polling import until

pytestmark = pytest.mark.asyncio(loop_scope="module")

CALLBACK, ORIGINAL = r"POST .*/callback$", r"PATCH .*/messages/@original$"
POST, EDIT = r"POST .*/channels/\d+/messages$", r"PATCH .*/channels/\d+/messages/\d+$"
PLACES = count(1)
HOLD = 2.5  # seconds


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """One bot for all of them; each has a channel of its own, so that none disturbs another."""
    async with a_world(tmp_path_factory.mktemp("rows"), "discord") as world:
        yield world


@pytest.fixture
def place(world: World) -> Channel:
    return world.discord.add_channel(f"place-{next(PLACES)}")


async def chat(world: World, place: Channel, text: str) -> Interaction:
    return await world.discord.slash(world.discord.alice, place, "chat", text=text)


async def a_neighbour_is_answered(world: World) -> None:
    """I12: whatever goes on elsewhere, somebody else is answered meanwhile."""
    sim = world.discord
    home = sim.add_channel(f"place-{next(PLACES)}")
    asked = await sim.slash(sim.bob, home, "chat", text="and me?")
    assert await ended(world, asked) == "answered"
    assert texts(world, home) == ["You said: and me?"]


def refused(world: World, place: Channel, since: int, status: int) -> list[Entry]:
    return [entry for entry in world.discord.ledger[since:] if entry.status == status]


def early(world: World) -> list[str]:
    """I11."""
    return [entry.request for entry in world.discord.ledger if entry.verdict == "before retry_after"]


def whole(message: Message | None) -> str:
    assert message
    return letters(shown(message.content))


async def test_row_18_an_acknowledgement_that_comes_too_late(world: World, place: Channel) -> None:
    """18: Discord ack slower than 3 s (loop blocked 5 s): Discord's failure text, row `undeliverable`, offered later.

    Where the bot is a member there is the channel; where it is none, there is nothing left. Others are served.
    """
    sim = world.discord
    far = sim.add_channel("far", joined=False)
    assert world.process
    world.process.send_signal(signal.SIGSTOP)
    here, there = await chat(world, place, "slow here"), await chat(world, far, "slow there")
    sim.advance(5)
    world.process.send_signal(signal.SIGCONT)
    assert await ended(world, there) == "undeliverable"
    assert await ended(world, here) == "answered"
    assert here.failed
    assert there.failed
    assert [shown(text) for text in texts(world, place)] == ["\nYou said: slow here"]
    assert texts(world, far) == []
    await a_neighbour_is_answered(world)
    again = await chat(world, far, "and now?")
    assert await ended(world, again) == "answered"
    await until(lambda: len(texts(world, far)) == 2)
    assert texts(world, far)[0] == "You said: and now?"
    assert "You said: slow there" in texts(world, far)[1]


async def test_row_18_must_not_occur(world: World) -> None:
    """18: thirty people at once are all acknowledged while answers grow in front of others."""
    sim = world.discord
    tell(world, {"a long one": Script(WORDS, rate=30)})
    growing = [await chat(world, sim.add_channel(f"place-{next(PLACES)}"), "a long one") for _ in range(4)]
    people = [sim.world.add_user(f"person{number}") for number in range(30)]
    crowd = sim.add_channel("crowd")
    asked = [await sim.slash(person, crowd, "chat", text="hello") for person in people]
    for each in (*growing, *asked):
        assert await ended(world, each) == "answered"
        assert each.acknowledged_at
        assert each.acknowledged_at - each.created < sim.deadline


@pytest.mark.parametrize("kind", LOSSES)
async def test_row_19_an_acknowledgement_that_is_reset(world: World, place: Channel, kind: Any) -> None:
    """19: Ack request itself fails (RST): retried inside 3 s. I1: the row was there before."""
    sim = world.discord
    sim.faults.append(Fault(CALLBACK, kind))
    asked = await chat(world, place, "hello")
    assert await ended(world, asked) == "answered"
    assert asked.acknowledged_at
    assert asked.acknowledged_at - asked.created < 3.0
    assert texts(world, place) == ["You said: hello"]
    assert rows_of(world, asked) == Counter(answered=1)


async def test_row_19_one_that_is_always_reset_ends_as_18(world: World, place: Channel) -> None:
    """19: else as 18: a message in the channel that names its reader."""
    sim = world.discord
    asked = await chat(world, place, "hello")
    sim.faults.append(Fault(rf"/interactions/{asked.id}/.*/callback$", "lose request", times=99))
    assert await ended(world, asked) == "answered"
    sim.advance(3)
    assert asked.failed
    assert texts(world, place) == [f"-# <@{sim.alice.id}>\nYou said: hello"]


async def test_row_20_an_unknown_interaction(world: World, place: Channel) -> None:
    """20: 10062 unknown interaction: normal message instead if allowed. I2."""
    sim = world.discord
    sim.faults.append(by_discord(CALLBACK, 404, 10062))
    asked = await chat(world, place, "hello")
    assert await ended(world, asked) == "answered"
    assert texts(world, place) == [f"-# <@{sim.alice.id}>\nYou said: hello"]
    sim.faults.append(by_discord(CALLBACK, 404, 10062))
    nowhere = await chat(world, sim.add_channel("no-member", joined=False), "hello")
    assert await ended(world, nowhere) == "undeliverable"
    assert fates(world)[nowhere.id][1]


async def test_row_22_an_edit_that_has_to_wait(world: World, place: Channel) -> None:
    """22: Edit 429, `retry_after` 5 s: stream pauses, catches up with the newest text, final exact. I11 I4 I12.

    The model is not held back meanwhile. Here the wait is shorter.
    """
    sim = world.discord
    tell(world, {"a long one": Script(WORDS, rate=60)})
    asked = await chat(world, place, "a long one")
    await until(lambda: asked.response and "word3" in asked.response.content)
    sim.faults.append(by_discord(ORIGINAL, 429, retry_after=HOLD))
    since = len(sim.ledger)
    await until(lambda: refused(world, place, since, 429))
    (limit,) = refused(world, place, since, 429)
    await a_neighbour_is_answered(world)
    await until(lambda: not world.hf.open_streams)
    assert sim.clock.now() < limit.at + HOLD
    assert await ended(world, asked) == "answered"
    assert sim.clock.now() >= limit.at + HOLD
    assert whole(asked.response) == letters(WORDS)
    assert early(world) == []


async def test_row_23_an_edit_that_cloudflare_refuses(world: World, place: Channel) -> None:
    """23: Edit 429 without `Via`/HTML body (Cloudflare): edits stop, final delivered later. I11 I2.

    It asks for 2 s; nothing at all goes out in them.
    """
    sim = world.discord
    tell(world, {"a long one": Script(WORDS, rate=60)})
    asked = await chat(world, place, "a long one")
    await until(lambda: asked.response and "word3" in asked.response.content)
    since = len(sim.ledger)
    html, wait = b"<html>You are being rate limited</html>", {"Retry-After": "2"}
    sim.faults.append(Fault(ORIGINAL, "status", status=429, body=html, content_type="text/html", headers=wait))
    assert await ended(world, asked) == "answered"
    (ban,) = refused(world, place, since, 429)
    after = sim.ledger[sim.ledger.index(ban) + 1]
    assert after.at - ban.at >= 2.0
    assert whole(asked.response) == letters(WORDS)
    assert early(world) == []


async def test_row_24_a_global_limit(world: World, place: Channel) -> None:
    """24: Global 429: all wait; interactions go on. I11."""
    sim = world.discord
    limit = by_discord(POST, 429, retry_after=HOLD, **{"global": True})
    limit.headers = {**limit.headers, "X-RateLimit-Global": "true", "Retry-After": str(HOLD)}
    sim.faults.append(limit)
    since = len(sim.ledger)
    held = await sim.say(sim.alice, place, "by mention", mention=True)
    await until(lambda: refused(world, place, since, 429))
    (told,) = refused(world, place, since, 429)
    also_held = await sim.say(sim.bob, sim.dm(sim.bob), "in private")
    await a_neighbour_is_answered(world)
    assert sim.clock.now() < told.at + HOLD
    for each in (held, also_held):
        assert await ended(world, each) == "answered"
    assert texts(world, place) == ["You said: by mention"]
    assert texts(world, sim.dm(sim.bob)) == ["You said: in private"]
    assert early(world) == []


async def test_row_25_an_edit_that_fails_three_times(world: World, place: Channel) -> None:
    """25: Edit returns 500 ×3 then OK: a late edit. I4."""
    sim = world.discord
    sim.faults.append(Fault(ORIGINAL, "status", times=3, status=500, headers={"Via": "1.1 google"}))
    asked = await chat(world, place, "hello")
    assert await ended(world, asked) == "answered"
    assert texts(world, place) == ["You said: hello"]
    assert [entry.status for entry in sim.seen(ORIGINAL) if asked.token in entry.request][:4] == [500, 500, 500, 200]


@pytest.mark.parametrize("kind", LOSSES)
@pytest.mark.parametrize("by", ["command", "mention"])
async def test_row_26_a_final_edit_that_is_reset(world: World, place: Channel, by: str, kind: Any) -> None:
    """26: RST on final edit: repeated (idempotent) until applied. I4 I3. Here of what Stop leaves."""
    sim = world.discord
    tell(world, {"a short one": Script("One two three four", rate=50, fault="stall", after=3)})
    asked: Any = (
        await chat(world, place, "a short one")
        if by == "command"
        else await sim.say(sim.alice, place, "a short one", mention=True)
    )
    await until(lambda: texts(world, place) == ["One two three"])  # and nothing more comes
    since = len(sim.ledger)
    sim.faults.append(Fault(ORIGINAL if by == "command" else EDIT, kind, times=2))
    (message,) = replies(world, place)
    await sim.press(sim.alice, message, button(message, "stop"))
    assert await ended(world, asked) == "cancelled"
    assert message.text == "One two three\n-# Stopped."
    assert [each for each in replies(world, place) if not each.ephemeral] == [message]
    assert buttons(message) == {"continue", "retry"}
    lost = [entry for entry in sim.ledger[since:] if entry.verdict == f"fault: {kind}"]
    assert ["Stopped." in entry.body["content"] for entry in lost] == [True, True]


async def test_row_27_a_message_that_was_made_before_the_reset(world: World, place: Channel) -> None:
    """27: RST on follow-up after the server created it: no duplicate: nonce / read-back. I3."""
    sim = world.discord
    pages = [letter * 1500 for letter in "abc"]
    tell(world, {"three pages": Script("\n\n".join(pages), rate=0)})
    sim.faults.append(Fault(POST, "lose response", times=2))
    asked = await chat(world, place, "three pages")
    assert await ended(world, asked) == "answered"
    assert letters("".join(texts(world, place))) == "".join(pages)
    assert len(replies(world, place)) == 3
    sim.faults.append(Fault(POST, "lose response"))
    mentioned = await sim.say(sim.alice, place, "again", mention=True)
    assert await ended(world, mentioned) == "answered"
    assert texts(world, place)[3:] == ["You said: again"]


async def test_row_27_a_follow_up_where_the_bot_is_no_member(world: World) -> None:
    """27: the same by the interaction's token alone, where Discord recognises no repeat: one more at the most."""
    sim = world.discord
    far = sim.add_channel("follow-ups", joined=False)
    pages = [letter * 1500 for letter in "abc"]
    tell(world, {"three pages": Script("\n\n".join(pages), rate=0)})
    sim.faults.append(Fault(r"POST .*/webhooks/\d+/[^/]+$", "lose response"))
    asked = await chat(world, far, "three pages")
    assert await ended(world, asked) == "answered"
    assert [page for page, _ in groupby(texts(world, far))] == pages
    assert len(texts(world, far)) <= 4


async def test_row_21_an_interaction_that_we_have_acknowledged_before(world: World, place: Channel) -> None:
    """21: 40060 already acknowledged: by a first try, of which we did not hear. One answer only. I3."""
    sim = world.discord
    sim.faults.append(Fault(CALLBACK, "lose response"))
    since = len(sim.ledger)
    asked = await chat(world, place, "hello")
    assert await ended(world, asked) == "answered"
    assert [entry.status for entry in sim.ledger[since:] if "/callback" in entry.request] == [0, 400]
    assert texts(world, place) == ["You said: hello"]
