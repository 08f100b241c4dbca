"""What the bot has stored, read the way the bot reads it; and how that compares with what people see."""

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import get_args

from bot.conversation.turns import Turn
from bot.events import ConversationKey
from bot.replies import End
from bot.streaming.markdown import parse, plain
from storage.config import StorageConfig
from storage.store import open_store
from tests.journeys.world import World
from tests.polling import until

ENDS = get_args(End)


async def turns(folder: Path, key: ConversationKey) -> Sequence[Turn]:
    config = StorageConfig(master_key_file=str(folder / "keys" / "master.key"))
    async with open_store(f"sqlite+aiosqlite:///{folder / 'data' / 'parley.db'}", config) as store:
        return await store.archive.recent(key, 1000)


def states(database: Path) -> dict[str, int]:
    """How many questions are in each state."""
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        found = connection.execute("SELECT state, count(*) FROM inbox GROUP BY state").fetchall()
    connection.close()
    return dict(found)


def on_screen(database: Path) -> int:
    """How many open questions have something on the screen, of which it is stored where."""
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        (found,) = connection.execute(
            "SELECT count(*) FROM inbox WHERE partial IS NOT NULL AND ended_at IS NULL"
        ).fetchone()
    connection.close()
    return int(found)


def letters(text: str) -> str:
    """What a reader reads, without its layout."""
    return "".join(text.split())


def read_aloud(markdown: str) -> str:
    """What a reader reads of an answer in Markdown."""
    return letters(plain(parse(markdown)))


def seen(pages: Iterable[str]) -> str:
    """What a reader reads on pages that show Markdown (Discord)."""
    return "".join(read_aloud(page) for page in pages)


async def until_ended(world: World, questions: int) -> None:
    """Until so many questions have come to their end; none may be open then."""
    await until(lambda: sum(states(world.database).get(end, 0) for end in ENDS) >= questions, 60)
    assert set(states(world.database)) <= set(ENDS), states(world.database)
