"""Pictures of words: one to four of a prompt, each with a seed of its own, by a Space or by whoever else draws.

How one picture is made is `spaces.py`'s and `tasks.py`'s concern; what is fit to be shown, `images.py`'s.
"""

import asyncio
import secrets
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from math import ceil
from typing import Any

from bot.errors import Mistaken, ParleyError
from bot.inference.backend import Backend
from bot.inference.failures import ModelUnavailable, broken, of_exception
from bot.replies import Delta, Media

MOST = 4  # pictures of one prompt
AT_ONCE = 2  # of them are being drawn
SEEDS = 2**31 - MOST  # what every provider and every app takes
SHOWN = {"num_inference_steps": "{} steps", "guidance_scale": "guidance {}", "scheduler": "{}"}


@dataclass(frozen=True, slots=True)
class Drawn:
    picture: Media
    model: str


class Painter:
    """A `Backend` for text-to-image. Among the parameters it also takes count (1 to 4) and spoiler (a bool).

    Each picture comes as soon as it is there, named `seed-42.png`, with its seed and parameters as its caption. Those
    that fail are told of in the last delta's note; what the first of them met is raised where all fail.
    """

    def __init__(
        self,
        spaces: Backend,
        others: Backend,
        seconds: float,
        seed: Callable[[], int] = lambda: secrets.randbelow(SEEDS),
        negative: str = "",
    ) -> None:
        """`spaces` draws for models named spaces/OWNER/NAME. `seconds` is the longest that one picture may take.

        `negative` is kept out of every picture, besides what each task names.
        """
        self._spaces = spaces
        self._others = others
        self._seconds = seconds
        self._seed = seed
        self._negative = negative

    async def stream(self, model: str, task: Mapping[str, Any]) -> AsyncGenerator[Delta, None]:
        wishes = self._wishes(task)
        news: asyncio.Queue[str | asyncio.Task[Drawn]] = asyncio.Queue()
        places = asyncio.Semaphore(AT_ONCE)
        painters = [asyncio.create_task(self._draw(model, wish, places, news)) for wish in wishes]
        for painter in painters:
            painter.add_done_callback(news.put_nowait)
        spoiler = bool((task.get("parameters") or {}).get("spoiler"))
        try:
            async with aclosing(self._tell(model, news, painters)) as deltas:
                async for delta in deltas:
                    yield replace(delta, media=tuple(replace(each, spoiler=spoiler) for each in delta.media))
        finally:
            for painter in painters:
                painter.cancel()
            await asyncio.gather(*painters, return_exceptions=True)

    def _wishes(self, task: Mapping[str, Any]) -> list[dict[str, Any]]:
        """One task a picture."""
        own = ("count", "spoiler", "seed")
        given = dict(task.get("parameters") or {})
        count, seed = given.get("count", 1), given.get("seed")
        if not 1 <= count <= MOST:
            raise Mistaken(f"Ask for 1 to {MOST} pictures at a time.")
        first = self._seed() if seed is None else seed
        common = {name: value for name, value in given.items() if name not in own and value is not None}
        if kept_out := ", ".join(filter(None, (common.get("negative_prompt"), self._negative))):
            common["negative_prompt"] = kept_out
        return [{**task, "parameters": {**common, "seed": first + number}} for number in range(count)]

    async def _draw(
        self, model: str, wish: Mapping[str, Any], places: asyncio.Semaphore, news: "asyncio.Queue[Any]"
    ) -> Drawn:
        backend = self._spaces if model.startswith("spaces/") else self._others
        async with places, aclosing(backend.stream(model, wish)) as deltas:
            async for delta in deltas:
                if delta.progress:
                    news.put_nowait(delta.progress)
                if delta.media:
                    used = delta.result if isinstance(delta.result, Mapping) else wish["parameters"]
                    return Drawn(captioned(delta.media[0], used), delta.model or model)
        raise broken(model, "a stream without a picture")

    async def _tell(
        self, model: str, news: "asyncio.Queue[str | asyncio.Task[Drawn]]", painters: "Sequence[asyncio.Task[Drawn]]"
    ) -> AsyncGenerator[Delta, None]:
        """Pictures in the order of their seeds, whichever is ready first."""
        count = len(painters)
        until = asyncio.get_running_loop().time() + self._seconds * ceil(count / AT_ONCE)
        missing: list[ParleyError] = []
        done, by = 0, model
        ready: dict[int, tuple[Media, ...]] = {}  # by number, what comes behind one that is still being drawn
        shown = 0
        yield Delta(progress=said(1, count))
        while done + len(missing) < count:
            try:
                async with asyncio.timeout_at(until):
                    item = await news.get()
            except TimeoutError as error:
                missing += [of_exception(error, model)] * (count - done - len(missing))
                break
            if isinstance(item, str):
                yield Delta(progress=said(done + len(missing) + 1, count, item))
                continue
            number = painters.index(item)
            try:
                drawn = item.result()
                done, by, ready[number] = done + 1, drawn.model, (drawn.picture,)
            except ParleyError as failure:
                missing.append(failure)
                ready[number] = ()
            following = done + len(missing) + 1
            pictures: tuple[Media, ...] = ()
            while shown in ready:
                pictures += ready.pop(shown)
                shown += 1
            yield Delta(media=pictures, model=by, progress=said(following, count) if following <= count else "")
        if not done:
            raise _together(missing)
        late = tuple(picture for number in sorted(ready) for picture in ready[number])
        yield Delta(media=late, note=_note(missing, count), finish="stop", model=by)


def said(number: int, count: int, inner: str = "") -> str:
    """Drawing 2 of 4 … Place 3 of 7 in the Space's queue, about 40 s …"""
    outer = "" if count == 1 else f"Drawing {number} of {count} …"
    return " ".join(filter(None, (outer, inner))) or "Drawing …"


def captioned(picture: Media, used: Mapping[str, Any]) -> Media:
    """The picture with what makes it possible to draw it again; `used` is what whoever drew it took."""
    seed = used.get("seed")
    size = " × ".join(str(used[side]) for side in ("width", "height") if used.get(side))
    shown = [form.format(used[name]) for name, form in SHOWN.items() if used.get(name) is not None]
    caption = " · ".join(filter(None, ("" if seed is None else f"seed {seed}", size if "×" in size else "", *shown)))
    name = picture.name if seed is None else f"seed-{seed}.{picture.name.rpartition('.')[2]}"
    return replace(picture, name=name, caption=caption)


def _together(missing: Sequence[ParleyError]) -> ParleyError:
    """What to raise where nothing came: the first failure, with all that may have been charged."""
    first = missing[0]
    if isinstance(first, ModelUnavailable):
        first.starts = sum(each.starts for each in missing if isinstance(each, ModelUnavailable))
    return first


def _note(missing: Sequence[ParleyError], count: int) -> str:
    if not missing:
        return ""
    return f"{len(missing)} of {count} pictures {'is' if len(missing) == 1 else 'are'} missing. {missing[0].message}"
