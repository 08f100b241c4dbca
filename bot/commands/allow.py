"""/allow, and the buttons under the message to the owners about a stranger, which the dispatcher sends."""

from typing import Annotated

from bot.access import Verdict
from bot.commands.call import Call
from bot.commands.command import About, Press, command
from bot.commands.grants import Place, decided
from bot.events import Question
from bot.replies import Reply
from bot.settings import INSTANCE, of_person


async def _decide(call: Call, asked: Question, verdict: Verdict) -> str:
    """An owner decides about who asked, perhaps on another platform. Returns the name. Raises `Refused`."""
    await call.authorize("govern", "everywhere")
    person = of_person(asked.event.platform, asked.event.author.id)
    await call.services.access.grant(call.me, INSTANCE, person, "", verdict)
    return asked.event.author.name


async def _let_in(call: Call, asked: Question) -> Reply:
    return Reply(f"{await _decide(call, asked, 'allow')} may ask me everywhere now.")


async def _keep_out(call: Call, asked: Question) -> Reply:
    return Reply(f"{await _decide(call, asked, 'deny')} may not ask me.")


@command(
    "/allow discord:123456789012345678",
    role="admin",
    in_lane=False,
    presses={
        "let_in": Press(_let_in, anyone=True, passing=True),
        "keep_out": Press(_keep_out, anyone=True, passing=True),
    },
)
async def allow(
    call: Call,
    who: Annotated[str, About("A mention, @name, id, role:ID, chat:ID or /command; or reply to them")] = "",
    command: Annotated[str, About("Only this command; or off, to take it back", completes="commands")] = "",
    scope: Annotated[Place, About("Where it holds; an owner's word in private holds everywhere")] = "here",
) -> Reply:
    """Let somebody ask me, or switch a command on again."""
    return await decided(call, who, command, scope, "allow")
