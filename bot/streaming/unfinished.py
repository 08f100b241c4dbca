"""What a cut or a still growing text left open, closed, so that the part that is there renders well (pure)."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

from markdown_it.token import Token

from bot.streaming.grammar import GRAMMAR, OPEN_MARKS

_LINE_END = re.compile(r"\r\n?|\n")
_TICKS = re.compile("`+")
_NOTABLE = re.compile(r"\\.|`+|[\[\]]")
_MARKS = "*_~`"
_BEFORE_MARKS = " \t\n([{\"'“‘«¿¡"  # what stands before marks that open something


def close_unfinished(markdown: str) -> str:
    """The text with its open fence, code, emphasis or link closed; of a half link only its text stays.

    Marks at the very end that have nothing to mark yet are dropped. Idempotent; a text that left nothing open is
    returned as it is. Only the block that the text ends in can be open, and code or a link only in its last line.
    """
    last, marks = _ending(markdown)
    if last is None:
        return markdown
    if last.type == "fence":
        return _close_fence(markdown, last)
    whole, tail = _split_blank_end(markdown)
    body, blank = _split_blank_end(_close_lines(whole, _lines(last)))
    if body != whole:
        last, marks = _ending(body)
        if last is not None and last.type == "fence":  # nothing stayed of what stood under it
            return close_unfinished(body + blank + tail)
    return (_close_marks(body, marks) if marks else body) + blank + tail


def _ending(markdown: str) -> tuple[Token | None, list[str]]:
    """The fence or the inline token that the text ends in, and the emphasis that it left open, outermost first.

    None: whatever comes next is in another block.
    """
    env: dict[str, Any] = {}
    tokens = GRAMMAR.parse(markdown, env)
    at = next((at for at in reversed(range(len(tokens))) if _is_written(tokens[at])), -1)
    if at < 0 or tokens[at].type not in ("fence", "inline"):
        return None, []
    last = tokens[at]
    if last.type == "fence":
        return last, []
    body, tail = _split_blank_end(markdown)
    line_ends = len(_LINE_END.findall(tail))
    growing = line_ends == 0 or (line_ends == 1 and tokens[at - 1].type == "paragraph_open")
    line = _lines(last)[-1]
    return (last, env.get(OPEN_MARKS, [])) if growing and line and body.endswith(line) else (None, [])


def _is_written(token: Token) -> bool:
    """Whether this is a block of its own, and no cell that its row only will have."""
    return token.nesting == 0 and (token.type != "inline" or token.content != "")


def _lines(token: Token) -> list[str]:
    return [line.rstrip() for line in _LINE_END.split(token.content.rstrip())]


def _split_blank_end(text: str) -> tuple[str, str]:
    body = text.rstrip()
    return body, text[len(body) :]


def _close_fence(markdown: str, fence: Token) -> str:
    lines = _LINE_END.split(markdown)
    first, end = fence.map or (0, len(lines))
    if lines[end:] not in ([], [""]):
        return markdown  # its quote or list has ended, and the fence with it
    run = re.escape(fence.markup[0])
    last = lines[end - 1] if end - 1 > first else ""
    if re.fullmatch(rf"[\s>]*{run}{{{len(fence.markup)},}}\s*", last):
        return markdown
    half = re.fullmatch(rf"[\s>]*({run}+)", last)
    if half and markdown.endswith(half[1]):
        return markdown + fence.markup[len(half[1]) :]
    indent = beneath(lines[first].partition(fence.markup)[0])
    return markdown + ("" if markdown.endswith(("\n", "\r")) else "\n") + indent + fence.markup


def beneath(start: str) -> str:
    """What the next line must begin with to stay in the quote or list item of a line that starts like this."""
    return re.sub(r"[^>\s]", " ", re.sub(r">(?!\s)", "> ", start))


def _close_lines(body: str, lines: Sequence[str]) -> str:
    """The text without what its last line leaves open; where nothing stays of that line, the one before is last."""
    rows = body.split("\n")
    for row, line in zip(reversed(range(len(rows))), reversed(lines), strict=False):
        closed = _close_line(line)
        if closed == line or not rows[row].rstrip().endswith(line):
            break
        rows[row] = rows[row].rstrip().removesuffix(line) + closed
        if closed:
            break
    return "\n".join(rows)


def _close_line(line: str) -> str:
    """The line without a half link or lone marks at its end, its code closed."""
    while True:
        kind, start, end = _open_place(line)
        if kind == "code":
            content = line[end:]
            if content.strip(_MARKS):
                return line + _missing(content, end - start)
            shorter = line[:start]
        elif kind == "link":
            shorter = line[:start].removesuffix("!") + line[start + 1 : end]
        else:
            shorter = line[:end] + line[end:].rstrip(_MARKS)
            if shorter and shorter[-1] not in _BEFORE_MARKS:
                return line
        shorter = shorter.rstrip()
        if shorter == line:
            return line
        line = shorter


def _missing(content: str, run: int) -> str:
    there = len(content) - len(content.rstrip("`"))
    return "`" * (run - there) if there < run else " " + "`" * run


def _open_place(line: str) -> tuple[str, int, int]:
    """The first thing that the line leaves open: ("code", its backticks) or ("link", its brackets).

    ("", 0, end of the last whole code) where there is none.
    """
    ticks: dict[int, list[int]] = {}  # length of a run -> where such runs start
    for run in _TICKS.finditer(line):
        ticks.setdefault(len(run[0]), []).append(run.start())
    brackets: list[int] = []
    at = whole = 0
    while notable := _NOTABLE.search(line, at):
        start, at = notable.span()
        if line[start] == "`":
            closers = ticks.get(at - start, [])
            closer = bisect_left(closers, at)
            if closer == len(closers):
                return "code", start, at
            at = whole = closers[closer] + at - start
        elif line[start] == "[":
            brackets.append(start)
        elif line[start] == "]" and brackets:
            opener = brackets.pop()
            if line.startswith("(", at):
                end = _address_end(line, at + 1)
                if end < 0:
                    return "link", opener, start
                at = end
    return "", 0, whole


def _address_end(line: str, start: int) -> int:
    """Where the brackets around an address, open before `start`, end; -1: not yet. `start`: it is no address."""
    depth = 1
    for at in range(start, len(line)):
        if line[at] == ")":
            depth -= 1
            if depth == 0:
                return at + 1
        elif line[at] == "(":
            depth += 1
        elif line[at].isspace():
            return _title_end(line, start, at)
    return -1


def _title_end(line: str, start: int, blank: int) -> int:
    rest = line[blank:].lstrip()
    if rest[:1] not in ('"', "'"):
        return start
    close = line.find(rest[0] + ")", blank + 1)
    return close + 2 if close >= 0 else -1


def _close_marks(body: str, marks: list[str]) -> str:
    if (len(body) - len(body.rstrip("\\"))) % 2:
        return close_unfinished(body[:-1])  # it would turn the first closing mark into a letter
    closing = "".join(reversed(marks))
    if closing.startswith("~~") and body.endswith("~"):
        closing = closing[1:]
    return body if _ending(body + closing)[1] else body + closing
