"""What goes wrong at a Space, in words for the person who waits for its picture (pure).

An app's own sentences may quote the prompt: they are looked at here and go no further. Those of ZeroGPU as people
reported them in 2024 to 2026, those of the queue as gradio 6.31 wrote them (2026-11-20). No trouble of one Space says
anything of other models, so everything here is of scope "model".
"""

import re

from bot.errors import ParleyError
from bot.inference import failures
from bot.inference.failures import ModelUnavailable
from bot.inference.safety import Withheld, objects

QUOTA = re.compile(r"\bquota\b", re.IGNORECASE)  # "You have exceeded your GPU quota (60s requested vs. 56s left). ..."
AGAIN_IN = re.compile(r"\bin (?:(\d{1,3}) days?, )?(\d{1,3}):(\d\d):(\d\d)")  # "... Try again in 0:09:48"
BUSY = re.compile(r"no gpu|gpu task aborted|queue is full|overloaded|too many requests", re.IGNORECASE)


def of_stage(space: str, stage: str) -> ModelUnavailable:
    """Of a Space that neither runs nor is about to, as the Hub names its state."""
    state = "is switched off" if stage in ("PAUSED", "STOPPED", "DELETING") else "is out of order"
    return ModelUnavailable(f"The Space {space} {state}.", detail=f"stage {stage[:40]!r}")


def of_error(space: str, said: str) -> ParleyError:
    """Of an error that the app reported in place of a picture; "" where it kept that to itself."""
    if objects(said):
        return Withheld("by a Space")
    if QUOTA.search(said):
        wait = _wait(said)
        return ModelUnavailable(
            f"The Space {space} has no free GPU time left for this bot.",
            again="never" if wait is None else "later",
            retry_after=wait,
            detail="its quota is used up",
        )
    if BUSY.search(said):
        return ModelUnavailable(
            f"The Space {space} is busy.", again="later", kind=failures.BUSY, detail="it found no GPU for us"
        )
    return ModelUnavailable(f"The Space {space} could not draw this.", starts=1, detail="the app reported an error")


def of_status(space: str, status: int, said: str = "") -> ModelUnavailable:
    """Of an answer that is none. `said` is what came with it."""
    detail = f"status={status}"
    if status in (429, 503):
        state = "has a full queue" if "queue is full" in said.lower() else "is busy"
        return ModelUnavailable(f"The Space {space} {state}.", again="later", kind=failures.BUSY, detail=detail)
    if status in (401, 403):
        return ModelUnavailable(f"The Space {space} is open only to people who sign in there.", detail=detail)
    return broken(space, detail)


def of_exception(space: str, error: BaseException) -> ModelUnavailable:
    """Of one of `failures.FOREIGN`."""
    known = failures.of_exception(error, space)
    state = "did not answer in time" if isinstance(error, TimeoutError) else "cannot be reached at the moment"
    return ModelUnavailable(
        f"The Space {space} {state}.", again=known.again, starts=known.starts, kind=known.kind, detail=known.detail
    )


def broken(space: str, detail: str) -> ModelUnavailable:
    return ModelUnavailable(f"The Space {space} has a problem at the moment.", again="once", starts=1, detail=detail)


def _wait(said: str) -> float | None:
    """Seconds until ZeroGPU gives time again, where it says so."""
    found = AGAIN_IN.search(said)
    if found is None:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return float(((days * 24 + hours) * 60 + minutes) * 60 + seconds)
