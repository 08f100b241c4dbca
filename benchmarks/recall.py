"""How long `/recall` searches what one person said, beside the least that a search can be: one product in NumPy.

`python -m benchmarks.recall [--turns 100000] [--dimensions 384] [--rounds 15]`. Both sides search the same vectors in
turns: Parley's lie encrypted in a database and come back as texts with their places, NumPy's as plain floats in a file
or in memory. Cold: the store has just been opened (the operating system may still have the file in memory, on both
sides). Asking the model for the query's vector is no part of it. Absolute figures change from machine to machine:
compare the ratios of one run.
"""

import argparse
import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from bot.conversation.turns import Turn
from bot.settings import of_person
from storage.config import StorageConfig
from storage.store import Store, open_store
from tests.fakes import an_event

PERSON, SPACE = of_person("fake", "ada"), "benchmark"
BATCH = 512  # turns of one question, and vectors at once, while the store is filled
WANTED = 10
TEXT = "What was said about the harbour, the boats in it, and how we would get there by train one day. " * 4

Vectors = NDArray[np.float32]
T = TypeVar("T")


@dataclass(slots=True)
class Timed:
    """Seconds of each run."""

    seconds: dict[str, list[float]] = field(default_factory=dict)

    async def run(self, what: str, work: Awaitable[T]) -> T:
        began = time.perf_counter()
        result = await work
        self.seconds.setdefault(what, []).append(time.perf_counter() - began)
        return result

    def told(self, what: str, beside: str) -> str:
        its, others = median(self.seconds[what]), median(self.seconds[beside])
        return f"{what:28}{its * 1000:9.1f} ms {beside:>34}{others * 1000:9.1f} ms {its / others:9.2f} times"


@dataclass(frozen=True, slots=True)
class Place:
    folder: Path

    @property
    def floats(self) -> Path:
        return self.folder / "vectors.f32"

    @property
    def bytes(self) -> int:
        return sum(file.stat().st_size for file in self.folder.glob("parley.db*"))

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Store]:
        config = StorageConfig(master_key_file=str(self.folder / "master.key"))
        async with open_store(f"sqlite+aiosqlite:///{self.folder / 'parley.db'}", config) as store:
            yield store


def made(count: int, dimensions: int) -> Vectors:
    """Around a thousand subjects, as texts of one person are."""
    random = np.random.default_rng(4)
    subjects = random.standard_normal((1000, dimensions), np.float32)
    vectors = subjects[random.integers(0, 1000, count)] + random.standard_normal((count, dimensions), np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


async def bare(vectors: Vectors, query: Vectors) -> Sequence[int]:
    cosines = vectors @ query
    best = np.argpartition(cosines, -WANTED)[-WANTED:]
    return [int(at) for at in best[np.argsort(-cosines[best])]]


async def bare_from(file: Path, shape: tuple[int, ...], query: Vectors) -> Sequence[int]:
    return await bare(np.fromfile(file, np.float32).reshape(shape), query)


async def fill(store: Store, vectors: Vectors) -> None:
    """The text of each turn begins with its number."""
    for start in range(0, len(vectors), BATCH):
        event = an_event()
        question = await store.inbox.accept(event, event.key, private=False)
        assert question
        turns = [Turn("user", f"{number} {TEXT}") for number in range(start, min(start + BATCH, len(vectors)))]
        await store.inbox.conclude(question.id, "", "stop", turns)
        await store.inbox.end(question.id, "answered")


async def index(store: Store, vectors: Vectors) -> None:
    while passages := (await store.memory.unindexed(PERSON, SPACE, BATCH)).passages:
        numbers = {passage.turn: int(passage.text.partition(" ")[0]) for passage in passages}
        await store.memory.index(PERSON, SPACE, {turn: vectors[number].tolist() for turn, number in numbers.items()})


async def search(store: Store, query: Sequence[float]) -> Sequence[int]:
    found = await store.memory.search(PERSON, SPACE, query, WANTED)
    return [int(each.turn.text.partition(" ")[0]) for each in found]


async def cold(place: Place, timed: Timed, vectors: Vectors, queries: Vectors) -> None:
    for query in queries:
        async with place.open() as store:
            await timed.run("cold", search(store, query.tolist()))
        await timed.run("bare NumPy, from a file", bare_from(place.floats, vectors.shape, query))


async def warm(store: Store, timed: Timed, vectors: Vectors, queries: Vectors) -> float:
    """How many of the best ones are the same on both sides, from 0 to 1."""
    same = 0
    await search(store, queries[0].tolist())
    for query in queries:
        ours = await timed.run("warm", search(store, query.tolist()))
        same += len(set(ours) & set(await timed.run("bare NumPy, in memory", bare(vectors, query))))
        await timed.run("nothing new to read", store.memory.unindexed(PERSON, SPACE, BATCH))
    return same / WANTED / len(queries)


async def main(turns: int, dimensions: int, rounds: int) -> None:
    vectors, timed = made(turns, dimensions), Timed()
    noise = made(rounds, dimensions)
    queries = vectors[:: turns // rounds][:rounds] + 0.5 * noise
    with TemporaryDirectory() as folder:
        place = Place(Path(folder))
        vectors.tofile(place.floats)
        async with place.open() as store:
            await fill(store, vectors)
            before = place.bytes
            await timed.run("indexing", index(store, vectors))
            print(f"{turns:,} turns of one person, vectors of {dimensions}; {rounds} rounds, medians")
            print(f"indexed in {timed.seconds['indexing'][0]:.1f} s, without asking a model")
            print(f"{(place.bytes - before) / 2**20:.0f} MiB of blocks; as floats {vectors.nbytes / 2**20:.0f} MiB")
        await cold(place, timed, vectors, queries)
        async with place.open() as store:
            same = await warm(store, timed, vectors, queries)
    print(timed.told("cold", "bare NumPy, from a file"))
    print(timed.told("warm", "bare NumPy, in memory"))
    print(timed.told("nothing new to read", "bare NumPy, in memory"))
    print(f"of the best {WANTED}, the same on both sides: {same:.1%}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--turns", type=int, default=100_000)
    parser.add_argument("--dimensions", type=int, default=384)
    parser.add_argument("--rounds", type=int, default=15)
    asyncio.run(main(**vars(parser.parse_args())))
