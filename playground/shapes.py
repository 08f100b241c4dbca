"""What the page is told of a message, whatever its platform: plain JSON, in the order of the screen."""

from collections.abc import Sequence
from typing import Any

from playground.texts import Tree, plain

Json = dict[str, Any]
MOST_MESSAGES = 40  # of one place; older ones have scrolled away
MOST_PLACES = 8
EXCERPT = 80  # characters of a message that is replied to
STOP = "stop:"  # begins the wire's name of the button that every growing answer has
SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"GIF8", "image/gif"),
    (b"OggS", "audio/ogg"), (b"ID3", "audio/mpeg"), (b"\xff\xfb", "audio/mpeg"), (b"fLaC", "audio/flac"),
)  # fmt: skip
RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav"}
UNKNOWN = "application/octet-stream"


def shown(id: str, author: str, at: float, body: Tree, **more: Any) -> Json:
    """`at` is Unix time in seconds. What is empty is left out."""
    given = {"id": id, "author": author, "at": round(at, 1), "body": body, **more}
    return {name: value for name, value in given.items() if name == "body" or value not in ("", None, False, [], {})}


def excerpt(author: str, body: Tree) -> Json:
    text = " ".join(plain(body).split())
    return {"author": author, "text": text[:EXCERPT] + ("…" if len(text) > EXCERPT else "")}


def file(url: str, name: str, data: bytes, *, alt: str = "", spoiler: bool = False) -> Json:
    kind = media_type(data).partition("/")[0]
    made = {"url": url, "name": name or "picture", "kind": kind, "size": len(data), "alt": alt}
    return made | ({"spoiler": True} if spoiler else {})


def grows(buttons: Sequence[Sequence[Json]]) -> bool:
    """Whether an answer is still being made: then it can be stopped."""
    return any(str(each.get("id", "")).startswith(STOP) for row in buttons for each in row)


def media_type(data: bytes) -> str:
    """What a browser may show of these bytes, by what they are, not by what they are called."""
    if data[:4] == b"RIFF":
        return RIFF.get(data[8:12], UNKNOWN)
    return next((kind for begin, kind in SIGNATURES if data.startswith(begin)), UNKNOWN)
