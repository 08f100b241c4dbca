"""A model's Markdown as a small tree, which every surface renders in its own way.

What a platform makes of the tree is not this file's concern.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    # blocks
    "document", "paragraph", "heading", "code_block", "quote", "list", "item", "table", "row", "cell", "rule",
    # inside a line
    "text", "strong", "emphasis", "strike", "code", "link", "image", "break",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Node:
    """One piece of the tree.

    `text`: the letters of a text, code or code_block; an image's description.
    `info`: a code_block's language; the address of a link or image; a heading's level "1" to "6"; the first number of
    an ordered list ("" where unordered); a row's "header"; a cell's alignment "left", "right", "center" or "".
    """

    kind: Kind
    children: tuple["Node", ...] = ()
    text: str = ""
    info: str = ""
