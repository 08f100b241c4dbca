from hypothesis import given
from hypothesis import strategies as st

from bot.inference.stops import Stops

TEXT = st.text(alphabet="ab|<\n", max_size=30)
WORDS = st.lists(st.text(alphabet="ab|<\n", max_size=4), max_size=3)


def all_of(words: list[str], pieces: list[str]) -> tuple[str, bool]:
    stops = Stops(words)
    said = "".join([stops.feed(piece) for piece in pieces])
    return said + stops.end(), stops.met


@given(WORDS, st.lists(TEXT))
def test_the_text_before_the_first_stop_in_any_pieces(words: list[str], pieces: list[str]) -> None:
    whole = "".join(pieces)
    said, met = all_of(words, pieces)
    cuts = [len(whole[: at + len(word)]) for word in words if word and (at := whole.find(word)) >= 0]
    assert met == bool(cuts)
    if not cuts:
        assert said == whole
    else:  # nothing of the word that was whole first is said, and nothing behind it
        assert whole.startswith(said)
        assert any(whole[len(said) :].startswith(word) for word in words if word)
        assert not any(word in said for word in words if word)


def test_nothing_is_held_back_that_cannot_become_a_stop() -> None:
    stops = Stops(["</s>"])
    assert [stops.feed(piece) for piece in ("one <", "/", "b> two", "</s", "> three")] == [
        "one ",
        "",
        "</b> two",
        "",
        "",
    ]
    assert stops.met
    assert stops.feed("four") == stops.end() == ""


def test_what_was_held_back_is_said_at_the_end() -> None:
    assert all_of(["</s>"], ["one </"]) == ("one </", False)
    assert all_of([], ["one"]) == ("one", False)
