from typing import Annotated

from bot.commands.call import Call
from bot.commands.command import About, command
from bot.commands.grants import Place, decided
from bot.replies import Reply


@command("/deny /imagine", role="admin", in_lane=False)
async def deny(
    call: Call,
    who: Annotated[str, About("A mention, @name, id, role:ID, chat:ID or /command; or reply to them")] = "",
    command: Annotated[str, About("Only this command; or off, to take it back", completes="commands")] = "",
    scope: Annotated[Place, About("Where it holds; an owner's word in private holds everywhere")] = "here",
) -> Reply:
    """Stop somebody from asking me, or switch a command off."""
    return await decided(call, who, command, scope, "deny")
