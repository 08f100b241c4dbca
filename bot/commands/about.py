from bot.commands.call import Call
from bot.commands.command import command
from bot.replies import Reply
from bot.version import VERSION


@command(private=True, in_lane=False)
async def about(call: Call) -> Reply:
    """Say who I am and which model answers."""
    model = "the built-in offline guide, which is not a language model"
    if not call.services.offline:
        choice = call.services.selection.choice("chat", await call.preferences())
        model = f"`{choice.model}`" if choice.model else "the model that the server chooses"
    return Reply(
        f"I am Parley {VERSION}, a bot that brings Hugging Face models into chats.\n\n"
        f"- Who answers here: {model}\n"
        "- Each person has a private memory in each chat; `/new` begins afresh.\n"
        "- What is stored: `/privacy`. What I can do: `/help`."
    )
