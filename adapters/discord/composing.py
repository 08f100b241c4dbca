"""One page as the content of one Discord message: a thought, the answer, a note (pure)."""

from adapters.discord.escaping import JOINER, escape, escape_line_starts
from adapters.discord.formatting import render, size
from bot.replies import Page
from bot.streaming.markdown import close_unfinished, parse

CONTENT_LIMIT = 2000  # of a message, for bots and interactions alike (developers/resources/message, checked 2026-11-20)
NOTE_LIMIT = 160
LEAD_LIMIT = 40
PAGE_LIMIT = CONTENT_LIMIT - NOTE_LIMIT - LEAD_LIMIT
THOUGHT_MIN = 40  # less of a thought than this is not worth its marks
NOTHING_YET = "-# …"


def measure(markdown: str) -> int:
    """How much of `PAGE_LIMIT` this text takes."""
    return size(render(parse(markdown)))


def compose(page: Page, *, growing: bool = False, lead: str = "") -> str:
    """The content: never empty, never longer than `CONTENT_LIMIT`; what has no room goes, the answer last.

    `growing`: marks that the text has opened are closed. `lead` is Discord's Markdown that stands above all.
    """
    body = render(parse(close_unfinished(page.markdown) if growing else page.markdown))
    note = _note(page.note)
    frame = [part for part in (lead, body, note) if part]
    room = CONTENT_LIMIT - sum(size(part) + 1 for part in frame)
    parts = (lead, _thought(page, room), body, note)
    content = "\n".join(part for part in parts if part)
    return cut(content, CONTENT_LIMIT) if content.strip() else NOTHING_YET


def cut(text: str, limit: int) -> str:
    """The longest beginning whose size is within the limit."""
    text = text[:limit]
    while size(text) > limit:
        text = text[: len(text) - max(1, (size(text) - limit) // 2)]
    return text


def _note(note: str) -> str:
    lines = [f"-# {escape(line)}" for line in note.splitlines() if line.strip()]
    return cut("\n".join(lines), NOTE_LIMIT)


def _thought(page: Page, room: int) -> str:
    """Behind a spoiler, or as a quote; of one that is too long the end, which is where it has got to."""
    thought, framed = page.thought.strip(), _quote if page.unfolded else _spoiler
    if not thought or room < THOUGHT_MIN:
        return ""
    kept = min(len(thought), room)
    while kept > 0:
        shown = framed(thought if kept == len(thought) else "…" + thought[-kept:])
        if size(shown) <= room:
            return shown
        kept -= max(1, (size(shown) - room) // 2)
    return ""


def _spoiler(text: str) -> str:
    inner = escape_line_starts(escape(text)).replace("||", f"|{JOINER}|")
    return f"💭 ||{inner}||"


def _quote(text: str) -> str:
    inner = escape_line_starts(escape(text))
    return "\n".join(f"> {line}" for line in f"💭 {inner}".split("\n"))
