"""Parts of a paste: which belong together, and what they were."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import Update

from adapters.telegram.pasting import LATEST_SECONDS, LEAST, MOST, WHOLE_SECONDS, Bundle, Intake, bundled, joined
from simulators.telegram.text import parts, with_found
from tests.adapters.telegram.test_events import ALICE, GROUP, PRIVATE, SENT, message

BY_BOB: dict[str, Any] = {"from": {**ALICE, "id": 2, "first_name": "Bob"}}
LONG = "word " * (LEAST // 5 + 1)


def update(id: int, text: str = "", at: float = 0, **fields: Any) -> Update:
    date = int(SENT.timestamp() + at)
    received = Update.de_json({"update_id": id, "message": message(text, message_id=id, date=date, **fields)})
    assert received
    return received


def groups(*updates: Update) -> list[list[int]]:
    return [[each.update_id for each in bundle.updates] for bundle in bundled(updates)]


def test_the_parts_of_a_paste_belong_together() -> None:
    assert groups(update(1, f"/tweetify {LONG}"), update(2, LONG, 2), update(3, "the end", 3)) == [[1, 2, 3]]
    first, second = bundled([update(1, LONG), update(2, "the end"), update(3, LONG)])
    assert (first.late, second.late) == (False, True)


@pytest.mark.parametrize(
    "other",
    [
        update(2, "too late", 3),
        update(2, "/chat a command"),
        update(2, "by Bob", **BY_BOB),
        update(2, "as a channel", sender_chat={"id": -9, "type": "channel", "title": "News"}),
        update(2, "elsewhere", chat=PRIVATE),
        update(2, "in a topic", message_thread_id=4, is_topic_message=True),
        update(2, "a reply", reply_to_message=message("x", message_id=99)),
        update(2, caption="a file", document={"file_id": "d", "file_unique_id": "u"}),
        update(2, "forwarded", forward_origin={"type": "hidden_user", "date": 0, "sender_user_name": "C"}),
    ],
    ids=lambda each: each.message.text or each.message.caption,
)
def test_other_messages_are_no_parts(other: Update) -> None:
    assert groups(update(1, LONG), other) == [[1], [2]]


def test_short_messages_are_never_joined() -> None:
    assert groups(update(1, "x" * (LEAST - 1)), update(2, "y")) == [[1], [2]]


def test_a_paste_as_a_reply_is_one_reply() -> None:
    answered = message("x", message_id=99)
    parts = [update(1, LONG, reply_to_message=answered), update(2, LONG, reply_to_message=answered), update(3, "end")]
    assert groups(*parts) == [[1, 2, 3]]


def test_what_comes_between_does_not_part_them() -> None:
    between = [update(2, "by Bob", **BY_BOB), Update(3), update(4, LONG, chat=PRIVATE)]
    assert groups(update(1, LONG), *between, update(5, "the end")) == [[1, 5], [2], [3], [4]]
    picture = update(2, photo=[{"file_id": "p", "file_unique_id": "u", "width": 1, "height": 1}])
    assert groups(update(1, LONG), picture, update(3, "the end")) == [[1], [2], [3]]


def test_nobody_holds_others_back_with_parts_without_end() -> None:
    endless = [update(number, LONG) for number in range(MOST + 1)]
    assert [len(bundle.updates) for bundle in bundled(endless)] == [MOST, 1]


WORDS = st.text(st.sampled_from("abé😀"), min_size=1, max_size=40)
BREAKS = st.sampled_from([" ", " ", "\n", "\n\n"])
TEXTS = st.builds(
    lambda pairs, times: "".join(f"{word}{gap}" for word, gap in pairs) * times,
    st.lists(st.tuples(WORDS, BREAKS), min_size=1, max_size=60),
    st.integers(1, 30),
)


@given(TEXTS)
def test_a_paste_is_put_together_word_by_word(text: str) -> None:
    assert joined(parts(text) or [""]).split() == text.split()


@given(WORDS, st.integers(5000, 9000))
def test_what_was_cut_within_a_word_is_put_together_without_a_gap(word: str, size: int) -> None:
    text = (word * size)[:size]
    assert joined(parts(text)) == text


@pytest.mark.parametrize("gap", ["\n\n", "\n", " "])
def test_the_break_that_a_cut_takes_away_is_put_back(gap: str) -> None:
    text = gap.join(["one two three"] * 900) if gap != " " else "word " * 2000
    assert len(parts(text)) > 1
    assert joined(parts(text)) == text.strip()
    assert joined(["x ", "y"]) == "x y"


STREAMS = st.lists(
    st.tuples(st.sampled_from([LONG, "short", "/chat x"]), st.booleans(), st.integers(0, 3)), max_size=12
)


@given(STREAMS, st.integers(1, 5), st.booleans())
def test_however_they_arrive_the_same_parts_are_joined(stream: Any, size: int, resent: bool) -> None:
    """Batches of any size, all within the time that is waited, some of them received twice."""
    at, updates = 0, []
    for number, (text, by_bob, later) in enumerate(stream, 1):
        at += later
        updates.append(update(number, text, at, **(BY_BOB if by_bob else {})))
    intake, taken = Intake(), list[Bundle]()
    for start in range(0, len(updates), size):
        again = [each for each in updates[:start] if resent and each.update_id >= (intake.offset or 0)]
        intake.receive([*again, *updates[start : start + size]], 0)
        _take(intake, taken, now=0)
        done = {each.update_id for bundle in taken for each in bundle.updates}
        assert all(each.update_id in done for each in updates if each.update_id < (intake.offset or 0))
        assert not any(bundle.first < (intake.offset or 0) <= bundle.last for bundle in taken)
    _take(intake, taken, now=LATEST_SECONDS)
    assert not intake.waits
    assert sorted(taken, key=lambda each: each.first) == list(bundled(updates))


def _take(intake: Intake, taken: list[Bundle], now: float) -> None:
    for bundle in intake.ready(now):
        taken.append(bundle)
        intake.done(bundle)


def test_nothing_is_confirmed_before_the_whole_is_done() -> None:
    intake = Intake()
    intake.receive([update(1, "x"), update(2, LONG), update(3, "by Bob", **BY_BOB)], 0)
    for bundle in intake.ready(0):
        intake.done(bundle)
    assert intake.offset == 2
    assert intake.waits
    assert not intake.ready(LATEST_SECONDS / 2)
    intake.receive([update(2, LONG), update(3, "by Bob", **BY_BOB), update(4, LONG)], LATEST_SECONDS)
    assert intake.ready(LATEST_SECONDS) == []
    intake.receive([update(2, LONG), update(4, LONG), update(5, "the end")], LATEST_SECONDS * 1.5)
    (whole,) = intake.ready(LATEST_SECONDS * 1.5)
    assert (whole.first, whole.last, whole.late) == (2, 5, False)
    intake.done(whole)
    assert intake.offset == 6
    assert not intake.waits


def test_the_rest_is_not_waited_for_without_end() -> None:
    intake = Intake()
    for number in range(int(WHOLE_SECONDS / LATEST_SECONDS * 2) + 1):
        now = number * LATEST_SECONDS / 2
        intake.receive([update(number + 1, LONG, now)], now)
    (bundle,) = intake.ready(WHOLE_SECONDS)
    assert bundle.late


def test_what_was_the_end_once_is_the_end_for_ever() -> None:
    intake = Intake(ends=[1])
    intake.receive([update(1, LONG), update(2, "came later")], 0)
    assert [(each.first, each.last, each.late) for each in intake.ready(0)] == [(1, 1, False), (2, 2, False)]


def test_commands_are_found_where_a_part_begins() -> None:
    path = "/usr/bin and /chat"
    assert with_found(path, [])[0]["offset"] > 0
    assert groups(update(1, LONG), update(2, path, chat=GROUP)) == [[1, 2]]


def test_row_49_updates_that_come_out_of_order_are_taken_in_the_order_of_their_messages() -> None:
    """And a gap in the ids is nothing: Telegram may skip some."""
    intake = Intake()
    sent = [
        Update.de_json({"update_id": number, "message": message(text, message_id=place)})
        for number, text, place in ((9, "c", 3), (3, "a", 1), (4, "b", 5))
    ]
    intake.receive([sent[2], sent[0], sent[1]], 0.0)
    bundles = intake.ready(0.0)
    assert [bundle.first for bundle in bundles] == [3, 9, 4]
    for bundle in bundles:
        intake.done(bundle)
    assert intake.offset == 10
