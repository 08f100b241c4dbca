"""A platform's own published description, held against what is sent to it and what a simulator answers.

The descriptions are not part of this repository: they are looked for in the folder that the environment variable
SIMULATOR_SPECS names. Without it nothing is compared, and jsonschema, which only tests have, is not needed.
"""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

VARIABLE = "SIMULATOR_SPECS"
LONGEST_FAULT = 200


def described(name: str) -> Any:
    """The JSON document of this name; None where no folder is named, or it has no such file."""
    folder = os.environ.get(VARIABLE, "")
    file = Path(folder, name)
    return json.loads(file.read_text("utf-8")) if folder and file.is_file() else None


class Schemas:
    """The JSON schemas (2020-12) inside one document, each found by its path of keys."""

    def __init__(self, document: Any) -> None:
        from jsonschema import Draft202012Validator
        from referencing import Registry, Resource
        from referencing.jsonschema import DRAFT202012

        self._validator = Draft202012Validator
        self._registry: Any = Registry().with_resource("document:", Resource.from_contents(document, DRAFT202012))
        self._made: dict[str, Any] = {}

    def faults(self, path: Sequence[str], value: Any) -> list[str]:
        """What is wrong with a value, as "$.field: why"; [] where it fits."""
        pointer = "document:#/" + "/".join(each.replace("~", "~0").replace("/", "~1") for each in path)
        if pointer not in self._made:
            self._made[pointer] = self._validator({"$ref": pointer}, registry=self._registry)
        validator = self._made[pointer]
        found = [_telling(each) for each in validator.iter_errors(value)]
        return [f"{each.json_path}: {each.message}"[:LONGEST_FAULT] for each in found]


def _telling(fault: Any) -> Any:
    """Of alternatives that all fail, the fault of the one that was meant: whose "type" fits, and with fewest faults."""
    while fault.context:
        branches: dict[Any, list[Any]] = {}
        for each in fault.context:
            branches.setdefault(each.schema_path[0], []).append(each)
        meant = min(branches.values(), key=lambda each: (any(list(one.path) == ["type"] for one in each), len(each)))
        fault = meant[0]
    return fault


def closed(schema: Any) -> Any:
    """A copy in which no object takes fields that its schema does not name: a platform ignores a name that was
    misspelt, and so would a check that leaves it open."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    copied = {name: each if name in ("enum", "const") else closed(each) for name, each in schema.items()}
    whole = isinstance(schema.get("properties"), dict) and schema.get("type") == "object"
    if whole and "additionalProperties" not in schema and "allOf" not in schema:
        copied["additionalProperties"] = False
    return copied
