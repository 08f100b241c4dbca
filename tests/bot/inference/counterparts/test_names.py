import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.inference.counterparts.names import entities


def found(text: str) -> list[tuple[str, str]]:
    return [(each.kind, each.text) for each in entities(text)]


@pytest.mark.parametrize(
    ("text", "kind", "part"),
    [
        ("on 2026-11-20", "DATE", "2026-11-20"),
        ("am 20.11.2026", "DATE", "20.11.2026"),
        ("on 20 November 2026.", "DATE", "20 November 2026"),
        ("on Nov. 20, 2026", "DATE", "Nov. 20, 2026"),
        ("in May 2026", "DATE", "May 2026"),
        ("at 14:30", "DATE", "14:30"),
        ("ask ada.l+x@example.co.uk.", "EMAIL", "ada.l+x@example.co.uk"),
        ("see https://huggingface.co/models?x=1, then", "LINK", "https://huggingface.co/models?x=1"),
        ("(www.example.org)", "LINK", "www.example.org"),
        ("paid $1,500.50 for it", "QUANTITY", "$1,500.50"),
        ("about 3.5 GB", "QUANTITY", "3.5 GB"),
        ("only 30%", "QUANTITY", "30%"),
        ("for 10 minutes.", "QUANTITY", "10 minutes"),
        ("we met Ada Lovelace there", "NAME", "Ada Lovelace"),
        ("the University of Ulm is", "NAME", "University of Ulm"),
        ("with Ludwig van Beethoven", "NAME", "Ludwig van Beethoven"),
        ("in Ångermanland", "NAME", "Ångermanland"),
    ],
)
def test_each_kind(text: str, kind: str, part: str) -> None:
    assert found(text) == [(kind, part)]


def test_the_first_word_of_a_sentence_is_no_name_unless_it_comes_again() -> None:
    assert found("Yesterday it rained. Everybody ran.") == []
    assert found("Ulm is nice. I like Ulm.") == [("NAME", "Ulm"), ("NAME", "Ulm")]
    assert found("Ada Lovelace wrote it") == [("NAME", "Ada Lovelace")]


def test_a_number_without_a_unit_is_nothing() -> None:
    assert found("there were 12 of them, in version 1.2.3") == []


@given(st.text() | st.text(alphabet="Aa1. @:/€%-m\n", max_size=60))
def test_whatever_is_written(text: str) -> None:
    end = 0
    for each in entities(text):
        assert text[each.start : each.end] == each.text
        assert each.start >= end
        end = each.end


@pytest.mark.parametrize(
    "piece", ["A", "A ", "a@", "1.", "1/", "Aa of ", "https://", "a.", "$1,", "1,", "Ab. ", "a-", " "]
)
def test_no_text_keeps_it_busy(piece: str) -> None:
    began = time.monotonic()
    entities(piece * 20_000)
    assert time.monotonic() - began < 5
