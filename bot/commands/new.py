from bot.commands.call import Call
from bot.commands.command import command
from bot.replies import Reply


@command()
async def new(call: Call) -> Reply:
    """Begin a new conversation: what was said before is no longer sent to the model."""
    await call.services.archive.start_afresh(call.question.key)
    return Reply("A new conversation begins. I no longer look at what we said before.")
