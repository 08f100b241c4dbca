"""Who changed what, and when. Values are sealed like the settings that they come from."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from storage.accounts import INSTANCE, KEY_COLUMNS, Accounts
from storage.encryption import DataKey
from storage.engine import Database, insert
from storage.tables import audit, data_keys
from storage.writer import Writer


@dataclass(frozen=True, slots=True)
class Entry:
    who: str
    action: str
    scope: str
    before: str
    after: str
    at: datetime  # aware, UTC


@dataclass(frozen=True, slots=True)
class Audit:
    _database: Database
    _writer: Writer
    _accounts: Accounts

    async def record(self, who: str, action: str, scope: str, before: str = "", after: str = "") -> None:
        """Returns when it is durable. Raises `Unavailable`."""
        entry = Entry(who, action, scope, before, after, datetime.now(UTC))

        def unit(connection: Connection) -> None:
            key = self._accounts.key(connection, *INSTANCE)
            row = insert(connection, audit).values(
                who=who,
                action=action,
                scope=scope,
                key_id=key.id,
                before=key.seal(before, _place("before", entry)),
                after=key.seal(after, _place("after", entry)),
                at=entry.at,
            )
            connection.execute(row)

        await self._writer.submit(unit)

    async def recent(self, limit: int) -> Sequence[Entry]:
        """The newest entries, newest first."""
        query = (
            select(audit, *KEY_COLUMNS)
            .join(data_keys, data_keys.c.id == audit.c.key_id)
            .order_by(audit.c.id.desc())
            .limit(limit)
        )

        def work(connection: Connection) -> Sequence[Entry]:
            return tuple(_entry(row, self._accounts.key_of(row)) for row in connection.execute(query))

        return await self._database.read(work)


def _entry(row: Row[*tuple[Any, ...]], key: DataKey) -> Entry:
    sealed = Entry(row.who, row.action, row.scope, "", "", row.at)
    before, after = (key.unseal(getattr(row, name), _place(name, sealed)) for name in ("before", "after"))
    return replace(sealed, before=before, after=after)


def _place(column: str, entry: Entry) -> str:
    """Bound to the facts beside it, so that these cannot be altered unnoticed either."""
    return f"audit.{column}:{json.dumps([entry.who, entry.action, entry.scope, entry.at.isoformat()])}"
