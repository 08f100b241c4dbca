"""Questions over the wire: made durable first, then acknowledged, then answered."""

from typing import Any

import pytest

from adapters.discord.hearing import HIDDEN
from bot.errors import Unavailable
from bot.events import Event, Question
from bot.replies import Page, Reply, Surface
from simulators.discord import DiscordSimulator, Interaction
from simulators.simulator import Fault
from tests.adapters.discord.conftest import Desk, polite, running
from tests.polling import until

CALLBACK = r"POST .*/callback"


class TestMessages:
    async def test_a_mention_is_answered_as_a_reply(self, sim: DiscordSimulator, desk: Desk) -> None:
        async with running(sim, desk):
            asked = await sim.say(sim.alice, sim.channel, "hello", mention=True)
            await until(lambda: len(sim.messages(sim.channel)) == 2)
        (answer,) = sim.messages(sim.channel)[1:]
        assert answer.content == "You said: hello"
        assert answer.reference == asked.id
        assert answer.flags & 4
        assert sim.seen(r"POST .*/typing")
        polite(sim)

    async def test_direct_messages_and_replies_need_no_mention(self, sim: DiscordSimulator, desk: Desk) -> None:
        async with running(sim, desk):
            await sim.say(sim.alice, sim.dm(sim.alice), "direct")
            await sim.say(sim.alice, sim.channel, "first", mention=True)
            await until(lambda: len(sim.messages(sim.channel)) == 2)
            await sim.say(sim.bob, sim.channel, "second", reply_to=sim.messages(sim.channel)[-1])
            await until(lambda: len(sim.messages(sim.channel)) == 4)
            await until(lambda: len(sim.messages(sim.dm(sim.alice))) == 2)
        assert [event.text for event in desk.events] == ["direct", "first", "second"]
        assert desk.events[0].chat.private
        assert desk.events[2].quotes == (("parley", "You said: first"),)

    async def test_bots_and_talk_of_others_are_left_alone(self, sim: DiscordSimulator, desk: Desk) -> None:
        async with running(sim, desk):
            await sim.say(sim.alice, sim.channel, "hello everybody")
            await sim.say(sim.other_bot, sim.channel, "hello", mention=True)
            await sim.say(sim.alice, sim.channel, "last", mention=True)
            await until(lambda: desk.answered)
        assert [event.text for event in desk.events] == ["last"]

    async def test_a_bot_that_is_named_is_answered(self, sim: DiscordSimulator, desk: Desk) -> None:
        async with running(sim, desk, answer_bots=(sim.other_bot.id,)):
            await sim.say(sim.other_bot, sim.channel, "hello", mention=True)
            await until(lambda: len(sim.messages(sim.channel)) == 2)

    async def test_a_reply_that_cannot_be_read_is_told_so(self, sim: DiscordSimulator, desk: Desk) -> None:
        """Discord empties a reply to a slash command's answer: its author was not pinged."""
        async with running(sim, desk):
            interaction = await sim.slash(sim.alice, sim.channel, "chat", text="hi")
            await until(lambda: interaction.response and interaction.response.content)
            await sim.say(sim.alice, sim.channel, "and more?", reply_to=sim.messages(sim.channel)[0])
            await until(lambda: len(sim.messages(sim.channel)) == 3)
        assert sim.messages(sim.channel)[-1].content == HIDDEN
        assert len(desk.events) == 1

    async def test_a_long_paste_comes_as_a_file_and_so_does_one_that_is_answered(
        self, sim: DiscordSimulator, desk: Desk
    ) -> None:
        data = b"news " * 1200
        async with running(sim, desk):
            direct = await sim.say(sim.alice, sim.dm(sim.alice), "", files=[("message.txt", data)])
            await until(lambda: len(sim.messages(sim.dm(sim.alice))) == 2)
            await sim.say(sim.alice, sim.dm(sim.alice), "shorter", reply_to=direct)
            await sim.say(sim.alice, sim.channel, "", mention=True, files=[("message.txt", data)])
            await until(lambda: len(desk.surfaces) == 3)
            assert sorted(each.text for each in desk.events) == ["", "", "shorter"]
            for event in desk.events:
                assert await desk.surfaces[0].fetch(event.attachments[0], 10_000) == data

    async def test_the_privileged_intent_reads_it(self, sim: DiscordSimulator, desk: Desk) -> None:
        async with running(sim, desk, message_content=True):
            interaction = await sim.slash(sim.alice, sim.channel, "chat", text="hi")
            await until(lambda: interaction.response and interaction.response.content)
            await sim.say(sim.alice, sim.channel, "and more?", reply_to=sim.messages(sim.channel)[0])
            await until(lambda: len(desk.events) == 2)
        assert desk.events[1].text == "and more?"

    async def test_a_refusal_is_said_and_a_failed_commit_too(self, sim: DiscordSimulator, desk: Desk) -> None:
        desk.outcome = lambda event: Reply("**Too** long.")
        async with running(sim, desk):
            asked = await sim.say(sim.alice, sim.channel, "x", mention=True)
            await until(lambda: len(sim.messages(sim.channel)) == 2)
            desk.trouble = Unavailable("Please try again.")
            await sim.say(sim.alice, sim.channel, "y", mention=True)
            await until(lambda: len(sim.messages(sim.channel)) == 4)
        assert [each.content for each in sim.messages(sim.channel)[1::2]] == ["**Too** long.", "Please try again."]
        assert sim.messages(sim.channel)[1].reference == asked.id
        assert not desk.answered
        polite(sim)


class TestCommands:
    async def test_accepted_then_deferred_then_answered(self, sim: DiscordSimulator, desk: Desk) -> None:
        seen: list[tuple[str, bool]] = []
        interactions = sim.world.interactions

        def acknowledged() -> bool:
            return any(each.acknowledged_at is not None for each in interactions.values())

        async def script(question: Question, surface: Surface) -> None:
            seen.append(("answer", acknowledged()))
            await surface.finish([Page("done")])

        desk.script = script
        desk.on_accept = lambda event: seen.append(("accept", acknowledged()))
        async with running(sim, desk):
            interaction = await sim.slash(sim.alice, sim.channel, "chat", text="hello")
            await until(lambda: interaction.response and interaction.response.content)
        assert seen == [("accept", False), ("answer", True)]
        assert interaction.deferred
        assert not interaction.ephemeral
        assert interaction.response
        assert interaction.response.content == "done"
        assert desk.events[0].command == "chat"
        assert desk.events[0].values == {"text": "hello"}
        assert interaction.acknowledged_at
        assert interaction.acknowledged_at - interaction.created < 1.0
        polite(sim)

    async def test_a_private_command_is_for_its_author_alone(self, sim: DiscordSimulator, desk: Desk) -> None:
        async def script(question: Question, surface: Surface) -> None:
            assert surface.can.private
            await surface.finish([Page("one"), Page("two")])

        desk.private, desk.script = True, script
        async with running(sim, desk):
            await sim.slash(sim.alice, sim.channel, "help")
            await until(lambda: len(sim.messages(sim.channel)) == 2)
        assert [(each.content, each.ephemeral) for each in sim.messages(sim.channel)] == [("one", True), ("two", True)]
        polite(sim)

    @pytest.mark.parametrize("trouble", [None, Unavailable("Not now.")])
    async def test_a_refusal_is_seen_by_its_author_alone(
        self, sim: DiscordSimulator, desk: Desk, trouble: Unavailable | None
    ) -> None:
        desk.outcome, desk.trouble = (lambda event: Reply("Not now.")), trouble
        async with running(sim, desk):
            interaction = await sim.slash(sim.alice, sim.channel, "chat", text="hello")
            await until(lambda: interaction.response)
        assert interaction.response
        assert (interaction.response.content, interaction.ephemeral) == ("Not now.", True)
        assert not interaction.deferred
        polite(sim)

    async def test_a_replayed_interaction_is_answered_once(self, sim: DiscordSimulator, desk: Desk) -> None:
        async with running(sim, desk):
            interaction = await sim.slash(sim.alice, sim.channel, "chat", text="hello")
            await until(lambda: interaction.response and interaction.response.content)
            await sim.replay(1)
            await until(lambda: len(desk.events) == 2)
        assert len(desk.answered) == 1
        assert len(sim.seen(CALLBACK)) == 1

    @pytest.mark.parametrize("kind", ["lose request", "lose response"])
    async def test_a_lost_acknowledgement_is_sent_again(self, sim: DiscordSimulator, desk: Desk, kind: Any) -> None:
        async with running(sim, desk):
            sim.faults.append(Fault(CALLBACK, kind))
            interaction = await sim.slash(sim.alice, sim.channel, "chat", text="hello")
            await until(lambda: interaction.response and interaction.response.content)
        assert len(sim.seen(CALLBACK)) == 2
        assert len(sim.messages(sim.channel)) == 1
        polite(sim)

    async def test_too_late_becomes_a_message_of_the_channel(self, sim: DiscordSimulator, desk: Desk) -> None:
        sim.deadline = 0.0
        async with running(sim, desk):
            interaction = await sim.slash(sim.alice, sim.channel, "chat", text="hello")
            await until(lambda: sim.messages(sim.channel))
        assert interaction.failed
        assert sim.messages(sim.channel)[0].content == f"-# <@{sim.alice.id}>\nYou said: hello"
        polite(sim)

    async def test_too_late_for_a_private_answer_leads_nowhere(self, sim: DiscordSimulator, desk: Desk) -> None:
        sim.deadline, desk.private = 0.0, True
        async with running(sim, desk):
            await sim.slash(sim.alice, sim.channel, "help")
            await until(lambda: desk.problems)
        assert sim.messages(sim.channel) == []

    async def test_completions(self, sim: DiscordSimulator, desk: Desk) -> None:
        async with running(sim, desk):
            option = {"name": "command", "type": 3, "description": "x", "autocomplete": True}
            sim.commands[0]["options"] = [option]
            name = sim.commands[0]["name"]
            interaction = await sim.complete(sim.alice, sim.channel, name, "command", "ch")
            await until(lambda: interaction.choices is not None)
        assert interaction.choices == [{"name": f"{name}-command-ch-Alice", "value": f"{name}-command-ch-Alice"}]


class TestPresses:
    async def pressed(self, sim: DiscordSimulator, desk: Desk, custom_id: str = "retry:q1") -> Interaction:
        """Alice presses a button of the answer to her first question."""
        await sim.say(sim.alice, sim.channel, "hello", mention=True)
        await until(lambda: len(sim.messages(sim.channel)) == 2)
        answer = sim.messages(sim.channel)[1]
        answer.components = [{"type": 1, "components": [{"type": 2, "style": 2, "label": "x", "custom_id": custom_id}]}]
        interaction = await sim.press(sim.bob, answer, custom_id)
        await until(lambda: interaction.acknowledged_at)
        return interaction

    async def test_a_reply_is_a_passing_notice(self, sim: DiscordSimulator, desk: Desk) -> None:
        async with running(sim, desk):
            desk.outcome = self.only_presses(Reply("Not yours."))
            interaction = await self.pressed(sim, desk)
        assert desk.events[-1].press == ("retry", "q1")
        assert interaction.response
        assert (interaction.response.content, interaction.ephemeral) == ("Not yours.", True)
        assert sim.messages(sim.channel)[1].content == "You said: hello"
        polite(sim)

    async def test_a_question_is_answered_in_a_new_message(self, sim: DiscordSimulator, desk: Desk) -> None:
        async with running(sim, desk):
            interaction = await self.pressed(sim, desk)
            await until(lambda: interaction.response and interaction.response.content)
        assert interaction.deferred
        assert len(sim.messages(sim.channel)) == 3
        polite(sim)

    @pytest.mark.parametrize("custom_id", ["retry:q1", "something else"])
    async def test_what_needs_no_answer_is_let_go(self, sim: DiscordSimulator, desk: Desk, custom_id: str) -> None:
        async with running(sim, desk):
            desk.outcome = self.only_presses(None)
            interaction = await self.pressed(sim, desk, custom_id)
        assert interaction.deferred
        assert len(sim.messages(sim.channel)) == 2

    def only_presses(self, reply: Reply | None) -> Any:
        def outcome(event: Event) -> Any:
            return reply if event.kind == "press" else Question("q1", event.key, event, False)

        return outcome
