"""A call's parameters, whichever way they came: JSON, a form whose values are JSON texts, or the query string."""

import json
from collections.abc import Mapping
from typing import Any

from aiohttp.web import FileField

from simulators.telegram.refusals import bad


class Parameters:
    """Typed reading; what cannot be read is refused as the Bot API does. `body` is what the ledger keeps."""

    def __init__(self, query: Mapping[str, str], body: Any) -> None:
        if body is not None and not isinstance(body, dict):
            raise bad("can't parse request body")
        self._values: dict[str, Any] = {**query, **(body or {})}

    def __contains__(self, name: str) -> bool:
        return name in self._values

    @property
    def values(self) -> Mapping[str, Any]:
        """As they came."""
        return self._values

    def text(self, name: str) -> str:
        value = self._values.get(name, "")
        if not isinstance(value, str):
            raise bad(f"{name} must be a string")
        try:
            value.encode()
        except UnicodeEncodeError:
            raise bad("strings must be encoded in UTF-8") from None
        return value

    def integer(self, name: str, default: int = 0) -> int:
        value = self._values.get(name, default)
        try:
            return int(value)
        except (TypeError, ValueError):
            raise bad(f"{name} must be an integer") from None

    def chat_id(self) -> int:
        """0 for a public @name: nobody here has one."""
        value = str(self._values.get("chat_id", ""))
        return 0 if value.startswith("@") else self.integer("chat_id")

    def flag(self, name: str) -> bool:
        return str(self._values.get(name, "")).lower() in ("true", "1")

    def json(self, name: str) -> Any:
        """A nested value. None: it is not there."""
        value = self._values.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except ValueError:
            raise bad(f"can't parse {name} JSON object") from None

    def mapping(self, name: str) -> dict[str, Any]:
        value = self.json(name)
        if not isinstance(value, dict | None):
            raise bad(f"{name} must be an object")
        return value or {}

    def array(self, name: str) -> list[Any]:
        value = self.json(name)
        if not isinstance(value, list | None):
            raise bad(f"can't parse {name}: must be an array")
        return value or []

    def inside(self, values: Mapping[str, Any]) -> "Parameters":
        """An object within the call, which may refer to the call's uploads."""
        return Parameters(self._values, dict(values))

    def file(self, name: str) -> FileField | str:
        """An upload, also by `attach://`, or the id of a file that Telegram has."""
        value = self._values.get(name, "")
        if isinstance(value, str) and value.startswith("attach://"):
            value = self._values.get(value.removeprefix("attach://"), "")
        if isinstance(value, FileField | str):
            return value
        raise bad(f"{name} must be a file")
