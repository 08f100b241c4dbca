from typing import Annotated

from bot.commands.call import Call
from bot.commands.command import About, command
from bot.replies import Reply


@command("/chat Why is the sky blue?", on_message="Ask about this")
async def chat(call: Call, text: Annotated[str, About("What you want to say", rest=True)]) -> Reply:  # noqa: ARG001
    """Ask the model; a message without a command does the same."""
    return await call.services.chat.exchange(await call.quoting())
