"""Discord's published OpenAPI description, held against requests, and against what the simulator says itself."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from simulators.discord import DiscordSimulator, Right, message_payloads
from simulators.discord.description import AMENDMENTS, Description, description
from simulators.specification import VARIABLE, Schemas, closed, described
from tests.polling import until
from tests.simulators.discord_client import Wire, logged_in, wired

BUTTON = {"type": 2, "style": 1, "label": "Go", "custom_id": "go"}
THING = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}


@pytest.fixture
async def pair() -> AsyncIterator[tuple[DiscordSimulator, Wire]]:
    async with wired() as both:
        yield both


@pytest.fixture
def known() -> Description:
    found = description()
    if found is None:
        pytest.skip(
            f"Discord's OpenAPI description is not there: {VARIABLE} names the folder with discord-openapi.json"
        )
    return found


def test_a_description_is_looked_for_where_the_environment_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "some.json").write_text('{"paths": {}}')
    monkeypatch.delenv(VARIABLE, raising=False)
    assert described("some.json") is None
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    assert described("some.json") == {"paths": {}}
    assert described("other.json") is None


def test_a_fault_names_the_field_and_a_closed_schema_takes_no_misspelt_one() -> None:
    schemas = Schemas({"open": THING, "closed": closed(THING)})
    assert schemas.faults(["open"], {"name": "a", "nmae": "b"}) == []
    assert schemas.faults(["open"], {"name": 1}) == ["$.name: 1 is not of type 'string'"]
    assert schemas.faults(["open"], {}) == ["$: 'name' is a required property"]
    assert "nmae" in schemas.faults(["closed"], {"name": "a", "nmae": "b"})[0]


@pytest.mark.parametrize(
    ("method", "path", "query", "body", "fault"),
    [
        ("POST", "/channels/{id}/messages", {}, {"content": "x", "allowed_mention": {}}, "'allowed_mention'"),
        ("POST", "/channels/{id}/messages", {}, {"tts": "no"}, "$.tts"),
        ("POST", "/channels/{id}/messages", {}, None, "required"),
        ("POST", "/channels/{id}/messages", {}, {"components": [{"type": 1, "components": [{"type": 2}]}]}, "style"),
        ("PATCH", "/webhooks/{id}/{token}/messages/@original", {}, {"content": "x" * 2001}, "$.content"),
        ("POST", "/webhooks/{id}/{token}", {"wait": "maybe"}, {"content": "x"}, "?wait"),
        ("GET", "/channels/{id}/messages", {"limit": "101"}, None, "?limit"),
        ("GET", "/channels/{id}/messages", {"newest": "1"}, None, "?newest"),
        ("GET", "/channels/{id}/everything", {}, None, "no such route"),
        ("PUT", "/applications/{id}/commands", {}, [{"name": "n" * 33}], "name"),
    ],
)
def test_what_the_description_does_not_know(
    known: Description, method: str, path: str, query: dict[str, str], body: Any, fault: str
) -> None:
    (found,) = known.request_faults(method, path, query, body)
    assert fault in found


def test_what_it_knows_and_the_exceptions_with_their_reasons(known: Description) -> None:
    said = {"content": "x", "allowed_mentions": {"parse": []}, "message_reference": {"message_id": 12}, "nonce": "n"}
    assert known.request_faults("POST", "/channels/{id}/messages", {}, {**said, "files": ["a.txt"]}) == []
    command = {"name": "n", "description": "d", "default_member_permissions": "32"}
    assert known.request_faults("PUT", "/applications/{id}/commands", {}, [command]) == []
    assert known.request_faults("PATCH", "/webhooks/{a}/{b}/messages/@original", {}, {"tts": False}) == []
    assert all(len(each.reason) > 40 for each in AMENDMENTS)


async def test_only_what_was_taken_is_compared(pair: tuple[DiscordSimulator, Wire], known: Description) -> None:
    sim, wire = pair
    await wire.send(content="x" * 2001, reaction="none")
    await wire.send(content="fine")
    assert sim.findings == []
    await wire.send(content="fine", reaction="none")
    (finding,) = sim.findings
    assert finding.startswith(f"POST /api/v10/channels/{sim.channel.id}/messages: ")
    assert "'reaction'" in finding


async def test_messages_of_every_kind_are_as_described_in_events_too(known: Description) -> None:
    async with DiscordSimulator(scale=0.01) as sim, logged_in(sim) as client:
        said = await sim.say(sim.alice, sim.channel, "see", mention=True, files=[("a.png", b"png")])
        answer = await client.get_partial_messageable(int(sim.channel.id)).send("one")
        await sim.say(sim.bob, sim.channel, "two", reply_to=sim.world.messages[str(answer.id)])
        await sim.edit(said, "seen")
        await sim.say(sim.alice, sim.dm(sim.alice), "psst")
        await until(lambda: len(client.heard) == 3)
        for message in sim.world.messages.values():
            for shape in (message_payloads.message, message_payloads.redacted):
                assert known.faults("MessageResponse", shape(sim.world, sim.url, message)) == []
        (session,) = sim.gateway.sessions.values()
        told = [each.data for each in session.events if each.name.startswith("MESSAGE_")]
        assert len(told) == 5
        for payload in told:
            assert known.faults("MessageResponse", payload) == []


async def test_what_every_route_answers_is_as_described(
    pair: tuple[DiscordSimulator, Wire], known: Description
) -> None:
    """The wire compares each answer; here is one of every kind."""
    sim, wire = pair
    await wire.sync({"name": "ask", "description": "Ask"})
    sim.add_role("Readers")
    sim.deny(sim.channel, Right.MANAGE_THREADS)
    sim.open_thread(sim.alice, sim.channel, "Talk")
    guild, application = f"/guilds/{sim.world.guild_id}", f"/applications/{sim.application_id}"
    for path in (
        "/users/@me",
        "/users/@me/guilds",
        f"/users/{sim.alice.id}",
        "/applications/@me",
        "/oauth2/applications/@me",
        "/gateway/bot",
        f"{application}/commands",
        guild,
        f"{guild}/channels",
        f"{guild}/members/{sim.admin.id}",
        f"{guild}/threads/active",
        f"/channels/{sim.channel.id}",
        f"/channels/{sim.channel.id}/messages",
    ):
        assert (await wire("GET", path)).status == 200
    opened = await wire("POST", "/users/@me/channels", {"recipient_id": sim.alice.id})
    assert (await wire("GET", f"/channels/{opened.body['id']}")).status == 200
    asked = await sim.slash(sim.alice, sim.channel, "ask")
    await wire.answer(asked, 4, content="x", components=[{"type": 1, "components": [BUTTON]}])
    assert asked.response
    pressed = await sim.press(sim.bob, asked.response, "go")
    payload = message_payloads.interaction(sim.world, sim.url, pressed)
    assert known.faults("MessageResponse", payload["message"]) == []
    assert known.faults("GuildMemberResponse", payload["member"]) == []
    assert known.faults("GuildChannelResponse", payload["channel"]) == []
    assert sim.findings == []


async def test_a_commands_own_message_is_shown_without_the_intent(pair: tuple[DiscordSimulator, Wire]) -> None:
    """developers/events/gateway, message content intent: the target of a message command is shown whole."""
    sim, wire = pair
    sim.gateway.privileged = 0
    await wire.sync({"name": "Look", "type": 3})
    said = await sim.say(sim.alice, sim.channel, "look at this")
    chosen = await sim.context(sim.bob, sim.channel, "Look", said)
    assert chosen.data["resolved"]["messages"][said.id]["content"] == "look at this"
    assert (await wire("GET", f"/channels/{sim.channel.id}/messages/{said.id}")).body["content"] == ""
