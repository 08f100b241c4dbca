"""Literal text that Discord shows as it stands: what its Markdown would take for a mark gets a backslash (pure).

Discord's rules are those of its client, which publishes none; how they work was read from its parser's known patterns
(checked 2026-11-20): inline rules are tried from left to right over the whole message, blind to paragraphs and code,
and a backslash takes the meaning from any character that is neither letter, digit nor space.
"""

import re

JOINER = "\u200b"  # parts backticks where no backslash helps; nobody sees it

_SPECIAL = re.compile(r"https?://[^\s<]+|[\\`*_~|<(]")
_TAG = re.compile(r"[@#:/+]|[A-Za-z][\w.+-]*:")  # after "<": mentions, emoji, timestamps, addresses
_LINE_START = re.compile(r"^([ \t]*)(?:(\d+)(?=\. )|(?=(?:#{1,3}|-#|>|>>>|[-*]) ))", re.MULTILINE)


def escape(text: str, *, marked: bool = False, careful: bool = True) -> str:
    """`text` so that Discord shows its letters; web addresses stay as they are, to be tapped.

    It must be whole: what stands before and after it is a mark or a line's end.
    `marked`: it stands inside emphasis, where a lone star would end it. `careful`: underscores inside words get a
    backslash too, because code or an address elsewhere holds one that would pair up with them.
    """

    def guard(match: re.Match[str]) -> str:
        found = match[0]
        before, after = text[: match.start()][-1:], text[match.end() :]
        return found if len(found) > 1 or _harmless(found, before, after, marked, careful) else f"\\{found}"

    return _SPECIAL.sub(guard, text)


def _harmless(mark: str, before: str, after: str, marked: bool, careful: bool) -> bool:
    next_ = after[:1]
    match mark:
        case "\\":
            return bool(re.match(r"[0-9A-Za-z\s]", next_))
        case "*":
            return not marked and before.isspace() and next_.isspace()
        case "_":
            return not careful and all(c.isascii() and c.isalnum() for c in (before, next_))
        case "~" | "|":
            return bool(before and next_) and mark not in (before, next_)
        case "<":
            return bool(after) and not _TAG.match(after)
        case "(":
            return before != "]"
    return False


def escape_line_starts(text: str) -> str:
    """Rendered inline text whose lines must not become headings, quotes, lists or subtext."""
    return _LINE_START.sub(lambda match: f"{match[1]}{match[2] or ''}\\", text)


def code_span(text: str) -> str:
    text = text.replace("\n", " ")
    runs = {len(run) for run in re.findall("`+", text)}
    if not text or not runs:
        return f"`{text}`" if text else ""
    if {1, 2} <= runs or max(runs) > 2:
        text, runs = text.replace("``", f"`{JOINER}`").replace("``", f"`{JOINER}`"), {1}
    fence = "``" if 1 in runs else "`"
    left, right = (" " if text.startswith("`") else ""), (" " if text.endswith("`") else "")
    return f"{fence}{left}{text}{right}{fence}"


def code_block(text: str, language: str = "") -> str:
    """A fence can't be made longer on Discord: three backticks inside are parted by a joiner."""
    name = re.match(r"[A-Za-z0-9_+\-.#]*", language)
    inner = text.strip("\n").replace("```", f"`{JOINER}`{JOINER}`").replace("```", f"`{JOINER}`{JOINER}`")
    return f"```{name[0] if name else ''}\n{inner or ' '}\n```"
