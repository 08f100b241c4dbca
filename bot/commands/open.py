from typing import Annotated, Literal

from bot.commands.call import Call
from bot.commands.command import About, command
from bot.commands.grants import Place, authorized
from bot.replies import Reply


@command("/open", role="admin", in_lane=False)
async def open_(
    call: Call,
    state: Annotated[Literal["on", "off"], About("off: close it again")] = "on",
    scope: Annotated[Place, About("Where it holds; an owner's word in private holds everywhere")] = "here",
) -> Reply:
    """Let everybody ask me, or with off only those who were let in."""
    where, at, _ = await authorized(call, scope)
    await call.services.access.open(call.me, at, state == "on")
    if state == "off":
        return Reply(f"Closed {where}: only those who were let in may ask me. `/allow` lets somebody in.")
    exception = " Where an admin has said otherwise, that holds." if where == "everywhere" else ""
    return Reply(
        f"Open {where}: everybody may ask me, within the limits that `/usage` shows.{exception} `/open off` closes it."
    )
