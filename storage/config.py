"""The `[storage]` section of `config.toml`. The database's URL may hold a password: it comes from the environment."""

from pydantic import Field

from bot.section import Section

DEFAULT_DATABASE_URL = "sqlite+aiosqlite:///data/parley.db"


class StorageConfig(Section):
    master_key_file: str = Field(
        "keys/master.key",
        description="unlocks every stored text; apart from the data, so that no copy of the data has both",
    )
    least_free_mb: int = Field(
        200, ge=0, description="megabytes that should be free where the data is; `check` complains below"
    )
