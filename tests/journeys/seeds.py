"""What puts one thing wrong in a world that is set up soundly, before `check` looks at it."""

import sqlite3
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

from bot.events import Chat
from bot.settings import home_setting, of_space
from simulators.discord.rights import Overwrite, Right
from simulators.huggingface import listed
from simulators.simulator import Fault
from storage.config import StorageConfig
from storage.store import open_store
from tests.fakes import an_event
from tests.journeys.world import World
from tests.storage.template import migrated

Seed = Callable[[World], Awaitable[None] | None]


def portal(**changes: object) -> Seed:
    def seed(world: World) -> None:
        for name, value in changes.items():
            setattr(world.discord.portal, name, value)

    return seed


async def used(world: World) -> None:
    """A database in which something is, and its key."""
    world.database.parent.mkdir(exist_ok=True)
    world.database.write_bytes(migrated())
    config = StorageConfig(master_key_file=str(key(world)))
    async with open_store(f"sqlite+aiosqlite:///{world.database}", config) as store:
        await store.settings.write("instance", "something", "kept")


def key(world: World) -> Path:
    return world.folder / "keys" / "master.key"


async def at_home(world: World, platform: str, space: str, chat: str) -> None:
    await used(world)
    config = StorageConfig(master_key_file=str(key(world)))
    async with open_store(f"sqlite+aiosqlite:///{world.database}", config) as store:
        await store.settings.write(of_space(platform, space), home_setting(chat), "yes")


async def at_home_on_discord(world: World) -> None:
    await at_home(world, "discord", world.discord.world.guild_id, world.discord.channel.id)


async def at_home_in_a_lost_channel(world: World) -> None:
    await at_home(world, "discord", world.discord.world.guild_id, "4711")
    world.discord.gateway.privileged = 1 << 15


def mute(world: World) -> None:
    """The bot may see its channel and not write there."""
    sim = world.discord
    sim.channel.overwrites[sim.bot.id] = Overwrite(sim.bot.id, 1, deny=int(Right.SEND_MESSAGES))


async def muted_at_home(world: World) -> None:
    await at_home_on_discord(world)
    world.discord.gateway.privileged = 1 << 15
    mute(world)


async def muted_where_it_was_asked(world: World) -> None:
    """Lately, and in the private chat of the one who asked besides."""
    await used(world)
    sim = world.discord
    config = StorageConfig(master_key_file=str(key(world)))
    async with open_store(f"sqlite+aiosqlite:///{world.database}", config) as store:
        for place in (sim.channel, sim.dm(sim.alice)):
            event = an_event(platform="discord", id=place.id, chat=Chat(sim.world.guild_id, place.id))
            await store.inbox.accept(event, event.key, private=False)
    mute(world)


async def muted_in_a_group(world: World) -> None:
    await at_home_in_a_group(world)
    world.telegram.world.privacy = False
    world.telegram.restrict(world.telegram.group, "text")


async def at_home_in_a_group(world: World) -> None:
    await at_home(world, "telegram", str(world.telegram.group.id), str(world.telegram.group.id))


async def at_home_where_it_was_kicked(world: World) -> None:
    await at_home_in_a_group(world)
    world.telegram.world.privacy = False
    world.telegram.kick(world.telegram.group)


def webhook_left(world: World) -> None:
    world.telegram.world.webhook = {"url": "https://elsewhere.example/hunter2", "max_connections": 40}


def webhook_failing(world: World) -> None:
    world.telegram.world.webhook = {
        "url": "https://bot.example/telegram",
        "max_connections": 40,
        "last_error_date": int(time.time()) - 60,
        "last_error_message": "Connection refused",
    }


def strangers(world: World) -> None:
    world.hf.tokens = {"another"}
    world.hf.account = {}


def no_permission(world: World) -> None:
    fine = {"scoped": [{"entity": {"type": "user"}, "permissions": ["repo.content.read"]}]}
    world.hf.account = {"auth": {"accessToken": {"role": "fineGrained", "fineGrained": fine}}}


def unserved(world: World) -> None:
    world.hf.models = [listed("another/model")]


def gated(world: World) -> None:
    world.hf.hub.gated.add("openai/gpt-oss-20b")


def trouble(where: str, pattern: str, status: int, body: bytes = b"", content_type: str = "application/json") -> Seed:
    def seed(world: World) -> None:
        fault = Fault(pattern, "status", times=99, status=status, body=body, content_type=content_type)
        getattr(world, where).faults.append(fault)

    return seed


def another_server_for_models(world: World) -> None:
    world.settings["PARLEY_INFERENCE__BASE_URL"] = world.telegram.url


def newer(world: World) -> None:
    world.database.parent.mkdir()
    world.database.write_bytes(migrated())
    with closing(sqlite3.connect(world.database)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")


def damaged(world: World) -> None:
    world.database.parent.mkdir()
    world.database.write_bytes(b"this is no database, however long it may be. " * 100)


def in_the_way(world: World) -> None:
    (world.folder / "data").write_text("a file")


async def key_gone(world: World) -> None:
    await used(world)
    key(world).unlink()


async def another_key(world: World) -> None:
    await used(world)
    key(world).write_text("ab" * 32)


async def exposed(world: World) -> None:
    await used(world)
    key(world).chmod(0o644)


def no_key(world: World) -> None:
    key(world).parent.mkdir()
    key(world).write_text("hunter2")


def key_beside_the_data(world: World) -> None:
    (world.folder / "data").mkdir()
    (world.folder / "data" / "master.key").write_text("ab" * 32)
    (world.folder / "data" / "master.key").chmod(0o600)


def clocks_ahead(world: World) -> None:
    for simulator in (world.discord, world.telegram, world.hf):
        simulator.advance(400)


def configuration(text: str) -> Seed:
    def seed(world: World) -> None:
        (world.folder / "config.toml").write_text(text)

    return seed
