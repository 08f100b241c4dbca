"""The port to the operator's figures: what happened, and where. What is counted of it is the implementation's concern.

A question's id only ties its moments together: no id, no name of a person or a model and no text becomes a figure.
"""

from typing import Literal, Protocol

from bot.replies import End

Write = Literal["send", "edit"]


class Meter(Protocol):
    """Every verb returns at once and never raises. `where` is a platform's name, or "model"."""

    def accepted(self, question: str, platform: str, /) -> None:
        """The question is stored, and this process will answer it."""
        ...

    def heard(self, question: str, /) -> None:
        """A model says something for this question; only the first time counts."""
        ...

    def shown(self, question: str, /) -> None:
        """Something of the answer can be seen; only the first time counts."""
        ...

    def ended(self, question: str, platform: str, end: End | None, /) -> None:
        """The question's end is stored, or this process leaves it open (None)."""
        ...

    def used(self, prompt: int, completion: int, /) -> None:
        """Tokens of one stream: as the provider counted them, or else as they were reckoned."""
        ...

    def wrote(self, platform: str, what: Write, /) -> None:
        """The platform took a message, or a change of one."""
        ...

    def limited(self, where: str, /) -> None:
        """A rate limit answered: a 429, or its like."""
        ...

    def failed(self, where: str, kind: str, /) -> None:
        """Something went wrong, even if the next try mends it; `kind` is one of a few words of the program's own."""
        ...


class Silent:
    """Counts nothing."""

    def accepted(self, *_: object) -> None: ...
    def heard(self, *_: object) -> None: ...
    def shown(self, *_: object) -> None: ...
    def ended(self, *_: object) -> None: ...
    def used(self, *_: object) -> None: ...
    def wrote(self, *_: object) -> None: ...
    def limited(self, *_: object) -> None: ...
    def failed(self, *_: object) -> None: ...


SILENT: Meter = Silent()
