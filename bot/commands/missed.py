from bot.commands.call import Call
from bot.commands.command import command
from bot.replies import Reply


@command(in_lane=False, hidden=True)
async def missed(call: Call) -> Reply:  # noqa: ARG001 - every command is handed its call
    """Say that what was written while the bot was away is not answered (`reception.py` orders it)."""
    return Reply(
        "I was away for a while. What was written to me here in the meantime is too old to be answered one by one: "
        "please send again what you still want to know."
    )
