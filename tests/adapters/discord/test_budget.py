"""What a bucket allows, learned from headers."""

from hypothesis import given
from hypothesis import strategies as st

from adapters.discord.budget import KEPT_BACK, UNKNOWN_PACE, Budget


def known(remaining: int, after: float, now: float = 100.0) -> Budget:
    budget = Budget(sent_at=now)
    budget.learn(200, {"X-RateLimit-Remaining": str(remaining), "X-RateLimit-Reset-After": str(after)}, now)
    return budget


def test_a_new_bucket_may_be_used_at_once() -> None:
    assert Budget().ready(100.0) == 0
    assert Budget().spare(100.0) <= 0


def test_where_discord_says_nothing_previews_go_at_a_fixed_pace() -> None:
    budget = Budget(sent_at=100.0)
    budget.learn(200, {}, 100.0)
    assert budget.ready(100.0) == 0
    assert budget.spare(100.25) == UNKNOWN_PACE - 0.25


def test_previews_are_spread_evenly_over_the_window() -> None:
    budget = known(remaining=4, after=5.0)
    assert budget.spare(100.0) == 5.0 / 4
    assert budget.spare(101.25) == 0


def test_the_last_request_is_kept_back_but_not_from_what_must_go() -> None:
    budget = known(remaining=KEPT_BACK, after=5.0)
    assert budget.spare(101.0) == 4.0
    assert budget.ready(101.0) == 0
    assert known(remaining=0, after=5.0).ready(101.0) == 4.0
    assert budget.kept_back(101.0)
    assert not budget.kept_back(105.0)
    assert not known(remaining=2, after=5.0).kept_back(101.0)


def test_a_new_window_begins_afresh() -> None:
    budget = known(remaining=0, after=5.0)
    assert budget.ready(105.0) == budget.spare(105.0) == 0


def test_a_retry_after_holds_everything_until_a_request_got_through() -> None:
    budget = known(remaining=3, after=1.0)
    budget.learn(429, {"Retry-After": "7"}, 100.0)
    assert budget.ready(101.0) == budget.spare(101.0) == 6.0
    budget.learn(200, {}, 101.0)
    assert budget.ready(101.0) == 0


def test_nonsense_in_headers_is_no_limit() -> None:
    budget = Budget()
    budget.learn(429, {"Retry-After": "soon"}, 100.0)
    budget.learn(200, {"X-RateLimit-Remaining": "4"}, 100.0)
    assert budget.ready(100.0) == 0


def test_it_is_forgotten_only_when_nothing_is_lost() -> None:
    assert not known(remaining=3, after=5.0).idle(101.0)
    assert known(remaining=3, after=5.0).idle(106.0)


@given(st.integers(1, 10), st.floats(0.1, 60), st.floats(0, 0.2))
def test_previews_at_their_own_pace_never_take_the_last(limit: int, period: float, trip: float) -> None:
    """A server with a fixed window, whose responses take `trip` to arrive."""
    budget, now, ends, used = Budget(), 100.0, 0.0, 0
    for _ in range(40):
        now += max(0.0, budget.spare(now))
        if now >= ends:
            ends, used = now + period, 0
        used += 1
        assert used <= max(1, limit - KEPT_BACK)
        budget.sent_at = now
        left = {"X-RateLimit-Remaining": str(limit - used), "X-RateLimit-Reset-After": str(max(0.0, ends - now))}
        now += trip
        budget.learn(200, left, now)
