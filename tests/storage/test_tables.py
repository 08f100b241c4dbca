from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import Column, MetaData, Table, create_engine, select
from sqlalchemy.exc import StatementError

from storage.tables import UTCDateTime

times = Table("times", MetaData(), Column("at", UTCDateTime))


def stored(at: datetime | None) -> datetime | None:
    engine = create_engine("sqlite://")
    try:
        with engine.begin() as connection:
            times.create(connection)
            connection.execute(times.insert(), {"at": at})
            back: datetime | None = connection.execute(select(times.c.at)).scalar_one()
    finally:
        engine.dispose()
    return back


def test_a_time_comes_back_in_utc() -> None:
    written = datetime(2026, 11, 20, 1, 2, 3, 456789, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    back = stored(written)
    assert back == written
    assert back is not None
    assert back.tzinfo is UTC


def test_no_time_is_no_time() -> None:
    assert stored(None) is None


def test_a_time_without_its_zone_is_refused() -> None:
    with pytest.raises(StatementError, match="zone"):
        stored(datetime(2026, 11, 20))  # noqa: DTZ001 - that is the point


def test_a_database_that_knows_zones_may_answer_in_any() -> None:
    local = datetime(2026, 11, 20, 1, tzinfo=timezone(timedelta(hours=1)))
    back = UTCDateTime().process_result_value(local, create_engine("sqlite://").dialect)
    assert back == local
    assert back is not None
    assert back.tzinfo is UTC
