"""What a person reads of a Discord message: a second, independent reading of Discord's Markdown, for the tests.

Its rules are the patterns of Discord's own parser, as public re-implementations of it state them (checked 2026-11-20).
"""

import re

QUOTE = re.compile(r"> ?([^\n]*)(?:\n|\Z)")
HEADING = re.compile(r"(?:#{1,3}|-#) +(?=\S)")
BULLET = re.compile(r"[ \t]*(?:[-*]|(\d+\.)) +(?=\S)")
CODE_BLOCK = re.compile(r"```(?:([a-z0-9_+\-.#]+?)\n)?\n*([^\n].*?)\n*```", re.IGNORECASE | re.DOTALL)
INLINE = [
    (re.compile(r"\\([^0-9A-Za-z\s])"), "raw"),
    (re.compile(r"<(https?://[^ >]+)>"), "raw"),
    (re.compile(r"(https?://[^\s<]+[^<.,:;\"'\]\s])"), "raw"),
    (re.compile(r"\[((?:\[[^\]]*\]|[^\[\]]|\](?=[^\[]*\]))*)\]\(<?https?://[^)]*>?\)"), "marked"),
    (re.compile(r"<(?:@[!&]?|#|a?:\w+:|t:)\d+(?::\w)?>"), "gone"),
    (re.compile(r"\*\*((?:\\.|[^\\])+?)\*\*(?!\*)", re.DOTALL), "marked"),
    (re.compile(r"__((?:\\.|[^\\])+?)__(?!_)", re.DOTALL), "marked"),
    (re.compile(r"_((?:__|\\.|[^\\_])+?)_(?![0-9A-Za-z_])", re.DOTALL), "marked"),
    (re.compile(r"\*(?=\S)((?:\*\*|\\.|\s+(?:\\.|[^\s*\\]|\*\*)|[^\s*\\])+?)\*(?!\*)", re.DOTALL), "marked"),
    (re.compile(r"~~((?:\\.|[^\\])+?)~~(?!_)", re.DOTALL), "marked"),
    (re.compile(r"\|\|(.+?)\|\|", re.DOTALL), "marked"),
    (re.compile(r"(`+)(.*?[^`])\1(?!`)", re.DOTALL), "code"),
]


def shown(text: str) -> str:
    """The letters on the screen, joiners left out."""
    return _blocks(text).replace("\u200b", "")


def _blocks(text: str, quoted: bool = False) -> str:
    out, at, item = "", 0, False
    while at < len(text):
        at_line_start, item = at == 0 or text[at - 1] == "\n" or item, False
        if match := CODE_BLOCK.match(text, at):
            out += match[2]
        elif at_line_start and not quoted and (match := re.compile(r"(?:> [^\n]*(?:\n|\Z))+").match(text, at)):
            out += _blocks("".join(f"{line}\n" for line in QUOTE.findall(match[0])), quoted=True)
        elif at_line_start and (match := BULLET.match(text, at)):
            out, item = out + (match[1] or ""), True
        elif at_line_start and (match := HEADING.match(text, at)):
            pass
        else:
            piece, at = _inline(text, at)
            out += piece
            continue
        at = match.end()
    return out


def _inline(text: str, at: int) -> tuple[str, int]:
    found = [(match, kind) for rule, kind in INLINE if (match := rule.match(text, at))]
    if not found:
        return text[at], at + 1
    match, kind = found[0]
    if kind == "marked":
        longest = max((each for each in found if each[1] == "marked"), key=lambda each: each[0].end())
        return _spans(longest[0][1]), longest[0].end()
    if kind == "code":
        return match[2], match.end()
    return ("" if kind == "gone" else match[1]), match.end()


def _spans(text: str) -> str:
    out, at = "", 0
    while at < len(text):
        if match := CODE_BLOCK.match(text, at):
            out, at = out + match[2], match.end()
        else:
            piece, at = _inline(text, at)
            out += piece
    return out
