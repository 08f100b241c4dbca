"""Show a growing answer without ever holding back the model.

A reader takes deltas as fast as they come; the writer shows the newest text at the pace that the surface allows. What
the answer is, and what becomes of its question, is not this file's concern.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Protocol

from bot.errors import Unavailable, Unreachable
from bot.events import Handle
from bot.replies import PAGE_BREAK, Button, Delta, Finish, Media, Page, Surface, Thoughts
from bot.streaming.pacing import checkpoint_gap, gap
from bot.streaming.pages import Layout
from bot.streaming.reasoning import Reasoning

SILENCE_SECONDS = 10.0  # after this long without a word, say that we are still waiting
WRITING = "Writing …"
FINAL_SECONDS = 900.0  # how long a platform is asked to take the final text before it counts as unreachable

log = logging.getLogger(__name__)

Checkpoint = Callable[[str, Handle], Awaitable[None]]
Worthwhile = Callable[[Unreachable], Awaitable[bool]]


class Stoppable(Protocol):
    """Whatever can tell the reader of this answer to end early."""

    def governs(self, reader: asyncio.Task[None]) -> None: ...


@dataclass(slots=True)
class Answer:
    """What has arrived so far."""

    text: str = ""
    thought: str = ""
    progress: str = ""
    finish: Finish = "cut"  # until the backend says otherwise
    tokens: tuple[int, int] | None = None
    model: str = ""
    note: str = ""
    media: list[Media] = field(default_factory=list)
    seconds: float = 0.0


class Delivery:
    """One answer on its way to one surface: `grow` while it is being made, then `finish`."""

    def __init__(self, surface: Surface, checkpoint: Checkpoint, worthwhile: Worthwhile | None = None) -> None:
        """`worthwhile`: whether an answer that cannot be shown any more is made to its end; None: never."""
        self.answer = Answer()
        self.thoughts: Thoughts = "folded"
        self._surface = surface
        self._checkpoint = checkpoint
        self._worthwhile = worthwhile
        self._layout = Layout(surface.can.limit, surface.measure)
        self._reasoning = Reasoning()
        self._changed = asyncio.Event()
        self._opened = 0
        self._handle = Handle("")
        self._shown: Sequence[Page] = ()
        self._appeared_at = 0.0
        self._kept_at = 0.0
        self._dropped = False  # the surface does not show the newest preview

    async def grow(
        self, deltas: AsyncGenerator[Delta, None], stop: Stoppable, buttons: Sequence[Button], *, quiet: bool = False
    ) -> None:
        """Show the answer as it comes until it ends or is stopped. Raises what the deltas or the surface raise.

        `quiet`: only show that it is coming.
        """
        loop = asyncio.get_running_loop()
        started = loop.time()
        reader = asyncio.create_task(self._read(deltas))
        reader.add_done_callback(lambda _: self._changed.set())
        stop.governs(reader)
        try:
            await self._write(reader, buttons, quiet)
        except Unreachable as lost:
            if self._worthwhile is None or not await self._worthwhile(lost):
                raise
            log.info("an answer goes on unseen: %s %s", lost.message, lost.detail)
            await asyncio.wait({reader})
        finally:
            reader.cancel()
            outcome = (await asyncio.gather(reader, return_exceptions=True))[0]
            self.answer.seconds = loop.time() - started
        if isinstance(outcome, Exception):
            raise outcome

    @property
    def begun(self) -> bool:
        """Whether something of it can be seen."""
        return self._opened > 0

    async def finish(self, note: str = "", buttons: Sequence[Button] = ()) -> None:
        """Show the final text whole, however long the platform makes us wait. May be repeated.

        Raises `Unreachable` where the platform will not take it any more, or not within a quarter of an hour.
        """
        pages = self._pages(note)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + FINAL_SECONDS
        pause = 1.0
        while True:
            try:
                if len(pages) > self._opened:
                    await self._open(pages, buttons)
                await self._surface.finish(pages, buttons, self.answer.media)
                return
            except Unavailable as trouble:
                pause = min(pause * 2, 60.0)
                wait = max(pause, trouble.retry_after or 0.0)
                if loop.time() + wait > deadline:
                    raise Unreachable(
                        "The platform did not take the answer in time.", detail=trouble.detail
                    ) from trouble
                await asyncio.sleep(wait)

    async def keep(self) -> None:
        """Checkpoint what is on the screen now."""
        self._kept_at = asyncio.get_running_loop().time()
        await self._checkpoint(self.answer.text, self._handle)

    async def _read(self, deltas: AsyncGenerator[Delta, None]) -> None:
        async with aclosing(deltas):
            async for delta in deltas:
                self._take(delta)
                self._changed.set()
        self._take_text(*self._reasoning.end())

    def _take(self, delta: Delta) -> None:
        answer = self.answer
        self._take_text(*self._reasoning.feed(delta.text.replace(PAGE_BREAK, "\n")))
        answer.thought += delta.thought
        answer.progress = delta.progress or ("" if answer.text else answer.progress)
        answer.media.extend(delta.media)
        answer.finish = delta.finish or answer.finish
        answer.tokens = delta.tokens or answer.tokens
        answer.model = delta.model or answer.model
        answer.note = delta.note or answer.note

    def _take_text(self, thought: str, text: str) -> None:
        self.answer.thought += thought
        self.answer.text += text if self.answer.text else text.lstrip()

    async def _write(self, reader: asyncio.Task[None], buttons: Sequence[Button], quiet: bool) -> None:
        loop = asyncio.get_running_loop()
        began = last = 0.0
        while await self._something_new(reader):
            now = loop.time()
            due = last + min(gap(last - began), self._surface.can.longest_gap) if self._shown else now
            # The first words are as urgent as the last: until they come, the person sees nothing.
            pause = max(self._surface.wait(now, final=not self._shown), due - now)
            if pause > 0:
                await asyncio.wait({reader}, timeout=pause)
            if reader.done():
                return
            self._changed.clear()
            last = loop.time()
            began = began or last
            pages = [Page("", self.answer.progress or WRITING)] if quiet else self._pages(self.answer.progress)
            await self._show(pages, buttons)

    async def _something_new(self, reader: asyncio.Task[None]) -> bool:
        """Wait until there is something to show; the first time, no longer than silence may last. False: it is over."""
        while not reader.done() and not self._dropped:
            try:
                async with asyncio.timeout(None if self._shown else SILENCE_SECONDS):
                    await self._changed.wait()
            except TimeoutError:
                self.answer.progress = self.answer.progress or "Still waiting for the model …"
            if reader.done() or self.answer.text or self.answer.thought or self.answer.progress:
                break
            self._changed.clear()
        return not reader.done()

    async def _show(self, pages: Sequence[Page], buttons: Sequence[Button]) -> None:
        if tuple(pages) == tuple(self._shown) and not self._dropped:
            return
        try:
            if len(pages) > self._opened:
                await self._open(pages, buttons)
                self._dropped = False
            else:
                self._dropped = not await self._surface.preview(pages, buttons)
        except Unavailable as trouble:  # cosmetic: the next one, or the final text, will do
            log.info("a preview was dropped: %s", trouble.detail or trouble.message)
            return
        self._shown = pages
        now = asyncio.get_running_loop().time()
        if now - self._kept_at >= checkpoint_gap(now - self._appeared_at):
            await self.keep()

    async def _open(self, pages: Sequence[Page], buttons: Sequence[Button]) -> None:
        self._handle = await self._surface.open(pages, buttons)
        if not self._opened:
            self._appeared_at = asyncio.get_running_loop().time()
        self._opened = len(pages)
        await self.keep()

    def _pages(self, note: str) -> Sequence[Page]:
        """The answer so far, laid out; there is always at least one page."""
        texts = self._layout.pages(self.answer.text) or ("",)
        thought = "" if self.thoughts == "hidden" else self.answer.thought
        return [
            Page(text, note if number == len(texts) else "", thought if number == 1 else "", self.thoughts == "shown")
            for number, text in enumerate(texts, 1)
        ]
