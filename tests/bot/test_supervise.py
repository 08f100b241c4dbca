import asyncio
from itertools import pairwise

import pytest

from bot.errors import Misconfigured, Unavailable
from bot.supervise import BUG, supervised
from tests.virtual_time import run


def test_it_is_started_again_with_growing_pauses_until_it_returns() -> None:
    async def scenario() -> list[float]:
        starts: list[float] = []

        async def work() -> None:
            starts.append(asyncio.get_running_loop().time())
            if len(starts) == 1:
                raise LookupError("a bug")
            if len(starts) < 4:
                raise Unavailable("Not now.")

        await supervised("work", work)
        return [round(later - sooner) for sooner, later in pairwise(starts)]

    assert run(scenario()) == [2, 4, 8]


def test_what_the_operator_must_mend_ends_it() -> None:
    async def work() -> None:
        raise Misconfigured("Set X.")

    with pytest.raises(Misconfigured):
        run(supervised("work", work))


def test_what_is_wrong_is_reported_until_it_runs_again() -> None:
    async def scenario() -> list[str]:
        reports: list[str] = []
        troubles = iter([LookupError("a person's words"), Unavailable("Not now."), Misconfigured("Set X.")])

        async def work() -> None:
            reports.append("running")
            raise next(troubles)

        with pytest.raises(Misconfigured):
            await supervised("work", work, reports.append)
        return reports

    assert run(scenario()) == ["", "running", BUG, "", "running", "Not now.", "", "running", "Set X."]
