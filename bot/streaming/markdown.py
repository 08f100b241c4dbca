"""A model's Markdown as a small tree, which every surface renders in its own way.

What a platform makes of the tree is not this file's concern, nor is where a text is cut into pages.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from markdown_it.token import Token

from bot.streaming.grammar import GRAMMAR, SURROGATE
from bot.streaming.unfinished import close_unfinished

__all__ = ["DEPTH", "Kind", "Node", "close_unfinished", "parse", "plain"]

Kind = Literal[
    # blocks
    "document", "paragraph", "heading", "code_block", "quote", "list", "item", "table", "row", "cell", "rule",
    # inside a line
    "text", "strong", "emphasis", "strike", "code", "link", "image", "break",
]  # fmt: skip

DEPTH = 40  # of a tree; deeper marks are dropped and their text stays, so that a renderer may recurse

_KINDS: dict[str, Kind] = {
    "paragraph_open": "paragraph",
    "heading_open": "heading",
    "blockquote_open": "quote",
    "bullet_list_open": "list",
    "ordered_list_open": "list",
    "list_item_open": "item",
    "table_open": "table",
    "tr_open": "row",
    "th_open": "cell",
    "td_open": "cell",
    "strong_open": "strong",
    "em_open": "emphasis",
    "s_open": "strike",
    "link_open": "link",
}
_ADDRESS = re.compile(r"https?://|mailto:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Node:
    """One piece of the tree.

    `text`: the letters of a text, code or code_block (without the line end that closes it); an image's description.
    `info`: a code_block's language; the address of a link or image; a heading's level "1" to "6"; the first number of
    an ordered list ("" where unordered); a row's "header"; a cell's alignment "left", "right", "center" or "".
    """

    kind: Kind
    children: tuple["Node", ...] = ()
    text: str = ""
    info: str = ""


def parse(markdown: str) -> Node:
    """The tree of a text, at most `DEPTH` levels deep. Never raises; HTML is text, every line end is a break.

    Of links and images with another address than http, https or mailto only their text remains.
    """
    builder = _Builder()
    for token in GRAMMAR.parse(SURROGATE.sub("\ufffd", markdown)):
        builder.take(token)
    return builder.document()


def plain(node: Node) -> str:
    """What a reader sees where nothing can be formatted: paragraphs apart by a blank line, addresses left out."""
    match node.kind:
        case "text" | "code" | "code_block" | "image":
            return node.text
        case "break":
            return "\n"
        case "rule":
            return "———"
        case "list":
            return "\n".join(_bulleted(node))
        case "row":
            return " | ".join(plain(cell) for cell in node.children)
        case "table" | "item":
            return "\n".join(plain(child) for child in node.children)
        case "document" | "quote":
            return "\n\n".join(plain(child) for child in node.children)
        case _:
            return "".join(plain(child) for child in node.children)


def _bulleted(node: Node) -> Iterator[str]:
    for number, item in enumerate(node.children, int(node.info or 0)):
        bullet = f"{number}. " if node.info else "• "
        yield bullet + plain(item).replace("\n", "\n" + " " * len(bullet))


class _Builder:
    """Folds the flat tokens into a tree without recursion."""

    def __init__(self) -> None:
        self._children: list[list[Node]] = [[]]  # of every open node, the document's first
        self._open: list[tuple[Kind, str] | None] = []  # kind and info; None: only the content stays
        self._header = False

    def document(self) -> Node:
        return Node("document", tuple(self._children[0]))

    def take(self, token: Token) -> None:
        if token.type in ("thead_open", "tbody_open"):
            self._header = token.type == "thead_open"
        elif token.type == "inline":
            for each in token.children or ():
                self.take(each)
        elif token.type in _KINDS:
            self._begin(token)
        elif token.nesting < 0 and token.type not in ("thead_close", "tbody_close"):
            self._end()
        elif token.nesting == 0:
            self._leaf(token)

    def _begin(self, token: Token) -> None:
        kind, info = _KINDS[token.type], self._info(token)
        dropped = len(self._open) >= DEPTH - 2 or (kind == "link" and not info)
        self._open.append(None if dropped else (kind, info))
        self._children.append([])

    def _end(self) -> None:
        node, children = self._open.pop(), self._children.pop()
        if node is None:
            for each in children:
                self._add(each)
        else:
            self._add(Node(node[0], tuple(children), info=node[1]))

    def _leaf(self, token: Token) -> None:
        match token.type:
            case "softbreak" | "hardbreak":
                self._add(Node("break"))
            case "hr":
                self._add(Node("rule"))
            case "code_inline":
                self._add(Node("code", text=token.content))
            case "fence":
                language = token.info.split(maxsplit=1)[0] if token.info.strip() else ""
                self._add(Node("code_block", text=token.content.removesuffix("\n"), info=language))
            case "image":
                address = _address(token, "src")
                self._add(Node("image" if address else "text", text=_description(token), info=address))
            case _:
                self._add(Node("text", text=token.content))

    def _add(self, node: Node) -> None:
        siblings = self._children[-1]
        if node.kind != "text":
            siblings.append(node)
        elif siblings and siblings[-1].kind == "text":
            siblings[-1] = Node("text", text=siblings[-1].text + node.text)
        elif node.text:
            siblings.append(node)

    def _info(self, token: Token) -> str:
        match token.type:
            case "heading_open":
                return token.tag.removeprefix("h")
            case "ordered_list_open":
                start = token.attrGet("start")
                return "1" if start is None else str(start)
            case "tr_open":
                return "header" if self._header else ""
            case "th_open" | "td_open":
                return str(token.attrGet("style") or "").removeprefix("text-align:")
            case "link_open":
                return _address(token, "href")
            case _:
                return ""


def _address(token: Token, attribute: str) -> str:
    address = str(token.attrGet(attribute) or "")
    return address if _ADDRESS.match(address) else ""


def _description(image: Token) -> str:
    return "".join(
        _description(each) if each.type == "image" else " " if each.type.endswith("break") else each.content
        for each in image.children or ()
    )
