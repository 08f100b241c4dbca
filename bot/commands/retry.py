from bot.commands.call import Call
from bot.commands.command import command
from bot.errors import Mistaken
from bot.replies import Reply


@command()
async def retry(call: Call) -> Reply:
    """Answer your last question once more."""
    question = await call.services.inbox.latest(call.question.key, ("", "chat"))
    if question is None:
        raise Mistaken("There is no question of yours in this chat yet. Just write one.")
    return await call.services.chat.again(question)
