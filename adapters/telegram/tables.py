"""A table as lines of equal width, for a font of equal width (pure)."""

from itertools import zip_longest
from unicodedata import combining, east_asian_width

from bot.streaming.markdown import Node, plain

BETWEEN = " │ "
CROSSING = "─┼─"


def aligned(table: Node) -> str:
    rows = [[plain(cell).replace("\n", " ").strip() for cell in row.children] for row in table.children]
    widths = [max(map(_width, column)) for column in zip_longest(*rows, fillvalue="")]
    lines = []
    for row, cells in zip(table.children, rows, strict=True):
        padded = (
            _padded(text, width, cell.info) for text, width, cell in zip(cells, widths, row.children, strict=False)
        )
        lines.append(BETWEEN.join(padded).rstrip())
        if row.info == "header":
            lines.append(CROSSING.join("─" * width for width in widths))
    return "\n".join(lines)


def _padded(text: str, width: int, alignment: str) -> str:
    missing = width - _width(text)
    left = missing if alignment == "right" else missing // 2 if alignment == "center" else 0
    return " " * left + text + " " * (missing - left)


def _width(text: str) -> int:
    """Columns that a text takes: wide letters two, marks on a letter none."""
    return sum(0 if combining(letter) else 2 if east_asian_width(letter) in "WF" else 1 for letter in text)
