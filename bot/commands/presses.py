"""A button that makes an answer anew: which question it was, and which buttons were pressed since."""

from dataclasses import dataclass, replace

from bot.commands.call import Call
from bot.errors import Mistaken
from bot.events import Question

MOST = 50  # presses in a row that are followed


@dataclass(frozen=True, slots=True)
class Origin:
    call: Call  # as if the first question were asked once more, in the press's place
    pressed: tuple[str, ...]  # the actions of all presses between, this one's too, the first one first


async def origin(call: Call, target: Question) -> Origin:
    """`target` is the question whose button was pressed, perhaps a press itself.

    Raises `Mistaken` where one of them is no longer stored.
    """
    pressed = [call.event.press[0]] if call.event.press else []
    for _ in range(MOST):
        if target.event.press is None:
            question = replace(call.question, event=target.event)
            return Origin(Call(question, call.surface, call.services), tuple(reversed(pressed)))
        action, before = target.event.press
        pressed.append(action)
        found = await call.services.inbox.find(before)
        if found is None:
            break
        target = found
    raise Mistaken("The question to this answer is no longer stored. Please ask it again.")
