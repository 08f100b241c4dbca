from hypothesis import given
from hypothesis import strategies as st

from bot.inference.counterparts.extracts import SENTENCES, answer, sort, summary

TEXT = """Rice is grown in water. My neighbour was away. Rice needs much water and sun, and so rice is grown in the
south. Yesterday was a Friday. Water for rice comes from rivers."""


def test_a_summary_takes_the_sentences_that_say_most_in_their_order() -> None:
    made = summary(TEXT)
    assert made.startswith("Rice is grown in water. Rice needs")
    assert made.endswith("Water for rice comes from rivers.")
    assert "neighbour" not in made


def test_a_short_text_is_its_own_summary() -> None:
    assert summary("One thing. Another!") == "One thing. Another!"
    assert summary("") == ""


@given(st.text())
def test_a_summary_says_nothing_of_its_own(text: str) -> None:
    made = summary(text)
    assert "".join(made.split()) in "".join(text.split()) or len(made) < len(text)
    assert len(made) <= len(text) + SENTENCES


def test_the_sentence_that_shares_most_with_the_question_answers_it() -> None:
    found = answer("Where does the water come from?", TEXT)
    assert found is not None
    assert found.name == "Water for rice comes from rivers."
    assert 0 < found.score <= 1
    assert answer("Who wrote novels?", TEXT) is None
    assert answer("", TEXT) is None
    assert answer("water?", "") is None


def test_a_text_is_sorted_by_what_it_shares_with_names() -> None:
    labels = sort("The cat sat on the mat", ["politics", "cats"])
    assert [each.name for each in labels] == ["cats", "politics"]
    assert sum(each.score for each in labels) == 1
    assert {each.score for each in sort("?", ["a", "b"])} == {0.5}
