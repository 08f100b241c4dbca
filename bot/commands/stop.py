from bot.commands.call import Call
from bot.commands.command import command
from bot.replies import Reply


@command(role="stranger", in_lane=False)
async def stop(call: Call) -> Reply:
    """Stop the answers that you are waiting for in this chat."""
    here = call.services.lanes.stop_all(call.question.key, but=call.question.id)
    anywhere = await call.services.inbox.stop_all(call.question.key, but=call.question.id)
    return Reply("Stopped." if here or anywhere else "There is nothing to stop.")
