"""`python -m bot check`: every fault that is seeded is named with its remedy, and nothing else is blamed."""

import re
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from tests.adapters.web.test_server import a_free_port
from tests.journeys.misconfigured import AWAY, FAULTS
from tests.journeys.seeds import mute
from tests.journeys.world import World, a_world

HF_TOKEN = "hf_" + "x" * 34


@asynccontextmanager
async def set_up(folder: Path) -> AsyncIterator[World]:
    """Everything as it should be, and no bot running."""
    world = World(folder, ("discord", "telegram"), HF_TOKEN=HF_TOKEN, PARLEY_INFERENCE__TASKS_URL=None)
    async with AsyncExitStack() as stack:
        for simulator in (world.discord, world.telegram, world.hf):
            await stack.enter_async_context(simulator)
        world.hf.tokens = None
        yield world


def lines(said: str, mark: str) -> list[str]:
    return re.findall(rf"^{mark} +(.*)$", said, re.MULTILINE)


async def checked(world: World, *arguments: str) -> tuple[int, str]:
    code, said = await world.ask("check", *arguments)
    for secret in (HF_TOKEN, world.discord.token, world.telegram.token, "hunter2", "Traceback"):
        assert secret not in said
    return code, said


async def test_a_sound_set_up_is_fine(tmp_path: Path) -> None:
    async with set_up(tmp_path) as world:
        code, said = await checked(world)
        assert (code, lines(said, "mend")) == (0, []), said
        assert said.endswith("All is well.\n")
        parts = {line.partition(":")[0] for line in lines(said, "fine")}
        assert parts == {
            "Configuration", "Database", "Master key", "Disk", "Hugging Face", "Models", "Other tasks", "Discord",
            "Telegram", "Console", "Clock",
        }  # fmt: skip
        assert lines(said, "off") == [
            "Web port: none is set; PARLEY_WEB__PORT switches /healthz, /readyz and /metrics on."
        ]
        assert not world.database.parent.exists()  # a look makes nothing
        assert not (tmp_path / "keys").exists()
        written = [*world.discord.seen("^(?!GET)"), *world.telegram.seen("(?i)send|edit|getUpdates|delete")]
        assert written == []
        assert all(entry.request.startswith("GET ") for entry in world.hf.ledger)
        assert world.telegram.findings == []


@pytest.mark.parametrize("name", FAULTS)
async def test_a_fault_is_named_with_its_remedy_and_nothing_else_is_blamed(name: str, tmp_path: Path) -> None:
    fault = FAULTS[name]
    async with set_up(tmp_path) as world:
        world.settings |= fault.settings
        if (seeding := fault.seed(world)) is not None:
            await seeding
        code, said = await checked(world)
    [blamed] = lines(said, "mend")
    assert blamed.startswith(f"{fault.part}: "), said
    assert re.search(fault.says, blamed), blamed
    assert code == 78


async def test_a_port_that_is_taken_is_told_apart_from_a_bot_that_runs(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        async with set_up(tmp_path / "other") as world:
            (tmp_path / "other").mkdir()
            world.settings |= {"PARLEY_WEB__PORT": str(taken.getsockname()[1])}
            code, said = await checked(world)
    assert code == 78
    assert [line for line in lines(said, "mend") if "PARLEY_WEB__PORT" in line and "Choose another" in line]

    (tmp_path / "ours").mkdir()
    async with a_world(tmp_path / "ours", "telegram", PARLEY_WEB__PORT=str(a_free_port())) as world:
        code, said = await world.ask("check")
        assert "Web port: a bot runs there, and is ready." in lines(said, "fine")
        assert "Database: it can be read and written, and is whole." in lines(said, "fine")
        assert code == 0


async def test_all_faults_at_once_are_all_told(tmp_path: Path) -> None:
    async with set_up(tmp_path) as world:
        world.settings |= {
            "DISCORD_TOKEN": "1" * 19,
            "TELEGRAM_TOKEN": "123456789",
            "HF_TOKEN": "sk-hunter2",
            "DATABASE_URL": "mysql://me:hunter2@host/db",
            "PARLEY_INFERENCE__BASE_URL": f"{AWAY}/v1",
            "PARLEY_RUN__GRACE_SECONDS": "soon",
        }
        code, said = await checked(world)
    assert code == 78
    assert [line.partition(":")[0] for line in lines(said, "mend")] == [
        "Configuration", "Database", "Hugging Face", "Models", "Discord", "Telegram",
    ]  # fmt: skip


async def test_without_anything_the_guide_answers_in_the_terminal(tmp_path: Path) -> None:
    async with set_up(tmp_path) as world:
        world.settings |= dict.fromkeys(("DISCORD_TOKEN", "TELEGRAM_TOKEN", "HF_TOKEN", "PARLEY_INFERENCE__BASE_URL"))
        code, said = await checked(world)
        assert (code, lines(said, "mend")) == (0, [])
        assert [line for line in lines(said, "off") if "DISCORD_TOKEN is not set; docs/discord.md" in line]
        assert [line for line in lines(said, "note") if "HF_TOKEN" in line and "docs/huggingface.md" in line]
        assert not world.discord.ledger + world.telegram.ledger + world.hf.ledger


@pytest.mark.parametrize(
    ("chat", "says"),
    [
        ("discord:{world.discord.channel.id}", "Discord: a message arrived in channel"),
        ("chat:telegram:{home.id}", "Telegram: a message arrived in the chat"),
    ],
)
async def test_one_real_message_is_sent_only_where_it_is_asked_for(chat: str, says: str, tmp_path: Path) -> None:
    async with set_up(tmp_path) as world:
        home = world.telegram.private(world.telegram.alice)
        code, said = await checked(world, "--live", chat.format(world=world, home=home))
        assert code == 0
        assert any(line.startswith(says) for line in lines(said, "fine")), said
        arrived = [*world.discord.messages(world.discord.channel), *world.telegram.messages(home)]
        assert len(arrived) == 1
        assert world.telegram.findings == []


@pytest.mark.parametrize(
    ("chat", "says"),
    [
        ("discord:4711", "Copy Channel ID|View Channel"),
        ("discord:general", "Copy Channel ID"),
        ("discord:{muted.id}", "Send Messages"),
        ("telegram:4711", "press Start"),
        ("telegram:{blocked.id}", "blocked the bot"),
        ("telegram:{left.id}", "no member there: add it"),
        ("fax:4711", "discord:CHANNEL_ID or telegram:CHAT_ID"),
        ("discord", "discord:CHANNEL_ID or telegram:CHAT_ID"),
    ],
)
async def test_a_message_that_does_not_arrive_is_explained(chat: str, says: str, tmp_path: Path) -> None:
    async with set_up(tmp_path) as world:
        sim = world.telegram
        blocked, left, muted = sim.private(sim.alice), sim.group, world.discord.channel
        sim.block(sim.alice)
        sim.kick(left)
        mute(world)
        code, said = await checked(world, "--live", chat.format(blocked=blocked, left=left, muted=muted))
    [blamed] = lines(said, "mend")
    assert re.search(says, blamed), blamed
    assert code == 78
