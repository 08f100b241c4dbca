import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.inference.counterparts.vectors import DIMENSIONS, likeness, vector


def test_near_texts_are_near() -> None:
    rice, cooking, stocks = (vector(each) for each in ("How do I cook rice?", "cooking rice", "the stock market fell"))
    assert likeness(rice, cooking) > 0.3 > likeness(rice, stocks)
    assert likeness(vector("the a is"), vector("rice")) < 0.3


def test_it_is_the_same_on_every_machine() -> None:
    made = vector("rice")
    assert [at for at, value in enumerate(made) if abs(value) > 0.5] == [23]


@given(st.text())
def test_of_length_one_or_nothing(text: str) -> None:
    made = vector(text)
    assert len(made) == DIMENSIONS
    assert likeness(made, made) == pytest.approx(1) or not any(made)
