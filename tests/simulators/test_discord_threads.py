"""Threads: opened, joined, archived, locked, deleted. developers/topics/threads, read on 2026-11-29."""

from collections.abc import AsyncIterator

import aiohttp
import discord
import pytest

from simulators.discord import Channel, DiscordSimulator, Right
from tests.polling import until
from tests.simulators.discord_client import Answer, Client, Wire, logged_in

DAY = 86_400.0


@pytest.fixture
async def bot() -> AsyncIterator[tuple[DiscordSimulator, Client, Wire]]:
    async with DiscordSimulator(scale=0.01) as sim, aiohttp.ClientSession() as session, logged_in(sim) as client:
        yield sim, client, Wire(sim, session)


def refused(answer: Answer) -> tuple[int, int]:
    return answer.status, answer.code


def known(client: Client, place: Channel) -> discord.Thread | None:
    found = client.get_channel(int(place.id))
    return found if isinstance(found, discord.Thread) else None


def asleep(place: Channel) -> bool:
    return place.archived


async def test_discord_py_opens_a_thread_at_a_message_and_writes_in_it(
    bot: tuple[DiscordSimulator, Client, Wire],
) -> None:
    sim, client, _ = bot
    said = await sim.say(sim.alice, sim.channel, "a question", mention=True)
    await until(lambda: client.heard)
    thread = await client.heard[0].create_thread(name="An answer", auto_archive_duration=60)
    assert str(thread.id) == said.id
    assert thread.owner_id == int(sim.bot.id)
    sent = await thread.send("here")
    await sent.edit(content="here it is")
    place = sim.world.channels[said.id]
    assert [each.type for each in sim.messages(place)] == [21, 0]
    assert place.archive_after == 60
    assert said.thread is place
    await sim.say(sim.alice, place, "thanks")
    await until(lambda: client.texts[-1] == "thanks")
    assert isinstance(client.heard[-1].channel, discord.Thread)
    with pytest.raises(discord.HTTPException) as twice:
        await client.heard[0].create_thread(name="Another")
    assert twice.value.code == 160004


async def test_a_thread_without_a_message_is_told_of_in_its_channel(bot: tuple[DiscordSimulator, Client, Wire]) -> None:
    sim, client, wire = bot
    path = f"/channels/{sim.channel.id}/threads"
    opened = await wire("POST", path, {"name": "Talk", "type": 11})
    assert opened.status == 201
    assert opened.body["owner_id"] == sim.bot.id
    assert opened.body["member"]["user_id"] == sim.bot.id
    await until(lambda: "THREAD_CREATE" in client.events)
    (notice,) = sim.messages(sim.channel)
    assert (notice.type, notice.content) == (18, "Talk")
    shown = await wire("GET", f"/channels/{sim.channel.id}/messages")
    assert shown.body[0]["message_reference"]["channel_id"] == opened.body["id"]
    listed = await wire("GET", f"/guilds/{sim.world.guild_id}/threads/active")
    assert [each["id"] for each in listed.body["threads"]] == [opened.body["id"]]
    for body, code in (
        ({"name": ""}, 50035),
        ({"name": "n" * 101}, 50035),
        ({"name": "n", "type": 5}, 50035),
        ({"name": "n", "auto_archive_duration": 7}, 50035),
    ):
        assert refused(await wire("POST", path, body)) == (400, code)
    inside = f"/channels/{opened.body['id']}/threads"
    assert refused(await wire("POST", inside, {"name": "deeper"})) == (400, 50024)


async def test_rights_of_threads_are_their_own(bot: tuple[DiscordSimulator, Client, Wire]) -> None:
    sim, _, wire = bot
    said = await sim.say(sim.alice, sim.channel, "hello")
    place = sim.open_thread(sim.alice, sim.channel, "Talk")
    sim.deny(sim.channel, Right.SEND_MESSAGES)
    assert (await wire("POST", f"/channels/{place.id}/messages", {"content": "x"})).status == 200
    sim.deny(sim.channel, Right.SEND_MESSAGES_IN_THREADS)
    assert refused(await wire("POST", f"/channels/{place.id}/messages", {"content": "x"})) == (403, 50013)
    sim.deny(sim.channel, Right.CREATE_PUBLIC_THREADS)
    at_message = f"/channels/{sim.channel.id}/messages/{said.id}/threads"
    assert refused(await wire("POST", at_message, {"name": "n"})) == (403, 50013)
    assert refused(await wire("POST", f"/channels/{sim.channel.id}/threads", {"name": "n"})) == (403, 50013)
    assert refused(await wire("DELETE", f"/channels/{place.id}")) == (403, 50013)


async def test_an_archived_thread_takes_no_edit_and_wakes_for_a_message(
    bot: tuple[DiscordSimulator, Client, Wire],
) -> None:
    sim, client, wire = bot
    place = sim.open_thread(sim.alice, sim.channel, "Talk")
    path = f"/channels/{place.id}/messages"
    sent = await wire("POST", path, {"content": "one"})
    await until(lambda: known(client, place))
    sim.archive(place)
    await until(lambda: "THREAD_UPDATE" in client.events)
    assert refused(await wire("PATCH", f"{path}/{sent.body['id']}", {"content": "two"})) == (400, 50083)
    assert (await wire("GET", path)).status == 200
    with pytest.raises(ValueError, match="closed"):
        await sim.slash(sim.alice, place, "ask")
    assert (await wire("DELETE", f"{path}/{sent.body['id']}")).status == 204
    assert asleep(place)
    assert (await wire("POST", path, {"content": "three"})).status == 200
    assert not asleep(place)
    await until(lambda: client.events.count("THREAD_UPDATE") == 2)


async def test_a_locked_thread_is_for_moderators(bot: tuple[DiscordSimulator, Client, Wire]) -> None:
    sim, _, wire = bot
    place = sim.open_thread(sim.alice, sim.channel, "Talk")
    path = f"/channels/{place.id}/messages"
    sent = await wire("POST", path, {"content": "one"})
    sim.lock(place)
    assert refused(await wire("POST", path, {"content": "two"})) == (400, 160005)
    assert refused(await wire("PATCH", f"{path}/{sent.body['id']}", {"content": "two"})) == (400, 160005)
    with pytest.raises(ValueError, match="locked"):
        await sim.say(sim.alice, place, "please")
    sim.archive(place, locked=True)
    assert refused(await wire("DELETE", f"{path}/{sent.body['id']}")) == (400, 160005)
    assert refused(await wire("PATCH", f"/channels/{place.id}", {"archived": False})) == (403, 50013)
    sim.give(sim.bot, sim.add_role("Moderators", int(Right.MANAGE_THREADS)))
    assert (await wire("PATCH", f"/channels/{place.id}", {"archived": False, "locked": False})).status == 200
    assert (await wire("POST", path, {"content": "two"})).status == 200


async def test_who_opened_a_thread_may_rename_and_archive_it(bot: tuple[DiscordSimulator, Client, Wire]) -> None:
    sim, client, wire = bot
    own = await wire("POST", f"/channels/{sim.channel.id}/threads", {"name": "Mine", "type": 11})
    await until(lambda: client.get_channel(int(own.body["id"])))
    thread = client.get_channel(int(own.body["id"]))
    assert isinstance(thread, discord.Thread)
    await thread.edit(name="Still mine", archived=True)
    place = sim.world.channels[own.body["id"]]
    assert (place.name, place.archived) == ("Still mine", True)
    assert refused(await wire("PATCH", f"/channels/{place.id}", {"locked": True})) == (403, 50013)
    foreign = sim.open_thread(sim.alice, sim.channel, "Hers")
    assert refused(await wire("PATCH", f"/channels/{foreign.id}", {"name": "x"})) == (403, 50013)


async def test_a_private_thread_is_seen_by_its_members_alone(bot: tuple[DiscordSimulator, Client, Wire]) -> None:
    sim, client, wire = bot
    place = sim.open_thread(sim.alice, sim.channel, "Secret", secret=True)
    path = f"/channels/{place.id}/messages"
    await sim.say(sim.alice, place, "psst")
    assert refused(await wire("GET", path)) == (403, 50001)
    assert client.texts == []
    sim.add_to_thread(place, sim.bot)
    await until(lambda: known(client, place))
    await sim.say(sim.alice, place, "to you")
    await until(lambda: client.texts == ["to you"])
    assert (await wire("GET", path)).status == 200


async def test_a_thread_goes_to_sleep_by_itself_and_is_not_told_of_at_the_next_start(
    bot: tuple[DiscordSimulator, Client, Wire],
) -> None:
    sim, client, wire = bot
    place = sim.open_thread(sim.alice, sim.channel, "Talk")
    await until(lambda: known(client, place))
    sim.advance(DAY - 10)
    assert not asleep(place)
    await sim.say(sim.alice, place, "still here")
    sim.advance(DAY - 10)
    assert not asleep(place)
    sim.advance(20)
    assert asleep(place)
    async with logged_in(sim) as later:
        assert known(later, place) is None
        assert (await wire("GET", f"/channels/{place.id}")).body["thread_metadata"]["archived"] is True


async def test_joining_leaving_and_deleting(bot: tuple[DiscordSimulator, Client, Wire]) -> None:
    sim, client, wire = bot
    place = sim.open_thread(sim.alice, sim.channel, "Talk")
    me = f"/channels/{place.id}/thread-members/@me"
    await until(lambda: known(client, place))
    assert (await wire("PUT", me)).status == 204
    await until(lambda: (found := known(client, place)) and found.me)
    assert (await wire("DELETE", me)).status == 204
    assert sim.bot not in place.members
    await until(lambda: client.events.count("THREAD_MEMBERS_UPDATE") == 2)
    assert refused(await wire("PUT", f"/channels/{sim.channel.id}/thread-members/@me")) == (400, 50024)
    sim.close_channel(place)
    await until(lambda: known(client, place) is None)
    assert refused(await wire("GET", f"/channels/{place.id}")) == (404, 10003)
    with pytest.raises(ValueError, match="no thread"):
        sim.open_thread(sim.alice, sim.dm(sim.alice), "Talk")
