"""Channels that are gone, rights that are missing, rules of the guild, a bot that was thrown out.

Sources, read on 2026-11-29: developers/topics/permissions, developers/topics/opcodes-and-status-codes,
developers/events/gateway-events.
"""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import discord
import pytest

from simulators.discord import DiscordSimulator, Right
from simulators.discord.rights import ALL, EVERYONE, Overwrite, effective
from tests.polling import until
from tests.simulators.discord_client import Answer, Client, Wire, logged_in, wired

AN_HOUR = 3601.0


@pytest.fixture
async def pair() -> AsyncIterator[tuple[DiscordSimulator, Wire]]:
    async with wired() as both:
        yield both


@pytest.fixture
async def bot() -> AsyncIterator[tuple[DiscordSimulator, Client, Wire]]:
    async with DiscordSimulator(scale=0.01) as sim, aiohttp.ClientSession() as session, logged_in(sim) as client:
        yield sim, client, Wire(sim, session)


def refused(answer: Answer) -> tuple[int, int]:
    return answer.status, answer.code


def test_rights_follow_from_roles_and_overwrites_in_their_order() -> None:
    send, view = int(Right.SEND_MESSAGES), int(Right.VIEW_CHANNEL)
    everyone, role, member = Overwrite("g", 0, deny=send), Overwrite("r", 0, allow=send), Overwrite("m", 1, deny=send)

    def may(*overwrites: Overwrite, base: int = EVERYONE) -> int:
        return effective(base, "m", ["r", "other"], "g", overwrites) & send

    assert may()
    assert not may(everyone)
    assert may(everyone, role)
    assert not may(everyone, role, member)
    assert may(everyone, Overwrite("m", 1, allow=send))
    assert effective(EVERYONE, "m", [], "g", [Overwrite("m", 1, deny=view)]) == 0
    assert not effective(EVERYONE, "m", [], "g", [everyone]) & Right.ATTACH_FILES  # who may not send may not attach
    assert effective(int(Right.ADMINISTRATOR), "m", [], "g", [everyone]) == ALL


async def test_a_deleted_channel_is_unknown_and_its_event_comes(bot: tuple[DiscordSimulator, Client, Wire]) -> None:
    sim, client, wire = bot
    place = sim.add_channel("short")
    path = f"/channels/{place.id}/messages"
    sent = await wire("POST", path, {"content": "here"})
    asked = await sim_answered(sim, wire, place)
    thread = sim.open_thread(sim.alice, place, "talk")
    await until(lambda: client.get_channel(int(place.id)))
    sim.close_channel(place)
    await until(lambda: client.get_channel(int(place.id)) is None)
    for method, where in (
        ("GET", f"/channels/{place.id}"),
        ("GET", path),
        ("POST", path),
        ("PATCH", f"{path}/{sent.body['id']}"),
        ("DELETE", f"{path}/{sent.body['id']}"),
        ("POST", f"/channels/{thread.id}/messages"),
    ):
        answer = await wire(method, where, {"content": "x"} if method in ("POST", "PATCH") else None)
        assert refused(answer) == (404, 10003), where
    assert refused(await wire.hook("PATCH", asked, "/messages/@original", content="late")) == (404, 10003)
    listed = await wire("GET", f"/guilds/{sim.world.guild_id}/channels")
    assert [each["id"] for each in listed.body] == [sim.channel.id]
    with pytest.raises(ValueError, match="may not write"):
        await sim.say(sim.alice, place, "echo")


async def sim_answered(sim: DiscordSimulator, wire: Wire, place: Any) -> Any:
    """A command that was deferred there."""
    await wire.sync({"name": "ask", "description": "Ask", "contexts": [0, 1]})
    asked = await sim.slash(sim.alice, place, "ask")
    assert (await wire.answer(asked, 5)).status == 204
    return asked


@pytest.mark.parametrize(
    ("right", "send", "read", "edit"),
    [
        (Right.VIEW_CHANNEL, (403, 50001), (403, 50001), (403, 50001)),
        (Right.SEND_MESSAGES, (403, 50013), None, None),
        (Right.READ_MESSAGE_HISTORY, None, None, None),
    ],
)
async def test_a_right_that_is_denied(
    pair: tuple[DiscordSimulator, Wire], right: Right, send: Any, read: Any, edit: Any
) -> None:
    sim, wire = pair
    sent = await wire.send(content="before")
    path = f"/channels/{sim.channel.id}/messages"
    sim.deny(sim.channel, right)
    for expected, answer in (
        (send, await wire.send(content="x")),
        (read, await wire("GET", path)),
        (edit, await wire("PATCH", f"{path}/{sent.body['id']}", {"content": "y"})),
    ):
        assert answer.status == 200 if expected is None else refused(answer) == expected
    sim.allow(sim.channel, right)
    assert (await wire.send(content="again")).status == 200


async def test_without_the_right_to_read_history(pair: tuple[DiscordSimulator, Wire]) -> None:
    sim, wire = pair
    said = await sim.say(sim.alice, sim.channel, "hello")
    path = f"/channels/{sim.channel.id}/messages"
    sim.deny(sim.channel, Right.READ_MESSAGE_HISTORY)
    assert (await wire("GET", path)).body == []
    assert refused(await wire("GET", f"{path}/{said.id}")) == (403, 50013)
    assert refused(await wire.send(content="x", message_reference={"message_id": said.id})) == (400, 160002)


async def test_without_the_right_to_attach_files(pair: tuple[DiscordSimulator, Wire]) -> None:
    sim, wire = pair
    sim.deny(sim.channel, Right.ATTACH_FILES)
    form = aiohttp.FormData()
    form.add_field("payload_json", '{"content": "see"}', content_type="application/json")
    form.add_field("files[0]", b"data", filename="a.txt")
    assert refused(await wire("POST", f"/channels/{sim.channel.id}/messages", data=form)) == (403, 50013)
    assert (await wire.send(content="words")).status == 200


async def test_discord_py_knows_the_overwrites_and_the_roles(bot: tuple[DiscordSimulator, Client, Wire]) -> None:
    sim, client, _ = bot
    (channel,) = client.get_all_channels()
    assert isinstance(channel, discord.TextChannel)

    def mine() -> discord.Permissions:
        return channel.permissions_for(channel.guild.me)

    assert mine().send_messages
    sim.deny(sim.channel, Right.SEND_MESSAGES)
    await until(lambda: not mine().send_messages)
    sim.give(sim.bot, sim.add_role("Speakers", int(Right.MANAGE_THREADS)))
    await until(lambda: mine().manage_threads)
    await sim.say(sim.alice, sim.channel, "seen")
    sim.deny(sim.channel, Right.VIEW_CHANNEL)
    await sim.say(sim.alice, sim.channel, "unseen")
    sim.allow(sim.channel, Right.VIEW_CHANNEL)
    await sim.say(sim.alice, sim.channel, "seen too")
    await until(lambda: len(client.heard) == 2)
    assert client.texts == ["seen", "seen too"]


async def test_an_interaction_says_what_its_person_and_the_bot_may(pair: tuple[DiscordSimulator, Wire]) -> None:
    sim, wire = pair
    sim.deny(sim.channel, Right.SEND_MESSAGES)
    await wire.sync({"name": "ask", "description": "Ask"})
    async with logged_in(sim) as client:
        asked = await sim.slash(sim.alice, sim.channel, "ask")
        await until(lambda: client.asked)
        assert not client.asked[0].app_permissions.send_messages
        assert client.asked[0].permissions.send_messages
        assert (await wire.answer(asked, 4, content="all the same")).status == 204  # the token is the right to answer


async def test_a_bot_that_was_kicked_and_one_whose_guild_is_away(bot: tuple[DiscordSimulator, Client, Wire]) -> None:
    sim, client, wire = bot
    sim.outage()
    await until(lambda: client.guilds and client.guilds[0].unavailable)
    assert (await wire.send(content="still a member")).status == 200
    sim.kick()
    await until(lambda: not client.guilds)
    assert refused(await wire.send(content="x")) == (403, 50001)
    assert refused(await wire("GET", f"/guilds/{sim.world.guild_id}")) == (404, 10004)
    direct = await wire("POST", "/users/@me/channels", {"recipient_id": sim.alice.id})
    assert refused(await wire("POST", f"/channels/{direct.body['id']}/messages", {"content": "x"})) == (403, 50278)
    await sim.say(sim.alice, sim.channel, "unheard")
    async with logged_in(sim) as later:
        assert list(later.guilds) == []
    sim.invite()
    await until(lambda: client.guilds)
    await sim.say(sim.alice, sim.channel, "heard")
    await until(lambda: client.texts)
    assert client.texts == ["heard"]


async def test_slow_mode_holds_people_and_not_bots_unless_the_test_says_so(
    pair: tuple[DiscordSimulator, Wire],
) -> None:
    sim, wire = pair
    sim.buckets.crossing = 0.0
    sim.slow_mode(sim.channel, 6000)  # a minute at this scale
    await sim.say(sim.alice, sim.channel, "one")
    with pytest.raises(ValueError, match="slow mode"):
        await sim.say(sim.alice, sim.channel, "two")
    await sim.say(sim.bob, sim.channel, "mine")
    await sim.say(sim.admin, sim.channel, "rules")
    await sim.say(sim.admin, sim.channel, "more rules")
    assert [(await wire.send(content=str(each))).status for each in range(2)] == [200, 200]
    sim.slow_mode(sim.channel, 6000, bots=True)
    answer = await wire.send(content="too soon")
    assert refused(answer) == (429, 20016)
    assert 59 < answer.body["retry_after"] <= 60
    assert int(answer.headers["Retry-After"]) >= answer.body["retry_after"]
    assert sim.ledger[-1].hold == answer.body["retry_after"]
    await wire.send(content="at once again")
    assert sim.ledger[-1].verdict == "before retry_after"
    sim.advance(60)
    assert (await wire.send(content="in time")).status == 200
    await sim.say(sim.alice, sim.channel, "two")


async def test_a_word_and_a_link_that_the_guild_blocks(pair: tuple[DiscordSimulator, Wire]) -> None:
    sim, wire = pair
    sim.block_words("forbidden")
    sim.block_links("bad.example")
    asked = await sim_answered(sim, wire, sim.channel)
    path = "/messages/@original"
    assert refused(await wire.send(content="a Forbidden word")) == (400, 200000)
    assert refused(await wire.send(content="see https://bad.example/x")) == (400, 240000)
    assert refused(await wire.hook("PATCH", asked, path, content="forbidden")) == (400, 200000)
    shown = {"flags": 1 << 15, "components": [{"type": 10, "content": "forbidden"}]}
    assert refused(await wire.hook("PATCH", asked, path, **shown)) == (400, 200000)
    assert (await wire.hook("PATCH", asked, path, content="fine")).status == 200
    assert (await wire.hook("POST", asked, content="forbidden", flags=64)).status == 200  # for one person alone
    assert [each.content for each in sim.messages(sim.channel)] == ["fine", "forbidden"]
    with pytest.raises(ValueError, match="blocks"):
        await sim.say(sim.alice, sim.channel, "forbidden")
    await sim.say(sim.alice, sim.dm(sim.alice), "forbidden")  # the guild's rules end at its channels
    direct = f"/channels/{sim.dm(sim.alice).id}/messages"
    assert (await wire("POST", direct, {"content": "forbidden"})).status == 200


async def test_edits_of_old_messages_are_few() -> None:
    async with wired(scale=1.0) as (sim, wire):
        sent = await wire.send(content="0")
        path = f"/channels/{sim.channel.id}/messages/{sent.body['id']}"
        assert [(await wire("PATCH", path, {"content": str(each)})).status for each in range(4)] == [200] * 4
        sim.advance(AN_HOUR)
        assert [(await wire("PATCH", path, {"content": str(each)})).status for each in range(3)] == [200] * 3
        answer = await wire("PATCH", path, {"content": "one too many"})
        assert refused(answer) == (429, 30046)
        assert 0 < answer.body["retry_after"] <= 6
        young = await wire.send(content="new")
        assert (await wire("PATCH", f"{path.rpartition('/')[0]}/{young.body['id']}", {"content": "n"})).status == 200
        sim.advance(answer.body["retry_after"])
        assert (await wire("PATCH", path, {"content": "in time"})).status == 200


async def test_a_forward_shows_the_content_and_not_its_author(bot: tuple[DiscordSimulator, Client, Wire]) -> None:
    sim, client, wire = bot
    said = await sim.say(sim.alice, sim.channel, "news", files=[("a.txt", b"data")])
    await sim.forward(sim.bob, said, sim.dm(sim.bob))
    await until(lambda: len(client.heard) == 2)
    shown = client.heard[1]
    assert shown.content == ""
    assert [each.content for each in shown.message_snapshots] == ["news"]
    assert await shown.message_snapshots[0].attachments[0].read() == b"data"
    assert shown.reference is not None
    assert str(shown.reference.channel_id) == sim.channel.id
    kept = await wire("GET", f"/channels/{sim.dm(sim.bob).id}/messages")
    assert kept.body[0]["message_reference"]["type"] == 1


async def test_a_forward_hides_its_content_without_the_intent(pair: tuple[DiscordSimulator, Wire]) -> None:
    sim, wire = pair
    sim.gateway.privileged = 0
    said = await sim.say(sim.alice, sim.channel, "news")
    await sim.forward(sim.bob, said, sim.channel)
    kept = await wire("GET", f"/channels/{sim.channel.id}/messages")
    assert [each["message_snapshots"][0]["message"]["content"] for each in kept.body[:1]] == [""]


async def test_several_messages_deleted_at_once_and_a_preview_that_is_nobodys_edit(
    bot: tuple[DiscordSimulator, Client, Wire],
) -> None:
    sim, client, _ = bot
    said = [await sim.say(sim.alice, sim.channel, f"https://{each}.example") for each in "ab"]
    await sim.unfurl(said[0], url="https://a.example", title="A")
    sim.purge(*said)
    await until(lambda: "MESSAGE_DELETE_BULK" in client.events)
    assert client.events[-4:] == ["MESSAGE_CREATE", "MESSAGE_CREATE", "MESSAGE_UPDATE", "MESSAGE_DELETE_BULK"]
    assert said[0].edited is None
    assert sim.messages(sim.channel) == []
