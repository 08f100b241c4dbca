"""A tree of Markdown becomes a text with marks as Telegram shows it (pure).

Markdown is parsed in `bot.streaming.markdown`; what all marks have to obey is the concern of `rich`. Entities, never
parse modes: half a Markdown cannot be refused.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from adapters.telegram.rich import TEXT_LIMIT, Mark, MarkKind, Rich, cut, join, marked, trimmed, units
from adapters.telegram.tables import aligned
from bot.streaming.markdown import Node

NOTE_ROOM = 296  # units kept free on every page for a note and the blank line above it
PAGE_LIMIT = TEXT_LIMIT - NOTE_ROOM
THOUGHT_MINIMUM = 40  # units; a thought that has less room is left out
RULE = "─" * 10
JOINER = "\u2060"  # an @name with it is text that pings nobody
INDENT = "   "

_STYLES: dict[str, MarkKind] = {"strong": "bold", "heading": "bold", "emphasis": "italic", "strike": "strikethrough"}
_NAME = re.compile(r"(?<![A-Za-z0-9_])@(?=[A-Za-z0-9_])")
_ADDRESS_WITH_NAME = re.compile(
    r"(https?://[\w-]+(?:\.[\w-]+)+(?::\d+)?/[\w/.~%:?=&#+-]*@[\w/.~%@:?=&#+-]*[\w/~%=&#+-])"
)
_LANGUAGE = re.compile(r"[A-Za-z0-9+#._-]{1,32}")
_CLEAN = {  # what Telegram would remove or replace after our offsets were reckoned
    **dict.fromkeys([*range(10), 11, 12, *range(14, 32)], " "),
    **dict.fromkeys([ord("\r"), *range(0x202A, 0x202F)], ""),
    **dict.fromkeys([0x2028, 0x2029], "\n"),
}


def render(tree: Node) -> Rich:
    """Never raises; carries every letter of the tree, and the host of every link whose text does not show it."""
    writer = _Writer()
    writer.block(tree)
    return trimmed("".join(writer.parts), writer.marks)


def compose(body: Rich, note: str = "", thought: str = "", *, unfolded: bool = False, limit: int = TEXT_LIMIT) -> Rich:
    """One message: the thought above the answer, folded or not, the note in italics below.

    They get the room that is left; a body of up to `PAGE_LIMIT` units leaves enough for every note.
    """
    below = marked("italic", cut(harmless(note.strip()), limit - body.size - 2))
    room = limit - body.size - below.size - 4
    quote: MarkKind = "blockquote" if unfolded else "expandable_blockquote"
    above = marked(quote, cut(harmless(thought.strip()), room)) if room >= THOUGHT_MINIMUM else Rich()
    return join((above, body, below))


def harmless(text: str) -> str:
    """The text without what Telegram would remove, and with @names that ping nobody."""
    return _NAME.sub("@" + JOINER, text.translate(_CLEAN))


@dataclass(slots=True)
class _Open:
    kind: MarkKind
    start: int
    url: str


class _Writer:
    """Writes a tree down once; `indent` stands before every further line of a list's item."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.marks: list[Mark] = []
        self._size = 0
        self._indent = ""
        self._open: list[_Open] = []

    def block(self, node: Node) -> None:
        match node.kind:
            case "document":
                self._blocks(node, "\n\n")
            case "quote":
                with self._marked("blockquote" if not self._indent else None):
                    self._blocks(node, "\n")
            case "list":
                self._list(node)
            case "code_block":
                self._verbatim("pre", node.text, node.info)
            case "table":
                self._verbatim("pre", aligned(node))
            case "rule":
                self._put(RULE)
            case _:
                self._inline(node)

    def _blocks(self, node: Node, between: str) -> None:
        for number, child in enumerate(node.children):
            if number and child.kind in ("code_block", "table"):
                self._write(between)
            elif number:
                self._put(between)
            self.block(child)

    def _list(self, node: Node) -> None:
        outer = self._indent
        first = int(node.info or 0)
        for number, item in enumerate(node.children, first):
            if number > first:
                self._put("\n")
            self._put(f"{number}. " if node.info else "◦ " if outer else "• ")
            self._indent = outer + INDENT
            self._blocks(item, "\n")
            self._indent = outer

    def _inline(self, node: Node) -> None:
        match node.kind:
            case "text":
                self._words(node.text)
            case "code":
                self._verbatim("code", node.text)
            case "break":
                self._put("\n")
            case "image" if self._is_open("text_link"):
                self._words(node.text)
            case "image":
                self._link(Node("link", (Node("text", text=node.text or "image"),), info=node.info))
            case "link":
                self._link(node)
            case _:
                with self._marked(_STYLES.get(node.kind)):
                    self._inlines(node)

    def _inlines(self, node: Node) -> None:
        for child in node.children:
            self._inline(child)

    def _link(self, node: Node) -> None:
        host = _host(node.info)
        target = host or node.info.partition("mailto:")[2]
        with self._marked("text_link" if host else None, node.info):
            start = len(self.parts)
            self._inlines(node)
            if target and not _shows("".join(self.parts[start:]), target):
                self._put(harmless(f" ({target})"))

    def _words(self, text: str) -> None:
        """Addresses with an @name in them become links of their own: the joiner would break what Telegram finds."""
        for number, piece in enumerate(_ADDRESS_WITH_NAME.split(text)):
            with self._marked("text_link" if number % 2 else None, piece):
                self._put(harmless(piece))

    def _verbatim(self, kind: MarkKind, text: str, language: str = "") -> None:
        """Code stands in no other mark but a quote: all others are interrupted. In a link it is plain text."""
        if self._is_open("text_link"):
            self._put(harmless(text))
            return
        start = self._size
        self._write(text.translate(_CLEAN))
        known = _LANGUAGE.match(language)
        self.marks.append(Mark(kind, start, self._size - start, language=known.group() if known else ""))
        for each in self._open:
            if each.kind != "blockquote":
                self.marks.append(Mark(each.kind, each.start, start - each.start, each.url))
                each.start = self._size

    @contextmanager
    def _marked(self, kind: MarkKind | None, url: str = "") -> Iterator[None]:
        """What is written inside has this mark. None, or a mark that is open already: no mark."""
        if kind is None or self._is_open(kind):
            yield
            return
        self._open.append(_Open(kind, self._size, url))
        yield
        each = self._open.pop()
        self.marks.append(Mark(kind, each.start, self._size - each.start, url))

    def _is_open(self, kind: MarkKind) -> bool:
        return any(each.kind == kind for each in self._open)

    def _put(self, text: str) -> None:
        self._write(text.replace("\n", "\n" + self._indent))

    def _write(self, text: str) -> None:
        self.parts.append(text)
        self._size += units(text)


def _host(address: str) -> str:
    """The host of an address that may be linked, else ""."""
    try:
        parts = urlsplit(address)
        known = parts.scheme in ("http", "https") and not re.search(r"[\s\\]", address)
        return parts.hostname or "" if known else ""
    except ValueError:
        return ""


def _shows(text: str, target: str) -> bool:
    """Whether a reader of this text sees where it leads: it must begin with the target."""
    shown = re.sub(r"^(https?://)?", "", text.replace(JOINER, "").strip().lower())
    return any(
        shown == begin or shown.startswith(tuple(begin + end for end in "/:?#"))
        for begin in (target.lower(), target.lower().removeprefix("www."))
    )
