"""One answer in the terminal: text that was written cannot be taken back, so only what is new is printed."""

import asyncio
from collections.abc import Callable, Sequence

from bot.errors import Mistaken
from bot.events import Attachment, Handle
from bot.replies import Abilities, Button, Media, Page

UNLIMITED = 2**31


class ConsoleSurface:
    """`write` prints without a line end; `ended` is set when the final text stands there."""

    can = Abilities(limit=UNLIMITED, private=True, longest_gap=0.05)

    def __init__(self, write: Callable[[str], None]) -> None:
        self.ended = asyncio.Event()
        self._write = write
        self._printed = ""
        self._remark = ""

    def measure(self, markdown: str) -> int:
        return len(markdown)

    def wait(self, now: float, final: bool) -> float:  # noqa: ARG002 - a terminal takes what comes
        return 0.0

    async def open(self, pages: Sequence[Page], buttons: Sequence[Button] = ()) -> Handle:
        await self.preview(pages, buttons)
        return Handle("console")

    async def preview(self, pages: Sequence[Page], buttons: Sequence[Button] = ()) -> None:  # noqa: ARG002
        if not self._print(pages):
            self._say(pages[-1].note or "thinking …")

    async def finish(
        self,
        pages: Sequence[Page],
        buttons: Sequence[Button] = (),  # noqa: ARG002 - commands take their place here
        media: Sequence[Media] = (),  # noqa: ARG002
    ) -> None:
        self._print(pages)
        if self._printed and not self._printed.endswith("\n"):
            self._write("\n")
        if pages[-1].note:
            self._say(pages[-1].note)
        self.ended.set()

    async def fetch(self, attachment: Attachment, limit: int) -> bytes:  # noqa: ARG002
        raise Mistaken("Files cannot be sent from the terminal.")

    async def author_is_admin(self) -> bool:
        return True

    def _print(self, pages: Sequence[Page]) -> bool:
        """Print what is new. False: there is no text yet."""
        text = "\n\n".join(page.markdown for page in pages)
        common = text if text.startswith(self._printed) else f"{self._printed}\n{text}"  # an answer that was put anew
        self._write(common[len(self._printed) :])
        self._printed = common
        return bool(text)

    def _say(self, remark: str) -> None:
        if remark != self._remark:
            self._remark = remark
            self._write(f"({remark})\n")
