"""What was spent: sums for each subject and UTC day. Subjects are pseudonyms, which outlive their accounts."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, func, select

from bot.ledger import Amount, Limit, Period
from storage.accounts import Accounts
from storage.engine import Database, insert
from storage.tables import reservations, spending
from storage.writer import Writer

_UNITS = (spending.c.tokens, spending.c.pictures, spending.c.micros)  # in the order of an Amount's
_SUMS = (
    select(spending.c.subject, *map(func.sum, _UNITS))
    .where(
        spending.c.subject.in_(bindparam("subjects", expanding=True)),
        spending.c.day.between(bindparam("first"), bindparam("last")),
    )
    .group_by(spending.c.subject)
)
_DAYS = (
    select(spending.c.day, *_UNITS)
    .where(spending.c.subject == bindparam("its_subject"), spending.c.day >= bindparam("since"))
    .order_by(spending.c.day)
)
_TAKE = delete(reservations).where(reservations.c.id == bindparam("reservation")).returning(reservations)


@dataclass(frozen=True, slots=True)
class StoredLedger:
    """Keeps the promises of `bot.ledger.Ledger`: a transaction that writes has the whole database for itself."""

    _database: Database
    _writer: Writer
    _accounts: Accounts

    async def reserve(
        self, id: str, subjects: Sequence[str], amount: Amount, limits: Sequence[Limit], at: datetime
    ) -> Limit | None:
        """An id that is taken already begins anew: what it had reserved stays counted in full."""
        today = at.astimezone(UTC).date()
        affected = [each for each in limits if each.subject in subjects and getattr(amount, each.unit)]

        def unit(connection: Connection) -> Limit | None:
            overrun = self._overrun(connection, affected, amount, today)
            if overrun is None:
                names = [self._accounts.pseudonym(subject) for subject in subjects]
                _count(connection, names, today, amount)
                _keep(connection, id, names, today, amount)
            return overrun

        return await self._writer.submit(unit)

    async def settle(self, id: str, used: Amount) -> None:
        def unit(connection: Connection) -> None:
            row = connection.execute(_TAKE, {"reservation": id}).one_or_none()
            if row:
                reserved = Amount(-row.tokens, -row.pictures, -row.micros)
                _count(connection, json.loads(row.subjects), row.day, used + reserved)

        await self._writer.submit(unit)

    async def used(self, subject: str, at: datetime) -> Mapping[Period, Amount]:
        today = at.astimezone(UTC).date()

        def work(connection: Connection) -> Mapping[Period, Amount]:
            day, month = (self._sums(connection, [subject], *span) for span in _spans(today).values())
            return {"day": day[subject], "month": month[subject]}

        return await self._database.read(work)

    async def days(self, subject: str, since: date) -> Mapping[date, Amount]:
        values = {"its_subject": self._accounts.pseudonym(subject), "since": since}

        def work(connection: Connection) -> Mapping[date, Amount]:
            amounts = {day: Amount(*units) for day, *units in connection.execute(_DAYS, values)}
            return {day: amount for day, amount in amounts.items() if amount != Amount()}

        return await self._database.read(work)

    def _overrun(self, connection: Connection, limits: Sequence[Limit], amount: Amount, today: date) -> Limit | None:
        for period, span in _spans(today).items():
            its = [each for each in limits if each.period == period]
            sums = self._sums(connection, {each.subject for each in its}, *span)
            for limit in its:
                if getattr(sums[limit.subject] + amount, limit.unit) > limit.most:
                    return limit
        return None

    def _sums(self, connection: Connection, subjects: Collection[str], first: date, last: date) -> Mapping[str, Amount]:
        if not subjects:
            return {}
        names = {self._accounts.pseudonym(subject): subject for subject in subjects}
        rows = connection.execute(_SUMS, {"subjects": list(names), "first": first, "last": last})
        found = {names[name]: Amount(*map(int, sums)) for name, *sums in rows}  # PostgreSQL adds up to a Decimal
        return {subject: found.get(subject, Amount()) for subject in subjects}


def _spans(today: date) -> Mapping[Period, tuple[date, date]]:
    first = today.replace(day=1)
    return {"day": (today, today), "month": (first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1))}


def _count(connection: Connection, names: Iterable[str], day: date, amount: Amount) -> None:
    new = insert(connection, spending)
    sums = {column.name: column + new.excluded[column.name] for column in _UNITS}
    rows = [{"subject": name, "day": day, **asdict(amount)} for name in sorted(set(names))]
    connection.execute(new.on_conflict_do_update(index_elements=["subject", "day"], set_=sums), rows)


def _keep(connection: Connection, id: str, names: Sequence[str], day: date, amount: Amount) -> None:
    row = {"subjects": json.dumps(names), "day": day, **asdict(amount)}
    new = insert(connection, reservations).on_conflict_do_update(index_elements=["id"], set_=row)
    connection.execute(new, {"id": id, **row})
