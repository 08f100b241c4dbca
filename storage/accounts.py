"""Whose words are whose: accounts, the data keys that their words are sealed with, and their pseudonyms."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from bot.settings import INSTANCE as EVERYTHING
from storage.encryption import DataKey, MasterKey
from storage.engine import insert
from storage.tables import accounts, data_keys

INSTANCE = ("", "")
"""The account, as platform and id, of what belongs to nobody: settings and the audit."""

KEY_COLUMNS = (data_keys.c.account_id, data_keys.c.wrapped)
"""What a SELECT of sealed rows must bring along for `Accounts.key_of`, from `data_keys` joined by `key_id`."""

_ACCOUNT = select(accounts.c.id).where(
    accounts.c.platform == bindparam("platform"), accounts.c.account == bindparam("account")
)
NEWEST_KEY = (
    select(data_keys.c.id.label("key_id"), *KEY_COLUMNS)
    .where(data_keys.c.account_id == _ACCOUNT.scalar_subquery())
    .order_by(data_keys.c.id.desc())
    .limit(1)
)
"""An account's; to be executed with its `platform` and `account`."""


@dataclass(frozen=True, slots=True)
class Accounts:
    master: MasterKey

    def key_of(self, row: Row[*tuple[Any, ...]]) -> DataKey:
        """The key that a row was sealed with, by its `key_id` and KEY_COLUMNS."""
        return self.master.data_key(row.key_id, row.account_id, row.wrapped)

    def key(self, connection: Connection, platform: str, account: str) -> DataKey:
        """The account's newest data key; both are made where they do not exist yet."""
        name = {"platform": platform, "account": account}
        row = connection.execute(NEWEST_KEY, name).one_or_none()
        return self._new_key(connection, name) if row is None else self.key_of(row)

    def _new_key(self, connection: Connection, name: Mapping[str, str]) -> DataKey:
        new = insert(connection, accounts).on_conflict_do_nothing().returning(accounts.c.id)
        account_id = connection.execute(new, name).scalar_one_or_none()
        if account_id is None:  # an account without a key
            account_id = connection.execute(_ACCOUNT, name).scalar_one()
        wrapped = self.master.new_data_key(account_id)
        columns = {"account_id": account_id, "master": self.master.id, "wrapped": wrapped}
        key_id = connection.execute(data_keys.insert().returning(data_keys.c.id), columns).scalar_one()
        return self.master.data_key(key_id, account_id, wrapped)

    def pseudonym(self, scope: str) -> str:
        """Of a person or a space; everything together needs none."""
        if scope == EVERYTHING:
            return scope
        platform, _, account = scope.removeprefix("person:").partition(":")  # a space is "space:..." and stays apart
        return self.master.pseudonym(platform, account)
