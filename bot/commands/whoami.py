"""/whoami: my ids, in the form that /allow takes, and what I may."""

from bot.access import STANDINGS, Action, Standing, Where, decide, suffices
from bot.budgets import in_words
from bot.commands.call import Call
from bot.commands.command import command
from bot.commands.subjects import shown
from bot.commands.usage import strictest
from bot.replies import Reply
from bot.settings import of_person, scopes_of

WHAT: dict[Standing, str] = {
    "banned": "You are banned here.",
    "stranger": "You have not been let in: show your id to somebody in charge, who can `/allow` you.",
    "member": "You may ask me.",
    "admin": "You may ask me, and you are in charge of me here.",
    "owner": "You own this bot.",
}
RIGHTS: tuple[tuple[Action, Where, str], ...] = (
    ("ask", "here", "ask me"),
    ("choose", "me", "choose models and settings for yourself"),
    ("choose", "here", "choose them for this chat"),
    ("govern", "here", "say who may ask here"),
    ("govern", "everywhere", "say so everywhere, and set budgets"),
)


@command(role="stranger", private=True, in_lane=False)
async def whoami(call: Call) -> Reply:
    """Show your ids, by which somebody can let you in, and your rights and limits here."""
    standing = await _standing(call)
    rights = [f"- {what}" for action, where, what in RIGHTS if suffices(standing, action, where)]
    may = ["", "**You may**", *rights] if rights else []
    lines = [WHAT[standing], "", *_ids(call), *may, *_switched_off(call, standing), *await _limits(call, standing)]
    return Reply("\n".join(lines))


async def _standing(call: Call) -> Standing:
    event = call.event
    admin = event.author.admin
    if admin is None and not event.chat.private and call.surface is not None:
        admin = await call.surface.author_is_admin()
    return await call.services.access.standing(event, bool(admin))


def _ids(call: Call) -> list[str]:
    event = call.event
    chats = dict.fromkeys(filter(None, (event.chat.thread, event.chat.id, event.chat.space)))
    ids = {
        "Your id": (of_person(event.platform, event.author.id),),
        "Your name": (f"name:{event.platform}:{event.author.username}",) if event.author.username else (),
        "Your roles": tuple(f"role:{event.platform}:{role}" for role in event.author.roles),
        "This chat": () if event.chat.private else tuple(f"chat:{event.platform}:{chat}" for chat in chats),
    }
    return [f"- {what}: {', '.join(f'`{shown(key)}`' for key in keys)}" for what, keys in ids.items() if keys]


def _switched_off(call: Call, standing: Standing) -> list[str]:
    """Commands that this person may not use, though others."""
    if standing not in ("member", "admin"):
        return []
    grants = call.services.access.grants
    named = {each.command for each in grants if each.command}
    off = sorted(each for each in named if decide(grants, call.event, each) in ("deny", "ban"))
    return ["", f"Not for you here: {', '.join(f'`/{each}`' for each in off)}"] if off else []


async def _limits(call: Call, standing: Standing) -> list[str]:
    if call.services.budgets.free or STANDINGS.index(standing) < STANDINGS.index("member"):
        return []
    scopes = scopes_of(call.event)
    mine = [each for each in strictest(await call.services.budgets.limits(scopes)) if each.subject == scopes[0]]
    lines = [f"- {in_words(each.unit, each.most)} a {each.period}" for each in mine]
    return ["", "**Your limits** (`/usage` shows what is left)", *lines] if lines else []
