"""The first response to an interaction: Discord waits 3 s for it, and gives up on the interaction without."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

import discord

from adapters.discord import routes
from adapters.discord.composing import compose
from adapters.discord.failures import Acknowledged
from adapters.discord.messages import EPHEMERAL, NO_PINGS, SUPPRESS_EMBEDS
from adapters.discord.wire import Wire
from bot.errors import Unavailable, Unreachable
from bot.replies import Page

RESPONSE_SECONDS = 2.8  # from hearing of the interaction: Discord's 3, less its way to us
ACCEPT_SECONDS = 2.0  # of these, what storing a question may take
MESSAGE, DEFERRED_MESSAGE, DEFERRED_UPDATE, CHOICES, MODAL = 4, 5, 6, 8, 9
CHOICES_LIMIT, CHOICE_LIMIT = 25, 100

log = logging.getLogger(__name__)

Interaction = discord.Interaction[Any]


async def defer(wire: Wire, interaction: Interaction, by: float, *, private: bool) -> bool:
    """Say that an answer will come. False: Discord has given up on the interaction.

    `by`, here and below: the event loop's time when Discord's patience ends.
    """
    flags = {"flags": EPHEMERAL} if private else {}  # the only flag that may be set here
    return await _respond(wire, interaction, by, {"type": DEFERRED_MESSAGE, "data": flags})


async def tell(wire: Wire, interaction: Interaction, by: float, markdown: str) -> bool:
    """Say something that only the person sees, and be done with it."""
    data = {"content": compose(Page(markdown)), "allowed_mentions": NO_PINGS, "flags": SUPPRESS_EMBEDS | EPHEMERAL}
    return await _respond(wire, interaction, by, {"type": MESSAGE, "data": data})


async def let_go(wire: Wire, interaction: Interaction, by: float) -> bool:
    """A press that changes nothing."""
    return await _respond(wire, interaction, by, {"type": DEFERRED_UPDATE})


async def ask(wire: Wire, interaction: Interaction, by: float, form: dict[str, Any]) -> bool:
    """Open a form; what is filled in comes as an interaction of its own."""
    return await _respond(wire, interaction, by, {"type": MODAL, "data": form})


async def suggest(wire: Wire, interaction: Interaction, by: float, completions: Sequence[str]) -> bool:
    fitting = [each for each in completions if 0 < len(each) <= CHOICE_LIMIT][:CHOICES_LIMIT]
    choices = [{"name": each, "value": each} for each in fitting]
    return await _respond(wire, interaction, by, {"type": CHOICES, "data": {"choices": choices}})


async def _respond(wire: Wire, interaction: Interaction, by: float, body: dict[str, Any]) -> bool:
    """A response whose fate is unknown is sent again; "already acknowledged" then means that it had arrived.

    True where it is still unknown when the time is over: whether the token is good will show when it is used.
    """
    route = routes.callback(interaction.id, interaction.token)
    try:
        async with asyncio.timeout_at(by):
            await wire.insist(route, body, patience=by - asyncio.get_running_loop().time())
    except Acknowledged:
        return True
    except Unreachable as refusal:
        log.warning("an interaction was not acknowledged: %s %s", refusal.message, refusal.detail)
        return False
    except (Unavailable, TimeoutError) as trouble:
        log.warning("no word whether an interaction was acknowledged: %s", trouble)
    return True
