from pathlib import Path

from bot.commands.call import Call
from bot.commands.command import command
from bot.errors import Unavailable
from bot.replies import Reply

POLICY = Path(__file__).parents[2] / "PRIVACY.md"


@command(role="stranger", private=True, in_lane=False)
async def privacy(call: Call) -> Reply:  # noqa: ARG001 - every command is handed its call
    """Show what is stored about you, and why."""
    try:
        return Reply(POLICY.read_text("utf-8"))
    except OSError as error:
        raise Unavailable("The privacy policy cannot be read now; please ask the operator for it.") from error
