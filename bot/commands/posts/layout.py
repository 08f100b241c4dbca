"""Posts as they are shown: each a code block of its own, so that one tap copies it (pure)."""

import re
from collections.abc import Sequence

from bot.commands.posts.counting import weight


def shown(posts: Sequence[str], limit: int, headline: str = "") -> str:
    head = [f"**Headline**\n{fenced(headline)}"] if headline else []
    bodies = (
        f"**{number}/{len(posts)}** ({weight(post)}/{limit})\n{fenced(post)}" for number, post in enumerate(posts, 1)
    )
    return "\n\n".join([*head, *bodies])


def fenced(text: str) -> str:
    """A code block that holds exactly this text, backticks too."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{text}\n{fence}"
