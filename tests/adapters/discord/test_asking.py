"""What is asked of a message through its own menu."""

import asyncio
from typing import Annotated

from adapters.discord.asking import GONE, KEPT, KEPT_SECONDS, UNKNOWN, Menus, form, question_of
from bot.commands.command import About, command
from bot.events import Author
from bot.replies import Reply
from simulators.discord import DiscordSimulator, Interaction, Modal
from tests.adapters.discord.conftest import Desk, polite, running
from tests.fakes import an_event
from tests.polling import until
from tests.virtual_time import run


@command(on_message="Ask about this")
async def chat(call: object, text: Annotated[str, About("What you want to know", rest=True)]) -> Reply:
    """Ask."""
    return Reply(text)


@command(on_message="Weigh")
async def weigh(call: object, text: Annotated[str, About("A text", rest=True)] = "") -> Reply:
    """Weigh a text."""
    return Reply(text)


OURS = (chat, weigh)


async def opened(sim: DiscordSimulator, name: str = "Ask about this") -> Modal:
    said = await sim.say(sim.bob, sim.channel, f"the earth is flat, {sim.alice.mention}", files=[("map.png", b"png")])
    interaction = await sim.context(sim.alice, sim.channel, name, said)
    await until(lambda: interaction.modal)
    assert interaction.modal
    return interaction.modal


async def told(interaction: Interaction) -> str:
    await until(lambda: interaction.response)
    assert interaction.response
    assert interaction.ephemeral
    return interaction.response.content


class TestMenu:
    async def test_a_command_that_needs_nothing_else_is_given_at_once(self, sim: DiscordSimulator, desk: Desk) -> None:
        async with running(sim, desk, commands=OURS):
            said = await sim.say(sim.bob, sim.channel, f"so sad, {sim.alice.mention}", files=[("a.txt", b"abc")])
            interaction = await sim.context(sim.alice, sim.channel, "Weigh", said)
            await until(lambda: interaction.response and interaction.response.content)
            event = desk.events[0]
            assert (event.command, event.values, event.text) == ("weigh", {}, "")
            assert event.quotes == (("Bob", "so sad, @Alice"),)
            assert [(each.id, each.name, each.username) for each in event.people] == [(sim.bob.id, "Bob", "bob")]
            assert event.author.id == sim.alice.id
            assert await desk.surfaces[0].fetch(event.attachments[0], 10) == b"abc"
        assert interaction.deferred
        polite(sim)

    async def test_a_message_of_the_bot_names_nobody(self, sim: DiscordSimulator, desk: Desk) -> None:
        async with running(sim, desk, commands=OURS):
            await sim.say(sim.alice, sim.channel, "hello", mention=True)
            await until(lambda: len(sim.messages(sim.channel)) == 2)
            await sim.context(sim.bob, sim.channel, "Weigh", sim.messages(sim.channel)[1])
            await until(lambda: len(desk.events) == 2)
        assert (desk.events[1].people, desk.events[1].quotes) == ((), (("parley", "You said: hello"),))

    async def test_one_of_an_older_menu_is_no_longer_there(self, sim: DiscordSimulator, desk: Desk) -> None:
        async with running(sim, desk, commands=OURS):
            sim.commands[-1]["name"] = "Taste"
            said = await sim.say(sim.bob, sim.channel, "hello")
            assert await told(await sim.context(sim.alice, sim.channel, "Taste", said)) == UNKNOWN
        assert not desk.events


class TestForm:
    async def test_a_question_is_asked_for_and_goes_with_the_message(self, sim: DiscordSimulator, desk: Desk) -> None:
        async with running(sim, desk, commands=OURS):
            modal = await opened(sim)
            assert modal.title == "Ask about this"
            assert not desk.events
            sent = await sim.submit(modal, "  is it? ")
            await until(lambda: sent.response and sent.response.content)
            event = desk.events[0]
            assert event.id == sent.id
            assert (event.command, event.values) == ("chat", {"text": "is it?"})
            assert event.quotes == (("Bob", "the earth is flat, @Alice"),)
            assert [each.name for each in event.people] == ["Bob"]
            assert await desk.surfaces[0].fetch(event.attachments[0], 10) == b"png"
        assert sent.response
        assert sent.response.content == "You said: is it?"
        polite(sim)

    async def test_after_a_restart_the_message_is_gone_and_the_person_is_told(
        self, sim: DiscordSimulator, desk: Desk
    ) -> None:
        async with running(sim, desk, commands=OURS):
            modal = await opened(sim)
        async with running(sim, desk, commands=OURS):
            assert await told(await sim.submit(modal, "is it?")) == GONE
        assert not desk.events


class TestMenusThatAreOpen:
    def test_they_are_kept_for_their_own_person_and_for_a_while(self) -> None:
        async def scenario() -> None:
            menus, event = Menus(), an_event(author=Author("ada", "Ada"))
            menus.keep(event)
            assert menus.find(event.id, "ada") is event
            assert menus.find(event.id, "bob") is None
            assert menus.find("another", "ada") is None
            await asyncio.sleep(KEPT_SECONDS)
            assert menus.find(event.id, "ada") is None

        run(scenario())

    async def test_the_oldest_makes_room(self) -> None:
        menus, events = Menus(), [an_event(author=Author("ada", "Ada")) for _ in range(KEPT + 1)]
        for event in events:
            menus.keep(event)
        assert menus.find(events[0].id, "ada") is None
        assert menus.find(events[1].id, "ada") is events[1]
        assert menus.find(events[-1].id, "ada") is events[-1]


def test_only_a_required_text_is_asked_for() -> None:
    question = question_of(chat)
    assert question is not None
    assert form(chat, question, "5")["components"][0]["label"] == "What you want to know"
    assert question_of(weigh) is None
