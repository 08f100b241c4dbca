"""/usage: what was used, against the limits, and when these begin anew."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal, get_args

from bot.budgets import in_words, renewal
from bot.commands.call import Call
from bot.commands.command import About, command
from bot.ledger import Amount, Limit, Period, Unit
from bot.replies import Reply
from bot.settings import INSTANCE, scopes_of

Whose = Literal["me", "here", "everywhere"]

TITLES: Mapping[Whose, str] = {"me": "You have used", "here": "This chat has used", "everywhere": "All have used"}
PERIODS: Mapping[Period, str] = {"day": "today", "month": "this month"}


@command("/usage here", private=True, in_lane=False)
async def usage(
    call: Call, whose: Annotated[Whose, About("You, this chat, or everybody together (for owners)")] = "me"
) -> Reply:
    """Show what was used today and this month, and what is left."""
    if whose == "everywhere":
        await call.authorize("govern", "everywhere")
    if call.services.budgets.free:
        return Reply("Nothing is counted: the built-in offline guide answers, which costs nothing.")
    now = datetime.now(UTC)
    scopes = scopes_of(call.event)
    subject = scopes[get_args(Whose).index(whose)]
    used = await call.services.ledger.used(subject, now)
    limits = [each for each in strictest(await call.services.budgets.limits(scopes)) if each.subject == subject]
    lines = [
        f"- {PERIODS[period]}: {_amounts(used[period], limits, period, dollars=subject == INSTANCE)}. "
        f"{_renewal(period, now)}"
        for period in get_args(Period)
    ]
    return Reply("\n".join([f"**{TITLES[whose]}**", *lines]))


def strictest(limits: Sequence[Limit]) -> Sequence[Limit]:
    """Of those for the same subject, unit and period, the one that counts."""
    found: dict[tuple[str, Unit, Period], Limit] = {}
    for each in limits:
        key = each.subject, each.unit, each.period
        found[key] = min(each, found.get(key, each), key=lambda limit: limit.most)
    return list(found.values())


def _amounts(used: Amount, limits: Sequence[Limit], period: Period, *, dollars: bool) -> str:
    """`dollars`: also where no limit is set in them; what no list has a price for is not in them."""
    most = {each.unit: each.most for each in limits if each.period == period}
    parts = []
    for unit in get_args(Unit):
        amount = getattr(used, unit)
        if unit in most:
            much = in_words(unit, amount) if unit == "micros" else f"{amount:,}"
            parts.append(f"{much} of {in_words(unit, most[unit])}")
        elif unit != "micros" or (dollars and amount):
            parts.append(in_words(unit, amount))
    return ", ".join(parts)


def _renewal(period: Period, now: datetime) -> str:
    again = renewal(period, now)
    return f"Begins anew on {again.day} {again:%B %Y} (UTC)."
