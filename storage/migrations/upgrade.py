"""Running the revisions on a connection whose transaction belongs to the caller."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from bot.errors import Misconfigured


def upgrade(connection: Connection, current: str | None) -> None:
    """From revision `current` to the newest. Raises `Misconfigured` where this version of Parley does not know it."""
    config = configuration()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if current and current not in known:
        raise Misconfigured(
            f"The database (DATABASE_URL) was written by a newer version of Parley (its schema is {current}). "
            "Run that version, or restore a backup from before the update."
        )
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def configuration() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config
