"""What `python -m bot check` finds: one line each, for the operator.

Who looks at a part knows it; what is found is only told here. A text holds no secret and nobody's words, and where
something has to be mended it names the remedy.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from statistics import median
from typing import Literal

Mark = Literal["fine", "off", "note", "mend"]
"""Well; not in use; well, and something to know; to be mended before all works."""

SKEW_SECONDS = 60.0  # what nobody minds


@dataclass(frozen=True, slots=True)
class Finding:
    mark: Mark
    part: str
    text: str

    def __str__(self) -> str:
        return f"{self.mark:4}  {self.part}: {' '.join(self.text.split())}"


@dataclass(frozen=True, slots=True)
class Place:
    """A chat where the bot is at home, or was lately spoken to."""

    platform: str
    chat: str
    home: bool


@dataclass(slots=True)
class Clocks:
    """How far other people's clocks are ahead of ours, by the Date headers of their answers."""

    ahead: dict[str, float] = field(default_factory=dict)  # who -> seconds

    def hear(self, who: str, headers: Mapping[str, str]) -> None:
        try:
            at = parsedate_to_datetime(headers.get("Date", ""))
        except ValueError:  # none, or none that can be read
            return
        self.ahead[who] = (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() - datetime.now(UTC).timestamp()

    def finding(self) -> Finding:
        """By most of them: one alone may go wrong itself."""
        if not self.ahead:
            return Finding("off", "Clock", "nobody could be asked for the time.")
        ahead = median(self.ahead.values())
        if abs(ahead) <= SKEW_SECONDS:
            return Finding("fine", "Clock", f"as those of {_listed(sorted(self.ahead))}.")
        return Finding(
            "mend",
            "Clock",
            f"this machine's clock is {abs(ahead):.0f} s {'slow' if ahead > 0 else 'fast'}, by those of "
            f"{_listed(sorted(self.ahead))}: buttons and certificates expire too soon or too late. Let it be set from "
            "the network (timedatectl set-ntp true).",
        )


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)
