"""Files on every route that takes a message: what goes up, what an edit leaves, and what is refused."""

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
from tests.simulators.discord_client import Answer, Wire, logged_in, wired

DEFER = 5


@pytest.fixture
async def pair() -> AsyncIterator[tuple[DiscordSimulator, Wire]]:
    async with wired() as (sim, wire):
        await wire.sync({"name": "ask", "description": "Ask"}, FILE_COMMAND)
        yield sim, wire


FILE_COMMAND = {"name": "look", "description": "Look", "options": [{"type": 11, "name": "file", "description": "It"}]}


async def upload(wire: Wire, method: str, path: str, files: list[tuple[str, bytes]], **fields: Any) -> Answer:
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("payload_json", json.dumps(fields))
    for number, (name, data) in enumerate(files):
        form.add_field(f"files[{number}]", io.BytesIO(data), filename=name, content_type="image/png")
    return await wire(method, path, data=form)


async def test_an_answer_gets_its_files_by_an_edit_and_a_repeat_replaces_them(
    pair: tuple[DiscordSimulator, Wire],
) -> None:
    sim, wire = pair
    asked = await sim.slash(sim.alice, sim.channel, "ask")
    await wire.answer(asked, DEFER)
    path = f"/webhooks/{sim.application_id}/{asked.token}/messages/@original"
    about = [{"id": 0, "filename": "one.png", "description": "The first"}, {"id": 1}]
    for _ in range(2):
        answer = await upload(wire, "PATCH", path, [("a", b"1"), ("two.png", b"2")], content="see", attachments=about)
    assert asked.response
    assert sim.files(asked.response) == [b"1", b"2"]
    assert [(each.name, each.description) for each in asked.response.attachments] == [
        ("one.png", "The first"),
        ("two.png", ""),
    ]
    async with wire.session.get(answer.body["attachments"][1]["url"]) as served:
        assert (await served.read(), served.content_type) == (b"2", "image/png")


async def test_an_edit_keeps_all_or_what_it_names(pair: tuple[DiscordSimulator, Wire]) -> None:
    sim, wire = pair
    path = f"/channels/{sim.channel.id}/messages"
    sent = await upload(wire, "POST", path, [("a.png", b"1"), ("b.png", b"2")])
    (message,), edit = sim.messages(sim.channel), f"{path}/{sent.body['id']}"
    await wire("PATCH", edit, {"content": "text"})
    assert sim.files(message) == [b"1", b"2"]
    await wire("PATCH", edit, {"attachments": [{"id": sent.body["attachments"][1]["id"]}]})
    assert sim.files(message) == [b"2"]
    await wire("PATCH", edit, {"attachments": []})
    assert sim.files(message) == []


@pytest.mark.parametrize(
    "attachments",
    [
        [],
        [{"id": 1}],
        [{"id": 0}, {"id": 0}],
        [{"id": 0}, {"id": "123456789012345678"}],
        [{"id": 0, "description": "x" * 1025}],
        [{}],
        "0",
    ],
)
async def test_an_array_that_does_not_fit_the_files_is_refused(
    pair: tuple[DiscordSimulator, Wire], attachments: Any
) -> None:
    sim, wire = pair
    path = f"/channels/{sim.channel.id}/messages"
    answer = await upload(wire, "POST", path, [("a.png", b"1")], attachments=attachments)
    assert answer.code == 50035
    assert sim.messages(sim.channel) == []


async def test_ten_files_and_25_mebibytes_are_the_most(pair: tuple[DiscordSimulator, Wire]) -> None:
    sim, wire = pair
    path, large = f"/channels/{sim.channel.id}/messages", bytes(ATTACHMENT_LIMIT)
    assert (await upload(wire, "POST", path, [("a.png", b"1")] * 11)).code == 50035
    assert (await upload(wire, "POST", path, [("a.png", large)] * 3)).code == 40005
    sent = await upload(wire, "POST", path, [("a.png", b"1")] * 10)
    assert (await upload(wire, "PATCH", f"{path}/{sent.body['id']}", [("a.png", b"1")])).code == 50035


async def test_a_file_of_a_command(pair: tuple[DiscordSimulator, Wire]) -> None:
    sim, wire = pair
    asked = await sim.slash(sim.alice, sim.channel, "look", file=("mails.txt", b"abc"))
    (file,) = asked.data["resolved"]["attachments"].values()
    assert (file["filename"], file["size"], file["content_type"]) == ("mails.txt", 3, "text/plain")
    async with wire.session.get(file["url"]) as served:
        assert await served.read() == b"abc"


async def test_roles_are_told_with_their_members() -> None:
    async with DiscordSimulator(scale=0.01) as sim, logged_in(sim) as client:
        role = sim.add_role("Painters")
        sim.give(sim.alice, role)
        await sim.say(sim.bob, sim.channel, f"hello {sim.alice.mention}", mention=True)
        await sim.say(sim.alice, sim.channel, "hello", mention=True)
        await until(lambda: len(client.heard) == 2)
        named = next(each for each in client.heard[0].mentions if each.name == "alice")
        for member in (named, client.heard[1].author):
            assert isinstance(member, discord.Member)
            assert [each.name for each in member.roles] == ["@everyone", "Painters"]


async def test_direct_messages_that_are_switched_off(pair: tuple[DiscordSimulator, Wire]) -> None:
    sim, wire = pair
    sim.alice.takes_messages = False
    opened = await wire("POST", "/users/@me/channels", {"recipient_id": sim.alice.id})
    assert opened.body["id"] == sim.dm(sim.alice).id
    assert (await wire("POST", f"/channels/{opened.body['id']}/messages", {"content": "x"})).code == 50007
    assert (await wire("POST", "/users/@me/channels", {"recipient_id": sim.bot.id})).code == 50033
    assert (await wire("POST", "/users/@me/channels", {"recipient_id": "alice"})).code == 50035


async def test_the_address_of_a_file_is_good_for_a_day_and_signed_anew_by_every_look(
    pair: tuple[DiscordSimulator, Wire],
) -> None:
    """developers/reference, signed attachment CDN URLs, read on 2026-11-29."""
    sim, wire = pair
    said = await sim.say(sim.alice, sim.channel, "see", files=[("a b.txt", b"data")])
    path = f"/channels/{sim.channel.id}/messages/{said.id}"

    async def address() -> str:
        return str((await wire("GET", path)).body["attachments"][0]["url"])

    async def fetched(url: str) -> int:
        async with wire.session.get(url) as response:
            return response.status

    first = await address()
    assert await fetched(first) == 200
    assert await fetched(first.partition("?")[0]) == 404
    sim.advance(86_400)
    assert await fetched(first) == 404
    assert await fetched(await address()) == 200
