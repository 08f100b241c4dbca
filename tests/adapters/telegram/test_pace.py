"""When a request to a chat may go."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.telegram.pace import BURST_SLACK, FORGET_ABOVE, RUSH, SLACK, Pace

ALICE, BOB, GROUP = 1, 2, -1


@pytest.fixture
def pace() -> Pace:
    return Pace(private_seconds=1.5, group_seconds=3.0)


def test_the_first_write_goes_at_once(pace: Pace) -> None:
    assert pace.wait(ALICE, 100.0, final=False) == 0.0


@pytest.mark.parametrize(("chat", "gap", "before_the_end"), [(ALICE, 1.5, 1.0), (GROUP, 3.0, 3.0)])
def test_writes_to_a_chat_are_apart(pace: Pace, chat: int, gap: float, before_the_end: float) -> None:
    pace.wrote(chat, 100.0)
    assert pace.wait(chat, 100.0, final=True) == pytest.approx(before_the_end + SLACK)
    assert pace.wait(chat, 101.0, final=False) == pytest.approx(gap + SLACK - 1)
    assert pace.wait(chat, 100.0 + gap + SLACK, final=False) == pytest.approx(0.0)
    assert pace.wait(BOB, 100.0, final=False) == 0.0


@pytest.mark.parametrize(("chat", "gap"), [(ALICE, 1.0), (GROUP, 3.0)])
def test_an_album_takes_the_turns_of_all_its_files(pace: Pace, chat: int, gap: float) -> None:
    pace.wrote(chat, 100.0, 4)
    assert pace.wait(chat, 100.0, final=True) == pytest.approx(4 * (gap + SLACK))
    assert pace.wait(BOB, 100.0, final=True) == 0.0


def test_finals_go_before_previews(pace: Pace) -> None:
    pace.wrote(GROUP, 100.0)
    pace.queue(GROUP, 100.0)
    pace.queue(GROUP, 100.0)
    assert pace.wait(GROUP, 100.0, final=True) == pytest.approx(3 + SLACK)
    assert pace.wait(GROUP, 100.0, final=False) == pytest.approx(3 * (3 + SLACK))
    pace.leave(GROUP)
    assert pace.wait(GROUP, 100.0, final=False) == pytest.approx(2 * (3 + SLACK))


def test_a_retry_after_closes_one_chat_for_everything(pace: Pace) -> None:
    pace.close(ALICE, 100.0, 120.0)
    assert pace.wait(ALICE, 100.0, final=True) >= 120.0
    assert pace.wait_aside(ALICE, 219.9) > 0
    assert pace.wait(BOB, 100.0, final=False) == 0.0
    assert pace.wait_aside(BOB, 100.0) == 0.0


def test_a_shorter_retry_after_does_not_open_the_chat_earlier(pace: Pace) -> None:
    pace.close(ALICE, 100.0, 120.0)
    pace.close(ALICE, 101.0, 5.0)
    assert pace.wait(ALICE, 101.0, final=True) >= 119.0


def test_what_is_no_message_takes_no_turn(pace: Pace) -> None:
    pace.went_aside(100.0)
    assert pace.wait(ALICE, 100.0, final=False) == 0.0
    pace.wrote(ALICE, 100.0)
    assert pace.wait_aside(ALICE, 100.0) == 0.0


def test_over_all_chats_thirty_a_second_and_some_of_them_kept_for_what_must_arrive(pace: Pace) -> None:
    for chat in range(1, 25):
        assert pace.wait(chat, 100.0, final=False) == 0.0
        pace.wrote(chat, 100.0)
    assert pace.wait(1000, 100.0, final=False) == pytest.approx(1 + BURST_SLACK)
    for chat in range(25, 31):
        assert pace.wait(chat, 100.0, final=True) == 0.0
        pace.wrote(chat, 100.0)
    assert pace.wait(1000, 100.0, final=True) == pytest.approx(1 + BURST_SLACK)
    assert pace.wait_aside(1000, 100.5) == pytest.approx(0.5 + BURST_SLACK)


def test_a_rush_is_ten_requests_in_a_second(pace: Pace) -> None:
    for chat in range(1, RUSH):
        pace.wrote(chat, 100.0)
    assert not pace.rushed(100.1)
    pace.went_aside(100.1)
    assert pace.rushed(100.9)
    assert not pace.rushed(101.0)


def test_idle_chats_are_forgotten_and_others_are_not(pace: Pace) -> None:
    pace.close(GROUP, 0.0, 10_000.0)
    pace.queue(ALICE, 0.0)
    for number in range(10, 10 * FORGET_ABOVE):
        pace.wrote(number, float(number))
    assert len(pace) <= FORGET_ABOVE
    assert pace.wait(GROUP, 9000.0, final=True) > 0
    pace.leave(ALICE)


steps = st.lists(st.tuples(st.sampled_from([1, 2, -1, -2]), st.floats(0, 2), st.floats(0, 20) | st.none()), max_size=60)


@given(steps)
def test_whoever_waits_as_told_breaks_no_rule(steps: list[tuple[int, float, float | None]]) -> None:
    pace = Pace(1.5, 3.0, per_second=5)
    now, sent, closed = 0.0, list[tuple[float, int]](), dict[int, float]()
    for chat, idle, retry_after in steps:
        now += idle
        now += pace.wait(chat, now, final=True)
        assert now >= closed.get(chat, 0.0)
        assert all(now - at >= (1.0 if chat > 0 else 3.0) for at, other in sent if other == chat)
        assert sum(now - at < 1 for at, _ in sent) < 5
        pace.wrote(chat, now)
        sent.append((now, chat))
        if retry_after is not None:
            pace.close(chat, now, retry_after)
            closed[chat] = now + retry_after
