"""How labels and other people's words are written into an answer (pure)."""

import re
from collections.abc import Iterable

from bot.inference.backend import Label

BLOCKS = 5  # of a bar
LABELS = 10  # shown of one text
MARKS = re.compile(r"([\\`*_~\[\]<>|&])")  # what means something anywhere in a line of Markdown
LEADING = re.compile(r"^([ \t]*\d*)([-+#=.)])", re.MULTILINE)  # and what does at its beginning


def escaped(text: str) -> str:
    """Markdown that shows exactly this text, whatever signs are in it."""
    return LEADING.sub(r"\1\\\2", MARKS.sub(r"\\\1", text))


def shortened(text: str, limit: int) -> str:
    """On one line, of at most `limit` characters, cut behind a word where there is one."""
    line = " ".join(text.split())
    if len(line) <= limit:
        return line
    start = line[: limit - 1]
    words = start.rpartition(" ")[0] if not line[limit - 1].isspace() else start
    return f"{(words if len(words) > limit // 2 else start).rstrip()}…"


def percent(score: float) -> str:
    return f"{100 * score:.0f} %"


def bar(score: float) -> str:
    """`score` is from 0 to 1."""
    full = min(BLOCKS, max(0, round(score * BLOCKS)))
    return "▰" * full + "▱" * (BLOCKS - full)


def chart(labels: Iterable[Label]) -> str:
    """A line for each, the largest first and in bold."""
    first, *others = sorted(labels, key=lambda each: -each.score)[:LABELS]
    lines = [f"{bar(first.score)} **{escaped(first.name)}** {percent(first.score)}"]
    lines += [f"{bar(each.score)} {escaped(each.name)} {percent(each.score)}" for each in others]
    return "\n".join(lines)


def signature(model: str, tokens: tuple[int, int] | None = None) -> str:
    """Who wrote this, and how much of what is paid for went into it; a server's address is only the operator's."""
    name = "" if "://" in model else model
    counted = f"{tokens[0]:,} tokens read, {tokens[1]:,} written" if tokens else ""
    return " · ".join(filter(None, (name, counted)))
