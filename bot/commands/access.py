"""/access: who may what here, and who changed it last."""

from collections.abc import Sequence

from bot.access import EVERYONE, Grant
from bot.budgets import in_words
from bot.commands.audit import line
from bot.commands.call import Call
from bot.commands.command import command
from bot.commands.subjects import shown
from bot.commands.usage import strictest
from bot.errors import Refused
from bot.replies import Reply
from bot.settings import INSTANCE, scopes_of

CHANGES = 10
GRANTS = 40  # shown, of more
VERDICTS = {"allow": "may ask", "deny": "may not ask", "ban": "banned"}


@command(private=True, in_lane=False)
async def access(call: Call) -> Reply:
    """Show what applies here: who may ask, what is switched off, which limits hold, what was changed."""
    await call.services.access.refresh(0.0)
    parts = [_doors(call), _switched_off(call), await _limits(call)]
    if await _governs(call):
        parts += [_grants(call), await _changes(call)]
    return Reply("\n\n".join(filter(None, parts)))


async def _governs(call: Call) -> bool:
    try:
        await call.authorize("govern", "here")
    except Refused:
        return False
    return True


def _doors(call: Call) -> str:
    access = call.services.access
    door = "open: everybody may ask" if access.is_open(call.event) else "closed: only those who were let in may ask"
    nobody = "you, at the console" if call.event.platform == "console" else "nobody yet; see `/claim`"
    owners = ", ".join(f"`{shown(each)}`" for each in sorted(access.owners)) or nobody
    return f"**Here I am {door}.**\nOwners: {owners}"


def _switched_off(call: Call) -> str:
    grants = [each for each in _here(call) if each.subject == EVERYONE and each.verdict != "allow"]
    off = sorted({f"`/{each.command}`" for each in grants if each.command})
    return f"Switched off: {', '.join(off)}" if off else ""


async def _limits(call: Call) -> str:
    if call.services.budgets.free:
        return ""
    me, here, everywhere = scopes_of(call.event)
    names = {me: "you", here: "this chat", everywhere: "all together"}
    limits = strictest(await call.services.budgets.limits((me, here, everywhere)))
    lines = [f"- {names[each.subject]}: {in_words(each.unit, each.most)} a {each.period}" for each in limits]
    return "\n".join(["**Limits** (`/usage` shows what is left)", *lines]) if lines else "No limits hold here."


def _here(call: Call) -> Sequence[Grant]:
    return [each for each in call.services.access.grants if each.scope in (INSTANCE, call.here)]


def _grants(call: Call) -> str:
    """For an owner in private, those of every place."""
    everywhere = call.event.chat.private
    grants = call.services.access.grants if everywhere else _here(call)
    known = sorted(
        (each for each in grants if each.verdict in VERDICTS and each.subject != EVERYONE),
        key=lambda each: (each.subject, each.command, each.scope),
    )
    lines = [
        f"- `{shown(each.subject)}` {VERDICTS[each.verdict]}{f' (/{each.command})' if each.command else ''}"
        f" {_where(call, each.scope)}"
        for each in known[:GRANTS]
    ]
    more = [f"- and {len(known) - GRANTS} more"] if len(known) > GRANTS else []
    return "\n".join(["**Who was let in, denied or banned**", *lines, *more]) if lines else ""


def _where(call: Call, scope: str) -> str:
    return {INSTANCE: "everywhere", call.here: "here"}.get(scope, f"in `{shown(scope)}`")


async def _changes(call: Call) -> str:
    """Of this place and of everything, newest first."""
    settings = call.services.settings
    found = [each for scope in (call.here, INSTANCE) for each in await settings.history(scope, "", CHANGES)]
    newest = sorted(found, key=lambda each: each.at, reverse=True)[:CHANGES]
    lines = [f"{line(each)} ({_where(call, each.scope)})" for each in newest]
    return "\n".join(["**Last changes** (UTC)", *lines]) if lines else ""
