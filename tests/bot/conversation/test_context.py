from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.context import BYTES_PER_TOKEN, budget, fitting, size
from bot.conversation.turns import Turn


def exchange(number: int, length: int) -> list[Turn]:
    return [Turn("user", f"q{number} ".ljust(length, "x")), Turn("assistant", f"a{number} ".ljust(length, "y"))]


@given(st.lists(st.integers(3, 400), max_size=12), st.integers(-100, 8000))
def test_whole_exchanges_from_the_newest_on_as_far_as_they_fit(lengths: list[int], room: int) -> None:
    turns = [turn for number, length in enumerate(lengths) for turn in exchange(number, length)]
    kept = fitting(turns, room)
    assert list(kept) == turns[len(turns) - len(kept) :]
    assert sum(size(turn.text) for turn in kept) <= max(room, 0)
    assert not kept or kept[0].role == "user"
    if len(kept) < len(turns):
        one_more = turns[len(turns) - len(kept) - 2 :]
        assert sum(size(turn.text) for turn in one_more) > room


def test_the_answer_has_its_place_in_the_window() -> None:
    assert budget(8192, 2048) == (8192 - 2048) * BYTES_PER_TOKEN
    assert budget(1000, 2048) == 500 * BYTES_PER_TOKEN


def test_characters_are_counted_as_bytes() -> None:
    assert size("é") - size("e") == 1
    assert size("\ud83d") > 0
