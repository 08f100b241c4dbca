"""What was said as vectors, sealed in blocks of about a thousand; the blocks last searched are kept in memory.

Blocks are bounded, so that for a turn more one of them is written, and not all. What is in a block is `blocks.py`'s
concern, which is imported where it is first needed, in a thread: NumPy takes half a second.
"""

import asyncio
import json
import math
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import nlargest
from itertools import chain
from struct import Struct
from typing import Any

from sqlalchemy import BigInteger, Connection, Row, and_, bindparam, delete, func, literal, select, update

from bot.conversation.memory import Found, Passage, Unindexed
from bot.events import ConversationKey, Handle
from storage import events
from storage.accounts import KEY_COLUMNS, Accounts
from storage.archive import CONVERSATION, named, turn_of
from storage.engine import Database
from storage.events import place_of
from storage.tables import accounts, data_keys, inbox, turns, vectors
from storage.tokens import new_token
from storage.writer import Writer

HEAD = Struct("<16sq")  # of a record: a turn's id, its conversation's number
BLOCK = 1024  # turns; with so many, the next one is begun
PART = 16  # blocks that are read and searched in one go
PARTS = 3  # that are in work at the same time, for one search
KEPT_BYTES = 64 * 2**20  # of unsealed blocks: 160,000 turns by a small model
SPARE = 10  # hits more than wanted, should turns have gone

_KEYS = (
    select(data_keys.c.id)
    .join(accounts, accounts.c.id == data_keys.c.account_id)
    .where(accounts.c.platform == bindparam("its_platform"), accounts.c.account == bindparam("its_account"))
)
"""A person's; to be executed with `_of(person)`."""

_MINE = vectors.c.key_id.in_(_KEYS)
_HEADS = select(vectors.c.id, vectors.c.space, vectors.c.version, vectors.c.size).where(_MINE).order_by(vectors.c.id)
_IN_SPACE = _HEADS.where(vectors.c.space == bindparam("its_space"))
_THESE_BLOCKS = vectors.c.id.in_(bindparam("ids", expanding=True))
_BLOCKS = select(vectors, *KEY_COLUMNS).join(data_keys, data_keys.c.id == vectors.c.key_id).where(_THESE_BLOCKS)
_CHANGE = update(vectors).where(vectors.c.id == bindparam("its_id"))
_DROP = delete(vectors).where(_THESE_BLOCKS)

# Blocks of another space are older than all of this one: they are dropped when its first one has come.
_FIRST = select(func.min(vectors.c.id)).where(_MINE, vectors.c.space == bindparam("its_space")).scalar_subquery()
_UNINDEXED = and_(turns.c.key_id.in_(_KEYS), turns.c.block < func.coalesce(_FIRST, literal(2**62, BigInteger)))
_COUNT = select(func.count()).where(_UNINDEXED)
_NEWEST = select(turns.c.id).where(_UNINDEXED).order_by(turns.c.at.desc()).limit(bindparam("most"))
_TURNS = select(turns, *KEY_COLUMNS).join(data_keys, data_keys.c.id == turns.c.key_id)
_PASSAGES = _TURNS.where(turns.c.id.in_(_NEWEST)).order_by(turns.c.at.desc())
_THESE_TURNS = turns.c.id.in_(bindparam("ids", expanding=True))
_WHERE = select(turns.c.id, turns.c.conversation_id, turns.c.key_id, turns.c.block).where(_THESE_TURNS)
_PUT = update(turns).where(_THESE_TURNS)
_HITS = (
    _TURNS.add_columns(inbox.c.message, inbox.c.event)
    .join(inbox, and_(inbox.c.id == turns.c.question, inbox.c.key_id == turns.c.key_id), isouter=True)
    .where(_THESE_TURNS, turns.c.key_id.in_(_KEYS))
)


@dataclass(slots=True)
class _Kept:
    """Unsealed blocks by their versions; those not used for longest make room."""

    room: int = KEPT_BYTES
    size: int = 0  # bytes
    blocks: OrderedDict[str, bytes] = field(default_factory=OrderedDict)

    def get(self, version: str) -> bytes | None:
        if version in self.blocks:
            self.blocks.move_to_end(version)
        return self.blocks.get(version)

    def put(self, version: str, data: bytes) -> None:
        if version not in self.blocks:
            self.blocks[version] = data
            self.size += len(data)
        while self.size > self.room:
            self.size -= len(self.blocks.popitem(last=False)[1])


@dataclass(frozen=True, slots=True)
class StoredMemory:
    """Keeps the promises of `bot.conversation.memory.Memory`."""

    _database: Database
    _writer: Writer
    _accounts: Accounts
    _kept: _Kept = field(default_factory=_Kept)

    async def unindexed(self, person: str, space: str, limit: int) -> Unindexed:
        whose = {**_of(person), "its_space": space}

        def work(connection: Connection) -> Unindexed:
            count = connection.execute(_COUNT, whose).scalar_one()
            rows = connection.execute(_PASSAGES, {**whose, "most": limit}) if count else ()
            return Unindexed(count, [Passage(row.id, turn_of(row, self._accounts.key_of(row)).text) for row in rows])

        return await self._database.read(work)

    async def index(self, person: str, space: str, vectors: Mapping[str, Sequence[float]]) -> None:
        if not vectors:
            return
        whose = {**_of(person), "its_space": space}
        records = dict(zip(vectors, await asyncio.to_thread(_packed, vectors.values()), strict=True))

        def unit(connection: Connection) -> None:
            heads = connection.execute(_HEADS, whose).all()
            first = min((head.id for head in heads if head.space == space), default=math.inf)
            keys = set(connection.execute(_KEYS, whose).scalars())
            # Asked of the database, this would tempt it to look through all turns of the person.
            rows = connection.execute(_WHERE, {"ids": list(records)})
            wanted = [row for row in rows if row.key_id in keys and row.block < first]
            if not wanted:
                return
            new = b"".join(HEAD.pack(row.id.encode(), row.conversation_id) + records[row.id] for row in wanted)
            last = next((head for head in reversed(heads) if head.space == space and head.size < BLOCK), None)
            block = self._append(connection, whose, last, len(wanted), new)
            connection.execute(_PUT, {"ids": [row.id for row in wanted], "block": block})
            connection.execute(_DROP, {"ids": [head.id for head in heads if head.space != space]})

        await self._writer.submit(unit)

    async def search(
        self, person: str, space: str, vector: Sequence[float], limit: int, within: ConversationKey | None = None
    ) -> Sequence[Found]:
        whose = {**_of(person), "its_space": space}

        def look(connection: Connection) -> tuple[Sequence[Any], int | None]:
            here = connection.execute(CONVERSATION, named(within)).scalar_one_or_none() if within else None
            return connection.execute(_IN_SPACE, whose).all(), here

        heads, here = await self._database.read(look)
        if within and here is None:
            return ()
        places = asyncio.Semaphore(PARTS)

        async def best(part: Sequence[Any]) -> list[tuple[float, str]]:
            async with places:
                blocks = await self._unsealed(part)
                return await asyncio.to_thread(_nearest, blocks, vector, limit + SPARE, here)

        parts = (heads[start : start + PART] for start in range(0, len(heads), PART))
        found = await asyncio.gather(*map(best, parts))
        return (await self._found(whose, nlargest(limit + SPARE, chain(*found))))[:limit]

    def _append(self, connection: Connection, whose: Mapping[str, str], last: Any, size: int, data: bytes) -> int:
        """To the last block, or as a new one where that is None. Returns the block's id."""
        key = self._accounts.key(connection, whose["its_platform"], whose["its_account"])
        if last:
            size += last.size
            data = self._open(connection.execute(_BLOCKS, {"ids": [last.id]}).one())[1] + data
        version, space = new_token(), whose["its_space"]
        row = {"key_id": key.id, "space": space, "version": version, "size": size}
        row["data"] = key.seal_bytes(data, _place(version, space, size))
        if last:
            connection.execute(_CHANGE, {"its_id": last.id, **row})
            return int(last.id)
        return int(connection.execute(vectors.insert().returning(vectors.c.id), row).scalar_one())

    async def _unsealed(self, heads: Sequence[Any]) -> Sequence[bytes]:
        """Of a block that has grown meanwhile, what is there now."""
        kept = {head.id: self._kept.get(head.version) for head in heads}
        blocks = [data for data in kept.values() if data is not None]
        if missing := [block for block, data in kept.items() if data is None]:
            rows = await self._database.read(lambda connection: connection.execute(_BLOCKS, {"ids": missing}).all())
            for version, data in await asyncio.to_thread(lambda: [self._open(row) for row in rows]):
                self._kept.put(version, data)
                blocks.append(data)
        return blocks

    def _open(self, row: Row[*tuple[Any, ...]]) -> tuple[str, bytes]:
        """The block's version and content."""
        place = _place(row.version, row.space, row.size)
        return row.version, self._accounts.key_of(row).unseal_bytes(row.data, place)

    async def _found(self, whose: Mapping[str, str], best: Sequence[tuple[float, str]]) -> list[Found]:
        """Those that are still there."""

        def work(connection: Connection) -> Mapping[str, Row[*tuple[Any, ...]]]:
            rows = connection.execute(_HITS, {**whose, "ids": [turn for _, turn in best]})
            return {row.id: row for row in rows}

        rows = await self._database.read(work) if best else {}
        return [self._hit(rows[turn], cosine) for cosine, turn in best if turn in rows]

    def _hit(self, row: Row[*tuple[Any, ...]], cosine: float) -> Found:
        key = self._accounts.key_of(row)
        found = Found(turn_of(row, key), row.at, min(cosine, 1.0))
        if row.event is None:
            return found
        event = events.decode(key.unseal(row.event, place_of("event", row.question)), Handle(""))
        return Found(found.turn, found.at, found.likeness, event.chat, event.message)


def _of(person: str) -> Mapping[str, str]:
    platform, _, account = person.removeprefix("person:").partition(":")
    return {"its_platform": platform, "its_account": account}


def _place(version: str, space: str, size: int) -> str:
    """Bound to the facts beside it, so that these cannot be altered unnoticed either."""
    return f"vectors.data:{json.dumps([version, space, size])}"


def _packed(vectors: Collection[Sequence[float]]) -> list[bytes]:
    from storage import blocks

    return blocks.packed(vectors)


def _nearest(
    data: Sequence[bytes], vector: Sequence[float], count: int, conversation: int | None
) -> list[tuple[float, str]]:
    from storage import blocks

    return blocks.nearest(data, vector, count, conversation)
