from typing import Annotated

from bot.commands.call import Call
from bot.commands.command import About, command
from bot.errors import Mistaken, Refused
from bot.replies import Reply

WELCOME = """\
Welcome: this bot is yours. Until you say otherwise it answers nobody else.

1. Just write to me, to see that I answer; `/model` shows which model does.
2. `/open` here lets everybody ask, everywhere; or an admin opens one server or group with `/open` there. `/allow` \
lets in one person, role or chat. When a stranger asks, I send you a message with two buttons.
3. `/limit each 50000 tokens a day` bounds what people may use; `/usage everywhere` shows what they did.
4. `/access` shows who may what, and who changed it. `docs/admins.md` has all of it by example."""


@command("/claim 0123456789", role="stranger", private=True, in_lane=False)
async def claim(call: Call, code: Annotated[str, About("The code that I printed when I was started")]) -> Reply:
    """Become this bot's owner, with the code from its first start."""
    if not call.event.chat.private:
        raise Refused("Send that in a private chat with me, where nobody else can read the code.")
    if await call.services.access.claim(call.event, code):
        return Reply(WELCOME)
    if await call.services.access.standing(call.event, admin=False) == "owner":
        return Reply("This bot is yours already. `/access` shows what applies.")
    raise Mistaken("That is not the code. It was printed where I was started; if it was used, somebody owns this bot.")
