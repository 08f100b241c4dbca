from typing import Annotated

from bot.commands.call import Call
from bot.commands.command import About, command
from bot.errors import Mistaken
from bot.replies import Order, Reply
from bot.settings import home_setting

TITLE_LIMIT = 80  # characters; Discord takes 100, Telegram 128 (checked 2026-11-29)


@command("/thread Let us plan a week in Vienna", in_lane=False)
async def thread(call: Call, text: Annotated[str, About("What you want to say there", rest=True)]) -> Reply:
    """Answer in a new thread of this chat, where no mention is needed."""
    if call.surface is None:
        raise Mistaken("A button opens no thread.")
    title = title_of(text)
    chat, handle = await call.surface.branch(title)
    await call.services.settings.write(call.here, home_setting(chat.thread or chat.id), "yes")
    return Reply(f"I answer in the new thread “{title}”.", orders=(Order("chat", {"text": text}, (chat, handle)),))


def title_of(text: str) -> str:
    """The first line, cut at a word where it is long; never empty."""
    line = next(filter(None, (" ".join(line.split()) for line in text.splitlines())), "…")
    if len(line) <= TITLE_LIMIT:
        return line
    head = line[: TITLE_LIMIT - 2]
    return (head.rsplit(" ", 1)[0] or head) + " …"
