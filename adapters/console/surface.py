"""One answer in the terminal: text that was written cannot be taken back, so only what is new is printed."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from adapters.console.files import read, save
from bot.errors import Mistaken
from bot.events import Attachment, Chat, Handle
from bot.replies import Abilities, Button, Media, Page

UNLIMITED = 2**31
HANDLE = Handle("console")
BESIDE = Handle("console beside")


class Screen(Protocol):
    """What all answers share: see `screen.py`."""

    def print(self, surface: "ConsoleSurface", text: str) -> bool: ...
    def leave(self, surface: "ConsoleSurface") -> None: ...
    def promise(self) -> None: ...
    def row(self, buttons: Sequence[Button], question: str) -> str: ...


class ConsoleSurface:
    """While another answer is printed, this one waits with what it has."""

    deafness = ""
    can = Abilities(
        limit=UNLIMITED, files=UNLIMITED, file_bytes=UNLIMITED, buttons=True, private=True, longest_gap=0.05
    )

    def __init__(self, screen: Screen, folder: Path, question: str) -> None:
        self._screen = screen
        self._folder = folder
        self._question = question
        self._pages: Sequence[Page] = ()
        self._buttons: Sequence[Button] = ()
        self._saved: list[str] | None = None  # lines about files; None: the answer is not final yet
        self._ended = False
        self._printed = ""
        self._thought = ""
        self._remark = ""

    def measure(self, markdown: str) -> int:
        return len(markdown)

    def wait(self, now: float, final: bool) -> float:  # noqa: ARG002 - a terminal takes what comes
        return 0.0

    async def open(self, pages: Sequence[Page], buttons: Sequence[Button] = ()) -> Handle:
        await self.preview(pages, buttons)
        return HANDLE

    async def preview(self, pages: Sequence[Page], buttons: Sequence[Button] = ()) -> bool:  # noqa: ARG002
        self._pages = pages
        self.show()
        return True

    async def finish(self, pages: Sequence[Page], buttons: Sequence[Button] = (), media: Sequence[Media] = ()) -> None:
        if self._ended:
            return
        self._pages, self._buttons = pages, buttons
        if self._saved is None:
            self._saved = [await asyncio.to_thread(save, each, self._folder) for each in media]
        self.show()

    def show(self) -> None:
        """Print what is new, where it is this answer's turn."""
        if self._ended or not self._pages or not self._screen.print(self, ""):
            return
        printed = self._print()
        if self._saved is None:
            if not printed:
                self._say(self._pages[-1].note or "thinking …")
            return
        if self._printed and not self._printed.endswith("\n"):
            self._screen.print(self, "\n")
        if self._pages[-1].note:
            self._say(self._pages[-1].note)
        for line in filter(None, (*self._saved, self._screen.row(self._buttons, self._question))):
            self._screen.print(self, f"{line}\n")
        self._ended = True
        self._screen.leave(self)

    async def fetch(self, attachment: Attachment, limit: int) -> bytes:
        return await asyncio.to_thread(read, attachment, limit)

    async def author_is_admin(self) -> bool:
        return True

    def beside(self) -> Handle:
        self._screen.promise()
        return BESIDE

    def link(self, chat: Chat, message: str) -> str:  # noqa: ARG002 - a terminal has no addresses
        return ""

    async def branch(self, title: str) -> tuple[Chat, Handle]:  # noqa: ARG002
        raise Mistaken("A terminal has no threads: it is one conversation.")

    def invitation(self, question: str) -> str:  # noqa: ARG002 - a terminal is private
        return ""

    def _print(self) -> bool:
        """Print what is new. False: there is no text yet."""
        answer = "\n\n".join(page.markdown for page in self._pages)
        if not answer and self._pages[0].unfolded:
            self._thought = self._pages[0].thought  # thinking that comes later could only be printed below
        text = "\n\n".join(filter(None, (self._thought, answer)))
        whole = text if text.startswith(self._printed) else f"{self._printed}\n{text}"  # an answer that was put anew
        self._screen.print(self, whole[len(self._printed) :])
        self._printed = whole
        return bool(text)

    def _say(self, remark: str) -> None:
        if remark != self._remark:
            self._remark = remark
            self._screen.print(self, f"({remark})\n")
