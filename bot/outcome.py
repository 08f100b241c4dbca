"""How a question ends, what the reader is told under the answer, and which buttons it leaves (pure)."""

from dataclasses import dataclass

from bot.lanes import Reason
from bot.replies import Button, End
from bot.streaming.delivery import Answer

STOP = Button("stop", "Stop")
RETRY = Button("retry", "Retry")
CONTINUE = Button("continue", "Continue")

EMPTY = "The model gave no answer."
CUT = "This answer was cut off before its end."
LENGTH = "This answer reached the length limit."
STOPPED = "Stopped."
EDITED = "Superseded by your edit."
DELETED = "Stopped, because the question was deleted."
RESTART = "Interrupted by a restart, continuing …"


@dataclass(frozen=True, slots=True)
class Outcome:
    end: End | None  # None: the question stays open for the next process
    note: str = ""
    buttons: tuple[Button, ...] = ()


def outcome(
    answer: Answer,
    stopped: Reason = "",
    trouble: str = "",
    *,
    buttons: tuple[Button, ...] = (RETRY,),
    goes_on: bool = True,
) -> Outcome:
    """What became of an answer whose stream is over; `trouble` is the sentence for what broke it, if anything did.

    `buttons` stand under a whole answer; `goes_on`: the model can be asked to go on where it broke off.
    """
    again = (CONTINUE, RETRY) if goes_on else (RETRY,)
    withdrawn = {"edited": EDITED, "deleted": DELETED}
    if answer.finish == "stopped":
        stopped = "reader"  # by an earlier process, which could not show it any more
    elif answer.finish != "cut":
        stopped = ""  # it came too late: the answer had ended by itself
    if stopped == "restart":
        return Outcome(None, RESTART)
    if stopped in withdrawn:
        return Outcome("cancelled", withdrawn[stopped])
    if not answer.text.strip() and not answer.media:
        return Outcome("cancelled" if stopped else "failed-told", STOPPED if stopped else trouble or EMPTY, (RETRY,))
    if stopped == "reader":
        return Outcome("cancelled", _notes(STOPPED, answer.note), again)
    if trouble or answer.finish == "cut":
        return Outcome("partial-told", _notes(f"{CUT} {trouble}".strip(), answer.note), again)
    if answer.finish == "length":
        return Outcome("answered", _notes(LENGTH, answer.note), again if goes_on else buttons)
    return Outcome("answered", answer.note, buttons)


def _notes(*notes: str) -> str:
    return "\n".join(filter(None, notes))
