from typing import Annotated

from bot.commands.call import Call
from bot.commands.command import About, command
from bot.commands.grants import Place, decided
from bot.replies import Reply


@command("/ban @spammer", role="admin", in_lane=False)
async def ban(
    call: Call,
    who: Annotated[str, About("A mention, @name, id, role:ID or chat:ID; or reply to their message")] = "",
    command: Annotated[str, About("Only from this command; or off, to lift the ban", completes="commands")] = "",
    scope: Annotated[Place, About("Where it holds; an owner's word in private holds everywhere")] = "here",
) -> Reply:
    """Ban somebody, whatever else would let them in."""
    return await decided(call, who, command, scope, "ban")
