"""Global commands: synced by discord.py, refused where Discord refuses, chosen as a client lets a person choose."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import discord
import pytest
from discord import app_commands

from simulators.discord import DiscordSimulator
from tests.polling import until
from tests.simulators.discord_client import Wire, logged_in, wired

TEXT = {"type": 3, "name": "text", "description": "What to say", "required": True}
EIGHTEEN = [{"name": f"{each:050}", "value": "v"} for each in range(18)]


def command(**changed: Any) -> dict[str, Any]:
    return {"name": "chat", "description": "Talk", "options": [TEXT], **changed}


@pytest.fixture
async def pair() -> AsyncIterator[tuple[DiscordSimulator, Wire]]:
    async with wired() as both:
        yield both


async def test_discord_py_syncs_a_tree_and_gets_typed_values() -> None:
    async with DiscordSimulator(scale=0.01) as sim, logged_in(sim) as client:
        got: list[tuple[Any, ...]] = []

        @client.tree.command()
        @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
        @app_commands.allowed_installs(guilds=True, users=True)
        async def try_all(
            interaction: discord.Interaction,
            text: str,
            size: app_commands.Range[int, 1, 9],
            file: discord.Attachment,
            who: discord.User,
            loud: bool = False,
        ) -> None:
            """Everything at once"""
            got.append((text, size, await file.read(), who.id, loud))
            await interaction.response.send_message("ok", ephemeral=True)

        await client.tree.sync()
        assert sim.syncs == 1
        assert sim.commands[0]["contexts"] == [0, 1, 2]
        assert [each["type"] for each in sim.commands[0]["options"]] == [3, 4, 11, 6, 5]
        picture = sim.world.add_file("a.png", b"png")
        asked = await sim.slash(
            sim.alice, sim.channel, "try_all", text="hi", size=3, file=picture, who=sim.bob, loud=True
        )
        await until(lambda: asked.response)
        assert got == [("hi", 3, b"png", int(sim.bob.id), True)]


async def test_ids_stay_when_a_command_is_synced_again(pair: tuple[DiscordSimulator, Wire]) -> None:
    sim, wire = pair
    first = await wire.sync(command())
    second = await wire.sync(command(description="Talk to it"), command(name="help", options=[]))
    assert first.body[0]["id"] == second.body[0]["id"] != second.body[1]["id"]
    listed = await wire("GET", f"/applications/{sim.application_id}/commands")
    assert listed.body == second.body == sim.commands
    assert sim.syncs == 2


@pytest.mark.parametrize(
    "bad",
    [
        command(name="Chat"),
        command(name="chat please"),
        command(name="c" * 33),
        command(name=""),
        command(description=""),
        command(description="d" * 101),
        command(contexts=[3]),
        command(contexts=[]),
        command(integration_types=[2]),
        command(options=[{**TEXT, "name": f"o{each}"} for each in range(26)]),
        command(options=[TEXT, TEXT]),
        command(options=[{**TEXT, "name": "first", "required": False}, TEXT]),
        command(options=[{**TEXT, "description": "d" * 101}]),
        command(options=[{**TEXT, "type": 12}]),
        command(options=[{**TEXT, "max_length": 6001}]),
        command(options=[{**TEXT, "choices": [{"name": str(each), "value": str(each)} for each in range(26)]}]),
        command(options=[{**TEXT, "choices": [{"name": "n" * 101, "value": "v"}]}]),
        command(options=[{**TEXT, "autocomplete": True, "choices": [{"name": "n", "value": "v"}]}]),
        command(options=[{**TEXT, "name": f"o{each}", "choices": EIGHTEEN} for each in range(9)]),  # 8000 in all
    ],
)
async def test_refused_as_a_whole(pair: tuple[DiscordSimulator, Wire], bad: dict[str, Any]) -> None:
    sim, wire = pair
    answer = await wire.sync(command(name="good"), bad)
    assert (answer.status, answer.code) == (400, 50035)
    assert (sim.commands, sim.syncs) == ([], 0)


async def test_too_many_and_twice_the_same(pair: tuple[DiscordSimulator, Wire]) -> None:
    _, wire = pair
    assert (await wire.sync(*[command(name=f"c{each}") for each in range(100)])).status == 200
    assert (await wire.sync(*[command(name=f"c{each}") for each in range(101)])).code == 30032
    assert (await wire.sync(command(), command())).code == 50035
    assert (await wire("PUT", "/applications/1/commands", [])).code == 50001


async def test_a_client_lets_nobody_choose_what_is_not_there(pair: tuple[DiscordSimulator, Wire]) -> None:
    sim, wire = pair
    size = {"type": 4, "name": "size", "description": "How big", "min_value": 1, "max_value": 9}
    style = {"type": 3, "name": "style", "description": "s", "choices": [{"name": "Oil", "value": "oil"}]}
    set_ = {"type": 1, "name": "set", "description": "Set it", "options": [TEXT]}
    await wire.sync(
        command(options=[TEXT, size, style]),
        command(name="model", options=[set_]),
        command(name="secret", options=[], default_member_permissions="0"),
        command(name="here", options=[], contexts=[0], integration_types=[0]),
    )
    elsewhere = sim.add_channel("elsewhere", joined=False)
    for place, line, options, why in (
        (sim.channel, "nothing", {}, "no command"),
        (sim.channel, "chat", {}, "needs"),
        (sim.channel, "chat", {"text": "a", "volume": 1}, "no option"),
        (sim.channel, "chat", {"text": 3}, "takes str"),
        (sim.channel, "chat", {"text": "a", "size": 10}, "above 9"),
        (sim.channel, "chat", {"text": "a", "size": 0}, "below 1"),
        (sim.channel, "chat", {"text": "a", "size": True}, "takes int"),
        (sim.channel, "chat", {"text": "a", "style": "ink"}, "no choice"),
        (sim.channel, "chat", {"text": "a" * 6001}, "longer than 6000"),
        (sim.channel, "model get", {}, "no subcommand"),
        (sim.channel, "secret", {}, "not offered"),
        (sim.dm(sim.alice), "here", {}, "not offered"),
        (elsewhere, "here", {}, "not offered"),
    ):
        with pytest.raises(ValueError, match=why):
            await sim.slash(sim.alice, place, line, **options)
    chosen = await sim.slash(sim.alice, sim.channel, "model set", text="x")
    assert chosen.data["options"] == [
        {"name": "set", "type": 1, "options": [{"name": "text", "type": 3, "value": "x"}]}
    ]
    await sim.slash(sim.admin, sim.channel, "secret")


async def test_autocomplete_is_answered_with_choices() -> None:
    async with DiscordSimulator(scale=0.01) as sim, logged_in(sim) as client:

        @client.tree.command(description="Choose")
        async def model(interaction: discord.Interaction, name: str) -> None:
            await interaction.response.send_message(name)

        @model.autocomplete("name")
        async def names(interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
            return [app_commands.Choice(name=f"{typed}-7b", value=f"org/{typed}-7b")]

        await client.tree.sync()
        typing = await sim.complete(sim.alice, sim.channel, "model", "name", "qwen")
        await until(lambda: typing.choices)
        assert typing.choices == [{"name": "qwen-7b", "value": "org/qwen-7b"}]
        with pytest.raises(ValueError, match="does not complete"):
            await sim.complete(sim.alice, sim.channel, "model", "text", "q")


async def test_two_hundred_commands_may_be_created_in_a_day(pair: tuple[DiscordSimulator, Wire]) -> None:
    """developers/interactions/application-commands; the status as people report it (Discord-AI-Chatbot#113)."""
    sim, wire = pair
    for batch in "ab":
        answer = await wire.sync(*(command(name=f"{batch}{number}", options=[]) for number in range(100)))
        assert answer.status == 200
    assert (await wire.sync(*(command(name=f"b{number}", options=[]) for number in range(50)))).status == 200
    refused = await wire.sync(command(name="new", options=[]))
    assert (refused.status, refused.code) == (400, 30034)
    sim.advance(86_400)
    assert (await wire.sync(command(name="new", options=[]))).status == 200


async def test_among_people_alone_the_bot_is_there_by_a_persons_own_install() -> None:
    """Contexts and integration types: developers/interactions/application-commands, read on 2026-11-29."""
    async with DiscordSimulator(scale=0.01) as sim, logged_in(sim) as client, aiohttp.ClientSession() as session:
        wire = Wire(sim, session)
        everywhere = {"contexts": [0, 1, 2], "integration_types": [0, 1]}
        await wire.sync(
            command(name="ask", options=[], **everywhere),
            command(name="guilds", options=[], contexts=[0, 1], integration_types=[0, 1]),
            command(name="installed", options=[], contexts=[0, 1, 2], integration_types=[0]),
        )
        two, three = sim.between(sim.alice, sim.bob), sim.between(sim.alice, sim.bob, sim.admin)
        for name in ("guilds", "installed"):
            with pytest.raises(ValueError, match="not offered"):
                await sim.slash(sim.alice, two, name)
        for place in (two, three):
            asked = await sim.slash(sim.alice, place, "ask")
            assert (await wire.answer(asked, 4, content="hello")).status == 204
            refused = await wire("POST", f"/channels/{place.id}/messages", {"content": "x"})
            assert (refused.status, refused.code) == (403, 50001)
        await until(lambda: len(client.asked) == 2)
        for heard, kind in zip(client.asked, (discord.ChannelType.private, discord.ChannelType.group), strict=True):
            assert heard.context.private_channel
            assert heard.is_user_integration()
            assert not heard.is_guild_integration()
            assert heard.guild_id is None
            assert heard.channel is not None
            assert heard.channel.type is kind
            assert heard.app_permissions.attach_files
            assert not heard.app_permissions.send_messages
        await sim.say(sim.bob, two, "between us")
        with pytest.raises(ValueError, match="no part"):
            await sim.say(sim.admin, two, "and me")
        assert client.texts == []
