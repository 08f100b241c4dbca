"""Settings by scope. Their values are sealed, because a persona or an instruction is somebody's text."""

import json
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select

from storage.accounts import INSTANCE, KEY_COLUMNS, Accounts
from storage.engine import Database, insert
from storage.tables import data_keys, settings
from storage.writer import Writer


@dataclass(frozen=True, slots=True)
class StoredSettings:
    """Keeps the promises of `bot.settings.Settings`."""

    _database: Database
    _writer: Writer
    _accounts: Accounts

    async def read(self, scope: str, name: str) -> str:
        query = (
            select(settings, *KEY_COLUMNS)
            .join(data_keys, data_keys.c.id == settings.c.key_id)
            .where(settings.c.scope == scope, settings.c.name == name)
        )

        def work(connection: Connection) -> str:
            row = connection.execute(query).one_or_none()
            return "" if row is None else self._accounts.key_of(row).unseal(row.value, _place(scope, name))

        return await self._database.read(work)

    async def write(self, scope: str, name: str, value: str) -> None:
        def unit(connection: Connection) -> None:
            key = self._accounts.key(connection, *INSTANCE)
            sealed = {"key_id": key.id, "value": key.seal(value, _place(scope, name))}
            row = insert(connection, settings).values(scope=scope, name=name, **sealed)
            connection.execute(row.on_conflict_do_update(index_elements=["scope", "name"], set_=sealed))

        def clear(connection: Connection) -> None:
            connection.execute(delete(settings).where(settings.c.scope == scope, settings.c.name == name))

        await self._writer.submit(unit if value else clear)


def _place(scope: str, name: str) -> str:
    return f"settings.value:{json.dumps([scope, name])}"
