"""What Discord's published OpenAPI description says of a request and of a response.

The description is discord/discord-api-spec @ 74fda0f (2026-07-18), read on 2026-11-29. It says less than the written
documentation (no sum over embeds, no rule between flags and fields): it is a second net under the simulator's own.
"""

import copy
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from simulators.specification import Schemas, closed, described

FILE = "discord-openapi.json"
Json = dict[str, Any]
JSON_BODY = ("requestBody", "content", "application/json", "schema")


@dataclass(frozen=True, slots=True)
class Amendment:
    """What the description has wrong: the path of a schema, what stands there instead, and why that is known."""

    path: str
    schema: Any
    reason: str


AMENDMENTS = (
    Amendment(
        "Error/properties/code",
        {"type": ["integer", "string"]},
        "the codes of single fields are words in Discord's own examples (developers/reference, error messages)",
    ),
    Amendment(
        "Error/required",
        ["message"],
        "a 429 has a code only for some errors, the documented example has none (developers/topics/rate-limits)",
    ),
    Amendment(
        "SnowflakeType",
        {"anyOf": [{"type": "string", "pattern": "^(0|[1-9][0-9]*)$"}, {"type": "integer", "minimum": 0}]},
        "discord.py 2.7.1 writes ids as numbers too, in allowed_mentions and message_reference; Discord takes both",
    ),
    Amendment(
        "MessageReferenceType/oneOf",
        [{"const": 0}, {"const": 1}],
        "forwards are documented beside replies (developers/resources/message, message reference types)",
    ),
    *(
        Amendment(
            f"{name}/properties/default_member_permissions",
            {"type": ["string", "null"], "pattern": "^[0-9]+$"},
            "documented as a string of a bit set (developers/interactions/application-commands)",
        )
        for name in ("ApplicationCommandCreateRequest", "ApplicationCommandUpdateRequest")
    ),
    Amendment(
        "IncomingWebhookUpdateRequestPartial/properties/tts",
        {"const": False},
        "discord.py 2.7.1 writes the default into edits of an interaction's messages; Discord ignores it there",
    ),
)


class Description:
    def __init__(self, document: Json) -> None:
        self._document = _amended(document)
        self._responses = Schemas(self._document)
        self._requests = Schemas({name: closed(self._document[name]) for name in ("components", "paths")})
        self._paths = {_unnamed(path): path for path in document["paths"]}

    def request_faults(self, method: str, path: str, query: Mapping[str, str], body: Any) -> list[str]:
        """Faults of a request to a route like "/channels/{channel_id}/messages"; the names in braces do not matter."""
        known = self._paths.get(_unnamed(path))
        operation = self._document["paths"].get(known, {}).get(method.lower())
        if known is None or operation is None:
            return ["the description has no such route"]
        found = list(self._query_faults(operation.get("parameters", ()), query))
        if "requestBody" in operation:
            found += self._body_faults(("paths", known, method.lower(), *JSON_BODY), operation["requestBody"], body)
        return found

    def response_faults(self, method: str, path: str, status: int, body: Any) -> list[str]:
        """Faults of a response with a body; `path` may be the one that was asked ("/channels/12/messages")."""
        known = next((each for each in self._paths.values() if _matches(each, path)), None)
        operation = self._document["paths"].get(known, {}).get(method.lower())
        if known is None or operation is None:
            return []
        responses = operation["responses"]
        key = str(status) if str(status) in responses else "4XX"
        where = ("paths", known, method.lower(), "responses", key)
        if "$ref" in responses[key]:
            where = tuple(responses[key]["$ref"].removeprefix("#/").split("/"))
        return self._responses.faults((*where, "content", "application/json", "schema"), body)

    def faults(self, schema: str, value: Any) -> list[str]:
        """Faults of a part of a response, by its schema's name ("MessageResponse")."""
        return self._responses.faults(("components", "schemas", schema), value)

    def _body_faults(self, where: tuple[str, ...], about: Json, body: Any) -> Iterable[str]:
        if body is None:
            return ["a body is required"] if about.get("required") else []
        if isinstance(body, dict):
            body = {name: value for name, value in body.items() if name != "files"}  # the ledger's word for uploads
        return self._requests.faults(where, body)

    def _query_faults(self, parameters: Iterable[Json], query: Mapping[str, str]) -> Iterator[str]:
        schemas = {each["name"]: each["schema"] for each in parameters if each["in"] == "query"}
        for name, value in query.items():
            if name not in schemas:
                yield f"?{name}: the description has no such parameter"
            elif not _fits(schemas[name], value):
                yield f"?{name}: not of the described type"


@cache
def description() -> Description | None:
    """Discord's description, read once a process; None where the tests were not told where it is."""
    document = described(FILE)
    return None if document is None else Description(document)


def _amended(document: Json) -> Json:
    copied = copy.deepcopy(document)
    for each in AMENDMENTS:
        *way, last = each.path.split("/")
        place = copied["components"]["schemas"]
        for step in way:
            place = place[step]
        place[last] = each.schema
    return copied


def _unnamed(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", path)


def _matches(template: str, path: str) -> bool:
    return re.fullmatch(re.sub(r"\{[^}]*\}", "[^/]+", template), path) is not None


def _fits(schema: Json, value: str) -> bool:
    if schema.get("type") == "integer":
        return value.isdecimal() and schema.get("minimum", 0) <= int(value) <= schema.get("maximum", int(value))
    if schema.get("type") == "boolean":
        return value.lower() in ("true", "false", "1", "0")
    return bool(value)
