"""Channel messages: what discord.py can do with them, and what is refused."""

import io
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import discord
import pytest

from simulators.discord import DiscordSimulator
from simulators.discord.world import ATTACHMENT_LIMIT
from tests.polling import until
from tests.simulators.discord_client import Client, Wire, logged_in, wired

BUTTON = {"type": 2, "style": 1, "label": "Go", "custom_id": "go"}


def row(*components: Any) -> dict[str, Any]:
    return {"type": 1, "components": list(components)}


@pytest.fixture
async def pair() -> AsyncIterator[tuple[DiscordSimulator, Wire]]:
    async with wired() as both:
        yield both


@pytest.fixture
async def bot() -> AsyncIterator[tuple[DiscordSimulator, Client]]:
    async with DiscordSimulator(scale=0.01) as sim, logged_in(sim) as client:
        yield sim, client


def home(sim: DiscordSimulator, client: Client) -> discord.PartialMessageable:
    return client.get_partial_messageable(int(sim.channel.id))


async def test_reply_edit_typing_delete(bot: tuple[DiscordSimulator, Client]) -> None:
    sim, client = bot
    said = await sim.say(sim.alice, sim.channel, "hello", mention=True)
    await until(lambda: client.heard)
    assert client.user in client.heard[0].mentions
    async with client.heard[0].channel.typing():
        sent = await client.heard[0].reply("one", allowed_mentions=discord.AllowedMentions.none())
    await sent.edit(content="two", suppress=True)
    kept = sim.messages(sim.channel)[-1]
    assert (kept.content, kept.history, kept.edits) == ("two", ["one", "two"], 1)
    assert kept.reference == said.id
    assert kept.flags == discord.MessageFlags(suppress_embeds=True).value
    assert kept.pings == []
    await sent.delete()
    assert sim.messages(sim.channel) == [said]
    assert kept.deleted
    with pytest.raises(discord.NotFound) as gone:
        await sent.edit(content="three")
    assert gone.value.code == 10008


async def test_direct_channels(bot: tuple[DiscordSimulator, Client]) -> None:
    sim, client = bot
    user = await client.fetch_user(int(sim.bob.id))
    await user.send("psst")
    assert [each.content for each in sim.messages(sim.dm(sim.bob))] == ["psst"]
    with pytest.raises(ValueError, match="no part"):
        await sim.say(sim.alice, sim.dm(sim.bob), "not mine")


async def test_people_edit_and_delete_what_they_said(bot: tuple[DiscordSimulator, Client]) -> None:
    sim, client = bot
    said = await sim.say(sim.alice, sim.channel, "helo")
    await sim.edit(said, "hello")
    await sim.delete(said)
    await until(lambda: client.events[-1] == "MESSAGE_DELETE")
    assert client.events[-3:] == ["MESSAGE_CREATE", "MESSAGE_UPDATE", "MESSAGE_DELETE"]
    assert said.history == ["helo", "hello"]
    assert sim.messages(sim.channel) == []


async def test_history_newest_first_and_after_an_id(bot: tuple[DiscordSimulator, Client]) -> None:
    sim, client = bot
    said = [await sim.say(sim.alice, sim.channel, str(number)) for number in range(5)]
    channel = home(sim, client)
    assert [each.content async for each in channel.history(limit=2)] == ["4", "3"]
    after = discord.Object(int(said[1].id))
    assert [each.content async for each in channel.history(after=after, oldest_first=True)] == ["2", "3", "4"]
    middle = discord.Object(int(said[2].id))
    assert [each.content async for each in channel.history(around=middle, limit=3)] == ["3", "2", "1"]


async def test_files_go_up_and_come_down(bot: tuple[DiscordSimulator, Client]) -> None:
    sim, client = bot
    sent = await home(sim, client).send("see", file=discord.File(io.BytesIO(b"data"), "answer.txt"))
    (kept,) = sim.messages(sim.channel)
    assert [(each.name, each.data) for each in kept.attachments] == [("answer.txt", b"data")]
    assert sim.seen("POST .*/messages$")[0].body["files"] == ["answer.txt"]
    assert await sent.attachments[0].read() == b"data"
    await sim.say(sim.alice, sim.channel, "mine", files=[("photo.png", b"png")])
    await until(lambda: client.heard)
    assert await client.heard[0].attachments[0].read() == b"png"
    assert client.heard[0].attachments[0].content_type == "image/png"


async def test_a_file_above_ten_mebibytes_is_refused(pair: tuple[DiscordSimulator, Wire]) -> None:
    sim, wire = pair
    for size, status in ((ATTACHMENT_LIMIT, 200), (ATTACHMENT_LIMIT + 1, 413)):
        form = aiohttp.FormData(quote_fields=False)
        form.add_field("payload_json", json.dumps({"content": "big"}), content_type="application/json")
        form.add_field("files[0]", io.BytesIO(bytes(size)), filename="big.bin", content_type="application/octet-stream")
        answer = await wire("POST", f"/channels/{sim.channel.id}/messages", data=form)
        assert answer.status == status
    assert answer.code == 40005
    assert len(sim.messages(sim.channel)) == 1


async def test_a_nonce_that_is_enforced_makes_one_message(pair: tuple[DiscordSimulator, Wire]) -> None:
    sim, wire = pair
    first = await wire.send(content="first", nonce="question-1", enforce_nonce=True)
    second = await wire.send(content="second", nonce="question-1", enforce_nonce=True)
    assert first.body["id"] == second.body["id"]
    assert second.body["content"] == "first"
    await wire.send(content="third", nonce="question-1")
    assert [each.content for each in sim.messages(sim.channel)] == ["first", "third"]
    sim.advance(181)  # "the past few minutes" are over
    await wire.send(content="fourth", nonce="question-1", enforce_nonce=True)
    assert sim.messages(sim.channel)[-1].content == "fourth"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"content": "x" * 2001}, 50035),
        ({"content": "😀" * 1001}, 50035),
        ({"content": 7}, 50035),
        ({"content": "  \n"}, 50006),
        ({}, 50006),
        ({"content": "x", "nonce": "n" * 26}, 50035),
        ({"content": "x", "flags": 64}, 50035),
        ({"content": "x", "allowed_mentions": {"parse": ["all"]}}, 50035),
        ({"content": "x", "message_reference": {"message_id": "1"}}, 50035),
        ({"content": "x", "embeds": [{"title": "t" * 257}]}, 50035),
        ({"content": "x", "embeds": [{"description": "d" * 4000}, {"description": "d" * 2001}]}, 50035),
        ({"content": "x", "embeds": [{"title": "t"}] * 11}, 50035),
        ({"content": "x", "components": [row(BUTTON)] * 6}, 50035),
        ({"content": "x", "components": [row(*[{**BUTTON, "custom_id": str(n)} for n in range(6)])]}, 50035),
        ({"content": "x", "components": [row()]}, 50035),
        ({"content": "x", "components": [BUTTON]}, 50035),
        ({"content": "x", "components": [row(BUTTON, BUTTON)]}, 50035),
        ({"content": "x", "components": [row({**BUTTON, "custom_id": "c" * 101})]}, 50035),
        ({"content": "x", "components": [row({**BUTTON, "custom_id": ""})]}, 50035),
        ({"content": "x", "components": [row({**BUTTON, "label": "l" * 81})]}, 50035),
        ({"content": "x", "components": [row({**BUTTON, "label": ""})]}, 50035),
        ({"content": "x", "components": [row({**BUTTON, "style": 9})]}, 50035),
        ({"content": "x", "components": [row({"type": 2, "style": 5, "label": "l"})]}, 50035),
        ({"content": "x", "flags": 1 << 15, "components": [{"type": 10, "content": "y"}]}, 50035),
        ({"flags": 1 << 15, "components": [{"type": 10, "content": "y" * 4001}]}, 50035),
        ({"flags": 1 << 15, "components": [{"type": 10, "content": "y"}] * 41}, 50035),
        ({"components": [{"type": 10, "content": "y"}]}, 50035),
    ],
)
async def test_refused_and_nothing_happens(
    pair: tuple[DiscordSimulator, Wire], fields: dict[str, Any], code: int
) -> None:
    sim, wire = pair
    answer = await wire.send(**fields)
    assert (answer.status, answer.code) == (400, code)
    assert sim.messages(sim.channel) == []
    assert str(code) in sim.ledger[-1].verdict


@pytest.mark.parametrize(
    "fields",
    [
        {"content": "😀" * 1000},
        {"embeds": [{"description": "d" * 4096}]},
        {"content": "x", "components": [row(*[{**BUTTON, "custom_id": str(n)} for n in range(5)])]},
        {"content": "x", "message_reference": {"message_id": "1", "fail_if_not_exists": False}},
        {"flags": 1 << 15, "components": [{"type": 17, "components": [{"type": 10, "content": "y" * 4000}]}]},
    ],
)
async def test_taken_at_the_limit(pair: tuple[DiscordSimulator, Wire], fields: dict[str, Any]) -> None:
    sim, wire = pair
    assert (await wire.send(**fields)).status == 200
    assert len(sim.messages(sim.channel)) == 1


async def test_whose_message_and_which_channel(pair: tuple[DiscordSimulator, Wire]) -> None:
    sim, wire = pair
    said = await sim.say(sim.alice, sim.channel, "mine")
    foreign = sim.add_channel("elsewhere", joined=False)
    place = f"/channels/{sim.channel.id}/messages"
    for method, path, status, code in (
        ("PATCH", f"{place}/{said.id}", 403, 50005),
        ("PATCH", f"{place}/{sim.bot.id}", 404, 10008),
        ("GET", f"{place}/{sim.bot.id}", 404, 10008),
        ("DELETE", f"{place}/{said.id}", 403, 50013),
        ("POST", "/channels/1/messages", 404, 10003),
        ("POST", f"/channels/{foreign.id}/messages", 403, 50001),
        ("GET", "/nothing/here", 404, 0),
        ("PUT", place, 405, 0),
    ):
        answer = await wire(method, path, {"content": "x"} if method in ("PATCH", "POST") else None)
        assert (answer.status, answer.code) == (status, code), path
    assert said.content == "mine"


async def test_without_the_token_nothing_is_told(pair: tuple[DiscordSimulator, Wire]) -> None:
    _, wire = pair
    for header in ("", "Bot wrong", "Bearer MTIzNDU2Nzg5.simul.discordtoken"):
        answer = await wire("GET", "/users/@me", headers={"Authorization": header})
        assert (answer.status, answer.body) == (401, {"message": "401: Unauthorized", "code": 0})


async def test_bodies_that_are_no_json(pair: tuple[DiscordSimulator, Wire]) -> None:
    sim, wire = pair
    place = f"/channels/{sim.channel.id}/messages"
    broken = await wire("POST", place, data="{", headers={"Content-Type": "application/json"})
    assert broken.code == 50109
    text = await wire("POST", place, data="hello", headers={"Content-Type": "text/plain"})
    assert text.code == 50035
    assert text.headers["Content-Type"] == "application/json"


async def test_pings_and_previews_fall_back_to_the_defaults_on_an_edit(pair: tuple[DiscordSimulator, Wire]) -> None:
    sim, wire = pair
    quiet = {"allowed_mentions": {"parse": []}, "flags": 4}
    sent = await wire.send(content=f"@everyone {sim.bob.mention} https://a.example", **quiet)
    (kept,) = sim.messages(sim.channel)
    path = f"/channels/{sim.channel.id}/messages/{sent.body['id']}"
    await wire("PATCH", path, {"content": f"still quiet {sim.bob.mention}", **quiet})
    assert (kept.pings, kept.previews) == ([], [])
    await wire("PATCH", path, {"content": f"@here {sim.bob.mention} https://b.example"})
    assert (kept.pings, kept.previews) == (["@here", sim.bob.mention], [])  # the flag stays until an edit sets flags
    await wire("PATCH", path, {"components": []})
    assert kept.pings == ["@here", sim.bob.mention]
    await wire("PATCH", path, {"flags": 0})
    assert kept.previews == ["https://b.example"]
    assert len(kept.history) == 3  # contents, not edits
    assert kept.edits == 4


async def test_a_reply_pings_unless_it_says_otherwise(pair: tuple[DiscordSimulator, Wire]) -> None:
    sim, wire = pair
    said = await sim.say(sim.alice, sim.channel, "hello")
    extras: list[dict[str, Any]] = [
        {},
        {"allowed_mentions": {"parse": []}},
        {"allowed_mentions": {"parse": [], "replied_user": True}},
    ]
    for extra in extras:
        await wire.send(content="answer", message_reference={"message_id": said.id}, **extra)
    pinged = [each.pings for each in sim.messages(sim.channel)[1:]]
    assert pinged == [[sim.alice.mention], [], [sim.alice.mention]]
