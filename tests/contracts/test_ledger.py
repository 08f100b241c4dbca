"""What `bot.ledger.Ledger` promises."""

import asyncio
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from bot.ledger import Amount, Limit
from bot.settings import INSTANCE, of_person, of_space
from tests.contracts.conftest import Remembering

ADA, EVE, HERE = of_person("fake", "ada"), of_person("fake", "eve"), of_space("fake", "here")
NOW = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
TODAY = date(2026, 11, 20)
MUCH = Amount(tokens=100, pictures=2, micros=3_000_000_000)
NOTHING = Amount()


async def reserve(store: Remembering, id: str, amount: Amount, *limits: Limit, at: datetime = NOW) -> Limit | None:
    return await store.ledger.reserve(id, (ADA, HERE, INSTANCE), amount, limits, at)


async def test_at_first_nothing_was_spent(store: Remembering) -> None:
    assert await store.ledger.used(ADA, NOW) == {"day": NOTHING, "month": NOTHING}
    assert await store.ledger.days(ADA, date(2026, 1, 1)) == {}


async def test_what_is_reserved_is_counted_for_every_subject(store: Remembering) -> None:
    assert await reserve(store, "1", MUCH) is None
    assert await reserve(store, "2", Amount(tokens=1)) is None
    for subject in (ADA, HERE, INSTANCE):
        both = MUCH + Amount(tokens=1)
        assert await store.ledger.used(subject, NOW) == {"day": both, "month": both}
        assert await store.ledger.days(subject, TODAY) == {TODAY: both}
    assert await store.ledger.used(EVE, NOW) == {"day": NOTHING, "month": NOTHING}


async def test_days_and_months_are_of_utc(store: Remembering) -> None:
    for number, at in enumerate(
        (
            datetime(2026, 10, 31, 23, 59, tzinfo=UTC),
            datetime(2026, 11, 1, tzinfo=UTC),
            datetime(2026, 11, 20, 1, tzinfo=timezone(timedelta(hours=5))),  # the evening before
            NOW,
            datetime(2026, 12, 1, tzinfo=UTC),
        )
    ):
        await reserve(store, str(number), Amount(tokens=10**number), at=at)
    assert await store.ledger.used(ADA, NOW) == {"day": Amount(1000), "month": Amount(1110)}
    assert await store.ledger.used(ADA, datetime(2026, 12, 31, tzinfo=UTC)) == {"day": NOTHING, "month": Amount(10000)}
    assert await store.ledger.days(ADA, date(2026, 11, 2)) == {
        date(2026, 11, 19): Amount(100),
        TODAY: Amount(1000),
        date(2026, 12, 1): Amount(10000),
    }


async def test_what_was_really_used_replaces_the_reservation(store: Remembering) -> None:
    await reserve(store, "1", MUCH)
    await reserve(store, "2", Amount(tokens=5))
    for _ in range(2):  # the second does nothing
        await store.ledger.settle("1", Amount(tokens=150, micros=7))
    await store.ledger.settle("unknown", MUCH)
    for subject in (ADA, HERE, INSTANCE):
        assert (await store.ledger.used(subject, NOW))["month"] == Amount(tokens=155, micros=7)
    for number in ("1", "2"):
        await store.ledger.settle(number, NOTHING)
    assert (await store.ledger.used(ADA, NOW))["day"] == Amount(tokens=150, micros=7)


async def test_a_reservation_is_settled_on_its_own_day(store: Remembering) -> None:
    await reserve(store, "1", MUCH, at=datetime(2026, 10, 31, tzinfo=UTC))
    await store.ledger.settle("1", Amount(tokens=1))
    assert await store.ledger.days(ADA, date(2026, 1, 1)) == {date(2026, 10, 31): Amount(tokens=1)}


async def test_a_day_on_which_nothing_was_used_after_all_is_none(store: Remembering) -> None:
    await reserve(store, "1", MUCH)
    await store.ledger.settle("1", NOTHING)
    assert await store.ledger.days(ADA, TODAY) == {}


async def test_an_id_that_is_reserved_again_is_settled_once_and_else_stays_counted(store: Remembering) -> None:
    await reserve(store, "1", Amount(tokens=100))
    await reserve(store, "1", Amount(tokens=10))
    await store.ledger.settle("1", Amount(tokens=1))
    assert (await store.ledger.used(ADA, NOW))["day"] == Amount(tokens=101)


@pytest.mark.parametrize(
    "limit",
    [
        Limit(ADA, "day", "tokens", 199),
        Limit(HERE, "month", "tokens", 199),
        Limit(INSTANCE, "day", "pictures", 3),
        Limit(ADA, "month", "micros", 5_999_999_999),
    ],
)
async def test_a_limit_that_would_be_overrun_is_returned_and_nothing_is_counted(
    store: Remembering, limit: Limit
) -> None:
    wide = Limit(ADA, "day", "tokens", 200)
    assert await reserve(store, "1", MUCH, wide, limit) is None
    assert await reserve(store, "2", MUCH, wide, limit) == limit
    await store.ledger.settle("2", MUCH)
    for subject in (ADA, HERE, INSTANCE):
        assert (await store.ledger.used(subject, NOW))["day"] == MUCH


async def test_a_limit_can_be_used_up_to_its_end(store: Remembering) -> None:
    limits = [Limit(subject, "day", "tokens", 200) for subject in (ADA, HERE, INSTANCE)]
    for number in ("1", "2"):
        assert await reserve(store, number, Amount(tokens=100), *limits) is None
    assert await reserve(store, "3", Amount(tokens=1), *limits) in limits


async def test_a_limit_is_about_what_is_asked_for(store: Remembering) -> None:
    """One that was overrun, because more was used than reserved, does not stop what it does not concern."""
    full = Limit(ADA, "day", "tokens", 10)
    await reserve(store, "1", Amount(tokens=10), full)
    await store.ledger.settle("1", Amount(tokens=50))
    assert await reserve(store, "2", Amount(tokens=1), full) == full
    assert await reserve(store, "3", Amount(pictures=1), full) is None
    assert await reserve(store, "4", Amount(tokens=1), Limit(EVE, "day", "tokens", 0)) is None


async def test_what_is_used_up_today_is_there_again_tomorrow(store: Remembering) -> None:
    daily, monthly = Limit(ADA, "day", "tokens", 100), Limit(ADA, "month", "tokens", 200)
    days = [NOW + timedelta(days=number) for number in (0, 0, 1, 2, 12)]
    outcomes = [
        await reserve(store, str(number), Amount(tokens=100), daily, monthly, at=at) for number, at in enumerate(days)
    ]
    assert outcomes == [None, daily, None, monthly, None]


async def test_reservations_at_once_never_overrun_a_limit_together(store: Remembering) -> None:
    limit = Limit(HERE, "day", "tokens", 70)
    outcomes = await asyncio.gather(
        *(store.ledger.reserve(str(n), (f"person:fake:{n}", HERE), Amount(tokens=10), [limit], NOW) for n in range(30))
    )
    assert (outcomes.count(None), outcomes.count(limit)) == (7, 23)
    assert (await store.ledger.used(HERE, NOW))["day"] == Amount(tokens=70)
