"""A message's own menu, and the forms that a bot opens; what is typed is completed."""

from collections.abc import AsyncIterator
from typing import Any

import discord
import pytest
from discord import app_commands

from simulators.discord import DiscordSimulator, Interaction
from tests.polling import until
from tests.simulators.discord_client import Answer, Client, Wire, logged_in, wired

ON_MESSAGE = {"type": 3, "name": "Ask about this"}
LABELLED = {"type": 18, "label": "What?", "component": {"type": 4, "custom_id": "text", "style": 2, "max_length": 10}}
MESSAGE, DEFER, DEFER_UPDATE, UPDATE, MODAL = 4, 5, 6, 7, 9


@pytest.fixture
async def pair() -> AsyncIterator[tuple[DiscordSimulator, Wire]]:
    async with wired() as (sim, wire):
        await wire.sync(ON_MESSAGE, {"name": "ask", "description": "Ask"})
        yield sim, wire


async def asked(sim: DiscordSimulator) -> Interaction:
    said = await sim.say(sim.bob, sim.channel, "hello there")
    return await sim.context(sim.alice, sim.channel, "Ask about this", said)


async def form(wire: Wire, interaction: Interaction, **changes: Any) -> Answer:
    return await wire.answer(
        interaction, MODAL, **{"custom_id": "ask:1", "title": "Ask", "components": [LABELLED]} | changes
    )


async def test_the_real_library_opens_a_form_and_reads_it() -> None:
    async with DiscordSimulator(scale=0.01) as sim, logged_in(sim) as client:
        seen: list[str] = []

        class Form(discord.ui.Modal, title="Ask"):
            question: discord.ui.TextInput[Any] = discord.ui.TextInput(label="What?")

            async def on_submit(self, interaction: discord.Interaction[Any]) -> None:
                seen.append(self.question.value)
                await interaction.response.send_message("thanks")

        @client.tree.context_menu(name="Ask about this")
        async def ask(interaction: discord.Interaction[Any], message: discord.Message) -> None:
            seen.append(f"{message.author.name}: {message.content}")
            await interaction.response.send_modal(Form())

        await client.tree.sync()
        opened = await asked(sim)
        await until(lambda: opened.modal)
        assert opened.modal
        assert opened.modal.title == "Ask"
        assert opened.response is None
        sent = await sim.submit(opened.modal, "why?")
        await until(lambda: sent.response)
        assert sent.response
        assert sent.response.content == "thanks"
        assert seen == ["bob: hello there", "why?"]


class TestMenus:
    async def test_the_message_comes_whole_without_any_intent(self) -> None:
        async with DiscordSimulator(scale=0.01) as sim, logged_in(sim, content=False) as client:
            client.tree.add_command(app_commands.ContextMenu(name="Look", callback=_look))
            await client.tree.sync()
            said = await sim.say(sim.bob, sim.channel, "hello there", files=[("a.txt", b"abc")])
            theirs = await sim.context(sim.alice, sim.channel, "Look", said)
            await until(lambda: client.asked)
            data: Any = client.asked[0].data
            target = data["resolved"]["messages"][data["target_id"]]
            assert (target["content"], target["author"]["username"]) == ("hello there", "bob")
            assert target["attachments"][0]["filename"] == "a.txt"
            await client.asked[0].response.send_message("seen")
            assert theirs.response
            assert theirs.response.type == 23

    async def test_a_client_shows_it_at_messages_that_are_there(self, pair: tuple[DiscordSimulator, Wire]) -> None:
        sim, _ = pair
        said = await sim.say(sim.bob, sim.channel, "hello")
        for name in ("ask", "Nothing"):
            with pytest.raises(ValueError, match="no command"):
                await sim.context(sim.alice, sim.channel, name, said)
        await sim.delete(said)
        with pytest.raises(ValueError, match="no menu"):
            await sim.context(sim.alice, sim.channel, "Ask about this", said)

    @pytest.mark.parametrize(
        "command",
        [
            {"type": 3, "name": "x" * 33},
            {"type": 3, "name": "Look", "description": "Look at it"},
            {"type": 3, "name": "Look", "options": [{"type": 3, "name": "a", "description": "b"}]},
            {"type": 5, "name": "Look"},
        ],
    )
    async def test_what_is_no_such_command_is_refused(
        self, pair: tuple[DiscordSimulator, Wire], command: dict[str, Any]
    ) -> None:
        sim, wire = pair
        assert (await wire.sync(command)).code == 50035
        assert len(sim.commands) == 2

    async def test_there_are_fifteen_at_most(self, pair: tuple[DiscordSimulator, Wire]) -> None:
        _, wire = pair
        assert (await wire.sync(*({"type": 3, "name": f"Look {n}"} for n in range(15)))).status == 200
        assert (await wire.sync(*({"type": 3, "name": f"Look {n}"} for n in range(16)))).code == 30032


class TestForms:
    async def test_one_that_is_sent_is_an_interaction_of_its_own(self, pair: tuple[DiscordSimulator, Wire]) -> None:
        sim, wire = pair
        opened = await asked(sim)
        assert (await form(wire, opened)).status == 204
        assert opened.modal
        sent = await sim.submit(opened.modal, "why?")
        assert (sent.user, sent.channel, sent.data["custom_id"]) == (sim.alice, sim.channel, "ask:1")
        assert sent.data["components"][0]["component"]["value"] == "why?"
        assert (await form(wire, sent)).code == 50035, "no form follows a form"
        assert (await wire.answer(sent, UPDATE, content="x")).code == 50035, "there is no message to change"
        assert (await wire.answer(sent, DEFER)).status == 204
        assert (await wire.hook("PATCH", sent, "/messages/@original", content="because")).status == 200
        assert [each.content for each in sim.messages(sim.channel)] == ["hello there", "because"]

    async def test_rows_are_taken_as_well(self, pair: tuple[DiscordSimulator, Wire]) -> None:
        sim, wire = pair
        opened = await asked(sim)
        field = {"type": 4, "custom_id": "text", "style": 1, "label": "What?"}
        await form(wire, opened, components=[{"type": 1, "components": [field]}])
        assert opened.modal
        sent = await sim.submit(opened.modal, "why?")
        assert sent.data["components"][0]["components"][0]["value"] == "why?"

    async def test_a_client_holds_the_text_to_its_bounds(self, pair: tuple[DiscordSimulator, Wire]) -> None:
        sim, wire = pair
        opened = await asked(sim)
        await form(wire, opened)
        assert opened.modal
        for text in ("", "x" * 11):
            with pytest.raises(ValueError, match="1 to 10"):
                await sim.submit(opened.modal, text)

    @pytest.mark.parametrize(
        "changes",
        [
            {"title": "x" * 46},
            {"title": ""},
            {"custom_id": "x" * 101},
            {"components": []},
            {"components": [LABELLED] * 6},
            {"components": [LABELLED] * 2},
            {"components": [{"type": 2, "style": 1, "label": "x", "custom_id": "x"}]},
            {"components": [{**LABELLED, "label": "x" * 46}]},
            {"components": [{**LABELLED, "component": {"type": 4, "custom_id": "x", "style": 3}}]},
            {"components": [{**LABELLED, "component": {"type": 4, "custom_id": "x", "style": 1, "max_length": 4001}}]},
            {"components": [{"type": 1, "components": [{"type": 4, "custom_id": "x", "style": 1}]}]},
        ],
    )
    async def test_what_is_no_form_is_refused(
        self, pair: tuple[DiscordSimulator, Wire], changes: dict[str, Any]
    ) -> None:
        sim, wire = pair
        opened = await asked(sim)
        assert (await form(wire, opened, **changes)).code == 50035
        assert opened.acknowledged_at is None


async def test_completions_come_in_time_or_not_at_all() -> None:
    async with DiscordSimulator(scale=0.01) as sim, logged_in(sim) as client:
        client.tree.add_command(_switch)
        await client.tree.sync()
        assert await sim.autocomplete(sim.alice, sim.channel, "switch", "name", "o") == ["one", "o"]
        client.tree.remove_command("switch")
        sim.deadline = 0.05
        with pytest.raises(TimeoutError):
            await sim.autocomplete(sim.alice, sim.channel, "switch", "name", "o")


async def _look(interaction: discord.Interaction[Client], message: discord.Message) -> None:
    """Left to the test."""


@app_commands.command(name="switch", description="Switch")
async def _switch(interaction: discord.Interaction[Any], name: str) -> None:
    """Left to the test."""


@_switch.autocomplete("name")
async def _names(interaction: discord.Interaction[Any], typed: str) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=each, value=each) for each in ("one", typed)]
