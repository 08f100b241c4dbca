"""Interactions: deferral, the answer's edits, follow-ups, buttons; their times and their refusals."""

from collections.abc import AsyncIterator
from typing import Any

import discord
import pytest

from simulators.discord import DiscordSimulator, Interaction, Right
from simulators.discord.world import Flag
from tests.polling import until
from tests.simulators.discord_client import Client, Wire, logged_in, wired

ASK = {"name": "ask", "description": "Ask", "options": []}
ROW = {"type": 1, "components": [{"type": 2, "style": 1, "label": "Stop", "custom_id": "stop:1"}]}
MESSAGE, DEFER, DEFER_UPDATE, UPDATE, CHOICES = 4, 5, 6, 7, 8


@pytest.fixture
async def pair() -> AsyncIterator[tuple[DiscordSimulator, Wire]]:
    async with wired() as (sim, wire):
        await wire.sync(ASK)
        yield sim, wire


@pytest.fixture
async def bot() -> AsyncIterator[tuple[DiscordSimulator, Client]]:
    async with DiscordSimulator(scale=0.01) as sim, logged_in(sim) as client:

        @client.tree.command(description="Ask")
        async def ask(interaction: discord.Interaction) -> None:
            """Left to the test."""

        await client.tree.sync()
        yield sim, client


async def asked(sim: DiscordSimulator, client: Client) -> tuple[Interaction, discord.Interaction]:
    theirs = await sim.slash(sim.alice, sim.channel, "ask")
    await until(lambda: client.asked and str(client.asked[-1].id) == theirs.id)
    return theirs, client.asked[-1]


async def test_defer_then_edits_then_a_follow_up(bot: tuple[DiscordSimulator, Client]) -> None:
    sim, client = bot
    theirs, ours = await asked(sim, client)
    assert not ours.permissions.administrator
    await ours.response.defer(thinking=True)
    assert theirs.deferred
    assert theirs.acknowledged_at is not None
    shown = theirs.response
    assert shown is not None
    assert shown.flags == Flag.LOADING
    for text in ("grow", "growing"):
        await ours.edit_original_response(content=text)
    assert shown.flags == 0
    assert shown.history == ["", "grow", "growing"]
    more = await ours.followup.send("page two", wait=True)
    await more.edit(content="page 2")
    assert [each.content for each in sim.messages(sim.channel)] == ["growing", "page 2"]
    assert (await ours.original_response()).content == "growing"
    await ours.delete_original_response()
    assert [each.content for each in sim.messages(sim.channel)] == ["page 2"]


async def test_the_answer_can_be_edited_through_the_channel_too(bot: tuple[DiscordSimulator, Client]) -> None:
    sim, client = bot
    theirs, ours = await asked(sim, client)
    await ours.response.send_message("one")
    assert theirs.response is not None
    channel = client.get_partial_messageable(int(sim.channel.id))
    await channel.get_partial_message(int(theirs.response.id)).edit(content="two")
    assert theirs.response.content == "two"


async def test_ephemeral_answers_exist_for_the_token_alone(bot: tuple[DiscordSimulator, Client]) -> None:
    sim, client = bot
    theirs, ours = await asked(sim, client)
    await ours.response.defer(thinking=True, ephemeral=True)
    await ours.edit_original_response(content="only you")
    (shown,) = sim.messages(sim.channel)
    assert shown is theirs.response
    assert shown.ephemeral
    assert theirs.ephemeral
    assert "MESSAGE_CREATE" not in client.events
    channel = client.get_partial_messageable(int(sim.channel.id))
    with pytest.raises(discord.NotFound) as refused:
        await channel.get_partial_message(int(shown.id)).edit(content="x")
    assert refused.value.code == 10008
    assert [each async for each in channel.history()] == []


async def test_the_first_follow_up_fills_a_deferred_answer(pair: tuple[DiscordSimulator, Wire]) -> None:
    sim, wire = pair
    theirs = await sim.slash(sim.alice, sim.channel, "ask")
    await wire.answer(theirs, DEFER, flags=64)
    first = await wire.hook("POST", theirs, content="filled")
    assert theirs.response is not None
    assert first.body["id"] == theirs.response.id
    assert theirs.response.flags == Flag.EPHEMERAL
    second = await wire.hook("POST", theirs, content="more")
    assert second.body["id"] != first.body["id"]


async def test_pressing_a_button(bot: tuple[DiscordSimulator, Client]) -> None:
    sim, client = bot
    view = discord.ui.View(timeout=None).add_item(discord.ui.Button(label="Stop", custom_id="stop:1"))
    sent = await client.get_partial_messageable(int(sim.channel.id)).send("stream", view=view)
    (message,) = sim.messages(sim.channel)
    theirs = await sim.press(sim.bob, message, "stop:1")
    await until(lambda: client.asked)
    ours = client.asked[-1]
    assert ours.data == {"custom_id": "stop:1", "component_type": 2}
    assert ours.message == sent
    assert str(ours.user.id) == sim.bob.id
    await ours.response.edit_message(content="stopped", view=None)
    assert theirs.response is message
    assert (message.content, message.components) == ("stopped", [])
    with pytest.raises(ValueError, match="no button"):
        await sim.press(sim.bob, message, "stop:1")


async def test_a_deferred_update_leaves_the_message_and_edits_it_later(pair: tuple[DiscordSimulator, Wire]) -> None:
    sim, wire = pair
    await wire.send(content="stream", components=[ROW])
    (message,) = sim.messages(sim.channel)
    theirs = await sim.press(sim.alice, message, "stop:1")
    assert (await wire.answer(theirs, DEFER_UPDATE)).status == 204
    assert message.edits == 0
    await wire.hook("PATCH", theirs, "/messages/@original", content="later", components=[])
    assert (message.content, message.components) == ("later", [])


async def test_only_the_person_sees_their_ephemeral_buttons(pair: tuple[DiscordSimulator, Wire]) -> None:
    sim, wire = pair
    theirs = await sim.slash(sim.alice, sim.channel, "ask")
    await wire.answer(theirs, MESSAGE, content="x", components=[ROW], flags=64)
    assert theirs.response is not None
    with pytest.raises(ValueError, match="does not see"):
        await sim.press(sim.bob, theirs.response, "stop:1")
    await sim.press(sim.alice, theirs.response, "stop:1")


async def test_with_response_tells_the_message(pair: tuple[DiscordSimulator, Wire]) -> None:
    sim, wire = pair
    theirs = await sim.slash(sim.alice, sim.channel, "ask")
    answer = await wire.answer(theirs, MESSAGE, "?with_response=true", content="hello")
    assert theirs.response is not None
    assert answer.body["interaction"]["response_message_id"] == theirs.response.id
    assert answer.body["resource"]["message"]["content"] == "hello"
    assert answer.body["resource"]["message"]["interaction_metadata"]["user"]["id"] == sim.alice.id


async def test_three_seconds(pair: tuple[DiscordSimulator, Wire]) -> None:
    sim, wire = pair
    theirs = await sim.slash(sim.alice, sim.channel, "ask")
    sim.advance(3)
    answer = await wire.answer(theirs, MESSAGE, content="late")
    assert (answer.status, answer.code) == (404, 10062)
    assert theirs.failed
    assert theirs.response is None
    assert sim.messages(sim.channel) == []


async def test_fifteen_minutes(pair: tuple[DiscordSimulator, Wire]) -> None:
    sim, wire = pair
    theirs = await sim.slash(sim.alice, sim.channel, "ask")
    await wire.answer(theirs, MESSAGE, content="in time")
    sim.advance(14 * 60)
    assert (await wire.hook("PATCH", theirs, "/messages/@original", content="in time")).status == 200
    sim.advance(60)
    for method, path in (("PATCH", "/messages/@original"), ("POST", "")):
        answer = await wire.hook(method, theirs, path, content="late")
        assert (answer.status, answer.code) == (401, 50027)
    assert [each.content for each in sim.messages(sim.channel)] == ["in time"]


async def test_an_acknowledgement_is_taken_once_and_a_refused_one_not_at_all(
    pair: tuple[DiscordSimulator, Wire],
) -> None:
    sim, wire = pair
    theirs = await sim.slash(sim.alice, sim.channel, "ask")
    assert (await wire.answer(theirs, MESSAGE, content="x" * 2001)).code == 50035
    assert (await wire.answer(theirs, DEFER, flags=4)).code == 50035  # a deferral takes the ephemeral flag alone
    assert (await wire.answer(theirs, MESSAGE)).code == 50006
    assert theirs.acknowledged_at is None
    assert (await wire.answer(theirs, DEFER)).status == 204
    answer = await wire.answer(theirs, DEFER)
    assert (answer.status, answer.code) == (400, 40060)
    assert len(sim.messages(sim.channel)) == 1


@pytest.mark.parametrize("type", [1, DEFER_UPDATE, UPDATE, CHOICES, 9, 99])
async def test_callbacks_that_do_not_fit_a_command(pair: tuple[DiscordSimulator, Wire], type: int) -> None:
    sim, wire = pair
    theirs = await sim.slash(sim.alice, sim.channel, "ask")
    answer = await wire.answer(theirs, type, content="x")
    assert (answer.status, answer.code) == (400, 50035)


async def test_tokens_that_open_nothing(pair: tuple[DiscordSimulator, Wire]) -> None:
    sim, wire = pair
    theirs = await sim.slash(sim.alice, sim.channel, "ask")
    patch: dict[str, Any] = {"content": "x"}
    assert (await wire.hook("PATCH", theirs, "/messages/@original", **patch)).code == 10015  # not acknowledged yet
    await wire.answer(theirs, MESSAGE, content="x")
    assert (await wire("PATCH", f"/webhooks/1/{theirs.token}/messages/@original", patch)).code == 10015
    assert (await wire("PATCH", f"/webhooks/{sim.bot.id}/guess/messages/@original", patch)).code == 50027
    assert (await wire("POST", f"/interactions/{theirs.id}/guess/callback", {"type": 4})).code == 10062
    said = await sim.say(sim.alice, sim.channel, "not the token's")
    assert (await wire.hook("PATCH", theirs, f"/messages/{said.id}", **patch)).code == 10008
    await wire.hook("DELETE", theirs, "/messages/@original")
    assert (await wire.hook("PATCH", theirs, "/messages/@original", **patch)).code == 10008


async def test_an_interaction_parses_users_and_so_does_its_edit(pair: tuple[DiscordSimulator, Wire]) -> None:
    sim, wire = pair
    theirs = await sim.slash(sim.alice, sim.channel, "ask")
    await wire.answer(theirs, MESSAGE, content="quiet", allowed_mentions={"parse": []})
    await wire.hook("PATCH", theirs, "/messages/@original", content=f"@everyone {sim.bob.mention} https://a.example")
    assert theirs.response is not None
    assert theirs.response.pings == [sim.bob.mention]
    assert theirs.response.previews == ["https://a.example"]


async def test_where_a_person_brought_the_bot_five_follow_ups_are_all() -> None:
    async with wired(scale=0) as (sim, wire):  # no bucket is in the way
        await wire.sync(ASK)
        elsewhere = sim.add_channel("elsewhere", joined=False)
        theirs = await sim.slash(sim.alice, elsewhere, "ask")
        await wire.answer(theirs, MESSAGE, content="1")
        answers = [await wire.hook("POST", theirs, content=str(each)) for each in range(2, 8)]
        assert [each.status for each in answers] == [200] * 5 + [400]
        assert answers[-1].code == 40094
        assert len(sim.messages(elsewhere)) == 6


async def test_who_may_not_show_an_app_around_has_its_answers_alone() -> None:
    """USE_EXTERNAL_APPS: developers/topics/permissions, read on 2026-11-29."""
    async with wired() as (sim, wire):
        await wire.sync(ASK)
        elsewhere = sim.add_channel("elsewhere", joined=False)
        sim.deny(elsewhere, Right.USE_EXTERNAL_APPS, sim.alice)
        for user, private in ((sim.alice, True), (sim.bob, False)):
            theirs = await sim.slash(user, elsewhere, "ask")
            await wire.answer(theirs, DEFER)
            await wire.hook("PATCH", theirs, "/messages/@original", content="hello")
            await wire.hook("POST", theirs, content="more")
            assert [each.ephemeral for each in (theirs.response, *theirs.followups) if each] == [private, private]
        sim.deny(sim.channel, Right.USE_APPLICATION_COMMANDS, sim.bob)
        with pytest.raises(ValueError, match="not offered"):
            await sim.slash(sim.bob, sim.channel, "ask")


async def test_a_message_of_components_stays_one() -> None:
    """developers/components/reference, read on 2026-11-29: the flag can't be taken back; 4000 characters in all."""
    async with wired(scale=0) as (sim, wire):  # no bucket is in the way
        await wire.sync(ASK)
        theirs = await sim.slash(sim.alice, sim.channel, "ask")
        await wire.answer(theirs, DEFER)
        v2: dict[str, Any] = {"flags": 1 << 15, "components": [{"type": 10, "content": "y" * 4000}]}
        assert (await wire.hook("PATCH", theirs, "/messages/@original", **v2)).status == 200
        assert theirs.response is not None
        for fields in (
            {"content": "words"},
            {"embeds": [{"title": "t"}]},
            {"flags": 0, "content": "words", "components": []},
            {"components": [{"type": 10, "content": "y" * 2001}, {"type": 10, "content": "y" * 2000}]},
            {"components": [{"type": 10, "content": "y"}] * 41},
        ):
            assert (await wire.hook("PATCH", theirs, "/messages/@original", **fields)).code == 50035
        assert theirs.response.text == "y" * 4000
        assert (await wire.hook("PATCH", theirs, "/messages/@original", components=[ROW])).status == 200
        assert theirs.response.flags == Flag.IS_COMPONENTS_V2


async def test_an_autocompletion_has_three_seconds_and_at_most_25_choices(
    pair: tuple[DiscordSimulator, Wire],
) -> None:
    sim, wire = pair
    model = {"name": "name", "description": "Which", "type": 3, "autocomplete": True}
    await wire.sync({"name": "model", "description": "Model", "options": [model]})
    typed = await sim.complete(sim.alice, sim.channel, "model", "name", "qw")
    choice = {"name": "qwen", "value": "org/qwen"}
    assert (await wire.answer(typed, MESSAGE, content="no")).code == 50035
    assert (await wire.answer(typed, CHOICES, choices=[choice] * 26)).code == 50035
    assert (await wire.answer(typed, CHOICES, choices=[{**choice, "name": "n" * 101}])).code == 50035
    assert (await wire.answer(typed, CHOICES, choices=[choice] * 25)).status == 204
    late = await sim.complete(sim.alice, sim.channel, "model", "name", "qwe")
    sim.advance(3)
    assert (await wire.answer(late, CHOICES, choices=[choice])).code == 10062
