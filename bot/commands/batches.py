"""Several texts, each asked about on its own: a few at a time, told in their order; one that fails ends no other."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any

from bot.budgets import OverBudget
from bot.commands.bars import signature
from bot.commands.call import Call
from bot.errors import ParleyError, Unavailable
from bot.events import Attachment
from bot.replies import Delta, Media

AT_ONCE = 4
MOST = 100  # texts of one batch

Ask = Callable[[str], AsyncGenerator[Delta, None]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that one stream said, or what kept it from saying anything."""

    asked: str
    text: str = ""
    result: Any = None
    media: tuple[Media, ...] = ()
    note: str = ""
    model: str = ""
    trouble: ParleyError | None = None


@dataclass(frozen=True, slots=True)
class Texts:
    """What a command is to look at."""

    texts: Sequence[str]
    left_out: int = 0

    @property
    def note(self) -> str:
        return f"The first {len(self.texts)} texts only; {self.left_out} more were left out." if self.left_out else ""


@dataclass(slots=True)
class _News:
    """What the newest of the running streams says of its waiting."""

    progress: str = ""
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, progress: str = "") -> None:
        self.progress = progress or self.progress
        self.changed.set()


async def texts_of(call: Call, text: str, file: Attachment | None) -> Texts:
    """Each line of the words or the file that was given; a message that was replied to is one text.

    Raises `Mistaken` where there is nothing.
    """
    material = await call.material(text, file)
    if not text.strip() and material == "\n".join(said for _, said in call.event.quotes).strip():
        return Texts((material,))
    lines = [line.strip() for line in material.splitlines() if line.strip()]
    return Texts(lines[:MOST], len(lines[MOST:]))


async def outcomes(
    texts: Sequence[str], ask: Ask, *, nothing_is_an_answer: bool = False
) -> AsyncGenerator[Delta | Outcome, None]:
    """The outcome of each text, in order, and before it deltas that tell of waiting.

    Raises where every text failed, what the first one met; and `OverBudget`, which all of them would.
    """
    news, places = _News(), asyncio.Semaphore(AT_ONCE)
    tasks = [asyncio.create_task(_outcome(text, ask, news, places, nothing_is_an_answer)) for text in texts]
    failed: list[Outcome] = []  # held back until one has succeeded
    succeeded = False
    try:
        for task in tasks:
            task.add_done_callback(lambda _: news.tell())
            while not task.done():
                await news.changed.wait()
                news.changed.clear()
                if news.progress:
                    yield Delta(progress=news.progress)
            outcome = task.result()
            succeeded = succeeded or outcome.trouble is None
            failed.append(outcome)
            if succeeded:
                for each in failed:
                    yield each
                failed = []
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    if failed and failed[0].trouble:
        raise failed[0].trouble


async def _outcome(text: str, ask: Ask, news: _News, places: asyncio.Semaphore, may_be_empty: bool) -> Outcome:
    outcome = Outcome(text)
    async with places:
        try:
            async with aclosing(ask(text)) as deltas:
                async for delta in deltas:
                    outcome = _with(outcome, delta)
                    news.tell(delta.progress)
        except OverBudget:
            raise
        except ParleyError as trouble:
            return Outcome(text, trouble=trouble)
    found = outcome.result or (may_be_empty and outcome.result is not None)
    if not (found or outcome.text or outcome.media):
        return Outcome(text, trouble=Unavailable("The model gave no answer. Please try again."))
    return outcome


def _with(outcome: Outcome, delta: Delta) -> Outcome:
    return replace(
        outcome,
        text=outcome.text + delta.text,
        result=outcome.result if delta.result is None else delta.result,
        media=outcome.media + delta.media,
        note=delta.note or outcome.note,
        model=delta.model or outcome.model,
    )


def footer(model: str, texts: Texts, known: Sequence[Outcome]) -> str:
    """Who answered, or what is to be known about it, and what was left out."""
    said = next((each.note for each in known if each.note), "")
    who = next((each.model for each in known if each.model), model)
    return "\n".join(filter(None, (texts.note, said or signature(who))))
