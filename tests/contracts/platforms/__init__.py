"""What the Surface contract needs of a platform: a place for an answer, what people see there, and trouble.

A new platform is one more class in this folder, and its line in `test_surface.py`.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import ClassVar, Literal

from bot.events import Attachment, Handle
from bot.replies import Surface

Trouble = Literal["lose request", "lose response", "error"]


@dataclass(frozen=True, slots=True)
class Shown:
    """One message of an answer as people see it: all of its words, and the actions of its buttons."""

    text: str
    buttons: tuple[str, ...] = ()
    files: tuple[bytes, ...] = ()


class Platform(ABC):
    """Use it as `async with Platform.running(...)`. Every question that is asked has a place of its own."""

    name: ClassVar[str]
    rewrites: ClassVar[bool] = True  # what was shown can change and go again; a terminal only prints on
    by_wire: ClassVar[bool] = True  # there is a connection that may break
    refuses: ClassVar[bool] = True  # people can take an answer away, or close the place to us
    receives_files: ClassVar[bool] = True
    revives: ClassVar[bool] = True  # a handle says where an answer stands
    counts_files: ClassVar[bool] = True  # there are more files than it takes
    places: ClassVar[bool] = True  # answers beside each other have places of their own
    threads: ClassVar[bool] = False  # the bot may open one where it is asked
    variant: ClassVar[bool] = False  # another place on a platform that has a class of its own
    exempt: ClassVar[Mapping[str, str]] = {}  # tests that ask for what cannot be here: "test" or "test[kind]" -> why

    @classmethod
    @abstractmethod
    def running(cls) -> AbstractAsyncContextManager["Platform"]: ...

    @abstractmethod
    async def asked(self) -> Surface:
        """Somebody asks something new: the place of the answer. What follows is about this place."""

    @abstractmethod
    def revived(self, handle: Handle) -> Surface:
        """The same question's surface in a new process. Raises `Unreachable`."""

    @abstractmethod
    def shown(self) -> Sequence[Shown]:
        """The answer's messages, in order."""

    @abstractmethod
    def writes(self) -> int:
        """How many writes have come to the platform so far, whatever became of them."""

    async def given(self, name: str, data: bytes) -> tuple[Surface, Attachment]:
        """Somebody asks with a file."""
        raise NotImplementedError

    def trouble(self, kind: Trouble, times: int = 1, skip: int = 0) -> None:
        """For the next writes after `skip`, at any place."""
        raise NotImplementedError

    def close_for(self, seconds: float) -> None:
        """From now on the platform says that nothing may be written for so long."""
        raise NotImplementedError

    async def delete(self) -> None:
        """A person takes the answer's first message away."""
        raise NotImplementedError

    async def block(self) -> None:
        """Nothing of ours is wanted at this place any more."""
        raise NotImplementedError

    def manners(self) -> list[str]:
        """What was impolite: who was pinged, links that were previewed, requests before a retry_after was over."""
        return []
