"""Formatted text as the page gets it: a tree of plain strings and elements whose kinds are known. Never HTML."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

Tree = list[Any]
"""Strings, and elements as `element` makes them."""

KINDS = frozenset({
    "strong", "em", "underline", "strike", "spoiler", "code", "pre", "quote", "folded", "heading", "subtext", "list",
    "ordered", "item", "link", "mention",
})  # fmt: skip


def element(kind: str, children: Iterable[Any] = (), info: str = "") -> dict[str, Any]:
    """`info` is a link's address, a code block's language, a heading's level or a list's first number."""
    made: dict[str, Any] = {"kind": kind, "children": list(children)}
    return made | ({"info": info} if info else {})


def link(children: Iterable[Any], address: str) -> Any:
    """A link to the web; anything else (javascript:, data:, a host that is none) stays text."""
    children = list(children)
    return element("link", children, address) if is_web(address) else element("mention", children)


def is_web(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and address.isprintable()
    except ValueError:
        return False


def joined(tree: Iterable[Any]) -> Tree:
    """Neighbouring strings made one, empty ones left out."""
    made: Tree = []
    for each in tree:
        if isinstance(each, str) and made and isinstance(made[-1], str):
            made[-1] += each
        elif each != "":
            made.append(each)
    return made


def plain(tree: Iterable[Any]) -> str:
    """The letters of a tree alone."""
    return "".join(each if isinstance(each, str) else plain(each["children"]) for each in tree)
