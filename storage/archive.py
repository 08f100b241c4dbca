"""What was said: conversations and their turns, a tree whose head is where the conversation is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, bindparam, literal, select, update

from bot.conversation.turns import Turn
from bot.events import ConversationKey
from storage.accounts import KEY_COLUMNS, Accounts
from storage.encryption import DataKey
from storage.engine import Database, insert
from storage.tables import conversations, data_keys, turns
from storage.tokens import new_token
from storage.writer import Writer

_KEY = ("platform", "bot", "chat", "thread", "account")

IS_CONVERSATION = and_(*(conversations.c[name] == bindparam(f"its_{name}") for name in _KEY))
"""To be executed with `named(key)`."""


def named(key: ConversationKey) -> Mapping[str, str]:
    return {f"its_{name}": getattr(key, name) for name in _KEY}


def _branch(last: Select[Any]) -> Select[Any]:
    """From the turn whose id `last` selects up through its parents, `limit` in all; oldest first."""
    leaf = select(turns.c.id, turns.c.parent, literal(1).label("length")).where(
        turns.c.id == last.scalar_subquery(), bindparam("limit") > 0
    )
    branch = leaf.cte("branch", recursive=True)
    above = select(turns.c.id, turns.c.parent, branch.c.length + 1).where(
        turns.c.id == branch.c.parent, branch.c.length < bindparam("limit")
    )
    branch = branch.union_all(above)
    return (
        select(turns, *KEY_COLUMNS)
        .join(branch, branch.c.id == turns.c.id)
        .join(data_keys, data_keys.c.id == turns.c.key_id)
        .order_by(branch.c.length.desc())
    )


CONVERSATION = select(conversations.c.id).where(IS_CONVERSATION)
_FIRST_PARENT = select(turns.c.parent).where(turns.c.question == bindparam("of_question"), turns.c.place == 0)
_RECENT = _branch(select(conversations.c.head).where(IS_CONVERSATION))
_BEFORE = _branch(_FIRST_PARENT)
_PARENT = select(turns.c.id).where(
    turns.c.id == bindparam("parent"), turns.c.conversation_id == bindparam("conversation")
)
_MOVE_HEAD = update(conversations).where(conversations.c.id == bindparam("conversation"))
_START_AFRESH = update(conversations).where(IS_CONVERSATION)


@dataclass(frozen=True, slots=True)
class StoredArchive:
    """Keeps the promises of `bot.conversation.archive.Archive`."""

    _database: Database
    _writer: Writer
    _accounts: Accounts

    async def recent(self, key: ConversationKey, limit: int) -> Sequence[Turn]:
        def work(connection: Connection) -> Sequence[Turn]:
            return self._turns(connection, _RECENT, {**named(key), "limit": limit})

        return await self._database.read(work)

    async def before(self, question: str, limit: int) -> Sequence[Turn] | None:
        def work(connection: Connection) -> Sequence[Turn] | None:
            asked = {"of_question": question}
            if connection.execute(_FIRST_PARENT, asked).one_or_none() is None:
                return None
            return self._turns(connection, _BEFORE, {**asked, "limit": limit})

        return await self._database.read(work)

    async def start_afresh(self, key: ConversationKey) -> None:
        def unit(connection: Connection) -> None:
            connection.execute(_START_AFRESH, {**named(key), "head": None})

        await self._writer.submit(unit)

    def _turns(self, connection: Connection, query: Select[Any], values: Mapping[str, Any]) -> Sequence[Turn]:
        return tuple(turn_of(row, self._accounts.key_of(row)) for row in connection.execute(query, values))


def open_conversation(connection: Connection, key: ConversationKey) -> int:
    """The conversation's id; it is made where it does not exist yet."""
    new = insert(connection, conversations).on_conflict_do_nothing().returning(conversations.c.id)
    made: int | None = connection.execute(new, {name: getattr(key, name) for name in _KEY}).scalar_one_or_none()
    if made is not None:
        return made
    there: int = connection.execute(CONVERSATION, named(key)).scalar_one()
    return there


def add_turns(connection: Connection, conversation_id: int, question: str, key: DataKey, said: Sequence[Turn]) -> None:
    """Hang these turns under each other, the first one under its own parent, and move the conversation's head.

    A parent that is gone by now, or is not of this conversation, is none: nobody's words get into another's memory.
    """
    parent = said[0].parent and _in_conversation(connection, conversation_id, said[0].parent)
    rows = []
    for place, turn in enumerate(said):
        tokens_in, tokens_out = turn.tokens or (None, None)
        token = new_token()
        row = {
            "id": token,
            "conversation_id": conversation_id,
            "key_id": key.id,
            "parent": parent or None,
            "question": question,
            "place": place,
            "role": turn.role,
            "model": turn.model,
            "tokens_in": tokens_in,
            "tokens_out": tokens_out,
            "seconds": turn.seconds,
            "finish": turn.finish,
            "text": key.seal(turn.text, _place(token)),
            "at": datetime.now(UTC),
        }
        rows.append(row)
        parent = token
    connection.execute(turns.insert(), rows)
    connection.execute(_MOVE_HEAD, {"conversation": conversation_id, "head": parent})


def _in_conversation(connection: Connection, conversation_id: int, turn: str) -> str | None:
    return connection.execute(_PARENT, {"parent": turn, "conversation": conversation_id}).scalar_one_or_none()


def turn_of(row: Row[*tuple[Any, ...]], key: DataKey) -> Turn:
    return Turn(
        role=row.role,
        text=key.unseal(row.text, _place(row.id)),
        finish=row.finish,
        model=row.model,
        tokens=None if row.tokens_in is None else (row.tokens_in, row.tokens_out),
        seconds=row.seconds,
        id=row.id,
        parent=row.parent or "",
    )


def _place(id: str) -> str:
    return f"turns.text:{id}"
