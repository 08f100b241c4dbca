"""Which models people preferred. Who voted is a pseudonym."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Integer, cast, func, select

from bot.votes import Standing
from storage.accounts import Accounts
from storage.engine import Database, insert
from storage.tables import comparisons, votes
from storage.writer import Writer

_FOR_IT = func.sum(cast(votes.c.model == comparisons.c.model, Integer))
_RANK = (
    select(comparisons.c.model, _FOR_IT, func.count(comparisons.c.question.distinct()))
    .join(votes, votes.c.question == comparisons.c.question)
    .group_by(comparisons.c.model)
    .order_by((_FOR_IT * 1.0 / func.count()).desc(), _FOR_IT.desc(), comparisons.c.model)
)


@dataclass(frozen=True, slots=True)
class StoredVotes:
    """Keeps the promises of `bot.votes.Votes`."""

    _database: Database
    _writer: Writer
    _accounts: Accounts

    async def cast(self, question: str, voter: str, model: str, others: Sequence[str]) -> None:
        vote = {"question": question, "voter": self._accounts.pseudonym(voter), "model": model}
        stood = [{"question": question, "model": each} for each in {model, *others}]

        def unit(connection: Connection) -> None:
            new = insert(connection, votes)
            chosen = {"model": new.excluded.model}
            connection.execute(new.on_conflict_do_update(index_elements=["question", "voter"], set_=chosen), vote)
            connection.execute(insert(connection, comparisons).on_conflict_do_nothing(), stood)

        await self._writer.submit(unit)

    async def rank(self) -> Sequence[Standing]:
        def work(connection: Connection) -> Sequence[Standing]:
            return tuple(Standing(model, int(cast), shown) for model, cast, shown in connection.execute(_RANK))

        return await self._database.read(work)
