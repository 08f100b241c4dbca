"""The adapter's life: logging in, the menu, the connection and the watch over it."""

import asyncio
import logging
import re
import threading
import time
from functools import partial
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import discord
import pytest
from discord.gateway import KeepAliveHandler

from adapters.discord.client import RIGHTS, DiscordAdapter, invitation
from adapters.discord.config import DiscordConfig
from adapters.discord.menu import digest, menu
from adapters.discord.rights import NEEDED
from adapters.discord.watch import discard
from bot.commands import COMMANDS
from bot.errors import Misconfigured, Unavailable
from simulators.discord import DiscordSimulator
from simulators.simulator import Fault
from tests.adapters.discord.conftest import Desk, running
from tests.fakes import Settings
from tests.polling import until

DOC = Path(__file__).parents[3] / "docs" / "discord.md"
MENU = r"PUT .*/commands"


def adapter_for(sim: DiscordSimulator, token: str = "", **config: object) -> DiscordAdapter:
    where = DiscordConfig(api_url=sim.api_url, gateway_url=sim.gateway_url).model_copy(update=config)
    return DiscordAdapter(where, token or sim.token, COMMANDS, Settings())


class TestLoggingIn:
    async def test_a_wrong_token_names_its_remedy(self, sim: DiscordSimulator, desk: Desk) -> None:
        adapter = adapter_for(sim, "wrong.token.here")
        with pytest.raises(Misconfigured, match="DISCORD_TOKEN") as refusal:
            await adapter.run(desk)
        await adapter.close()
        assert "wrong.token" not in refusal.value.message + refusal.value.detail
        assert sim.identifies == 0

    async def test_an_intent_that_is_not_granted_names_its_switch(self, sim: DiscordSimulator, desk: Desk) -> None:
        sim.gateway.privileged = 0
        adapter = adapter_for(sim, message_content=True)
        with pytest.raises(Misconfigured, match="Message Content Intent"):
            await adapter.run(desk)
        await adapter.close()
        assert sim.identifies == 1

    async def test_without_that_intent_nothing_privileged_is_asked_for(self, sim: DiscordSimulator, desk: Desk) -> None:
        sim.gateway.privileged = 0
        async with running(sim, desk):
            assert [session.intents for session in sim.gateway.sessions.values()] == [1 << 0 | 1 << 9 | 1 << 12]

    async def test_a_token_that_is_withdrawn_later_ends_it(self, sim: DiscordSimulator, desk: Desk) -> None:
        adapter = adapter_for(sim)
        run = asyncio.create_task(adapter.run(desk))
        await sim.ready()
        await sim.drop(4004)
        with pytest.raises(Misconfigured, match="DISCORD_TOKEN"):
            await run
        await adapter.close()
        assert sim.identifies == 1

    async def test_where_discord_is_away_it_may_be_tried_again(self, sim: DiscordSimulator, desk: Desk) -> None:
        adapter = adapter_for(sim)
        sim.faults.append(Fault("users/@me", "lose request", times=2))  # aiohttp itself tries a GET twice
        with pytest.raises(Unavailable):
            await adapter.run(desk)
        run = asyncio.create_task(adapter.run(desk))
        await sim.ready()
        run.cancel()
        await asyncio.gather(run, return_exceptions=True)
        await adapter.close()

    def test_the_invitation_asks_for_little(self) -> None:
        asked = parse_qs(urlsplit(invitation("77")).query)
        assert asked["client_id"] == ["77"]
        assert asked["scope"] == ["bot applications.commands"]
        rights = discord.Permissions(int(asked["permissions"][0]))
        assert {name for name, given in rights if given} == {
            "read_messages",  # the library's older name of "view channel"
            "send_messages",
            "send_messages_in_threads",
            "create_public_threads",
            "attach_files",
            "read_message_history",
        }

    def test_the_docs_name_the_same_permissions(self) -> None:
        section = DOC.read_text("utf-8").partition("## Permissions")[2].partition("\n## ")[0]
        lines = re.findall(r"^- ([^:]+):", section, re.MULTILINE)
        named = {each.strip().lower() for line in lines for each in line.split(",")}
        asked = {name.replace("_", " ") for name, given in RIGHTS if given}
        assert asked >= {name.replace("_", " ").replace("view channel", "read messages") for name in NEEDED}
        assert named == {"view channels" if each == "read messages" else each for each in asked}


def passed(moment: float) -> bool:
    return asyncio.get_running_loop().time() > moment


def hearts() -> set[threading.Thread]:
    """The threads of this process that send heartbeats."""
    return {each for each in threading.enumerate() if isinstance(each, KeepAliveHandler)}


def stand_still(seconds: float) -> None:
    """As a process does that the machine has no time for."""
    time.sleep(seconds)


class TestMenu:
    async def test_it_is_sent_once_and_again_when_it_changes(self, sim: DiscordSimulator, desk: Desk) -> None:
        settings = Settings()
        async with running(sim, desk, settings):
            await until(lambda: settings.values)
        assert [each["name"] for each in sim.commands] == [each["name"] for each in menu(COMMANDS)]
        assert settings.values == {("instance", f"discord.menu.{sim.application_id}"): digest(menu(COMMANDS))}
        async with running(sim, Desk(), settings):
            pass
        assert sim.syncs == 1
        settings.values[next(iter(settings.values))] = "of an older version"
        async with running(sim, Desk(), settings):
            await until(lambda: sim.syncs == 2)
        assert sim.commands

    async def test_discord_takes_it_as_it_is(self, sim: DiscordSimulator, desk: Desk) -> None:
        async with running(sim, desk):
            pass
        (entry,) = sim.seen(MENU)
        assert entry.status == 200
        assert all(each["contexts"] == [0, 1, 2] for each in entry.body)

    @pytest.mark.parametrize(("status", "body"), [(403, b'{"code": 50001}'), (400, b'{"code": 50035}')])
    async def test_a_failed_sync_keeps_nobody_waiting(
        self, sim: DiscordSimulator, desk: Desk, status: int, body: bytes
    ) -> None:
        sim.faults.append(Fault(MENU, "status", status=status, body=body))
        settings = Settings({("instance", "other"): "x"})
        async with running(sim, desk, settings):
            await until(lambda: sim.seen(MENU))
            await sim.say(sim.alice, sim.channel, "hello", mention=True)
            await until(lambda: len(sim.messages(sim.channel)) == 2)
        assert f"discord.menu.{sim.application_id}" not in {name for _, name in settings.values}


class TestConnection:
    @pytest.mark.parametrize("trouble", ["drop", "op7"])
    async def test_a_lost_connection_is_resumed(self, sim: DiscordSimulator, desk: Desk, trouble: str) -> None:
        async with running(sim, desk):
            await (sim.drop() if trouble == "drop" else sim.op7())
            await until(lambda: sim.resumes == 1)
            await sim.say(sim.alice, sim.channel, "hello", mention=True)
            await until(lambda: len(sim.messages(sim.channel)) == 2)
        assert sim.identifies == 1
        assert desk.resumes == [("discord", sim.bot.id)]

    async def test_unanswered_heartbeats_make_a_new_client(self, sim: DiscordSimulator, desk: Desk) -> None:
        sim.gateway.heartbeat_interval = 0.1
        async with running(sim, desk, heartbeat_ack_seconds=0.5):
            await asyncio.sleep(0)
            sim.mute_acks = True
            await until(lambda: sim.identifies == 2)
            sim.mute_acks = False
            await sim.ready()
            await sim.say(sim.alice, sim.channel, "hello", mention=True)
            await until(lambda: len(sim.messages(sim.channel)) == 2)
        assert desk.resumes == [("discord", sim.bot.id)]

    async def test_who_stood_still_itself_has_not_found_anybody_deaf(self, sim: DiscordSimulator, desk: Desk) -> None:
        sim.gateway.heartbeat_interval = 0.3
        loop = asyncio.get_running_loop()
        async with running(sim, desk, heartbeat_ack_seconds=0.7):
            for seconds in (0.0, 0.8):
                stand_still(seconds)
                await until(partial(passed, loop.time() + 0.4))
        assert sim.identifies == 1

    async def test_who_leaves_while_it_connects_anew_leaves_no_heartbeat_behind(
        self, sim: DiscordSimulator, desk: Desk
    ) -> None:
        others = hearts()
        async with running(sim, desk):
            known = hearts()
            await sim.op9(False)
            await until(lambda: hearts() - known)  # connected; before it identifies again the library waits
        assert hearts() <= others

    async def test_answered_heartbeats_keep_the_client(self, sim: DiscordSimulator, desk: Desk) -> None:
        sim.gateway.heartbeat_interval = 0.05
        loop = asyncio.get_running_loop()
        async with running(sim, desk, heartbeat_ack_seconds=0.7):
            end = loop.time() + 1.0
            await until(lambda: loop.time() > end)
        assert sim.identifies == 1

    async def test_answers_go_on_while_the_connection_is_made_anew(self, sim: DiscordSimulator, desk: Desk) -> None:
        sim.gateway.heartbeat_interval = 0.1
        async with running(sim, desk, heartbeat_ack_seconds=0.5) as adapter:
            sim.mute_acks = True
            await until(lambda: sim.identifies == 2)
            await sim.say(sim.alice, sim.channel, "hello", mention=True)
            await until(lambda: len(sim.messages(sim.channel)) == 2)
            assert adapter

    async def test_a_cancelled_run_takes_in_nothing_more_and_lets_answers_end(
        self, sim: DiscordSimulator, desk: Desk
    ) -> None:
        adapter = adapter_for(sim)
        run = asyncio.create_task(adapter.run(desk))
        await sim.ready()
        await sim.say(sim.alice, sim.channel, "before", mention=True)
        await until(lambda: desk.surfaces)
        run.cancel()
        await asyncio.gather(run, return_exceptions=True)
        assert not sim.gateway.connections
        await until(lambda: len(sim.messages(sim.channel)) == 2)
        await sim.say(sim.alice, sim.channel, "after", mention=True)
        await desk.close()
        await adapter.close()
        assert [event.text for event in desk.events] == ["before"]

    async def test_a_close_that_hangs_is_not_waited_for(self) -> None:
        class Hanging(discord.Client):
            async def close(self) -> None:
                await asyncio.Event().wait()

        client = Hanging(intents=discord.Intents.none())
        async with asyncio.timeout(2):
            await discard(client, seconds=0.05)


async def test_neither_words_nor_tokens_are_logged(
    sim: DiscordSimulator, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with running(sim, desk):
        sim.faults.append(Fault("callback", "lose response"))
        interaction = await sim.slash(sim.alice, sim.channel, "chat", text="a secret of mine")
        await until(lambda: interaction.response and interaction.response.content)
        sim.faults.append(Fault("messages", "status", status=503))
        await sim.say(sim.alice, sim.channel, "a secret of mine", mention=True)
        await until(lambda: len(sim.messages(sim.channel)) == 3)
    assert "invite the bot" in caplog.text
    assert "client_id" in caplog.text
    for secret in ("a secret of mine", sim.token, interaction.token):
        assert not re.search(re.escape(secret), caplog.text)
