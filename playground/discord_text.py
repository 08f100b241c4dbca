"""Discord's Markdown as Discord's clients read it: a message's content becomes a tree (pure).

Their dialect is described at support.discord.com, "Markdown Text 101", and developers/reference, "Message Formatting"
(checked 2026-11-29): headings of three sizes, subtext, spoilers, quotes that do not nest, no tables.
"""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from playground.texts import Tree, element, is_web, joined, link

Named = Callable[[str, str], str]
"""What a mention is called: (its mark "@", "@&" or "#", an id) -> a name, "" where nobody has it."""

DEEPEST = 12  # marks within marks; deeper ones are shown as they are written

FENCE = re.compile(r"```(?:([\w+.#-]+)\n)?\n*(.+?)\n*```", re.DOTALL)
QUOTE_ALL = re.compile(r">>> (.+)", re.DOTALL)
QUOTE = re.compile(r"(?:> [^\n]*(?:\n|\Z)|>(?:\n|\Z))+")
HEADING = re.compile(r"(#{1,3}) +([^\n]+)(?:\n|\Z)")
SUBTEXT = re.compile(r"-# +([^\n]+)(?:\n|\Z)")
LIST = re.compile(r"(?:[ \t]*(?:[-*]|\d{1,9}\.) +[^\n]+(?:\n|\Z)(?:[ \t]{2,}(?![-*] |\d+\. )[^\n]+(?:\n|\Z))*)+")
ITEM = re.compile(r"([ \t]*)([-*]|\d{1,9}\.) +([^\n]+(?:\n[ \t]{2,}(?![-*] |\d+\. )[^\n]+)*)")
BLOCKS = (HEADING, SUBTEXT, LIST, QUOTE, QUOTE_ALL)

TOKEN = re.compile(
    r"""
    \\(?P<escaped>[^0-9A-Za-z\s])
  | (?P<ticks>`+)(?P<code>.*?[^`])(?P=ticks)(?!`)
  | <(?P<mark>@&|@!?|\#)(?P<id>\d{1,20})>
  | <t:(?P<time>-?\d{1,12})(?::[tTdDfFR])?>
  | </(?P<command>[-\w ]{1,100}):\d{1,20}>
  | <a?:(?P<emoji>\w{2,32}):\d{1,20}>
  | <(?P<bare>https?://[^\s<>]+)>
  | \[(?P<label>(?:\\.|[^\]\\\n]|\](?!\())+)\]\(\s*<?(?P<address>[^\s<>)]+)>?\s*\)
  | (?P<url>https?://[^\s<>]*[^\s<>.,:;"'\])!?*_|~])
  | (?P<everybody>@everyone|@here)
  | \*\*\*(?P<both>(?:\\.|[^\\])+?)\*\*\*(?!\*)
  | \*\*(?P<strong>(?:\\.|[^\\])+?)\*\*(?!\*)
  | __(?P<underline>(?:\\.|[^\\])+?)__(?!_)
  | \*(?=\S)(?P<em>(?:\\.|\*\*|[^\\*])+?)(?<!\s)\*(?!\*)
  | \b_(?P<low>(?:\\.|__|[^\\_])+?)_\b
  | ~~(?P<strike>(?:\\.|[^\\])+?)~~(?!~)
  | \|\|(?P<spoiler>(?:\\.|[^\\])+?)\|\|
    """,
    re.VERBOSE | re.DOTALL,
)
MARKED = {"strong": "strong", "underline": "underline", "em": "em", "low": "em", "strike": "strike"}


def read(text: str, named: Named = lambda *_: "") -> Tree:
    """Never raises; every letter that a client shows is in the tree."""
    return _Reader(named).blocks(text)


class _Reader:
    def __init__(self, named: Named) -> None:
        self._named = named

    def blocks(self, text: str, *, quoted: bool = False) -> Tree:
        made: Tree = []
        at = start = 0
        while at < len(text):
            begins = at == 0 or text[at - 1] == "\n"
            found = self._block(text, at, quoted=quoted) if begins or text.startswith("```", at) else None
            if found is None:
                at = _next(text, at)
                continue
            made += [*self.inline(text[start:at].removesuffix("\n")), found[0]]
            at = start = found[1]
        return joined([*made, *self.inline(text[start:])])

    def _block(self, text: str, at: int, *, quoted: bool) -> tuple[Any, int] | None:
        """The block that begins here, and where it ends."""
        if found := FENCE.match(text, at):
            end = found.end() + (text[found.end() : found.end() + 1] == "\n")
            return element("pre", [found[2]], found[1] or ""), end
        if at and text[at - 1] != "\n":
            return None
        for pattern in BLOCKS:
            if not (quoted and pattern in (QUOTE, QUOTE_ALL)) and (found := pattern.match(text, at)):
                return self._made(pattern, found), found.end()
        return None

    def _made(self, pattern: re.Pattern[str], found: re.Match[str]) -> Any:
        if pattern is HEADING:
            return element("heading", self.inline(found[2]), str(len(found[1])))
        if pattern is SUBTEXT:
            return element("subtext", self.inline(found[1]))
        if pattern is LIST:
            return self._list(found[0])
        inner = found[1] if pattern is QUOTE_ALL else re.sub(r"^> ?", "", found[0], flags=re.MULTILINE)
        return element("quote", self.blocks(inner.removesuffix("\n"), quoted=True))

    def _list(self, text: str) -> Any:
        """Items as they follow each other; deeper ones are indented by the page through `info`."""
        items = [
            element("item", self.inline(re.sub(r"\n[ \t]+", "\n", found[3])), str(len(found[1].expandtabs(2)) // 2))
            for found in ITEM.finditer(text)
        ]
        first = ITEM.match(text)
        number = first[2].rstrip(".") if first else ""
        return element("ordered", items, number) if number.isdecimal() else element("list", items)

    def inline(self, text: str, depth: int = 0) -> Tree:
        return joined(self._pieces(text, depth)) if depth < DEEPEST else [text]

    def _pieces(self, text: str, depth: int) -> Iterator[Any]:
        at = 0
        for found in TOKEN.finditer(text):
            yield text[at : found.start()]
            yield self._piece(found, depth + 1)
            at = found.end()
        yield text[at:]

    def _piece(self, found: re.Match[str], depth: int) -> Any:
        kind = found.lastgroup or ""
        match kind:
            case "escaped" | "emoji":
                return found[kind] if kind == "escaped" else f":{found[kind]}:"
            case "code":
                return element("code", [found["code"]])
            case "id":
                mark = found["mark"].replace("!", "")
                name = self._named(mark, found["id"]) or "unknown"
                return element("mention", [f"{'#' if mark == '#' else '@'}{name}"])
            case "time":
                return element("mention", [_moment(int(found["time"]))])
            case "command" | "everybody":
                return element("mention", [f"/{found[kind]}" if kind == "command" else found[kind]])
            case "bare" | "url":
                return link([found[kind]], found[kind])
            case "address":
                shown = self.inline(found["label"], depth)
                return link(shown, found["address"]) if is_web(found["address"]) else found[0]
            case "both":
                return element("strong", [element("em", self.inline(found["both"], depth))])
            case "spoiler":
                return element("spoiler", self.inline(found["spoiler"], depth))
        return element(MARKED[kind], self.inline(found[kind], depth))


def _next(text: str, at: int) -> int:
    """The next place where a block may begin: a line's, or a fence's."""
    places = [text.find("\n", at) + 1 or len(text), text.find("```", at + 1)]
    return min(place for place in places if place > at)


def _moment(seconds: int) -> str:
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%d %B %Y %H:%M} UTC"
    except (ValueError, OverflowError, OSError):
        return "some time"
