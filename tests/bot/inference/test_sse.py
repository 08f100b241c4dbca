from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.inference.sse import Events, EventTooLong, ServerSentEvent

TORTURE = (
    "\ufeff: a comment\n"
    'data: {"text":"Grüße 👋 \u2028 and \x85 and \v and \x1c"}\r\n\r\n'
    "data:no space\rdata:  two spaces\r\r"
    "event: error\ndata: bad\n\n"
    "event: forgotten\n\n"
    "id: 7\nretry: 100\nunknown: x\ndata\n\n"
    ":\n\n\n"
    "data: [DONE]\n\n"
).encode()
EVENTS = [
    ServerSentEvent('{"text":"Grüße 👋 \u2028 and \x85 and \v and \x1c"}'),
    ServerSentEvent("no space\n two spaces"),
    ServerSentEvent("bad", "error"),
    ServerSentEvent(""),
    ServerSentEvent("[DONE]"),
]


def read(*pieces: bytes) -> list[ServerSentEvent]:
    events = Events()
    return [event for piece in pieces for event in events.feed(piece)] + events.end()


def test_everything_at_once() -> None:
    assert read(TORTURE) == EVENTS


def test_byte_by_byte() -> None:
    assert read(*(TORTURE[at : at + 1] for at in range(len(TORTURE)))) == EVENTS


@given(st.lists(st.integers(0, len(TORTURE))))
def test_any_fragmentation_gives_the_same_events(cuts: list[int]) -> None:
    borders = [0, *sorted(cuts), len(TORTURE)]
    assert read(*(TORTURE[a:b] for a, b in pairwise(borders))) == EVENTS


LINES = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=20)


@given(
    st.lists(st.tuples(st.lists(LINES, min_size=1, max_size=3), st.sampled_from(["\n", "\r", "\r\n"])), max_size=5),
    st.data(),
)
def test_what_is_written_is_read(events: list[tuple[list[str], str]], data: st.DataObject) -> None:
    raw = b""
    for lines, end in events:
        raw += "".join(f"data: {line}{end}" for line in lines).encode() + end.encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=6)))
    borders = [0, *cuts, len(raw)]
    pieces = [raw[a:b] for a, b in pairwise(borders)]
    assert read(*pieces) == [ServerSentEvent("\n".join(lines)) for lines, _ in events]


@given(st.lists(st.binary(max_size=50), max_size=10))
def test_garbage_raises_nothing_and_its_fragmentation_changes_nothing(pieces: list[bytes]) -> None:
    assert read(*pieces) == read(b"".join(pieces))


def test_bytes_that_are_no_text_are_replaced() -> None:
    assert read(b"data: a\xff\xc3\n\n") == [ServerSentEvent("a\ufffd\ufffd")]


def test_an_event_comes_as_soon_as_its_last_byte_is_there() -> None:
    events = Events()
    assert events.feed(b"data: one\r\n\r") == [ServerSentEvent("one")]
    assert events.feed(b"\ndata: two\n") == []
    assert events.feed(b"\n") == [ServerSentEvent("two")]


def test_the_line_end_that_was_split_is_one_line_end() -> None:
    assert read(b"data: a\r", b"\ndata: b\r", b"", b"\n\r", b"\n") == [ServerSentEvent("a\nb")]


def test_what_was_left_without_a_blank_line_is_given_out_at_the_end() -> None:
    assert read(b"data: one\n\ndata: [DONE]") == [ServerSentEvent("one"), ServerSentEvent("[DONE]")]
    assert read(b"data: one\n\ndata: [DONE]\n") == [ServerSentEvent("one"), ServerSentEvent("[DONE]")]


@pytest.mark.parametrize("piece", [b"x" * 10, b"data: x\n", b"data:\n", b": comment "])
def test_no_line_and_no_event_grows_for_ever(piece: bytes) -> None:
    events = Events(limit=1000)

    def feed() -> None:
        for _ in range(1200):
            events.feed(piece)

    with pytest.raises(EventTooLong):
        feed()


def test_many_events_of_the_allowed_size_pass() -> None:
    events = Events(limit=100)
    assert sum(len(events.feed(b"data: " + b"x" * 90 + b"\n\n")) for _ in range(50)) == 50
