"""Which Markdown we read: CommonMark with tables and strikethrough, changed so that no word of a model is lost.

Checked with markdown-it-py 4.3.0 on 2026-11-20; what the tree looks like is the concern of `markdown.py`.
"""

import re
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, blockquote, list_block, table
from markdown_it.rules_block.table import escapedSplit, getLine
from markdown_it.rules_inline import StateInline

BLOCK_DEPTH = 16  # levels of the parser: eight lists in each other; deeper marks stay as they were written
SURROGATE = re.compile("[\ud800-\udfff]")
OPEN_MARKS = "open marks"  # key into the environment: see _note_open_marks


class _Grammar(MarkdownIt):
    """No HTML: it is text. No link definitions: they would vanish from the text. No underlined headings: models write
    `---` under a paragraph when they mean a rule, and a half-written list looks like an underline. No code by
    indentation: models fence their code, what they indent is a list, and a fence may then stand at any depth.
    """

    def __init__(self) -> None:
        super().__init__("commonmark", {"html": False, "maxNesting": 2 * BLOCK_DEPTH})
        self.enable(["table", "strikethrough"])
        self.disable(["code", "html_block", "html_inline", "lheading", "reference"])
        interrupts = ["paragraph", "reference", "blockquote"]
        self.block.ruler.at("blockquote", _shallow_quote, {"alt": [*interrupts, "list"]})
        self.block.ruler.at("list", _shallow_list, {"alt": interrupts})
        self.block.ruler.at("table", _whole_table, {"alt": ["paragraph", "reference"]})
        self.inline.ruler2.after("emphasis", "open_marks", _note_open_marks)

    def validateLink(self, url: str) -> bool:  # noqa: ARG002, N802 - the name is the library's
        """Every address is read as one, so that a refused one leaves its text and not its brackets."""
        return True

    def normalizeLink(self, url: str) -> str:  # noqa: N802
        """Half a surrogate pair, which the library cannot encode, becomes a replacement character."""
        return super().normalizeLink(SURROGATE.sub("\ufffd", url))


def _shallow_quote(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    # Beyond `maxNesting` the library drops the rest of the block.
    return state.level < BLOCK_DEPTH and blockquote(state, start, end, silent)


def _shallow_list(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    return state.level < BLOCK_DEPTH and list_block(state, start, end, silent)


def _whole_table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A table whose rows keep all their cells: the library drops those beyond the last column."""
    before = len(state.tokens)
    found = table(state, start, end, silent)
    if silent or not found:
        return found
    cells = [token for token in state.tokens[before:] if token.type == "inline" and token.map]
    width = sum(1 for token in cells if token.map and token.map[0] == start)
    for last in cells[2 * width - 1 :: width]:
        line = getLine(state, last.map[0]).strip() if last.map else ""
        columns = escapedSplit(line.removeprefix("|").removesuffix("|"))
        if len(columns) > width:
            last.content = "|".join(columns[width - 1 :]).strip()
    return True


def _note_open_marks(state: StateInline) -> None:
    """Leave in the environment which marks of this block were opened and not closed, outermost first.

    Marks inside a word are left out: `5*x` opens nothing.
    """
    if not state.src:
        return  # a cell of a table row that was not yet written
    lone = [each for each in state.delimiters if each.open and not each.close and each.end < 0]
    state.env[OPEN_MARKS] = ["~~" if each.marker == ord("~") else chr(each.marker) for each in lone]


GRAMMAR: Final = _Grammar()
