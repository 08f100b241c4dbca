"""What was said: pure values."""

from dataclasses import dataclass
from typing import Literal

from bot.replies import Finish

Role = Literal["user", "assistant"]


@dataclass(frozen=True, slots=True)
class Turn:
    """What one side said. Turns form a tree: a retry hangs a second exchange under the same parent."""

    role: Role
    text: str
    finish: Finish = "stop"
    model: str = ""
    tokens: tuple[int, int] | None = None  # (prompt, completion)
    seconds: float = 0.0  # from the start of the work to the last token
    id: str = ""  # "" until it is stored
    parent: str = ""  # "" begins a conversation
