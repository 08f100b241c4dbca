"""What the owners are told of a stranger, once; what the buttons do is `allow.py`'s concern (pure)."""

from bot.commands.bars import escaped
from bot.events import Event
from bot.replies import Button

DECISIONS = (Button("let_in", "Allow"), Button("keep_out", "Deny"))


def introduction(event: Event) -> str:
    author = event.author
    name = f"{author.name} (@{author.username})" if author.username else author.name
    return (
        f"{escaped(name)} would like to ask me something, and has not been let in. "
        f"Their id is `{event.platform}:{author.id}`."
    )
