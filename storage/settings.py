"""Settings by scope, and the audit of those that people changed.

Values are sealed, in both places, because a persona or an instruction is somebody's text.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, bindparam, delete, select

from bot.settings import Change
from storage.accounts import INSTANCE, KEY_COLUMNS, Accounts
from storage.encryption import DataKey
from storage.engine import Database, insert
from storage.tables import audit, data_keys, settings
from storage.writer import Writer


def begins(column: ColumnElement[str]) -> ColumnElement[bool]:
    """To be executed with `within(prefix)`: a range, which an index can find."""
    return and_(column >= bindparam("first"), column < bindparam("last"))


def within(prefix: str) -> Mapping[str, str]:
    return {"first": prefix, "last": prefix + "\U0010ffff"}


_SETTINGS = select(settings, *KEY_COLUMNS).join(data_keys, data_keys.c.id == settings.c.key_id)
_THIS = and_(settings.c.scope == bindparam("its_scope"), settings.c.name == bindparam("its_name"))
_READ = _SETTINGS.where(_THIS)
_OF = _SETTINGS.where(settings.c.scope.in_(bindparam("scopes", expanding=True)))
_BEGINNING = _SETTINGS.where(begins(settings.c.name)).order_by(settings.c.name, settings.c.scope)
_DELETE = delete(settings).where(_THIS)
_HISTORY = (
    select(audit, *KEY_COLUMNS)
    .join(data_keys, data_keys.c.id == audit.c.key_id)
    .where(audit.c.scope == bindparam("its_scope"), begins(audit.c.name))
    .order_by(audit.c.id.desc())
    .limit(bindparam("most"))
)


@dataclass(frozen=True, slots=True)
class StoredSettings:
    """Keeps the promises of `bot.settings.Settings`."""

    _database: Database
    _writer: Writer
    _accounts: Accounts

    async def read(self, scope: str, name: str) -> str:
        return await self._database.read(lambda connection: self._value(connection, scope, name))

    async def write(self, scope: str, name: str, value: str) -> None:
        def unit(connection: Connection) -> None:
            put(connection, self._accounts.key(connection, *INSTANCE), scope, name, value)

        await self._writer.submit(unit)

    async def change(self, who: str, scope: str, name: str, value: str) -> str:
        def unit(connection: Connection) -> str:
            before = self._value(connection, scope, name)
            key = self._accounts.key(connection, *INSTANCE)
            put(connection, key, scope, name, value)
            record(connection, key, Change(who, scope, name, before, value, datetime.now(UTC)))
            return before

        return await self._writer.submit(unit)

    async def of(self, scopes: Collection[str]) -> Mapping[str, Mapping[str, str]]:
        def work(connection: Connection) -> Mapping[str, Mapping[str, str]]:
            found: dict[str, dict[str, str]] = {scope: {} for scope in scopes}
            for scope, name, value in self._settings(connection, _OF, {"scopes": list(scopes)}):
                found[scope][name] = value
            return found

        return await self._database.read(work)

    async def beginning(self, prefix: str) -> Sequence[tuple[str, str, str]]:
        return await self._database.read(lambda connection: self._settings(connection, _BEGINNING, within(prefix)))

    async def history(self, scope: str, prefix: str, limit: int) -> Sequence[Change]:
        def work(connection: Connection) -> Sequence[Change]:
            rows = connection.execute(_HISTORY, {"its_scope": scope, "most": limit, **within(prefix)})
            return tuple(change_of(row, self._accounts.key_of(row)) for row in rows)

        return await self._database.read(work)

    def _value(self, connection: Connection, scope: str, name: str) -> str:
        found = self._settings(connection, _READ, {"its_scope": scope, "its_name": name})
        return found[0][2] if found else ""

    def _settings(
        self, connection: Connection, query: Select[Any], values: Mapping[str, Any]
    ) -> Sequence[tuple[str, str, str]]:
        """(scope, name, value) of each."""
        return tuple(
            (row.scope, row.name, value_of(row, self._accounts.key_of(row)))
            for row in connection.execute(query, values)
        )


def value_of(row: Row[*tuple[Any, ...]], key: DataKey) -> str:
    return key.unseal(row.value, _place(row.scope, row.name))


def put(connection: Connection, key: DataKey, scope: str, name: str, value: str) -> None:
    if not value:
        connection.execute(_DELETE, {"its_scope": scope, "its_name": name})
        return
    row = {"scope": scope, "name": name, "key_id": key.id, "value": key.seal(value, _place(scope, name))}
    new = insert(connection, settings)
    sealed = {"key_id": new.excluded.key_id, "value": new.excluded.value}
    connection.execute(new.on_conflict_do_update(index_elements=["scope", "name"], set_=sealed), row)


def record(connection: Connection, key: DataKey, change: Change) -> None:
    row = {
        "who": change.who,
        "name": change.name,
        "scope": change.scope,
        "key_id": key.id,
        "before": key.seal(change.before, _audit_place("before", change.who, change.name, change.scope, change.at)),
        "after": key.seal(change.after, _audit_place("after", change.who, change.name, change.scope, change.at)),
        "at": change.at,
    }
    connection.execute(audit.insert(), row)


def change_of(row: Row[*tuple[Any, ...]], key: DataKey) -> Change:
    facts = (row.who, row.name, row.scope, row.at)
    before = key.unseal(row.before, _audit_place("before", *facts))
    after = key.unseal(row.after, _audit_place("after", *facts))
    return Change(row.who, row.scope, row.name, before, after, row.at)


def _place(scope: str, name: str) -> str:
    return f"settings.value:{json.dumps([scope, name])}"


def _audit_place(column: str, who: str, name: str, scope: str, at: datetime) -> str:
    """Bound to the facts beside it, so that these cannot be altered unnoticed either."""
    return f"audit.{column}:{json.dumps([who, name, scope, at.isoformat()])}"
