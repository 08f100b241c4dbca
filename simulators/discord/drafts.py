"""A request to write or edit a message: read from JSON or a multipart form, and checked before anything changes."""

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.web_request import FileField

from simulators.discord import components
from simulators.discord.components import size
from simulators.discord.refusals import bad_length, empty_message, invalid, invalid_json, too_large, too_long
from simulators.discord.world import ATTACHMENT_LIMIT, Flag, Message
from simulators.simulator import ENTRY

Json = dict[str, Any]
REQUEST_LIMIT = 25 * 2**20
EMBED_LIMITS = {"title": 256, "description": 4096}


@dataclass(frozen=True, slots=True)
class Upload:
    name: str
    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Draft:
    fields: Json
    uploads: dict[str, Upload] = field(default_factory=dict)  # by the id in the attachments array, "0", "1", ...

    @property
    def flags(self) -> int:
        return int(self.fields.get("flags") or 0)

    def inner(self) -> "Draft":
        """The message inside an interaction's response."""
        data = self.fields.get("data") or {}
        if not isinstance(data, dict):
            raise invalid("data", "Only dictionaries may be used in a DictType", "DICT_TYPE_CONVERT")
        return Draft(data, self.uploads)


async def read(request: web.Request, file_bytes: int = ATTACHMENT_LIMIT) -> Draft:
    """The body as a draft; what the ledger keeps of a form is its JSON and the names of its files.

    `file_bytes` is what one file may have.
    """
    if request.content_type == "multipart/form-data":
        return await _read_form(request, file_bytes)
    if not request.body_exists:
        return Draft({})
    if request.content_type != "application/json":
        raise invalid("_", 'Expected "Content-Type" header to be one of application/json, multipart/form-data.')
    return Draft(_object(await request.read()))


def _object(text: str | bytes) -> Json:
    try:
        fields = json.loads(text)
    except ValueError:
        raise invalid_json() from None
    if not isinstance(fields, dict):
        raise invalid("_", "Only dictionaries may be used in a DictType", "DICT_TYPE_CONVERT")
    return fields


async def _read_form(request: web.Request, file_bytes: int) -> Draft:
    form = await request.post()
    payload = form.get("payload_json", "{}")  # bytes where the part names its own type, as Discord's example does
    fields = _object(bytes(payload) if isinstance(payload, bytearray) else str(payload))
    uploads = {}
    for name, value in form.items():
        if isinstance(value, FileField):
            number = name.removeprefix("files[").removesuffix("]")
            uploads[number] = Upload(value.filename, value.content_type, value.file.read())
    request[ENTRY].body = {**fields, "files": [each.name for each in uploads.values()]}
    sizes = [len(each.data) for each in uploads.values()]
    if any(each > file_bytes for each in sizes) or max(sum(sizes), request.content_length or 0) > REQUEST_LIMIT:
        raise too_large()
    return Draft(fields, uploads)


def check(draft: Draft, *, settable: int, v2: bool = False, present: Collection[str] = ()) -> None:
    """What any message must keep.

    `settable` are the flags that this request may carry, `v2` is what its message is, `present` the ids of the
    attachments that it has.
    """
    fields, flags = draft.fields, draft.fields.get("flags")
    if flags is not None and (not isinstance(flags, int) or flags & ~settable):
        raise invalid("flags", "This flag can't be set here", "MESSAGE_FLAGS_INVALID")
    content = fields.get("content")
    if content is not None and not isinstance(content, str):
        raise invalid("content", "Could not interpret content as string.", "STRING_TYPE_CONVERT")
    if content is not None and size(content) > 2000:
        raise too_long("content", 2000)
    v2 = v2 or bool(draft.flags & Flag.IS_COMPONENTS_V2)
    for name in ("content", "embeds"):
        if v2 and fields.get(name):
            raise invalid(name, "The field cannot be used when using MessageFlags.IS_COMPONENTS_V2")
    if fields.get("components") is not None:
        components.check(fields["components"], v2=v2)
    check_embeds(fields.get("embeds") or [])
    check_nonce(fields.get("nonce"))
    check_attachments(draft, present)


def check_edit(draft: Draft, message: Message) -> None:
    v2, present = bool(message.flags & Flag.IS_COMPONENTS_V2), [each.id for each in message.attachments]
    check(draft, settable=~0, v2=v2, present=present)


def check_attachments(draft: Draft, present: Collection[str]) -> None:
    """The array names every file that the message will have: uploaded ones by n of files[n], present ones by id."""
    given = draft.fields.get("attachments")
    if given is not None and not (isinstance(given, list) and all(isinstance(each, dict) for each in given)):
        raise invalid("attachments", "Only iterables may be used in a ListType", "LIST_TYPE_CONVERT")
    named = [*present, *draft.uploads] if given is None else [str(each.get("id")) for each in given]
    if len(named) > 10:
        raise invalid("attachments", "Must be 10 or fewer in length.", "BASE_TYPE_MAX_LENGTH")
    if len(named) != len(set(named)) or set(named) - {*present, *draft.uploads}:
        raise invalid("attachments", "An attachment's id is neither that of a file[n] nor of one that is there")
    if draft.uploads.keys() - set(named):
        raise invalid("attachments", "An uploaded file is not in the attachments array")
    for index, each in enumerate(given or []):
        for name in ("filename", "description"):
            if size(each.get(name) or "") > 1024:
                raise too_long(f"attachments.{index}.{name}", 1024)


def check_embeds(embeds: list[Json]) -> None:
    if len(embeds) > 10:
        raise invalid("embeds", "Must be 10 or fewer in length.", "BASE_TYPE_MAX_LENGTH")
    total = 0
    for index, embed in enumerate(embeds):
        footer, author = embed.get("footer") or {}, embed.get("author") or {}
        parts = [
            *((f"{index}.{name}", embed.get(name) or "", limit) for name, limit in EMBED_LIMITS.items()),
            (f"{index}.footer.text", footer.get("text") or "", 2048),
            (f"{index}.author.name", author.get("name") or "", 256),
        ]
        for row, each in enumerate(embed.get("fields") or []):
            parts += [(f"{index}.fields.{row}.name", str(each.get("name") or ""), 256)]
            parts += [(f"{index}.fields.{row}.value", str(each.get("value") or ""), 1024)]
        if len(embed.get("fields") or []) > 25:
            raise invalid(f"embeds.{index}.fields", "Must be 25 or fewer in length.", "BASE_TYPE_MAX_LENGTH")
        for path, text, limit in parts:
            if size(text) > limit:
                raise too_long(f"embeds.{path}", limit)
            total += size(text)
    if total > 6000:
        raise invalid("embeds", "Embed size exceeds maximum size of 6000", "MAX_EMBED_SIZE_EXCEEDED")


def check_nonce(nonce: Any) -> None:
    if isinstance(nonce, str) and not 1 <= size(nonce) <= 25:
        raise bad_length("nonce", 1, 25)
    if nonce is not None and not isinstance(nonce, (str, int)):
        raise invalid("nonce", "Could not interpret nonce.", "NONCE_TYPE_CONVERT")


def require_something(content: str, *rest: object) -> None:
    """50006 where a message would show nothing; white space alone shows nothing either."""
    if not content.strip() and not any(rest):
        raise empty_message()
