"""What every section of `config.toml` is: a frozen pydantic model in the package that it belongs to."""

import json
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict


class Section(BaseModel):
    """One `[section]`. Every field has a default, which stands in `config.toml` too (a test compares)."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _split(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("["):
        return json.loads(value)
    return [part.strip() for part in value.split(",") if part.strip()]


Names = Annotated[tuple[str, ...], BeforeValidator(_split)]
"""A list of words; in an environment variable `a,b` or `["a", "b"]`."""
