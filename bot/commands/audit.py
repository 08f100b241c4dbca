"""How a change of the audit reads (pure)."""

from bot.access import EVERYONE, OWNERS
from bot.budgets import OFF, in_words
from bot.commands.subjects import shown
from bot.settings import Change

VERDICTS = {"allow": "let in", "deny": "denied", "ban": "banned", "asked": "unknown", "": "as everybody"}
LIMITS = {"limit": "budget", "cap": "budget by an admin", "each": "budget of each person"}
NONE = "none"


def line(change: Change) -> str:
    who = "config" if change.who == "config" else f"`{shown(change.who)}`"
    return f"- {change.at:%d %b %H:%M} {who}: {what(change)}"


def what(change: Change) -> str:
    """Texts that people wrote (personas) are not repeated."""
    kind, _, rest = change.name.partition(".")
    if change.name.startswith("grant|"):
        subject, _, command = change.name.partition("|")[2].rpartition("|")
        if subject == EVERYONE:
            return f"/{command} switched {'off' if change.after == 'deny' else 'on'}"
        about = (
            f" from /{command}" if command and change.after in ("ban", "deny") else f" /{command}" if command else ""
        )
        return f"`{shown(subject)}`{about}: {VERDICTS.get(change.before)} → {VERDICTS.get(change.after)}"
    if change.name == OWNERS:
        return "became an owner"
    if change.name == "open":
        return "opened" if change.after == "yes" else "closed"
    if kind in LIMITS:
        return f"{LIMITS[kind]}, {_limit(rest, change.before)} → {_limit(rest, change.after)}"
    if kind in ("persona", "personas"):
        return f"persona {'changed' if change.after else 'taken away'}"
    if kind == "model":
        return f"model for {rest}: {change.before or NONE} → {change.after or NONE}"
    return f"{change.name}: {change.before or NONE} → {change.after or NONE}"


def _limit(name: str, value: str) -> str:
    unit, _, period = name.partition(".")
    if not value:
        return "as configured"
    if value == OFF:
        return "no limit"
    return f"{in_words(unit, int(value))} a {period}"  # type: ignore[arg-type] # written by /limit from these words
