"""/models: what there is to choose from, and what people liked best."""

from collections.abc import Sequence
from typing import Annotated

from bot.commands.call import Call
from bot.commands.command import About, command
from bot.commands.facts import facts
from bot.inference.catalogue import KNOWN
from bot.replies import Reply

SHOWN = 20
NEAR = 5
RANK = "rank"


@command("/models qwen", private=True, in_lane=False)
async def models(
    call: Call,
    search: Annotated[str, About("Words of the name; rank: what people voted for in /compare", rest=True)] = "",
) -> Reply:
    """List the models that you may choose, with their windows, prices and abilities."""
    if search.strip().lower() == RANK:
        return Reply(await _ranking(call))
    preferences = await call.preferences()
    current = call.services.selection.choice("chat", preferences).model
    known = call.services.models
    names = [each for each in known.search(search, KNOWN) if preferences.permits(each)]
    if not known.catalogue.offers:
        return Reply(_without_a_list(call, current))
    if not names:
        return Reply(_none(search, [each for each in known.near(search, NEAR) if preferences.permits(each)]))
    names.sort(key=lambda name: not _is(current, name))
    lines = [_line(call, name, current) for name in names[:SHOWN]]
    more = [f"… and {len(names) - SHOWN} more: `/models` with a part of the name finds them."] * (len(names) > SHOWN)
    return Reply("\n".join([*lines, *more, "", "`/model NAME` chooses one for you, after trying it."]))


def _line(call: Call, name: str, current: str) -> str:
    about = facts(call.services.models.traits(name))
    mark = " **← answers you**" if _is(current, name) else ""
    return f"- `{name}`{f' – {about}' if about else ''}{mark}"


def _is(current: str, name: str) -> bool:
    """Also with the suffix that chooses a provider."""
    return current == name or current.startswith(f"{name}:")


def _without_a_list(call: Call, current: str) -> str:
    names = call.services.selection.defaults("chat")
    lines = [f"- `{each}`{' **← answers you**' if each == current else ''}" for each in names if each]
    if call.services.offline:
        head = "No model is configured; these are built in, and none of them is a language model:"
    else:
        head = "The server has no list of models, so nothing is known but these names:" if lines else ""
    return "\n".join([head, "", *lines]) if lines else "The server has no list of models, and chooses itself."


def _none(search: str, near: Sequence[str]) -> str:
    found = f"No model that you may choose has “{search.strip()[:60]}” in its name."
    return f"{found} Near: {', '.join(f'`{each}`' for each in near)}." if near else found


async def _ranking(call: Call) -> str:
    standings = await call.services.votes.rank()
    if not standings:
        return "Nobody has voted yet: `/compare` lets models answer side by side."
    lines = [
        f"{place}. `{each.model}` – {each.votes} {'vote' if each.votes == 1 else 'votes'}, in {each.shown} "
        f"{'comparison' if each.shown == 1 else 'comparisons'}"
        for place, each in enumerate(standings[:SHOWN], 1)
    ]
    return "\n".join(["**What people preferred in /compare**, by their share of the votes", *lines])
