"""Telegram's entities over a text as a tree (pure).

Offsets are UTF-16 units (core.telegram.org/bots/api#messageentity, checked 2026-11-29).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from playground.texts import Tree, element, joined, link

Entity = Mapping[str, Any]

MARKED = {
    "bold": "strong", "italic": "em", "underline": "underline", "strikethrough": "strike", "spoiler": "spoiler",
    "blockquote": "quote", "expandable_blockquote": "folded", "code": "code", "mention": "mention",
    "hashtag": "mention", "cashtag": "mention", "bot_command": "mention", "text_mention": "mention",
    "email": "mention", "phone_number": "mention",
}  # fmt: skip


BLOCKS = ("quote", "folded", "pre")


def read(text: str, entities: Sequence[Entity] = ()) -> Tree:
    """Never raises; the letters of the tree are those of the text, whatever the entities say."""
    units = text.encode("utf-16-le", "replace")
    whole = [each for each in entities if _is_whole(each, units)]
    ordered = sorted(whole, key=lambda each: (each["offset"], -each["length"]))
    return joined(_between(units, 0, len(units) // 2, ordered))


def apart(tree: Tree) -> Tree:
    """Without the line end before and after each block, which stands on lines of its own anyway."""
    made: Tree = []
    for index, each in enumerate(tree):
        if not isinstance(each, str):
            made.append(each)
            continue
        after = each.removeprefix("\n") if _is_block(tree, index - 1) else each
        made.append(after.removesuffix("\n") if _is_block(tree, index + 1) else after)
    return joined(made)


def _is_block(tree: Tree, index: int) -> bool:
    return 0 <= index < len(tree) and not isinstance(tree[index], str) and tree[index]["kind"] in BLOCKS


def _between(units: bytes, start: int, end: int, entities: Sequence[Entity]) -> Tree:
    """What stands from `start` to `end`; an entity that reaches beyond the one around it ends with it."""
    made: Tree = []
    at = start
    while entities:
        first, *rest = entities
        begin, stop = max(at, first["offset"]), min(end, first["offset"] + first["length"])
        inside = [each for each in rest if each["offset"] < stop]
        entities = [each for each in rest if each["offset"] >= stop]
        if begin < stop:
            made += [_letters(units, at, begin), _marked(first, _between(units, begin, stop, inside))]
            at = stop
    return joined([*made, _letters(units, at, end)])


def _marked(entity: Entity, children: Tree) -> Any:
    kind = entity["type"]
    if kind == "pre":
        return element("pre", children, str(entity.get("language", "")))
    if kind in ("url", "text_link"):
        said = "".join(each for each in children if isinstance(each, str))
        address = str(entity.get("url", "")) if kind == "text_link" else said
        return link(children, address if "://" in address else f"https://{address}")
    return element(MARKED[kind], children) if kind in MARKED else element("mention", children)


def _is_whole(entity: Entity, units: bytes) -> bool:
    """Whether it covers whole symbols of the text."""
    start, length = entity.get("offset"), entity.get("length")
    if not (isinstance(start, int) and isinstance(length, int) and start >= 0 and length > 0):
        return False
    return not any(0xDC <= byte <= 0xDF for byte in units[2 * start + 1 :: 2 * length][:2])


def _letters(units: bytes, start: int, end: int) -> str:
    return units[2 * start : 2 * end].decode("utf-16-le", "replace")
