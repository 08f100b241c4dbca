"""/here: a chat or thread where no mention is needed. What reaches the bot there at all is the platform's concern."""

from typing import Annotated, Literal

from bot.commands.call import Call
from bot.commands.command import About, command
from bot.errors import Mistaken
from bot.replies import Reply
from bot.settings import home_setting, is_home


@command("/here on", in_lane=False)
async def here(
    call: Call,
    state: Annotated[Literal["show", "on", "off"], About("on or off is for those in charge of this chat")] = "show",
) -> Reply:
    """Let me answer every message in this chat or thread, without a mention."""
    chat = call.event.chat
    if chat.private:
        raise Mistaken("In a private chat every message is for me anyway.")
    place = "thread" if chat.thread else "chat"
    if state == "show":
        home = is_home((await call.services.settings.of([call.here]))[call.here], chat)
        return Reply(_said(call, place, home=home))
    await call.authorize("govern", "here")
    value = "yes" if state == "on" else "no"
    await call.services.settings.change(call.me, call.here, home_setting(chat.thread or chat.id), value)
    return Reply(_said(call, place, home=state == "on"))


def _said(call: Call, place: str, *, home: bool) -> str:
    if not home:
        return f"In this {place} I answer commands, mentions and replies to me. `/here on`: all messages."
    deafness = call.surface.deafness if call.surface else ""
    said = f"In this {place} I answer every message, without a mention. `/here off` ends that."
    return f"{said}\n\nBut not all of them reach me: {deafness}" if deafness else said
