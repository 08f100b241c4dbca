from typing import Annotated

from bot.commands.call import Call
from bot.commands.command import About, command
from bot.commands.help import overview
from bot.replies import Reply


@command(role="stranger", in_lane=False)
async def start(
    call: Call,
    link: Annotated[str, About("What a link to this chat brings along", rest=True)] = "",  # noqa: ARG001 - `replying.py`
) -> Reply:
    """Say hello and show how to begin."""
    await call.authorize("ask", "here")  # a link may lead to what strangers may read too
    return Reply(
        f"Hello! Ask me anything; the answer grows while it is made.\n\n{overview(call.services.commands.values())}"
    )
