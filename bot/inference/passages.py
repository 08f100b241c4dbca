"""Markdown documentation as passages that can be shown in a chat. Pure.

Which passage answers a question is not this file's concern, see `guide.py`.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

HEADING = re.compile(r"(#{1,3}) +(.+?) *#*$")
FENCE = re.compile(r"\s*(`{3,}(?=[^`]*$)|~{3,})(.*)")
ITEM = re.compile(r"(?:[-*+]|\d{1,9}[.)]) ")
CONTINUATION = re.compile(rf" {{0,3}}(?!{ITEM.pattern}|[|>#]|`{{3}}|~{{3}})\S")
CONTINUED = re.compile(r"(?! {4}|\s*(?:[|>#]|`{3}|~{3})).*\S")
NO_PROSE = re.compile(rf"{ITEM.pattern}|\||`{{3}}|~{{3}}")
SENTENCE_END = re.compile(r"(?<=[.!?]) ")
LINK_WITHIN = re.compile(r"\[([^\]\n]+)\]\((?!https?:)[^)\n]*\)")  # leads nowhere outside the repository
COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Passage:
    """One section of a file: `path` holds the headings from the file's title down to its own."""

    file: str
    path: tuple[str, ...]
    text: str

    @property
    def reference(self) -> str:
        if not self.path:
            return self.file
        return f"{self.file}, section “{self.path[-1].replace('`', '').replace('*', '')}”"

    @property
    def gist(self) -> str:
        """Its first sentence; "" where it begins with a list, a table or code."""
        paragraph = " ".join(self.text.partition("\n\n")[0].split())
        return "" if NO_PROSE.match(paragraph) else SENTENCE_END.split(paragraph, maxsplit=1)[0]


def passages(file: str, text: str) -> list[Passage]:
    """A passage for every heading of the first three levels that has something below it."""
    cut: list[tuple[tuple[str, ...], list[str]]] = [((), [])]
    above: list[tuple[int, str]] = []
    for line, fenced in _fenced(COMMENT.sub("", text).splitlines(keepends=True)):
        if fenced or not (heading := HEADING.match(line.rstrip())):
            cut[-1][1].append(line)
            continue
        level = len(heading[1])
        above = [each for each in above if each[0] < level] + [(level, heading[2])]
        cut.append((tuple(title for _, title in above), []))
    found = [Passage(file, path, _readable(lines)) for path, lines in cut]
    parents = {each.path[:-1] for each in found if len(each.path) > 1}
    return [each for each in found if each.text or each.path in parents]


def _readable(lines: Iterable[str]) -> str:
    """As a chat shows it well: paragraphs on one line (a chat shows every line end), words instead of links within."""
    made: list[str] = []
    for line, fenced in _fenced(lines):
        goes_on = CONTINUATION.match(line) and made and CONTINUED.match(made[-1])
        if goes_on and not fenced:
            made[-1] = f"{made[-1].rstrip()} {line.lstrip()}"
        else:
            made.append(line)
    return LINK_WITHIN.sub(r"\1", "".join(made)).strip("\n")


def blocks(text: str) -> list[str]:
    """Paragraphs, list items, tables and code fences with the blank lines behind them: joined they are `text`."""
    found: list[str] = []
    apart, was_fenced = True, False
    for line, fenced in _fenced(text.splitlines(keepends=True)):
        flush = not line[:1].isspace()  # an indented line belongs to the item above it
        begins = flush and (apart or fenced != was_fenced or (not fenced and ITEM.match(line)))
        if not found or (begins and not (fenced and was_fenced)):
            found.append("")
        found[-1] += line
        apart, was_fenced = not line.strip(), fenced
    return found


def shorten(text: str, limit: int) -> str:
    """The first whole blocks that fit into `limit` characters, one at least; code is never cut."""
    kept: list[str] = []
    size = 0
    for block in blocks(text):
        if size + len(block.rstrip()) > limit:
            break
        kept.append(block)
        size += len(block)
    else:
        return text.strip()
    if not kept:
        return _cut(blocks(text)[0].rstrip(), limit)
    if len(kept) > 1 and kept[-1].rstrip().endswith(":"):  # it led to what was left out
        kept.pop()
    return "".join(kept).rstrip()


def _cut(block: str, limit: int) -> str:
    """A first block that is too long: code stays whole, anything else ends with a line, a sentence or a word."""
    if any(fenced for _, fenced in _fenced(block.splitlines())):
        return block
    start = block[:limit]
    for border in ("\n", ". ", " "):
        if border in start[limit // 2 :]:
            return f"{start[: start.rindex(border)].rstrip(' .')} …"
    return f"{start} …"


def _fenced(lines: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """Each line, and whether it belongs to a code fence (its marks included)."""
    fence = ""
    for line in lines:
        mark = FENCE.match(line.rstrip("\n"))
        if fence:
            yield line, True
            if mark and mark[1].startswith(fence) and not mark[2].strip():
                fence = ""
        else:
            fence = mark[1] if mark else ""
            yield line, bool(fence)
