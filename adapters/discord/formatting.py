"""A model's Markdown as Discord's Markdown (pure).

Discord's own lacks tables, rules, images and deeper headings; masked links say where they lead. That nothing pings is
not this file's concern: `allowed_mentions` sees to it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from unicodedata import combining, east_asian_width
from urllib.parse import urlsplit

from adapters.discord.escaping import JOINER, code_block, code_span, escape, escape_line_starts
from bot.streaming.markdown import Node, plain

MARKS = {"strong": "**", "emphasis": "*", "strike": "~~"}
RULE = "─" * 12


def render(tree: Node) -> str:
    return _Renderer(careful=any("_" in node.text + node.info for node in _walk(tree) if _stays_raw(node))).block(tree)


def size(text: str) -> int:
    """Discord does not say what a character is: UTF-16 units, of which no text has fewer than code points."""
    return len(text) + sum(c > "\uffff" for c in text)


def _walk(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from _walk(child)


def _stays_raw(node: Node) -> bool:
    """Whether this node puts characters into the message that can't be escaped."""
    return node.kind in ("code", "code_block", "link", "image") or "://" in node.text


@dataclass(frozen=True, slots=True)
class _Renderer:
    careful: bool
    open: frozenset[str] = frozenset()  # the marks that we are inside of
    flat: bool = False  # inside a quote or a list: no quotes and headings there

    # Blocks

    def block(self, node: Node) -> str:
        match node.kind:
            case "document" | "item":
                return self.stack(node.children)
            case "heading":
                return self.heading(node)
            case "code_block":
                return code_block(node.text, node.info)
            case "quote":
                return self.quote(node)
            case "list":
                return self.list(node)
            case "table":
                return code_block(_table(node))
            case "rule":
                return RULE
            case "paragraph":
                return escape_line_starts(self.line(node.children))
            case _:
                return escape_line_starts(self.line((node,)))

    def stack(self, nodes: tuple[Node, ...]) -> str:
        """Blocks below one another; Discord itself leaves room below a heading and around a list."""
        text, before = "", ""
        for node in nodes:
            shown = self.block(node)
            if shown.strip():
                text += ("" if not text else "\n" if before == "heading" else "\n\n") + shown
                before = node.kind
        return text

    def heading(self, node: Node) -> str:
        level = int(node.info or 1)
        if level <= 3 and not self.flat:
            line = self.line(node.children).replace("\n", " ").strip()
            return f"{'#' * level} {line}" if line else ""
        return self.inline(Node("strong", node.children)).replace("\n", " ")

    def quote(self, node: Node) -> str:
        if self.flat:
            return self.stack(node.children)
        inner = replace(self, flat=True).stack(node.children)
        return "\n".join(f"> {line}" for line in inner.split("\n"))

    def list(self, node: Node) -> str:
        start = int(node.info) if node.info else None
        items = []
        for number, item in enumerate(node.children):
            bullet = "- " if start is None else f"{start + number}. "
            items.append(bullet + self.item(item, " " * len(bullet)))
        return "\n".join(items)

    def item(self, node: Node, indent: str) -> str:
        """Lines after the first are indented, but not those of a code block, which would show the blanks."""
        inside, parts = replace(self, flat=True), []
        for child in node.children:
            shown = inside.block(child)
            raw = child.kind in ("code_block", "table")
            parts.append(shown if raw else shown.replace("\n", f"\n{indent}"))
            if raw and len(parts) == 1:
                parts[0] = f"\n{shown}"
            elif not raw and len(parts) > 1:
                parts[-1] = indent + parts[-1]
        return "\n".join(parts)

    # Inside a line

    def line(self, nodes: tuple[Node, ...]) -> str:
        line, after_mark = "", ""
        for is_text, group in groupby(nodes, lambda node: node.kind == "text"):
            if is_text:
                text = "".join(node.text for node in group)
                line, after_mark = line + escape(text, marked=bool(self.open), careful=self.careful), ""
                continue
            for shown in map(self.inline, group):
                joined = after_mark and after_mark in "*~`" and shown.startswith(after_mark)  # they would be one mark
                line, after_mark = line + (JOINER if joined else "") + shown, shown[-1:]
        return line

    def inline(self, node: Node) -> str:
        match node.kind:
            case "strong" | "emphasis" | "strike":
                return self.marked(node)
            case "code":
                return code_span(node.text)
            case "link":
                return self.link(self.line(node.children), plain(Node("paragraph", node.children)), node.info)
            case "image":
                label = node.text or "image"
                return self.link(escape(label, marked=True), label, node.info)
            case "break":
                return "\n"
            case _:
                return self.line(node.children) if node.children else self.line((Node("text", text=node.text),))

    def marked(self, node: Node) -> str:
        """Without its marks where they would not work: inside the same ones, or around code that holds them."""
        mark = MARKS[node.kind]
        clash = any(mark[0] in each.text + each.info for each in _walk(node) if _stays_raw(each))
        if node.kind in self.open or clash:
            return self.line(node.children)
        inner = replace(self, open=self.open | {node.kind}).line(node.children)
        core = inner.strip()
        if not core:
            return inner
        left, _, right = inner.partition(core)
        return f"{left}{mark}{core}{mark}{right}"

    def link(self, label: str, said: str, address: str) -> str:
        """The host is always to be seen: in the label, or behind it."""
        host = _host(address)
        if not host:
            return f"{label} ({escape(address)})" if address and address not in said else label
        target = f"<{address}>"
        if _same_address(said, address):
            return target
        if re.search(r"[\[\]\n]|://", said) or not said.strip():
            return f"{label} {target}"
        link = f"[{label}]({target})"
        return link if _names(said, host) else f"{link} ({escape(host)})"


def _host(address: str) -> str:
    """Of a web address that can be tapped; "" for everything else."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return ""
    return host if parts.scheme in ("http", "https") and not re.search(r"[\s<>]", address) else ""


def _same_address(said: str, address: str) -> bool:
    bare = [re.sub(r"^https?://", "", each.strip()).rstrip("/") for each in (said, address)]
    return bare[0] == bare[1]


def _names(said: str, host: str) -> bool:
    """Whether the label says this very host, not one that merely contains its letters."""
    return bool(re.search(rf"(?<![\w.-]){re.escape(host)}(?![\w-]|\.\w)", said, re.IGNORECASE))


def _table(node: Node) -> str:
    rows = [[plain(cell).replace("\n", " ") for cell in row.children] for row in node.children]
    sides = [cell.info for cell in node.children[0].children] if node.children else []
    widths = [max(map(_width, column), default=0) for column in zip(*rows, strict=False)]
    lines = [" | ".join(map(_aligned, row, widths, sides)).rstrip() for row in rows]
    if node.children and node.children[0].info == "header":
        lines.insert(1, "-+-".join("-" * width for width in widths))
    return "\n".join(lines)


def _aligned(text: str, width: int, side: str) -> str:
    room = width - _width(text)
    left = {"right": room, "center": room // 2}.get(side, 0)
    return " " * left + text + " " * (room - left)


def _width(text: str) -> int:
    """Columns of a monospaced font."""
    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)
