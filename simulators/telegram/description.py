"""Calls, results and updates held against Telegram's own description of its Bot API.

The description is `telegram-bot-api.json` of the project telegram-bot-api-spec: a machine copy of core.telegram.org
(10.1, June 11, 2026), in a format of its own: methods and types with fields, each field with the names of the types
that it may have ("Integer", "Array of MessageEntity", "User"). Where it is looked for: `simulators/specification.py`.
What it does not know yet stands in `newer`.
"""

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from aiohttp.web import FileField

from simulators.specification import VARIABLE, described
from simulators.telegram import newer

FILE = "telegram-bot-api.json"
DESCRIBED = "not as described: "
"""How a finding of this check begins."""
SCALARS: Mapping[str, type | tuple[type, ...]] = {"String": str, "Integer": int, "Float": (int, float), "Boolean": bool}
_CONSTANT = re.compile(r"(?:must be |always [\"“])([a-z0-9_]+)[\"”]?$")

Fields = Mapping[str, Mapping[str, Any]]


class Specification:
    """Every check returns sentences of what is wrong, none where all is well."""

    def __init__(self, description: Mapping[str, Any]) -> None:
        self.described = description
        self._methods = {**description["methods"], **newer.METHODS}
        self._types = {**description["types"], **newer.TYPES}

    def call(self, method: str, values: Mapping[str, Any]) -> list[str]:
        """A call's parameters as they came: values of JSON, texts of a form, uploads."""
        known = self._methods.get(method)
        if known is None:
            return [f"{method}: no such method"]
        fields = self._fields(method, known)
        given = {name: _decoded(value, fields[name]["types"]) for name, value in values.items() if name in fields}
        strangers = [name for name in values if name not in fields and not _attached(name, values)]
        return [*(f"{method}.{each}: unknown" for each in strangers), *self._object(fields, given, method)]

    def result(self, method: str, value: Any) -> list[str]:
        """What a method answered."""
        return self._any(self._methods[method]["returns"], value, f"the result of {method}")

    def update(self, value: Any) -> list[str]:
        kinds = set(value) - {"update_id"}
        several = [f"Update: {len(kinds)} kinds at once"] if len(kinds) != 1 else []
        return several + self._any(["Update"], value, "Update")

    def _any(self, types: Sequence[str], value: Any, where: str) -> list[str]:
        """Wrong as the type that it comes nearest to."""
        return min((list(self._wrong(each, value, where)) for each in types), key=len)

    def _wrong(self, kind: str, value: Any, where: str) -> Iterator[str]:
        if kind.startswith("Array of "):
            if not isinstance(value, list):
                yield f"{where}: not {kind}"
                return
            for at, each in enumerate(value):
                yield from self._any([kind.removeprefix("Array of ")], each, f"{where}[{at}]")
        elif kind == "InputFile":
            if not isinstance(value, FileField):
                yield f"{where}: not an upload"
        elif kind in SCALARS:
            if not isinstance(value, SCALARS[kind]) or (isinstance(value, bool) and kind != "Boolean"):
                yield f"{where}: not {kind}"
        elif "subtypes" in self._types[kind]:
            yield from self._any(self._types[kind]["subtypes"], value, where)
        elif not isinstance(value, dict):
            yield f"{where}: not {kind}"
        else:
            fields = self._fields(kind, self._types[kind])
            yield from (f"{where}.{name}: unknown to {kind}" for name in value if name not in fields)
            yield from self._object(fields, value, where)

    def _object(self, fields: Fields, values: Mapping[str, Any], where: str) -> list[str]:
        found = [f"{where}.{name}: missing" for name, each in fields.items() if each["required"] and name not in values]
        for name in values.keys() & fields.keys():
            constant = _CONSTANT.search(fields[name]["description"])
            if constant and values[name] != constant[1]:
                # Counted twice, so that of a union's types the one that says its name comes nearest.
                found.extend([f"{where}.{name}: must be {constant[1]}"] * 2)
            found.extend(self._any(fields[name]["types"], values[name], f"{where}.{name}"))
        return found

    def _fields(self, holder: str, known: Mapping[str, Any]) -> Fields:
        fields = {each["name"]: each for each in (*known.get("fields", ()), *newer.FIELDS.get(holder, ()))}
        optional = {name for kind, name in newer.OPTIONAL if kind == holder}
        return {name: {**each, "required": each["required"] and name not in optional} for name, each in fields.items()}


def specification() -> Specification | None:
    """The description, where there is one."""
    return _made(os.environ.get(VARIABLE, ""))


@cache
def _made(_folder: str) -> Specification | None:
    """Read once for every folder that is named."""
    document = described(FILE)
    return Specification(document) if document else None


def _decoded(value: Any, types: Sequence[str]) -> Any:
    """A form's text as what it stands for; what cannot be read stays a text, and is then wrong by its type."""
    if not isinstance(value, str) or "String" in types:
        return value
    try:
        return json.loads(value.lower() if types == ["Boolean"] else value)
    except ValueError:
        return value


def _attached(name: str, values: Mapping[str, Any]) -> bool:
    """Whether this is an upload that another parameter refers to."""
    if not isinstance(values[name], FileField):
        return False
    return any(isinstance(each, str) and f"attach://{name}" in each for each in values.values())
