"""The methods that write files into a chat, and what they refuse.

Limits: Bot API 10.1 and its server, read 2026-11-20. Pictures are not decoded; their headers are believed.
"""

from typing import Any

from aiohttp.web import FileField

from simulators.telegram.parameters import Parameters
from simulators.telegram.pictures import size_of
from simulators.telegram.refusals import bad
from simulators.telegram.sending import CAPTION_LIMIT, chat_of, markup_of, own_of, post, show, text_of
from simulators.telegram.text import with_found
from simulators.telegram.values import Chat, Json
from simulators.telegram.world import World

LIMITS = {"photo": 10 * 2**20, "document": 50 * 2**20, "audio": 50 * 2**20, "voice": 50 * 2**20}  # bytes
LONGEST_SIDES, LONGEST_RATIO = 10_000, 20  # of a photo: width and height together, one by the other
ALBUM = range(2, 11)  # items
MUSIC, SPEECH = {"audio/mpeg", "audio/mp4", "audio/x-m4a"}, {"audio/ogg", "audio/mpeg", "audio/mp4", "audio/x-m4a"}


def send_photo(world: World, call: Parameters) -> Json:
    return _send(world, call, "photo")


def send_document(world: World, call: Parameters) -> Json:
    return _send(world, call, "document")


def send_audio(world: World, call: Parameters) -> Json:
    return _send(world, call, "audio")


def send_voice(world: World, call: Parameters) -> Json:
    return _send(world, call, "voice")


def send_media_group(world: World, call: Parameters) -> list[Json]:
    items = call.array("media")
    if len(items) not in ALBUM:
        raise bad(f"an album has 2 to 10 items, not {len(items)}")
    kinds = {str(each.get("type", "")) for each in items}
    if not kinds <= {"photo", "document", "audio"}:
        raise bad("can't parse InputMedia: media type is not supported in an album")
    if len(kinds) > 1:
        raise bad(f"{max(kinds - {'photo'})} can't be mixed with other media types")
    if "reply_markup" in call:
        world.findings.append("reply_markup on an album: Telegram ignores it")
    chat = chat_of(world, call, writes=len(items), kind=kinds.copy().pop())
    found = [_found(world, call.inside(each), kinds.copy().pop(), "media") for each in items]  # all or nothing
    album = str(next(world.ids))
    return [_post(world, call.inside(each), chat, *file, album=album) for each, file in zip(items, found, strict=True)]


def edit_message_media(world: World, call: Parameters) -> Json | bool:
    """Also a text becomes a message with a file so."""
    message = own_of(world, call, writes=1)
    item = call.inside(call.mapping("media"))
    kind = item.text("type")
    if kind not in ("photo", "document", "audio"):
        raise bad("can't parse InputMedia: wrong type")
    if message.album and kind != message.kind:
        raise bad("can't use media of the specified type in the album")
    file, data = _found(world, item, kind, "media")
    text, entities = text_of(world, item, "caption", "caption_entities", CAPTION_LIMIT)
    markup = markup_of(call)
    if (file, text, with_found(text, entities), markup) == (
        message.file, message.text, message.entities, message.reply_markup,
    ):  # fmt: skip
        raise bad("message is not modified")
    message.file, message.data, message.spoiler = file, data, item.flag("has_spoiler")
    message.reply_markup, message.edited = markup, world.date
    show(call, message, text, entities)
    return world.edited(message)


def _send(world: World, call: Parameters, kind: str) -> Json:
    chat = chat_of(world, call, writes=1, kind=kind)
    return _post(world, call, chat, *_found(world, call, kind, kind))


def _post(world: World, call: Parameters, chat: Chat, file: Json, data: bytes, album: str = "") -> Json:
    text, entities = text_of(world, call, "caption", "caption_entities", CAPTION_LIMIT)
    spoiler = call.flag("has_spoiler")
    return post(world, call, chat, text, entities, file=file, data=data, album=album, spoiler=spoiler)


def _found(world: World, call: Parameters, kind: str, field: str) -> tuple[Json, bytes]:
    """The file that a call brings or names: as a message carries it, and its bytes."""
    file = call.file(field)
    if not file:
        raise bad(f"there is no {kind} in the request")
    if isinstance(file, str) and file not in world.files:
        raise bad("wrong file identifier/HTTP URL specified")
    data = file.file.read() if isinstance(file, FileField) else world.files[file]
    if not data:
        raise bad("file must be non-empty")
    if len(data) > LIMITS[kind]:
        raise bad("file is too big")
    media_type = file.content_type if isinstance(file, FileField) else "application/octet-stream"
    if (kind == "audio" and media_type not in MUSIC) or (kind == "voice" and media_type not in SPEECH):
        world.findings.append(f"{media_type} as {kind}: Telegram would not play it")
    name = file.filename if isinstance(file, FileField) else file
    return described(world, kind, data, name, media_type), data


def described(world: World, kind: str, data: bytes, name: str, media_type: str) -> Json:
    """A file as a message carries it; it is kept from now on."""
    if kind == "photo":
        width, height = _sides(data)
        return {"photo": [{**world.keep(data), "width": width, "height": height}]}
    more: dict[str, Any] = {} if kind == "document" else {"duration": 1}
    if kind != "voice":
        more["file_name"] = name
    return {kind: {**world.keep(data), "mime_type": media_type, **more}}


def _sides(data: bytes) -> tuple[int, int]:
    sides = size_of(data)
    if sides is None:
        raise bad("IMAGE_PROCESS_FAILED")
    if sum(sides) > LONGEST_SIDES or max(sides) > LONGEST_RATIO * min(sides):
        raise bad("PHOTO_INVALID_DIMENSIONS")
    return sides
