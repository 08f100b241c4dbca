"""What Telegram makes of a message's text: cleaning, the checks of entities, and what it finds by itself (pure).

Offsets and lengths are UTF-16 code units throughout. Limits: Bot API 10.1, read 2026-11-20.
"""

import re
from collections.abc import Sequence
from typing import Any

from simulators.telegram.refusals import bad

Entity = dict[str, Any]

ENTITY_LIMIT = 100  # of those that a message brings, the rest is ignored
VERBATIM = ("code", "pre")
KINDS = {
    "mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number", "bold", "italic", "underline",
    "strikethrough", "spoiler", "blockquote", "expandable_blockquote", "code", "pre", "text_link", "text_mention",
    "custom_emoji", "date_time",
}  # fmt: skip
FOUND = (
    ("mention", re.compile(r"(?<!\w)@[A-Za-z0-9_]{3,32}(?!\w)")),
    ("bot_command", re.compile(r"(?<![\w/])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/])")),
    (
        "url",
        re.compile(r"https?://[^\s<>\"]+|(?<![\w@.])(?:[\w-]+\.)+(?:ai|co|com|dev|io|me|net|org)\b(?:/[^\s<>\"]*)?"),
    ),
)
_REMOVED = re.compile(r"[\r\u2028-\u202e]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


TEXT_LIMIT = 4096
BREAKS = ("\n\n", "\n", " ")  # at which clients cut, the best first


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def cut(text: str, entity: Entity) -> str:
    """The piece of text that an entity covers."""
    start, end = entity["offset"], entity["offset"] + entity["length"]
    return text.encode("utf-16-le")[2 * start : 2 * end].decode("utf-16-le", "replace")


def parts(text: str) -> list[str]:
    """A text as clients send it: each part cut at the last of the best breaks in its second half, and trimmed."""
    found: list[str] = []
    while units(text := text.strip()) > TEXT_LIMIT:
        full = text.encode("utf-16-le")[: 2 * TEXT_LIMIT].decode("utf-16-le", "ignore")
        half = len(text.encode("utf-16-le")[:TEXT_LIMIT].decode("utf-16-le", "ignore"))
        cuts = (text.rfind(each, half, len(full) + len(each)) for each in BREAKS)
        at = next((each for each in cuts if each > half), len(full))
        found.append(text[:at].strip())
        text = text[at:]
    return [*found, text] if text else found


def cleaned(text: str, entities: Sequence[Entity]) -> tuple[str, list[Entity]]:
    """The text as it will be shown, trimmed at both ends, with its entities moved along.

    Raises `Refusal` for entities that Telegram refuses. Blank code at the very start survives the trimming.
    """
    places = _places(text)
    given = [_checked(entity, places) for entity in entities[:ENTITY_LIMIT]]
    shown = "".join(_shown(letter) for letter in text).rstrip()
    first = min((e["offset"] for e in given if e["type"] in VERBATIM), default=len(shown))
    blank = min(len(shown) - len(shown.lstrip()), first)  # white space is one unit each
    end = units(shown)
    moved = []
    for entity in given:
        start, stop = max(entity["offset"], blank), min(entity["offset"] + entity["length"], end)
        if stop > start:
            moved.append({**entity, "offset": start - blank, "length": stop - start})
    return shown[blank:], moved


def with_found(text: str, entities: Sequence[Entity]) -> list[Entity]:
    """The entities together with the @names, commands and addresses that Telegram finds outside code and links."""
    closed = [e for e in entities if e["type"] in (*VERBATIM, "text_link", "text_mention")]
    found = [each for each in _find(text) if not any(_overlap(each, other) for other in closed)]
    return sorted([*entities, *found], key=lambda e: (e["offset"], -e["length"]))


def pings(text: str, entities: Sequence[Entity]) -> list[str]:
    """Whom this text would notify: "@name" as found in it, "id:N" where an entity names a person."""
    named = [str(e["user"].get("id", "")) for e in entities if e["type"] == "text_mention"]
    linked = [e["url"].partition("id=")[2] for e in entities if e.get("url", "").startswith("tg://user?")]
    code = [e for e in entities if e["type"] in VERBATIM]
    mentions = [e for e in _find(text) if e["type"] == "mention" and not any(_overlap(e, other) for other in code)]
    return [cut(text, each) for each in mentions] + [f"id:{each}" for each in named + linked]


def previews(entities: Sequence[Entity]) -> bool:
    """Whether a link in this text would be previewed if nobody forbade it."""
    return any(e["type"] in ("url", "text_link") for e in entities)


def _places(text: str) -> list[int]:
    """For every offset of the sent text its offset in the shown one; -1 in the middle of a symbol."""
    places, at = [0], 0
    for letter in text:
        places.extend([-1] * (units(letter) - 1))
        at += units(_shown(letter))
        places.append(at)
    return places


def _shown(letter: str) -> str:
    return _CONTROL.sub(" ", _REMOVED.sub("", letter))


def _checked(entity: Any, places: Sequence[int]) -> Entity:
    if not isinstance(entity, dict) or entity.get("type") not in KINDS:
        raise bad("can't parse MessageEntity: unsupported type specified")
    start, length = entity.get("offset"), entity.get("length")
    if not isinstance(start, int) or not isinstance(length, int) or start < 0 or length <= 0:
        raise bad("can't parse MessageEntity: wrong offset or length specified")
    if start + length >= len(places):
        raise bad(
            f"entity beginning at UTF-16 offset {start} ends after the end of the text at UTF-16 offset "
            f"{len(places) - 1}"
        )
    if places[start] < 0 or places[start + length] < 0:
        raise bad(f"entity begins or ends in a middle of a UTF-16 symbol at UTF-16 offset {start}")
    if entity["type"] == "text_link" and not entity.get("url"):
        raise bad("can't parse MessageEntity: url is empty")
    if entity["type"] == "text_mention" and not isinstance(entity.get("user"), dict):
        raise bad("can't parse MessageEntity: user is empty")
    return {**entity, "offset": places[start], "length": places[start + length] - places[start]}


def _find(text: str) -> list[Entity]:
    return [
        {"type": kind, "offset": units(text[: match.start()]), "length": units(match.group())}
        for kind, pattern in FOUND
        for match in pattern.finditer(text)
    ]


def _overlap(one: Entity, other: Entity) -> bool:
    return bool(one["offset"] < other["offset"] + other["length"] and other["offset"] < one["offset"] + one["length"])
