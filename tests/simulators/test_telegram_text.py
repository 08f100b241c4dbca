"""What Telegram makes of a text (pure)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.telegram.refusals import Refusal
from simulators.telegram.text import cleaned, cut, pings, previews, units, with_found

TEXTS = st.text(alphabet=st.sampled_from("ab @_/.\n\t\r\x07\u2028é😀中:"), max_size=40)


def bold(offset: int, length: int) -> dict[str, object]:
    return {"type": "bold", "offset": offset, "length": length}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("  a b \n", "a b"),
        ("a\rb", "ab"),
        ("a\x07b\tc", "a b\tc"),
        ("a\u2028b", "ab"),
        ("\n \n", ""),
        ("a\u2060b", "a\u2060b"),
    ],
)
def test_what_is_shown_of_a_text(text: str, shown: str) -> None:
    assert cleaned(text, []) == (shown, [])


def test_entities_move_along_and_are_trimmed() -> None:
    assert cleaned("  😀\rab  ", [bold(2, 3), bold(5, 4)]) == ("😀ab", [bold(0, 2), bold(2, 2)])
    assert cleaned("a  ", [bold(1, 2)]) == ("a", [])


def test_white_space_of_code_stays_at_the_start() -> None:
    code = {"type": "pre", "offset": 1, "length": 4}
    assert cleaned("\n  ab ", [code]) == ("  ab", [{**code, "offset": 0}])


@given(TEXTS, st.data())
def test_an_entity_still_covers_its_letters(text: str, data: st.DataObject) -> None:
    start, end = sorted(data.draw(st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))))
    offset, length = units(text[:start]), units(text[start:end])
    if length == 0:
        with pytest.raises(Refusal):
            cleaned(text, [bold(offset, length)])
        return
    shown, moved = cleaned(text, [bold(offset, length)])
    covered = cleaned(text[start:end], [])[0]
    assert [cut(shown, entity).strip() for entity in moved if cut(shown, entity).strip()] == [covered] * bool(covered)
    assert all(entity["offset"] + entity["length"] <= units(shown) for entity in with_found(shown, moved))


@pytest.mark.parametrize(
    ("text", "pinged"),
    [
        ("@alice", ["@alice"]),
        ("(@alice, @bob_b!)", ["@alice", "@bob_b"]),
        ("a@alice.com @\u2060alice @\u200balice @ab @" + "x" * 33, []),
    ],
)
def test_whom_a_text_pings(text: str, pinged: list[str]) -> None:
    assert pings(text, []) == pinged


def test_code_pings_nobody_and_bold_does() -> None:
    assert pings("@alice", [{"type": "code", "offset": 0, "length": 6}]) == []
    assert pings("@alice", [bold(0, 6)]) == ["@alice"]


def test_links_are_found_outside_code() -> None:
    text = "see e.com/x, https://a.b and v1.2.3 or file.py"
    found = with_found(text, [])
    assert [cut(text, entity) for entity in found] == ["e.com/x,", "https://a.b"]
    assert previews(found)
    assert not previews(with_found(text, [{"type": "pre", "offset": 0, "length": units(text)}]))
    assert previews([{"type": "text_link", "offset": 0, "length": 1, "url": "https://e.com"}])
