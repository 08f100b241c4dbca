import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.inference.counterparts.sentiment import UNSURE, WordList

WORDS = WordList()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("I love this", "positive"),
        ("Great product!", "positive"),
        ("awesome", "positive"),
        ("not bad at all", "positive"),
        ("👍👍", "positive"),
        ("What a lovely day 🎉", "positive"),
        ("This is the worst day ever", "negative"),
        ("I will die in this war", "negative"),
        ("He is not happy with it", "negative"),
        ("😡", "negative"),
        ("The meeting is at noon.", "neutral"),
        ("It was nice. " * 3000, "positive"),
    ],
)
def test_english(text: str, name: str) -> None:
    labels = WORDS.labels(text)
    assert labels[0].name == name
    assert sum(each.score for each in labels) == pytest.approx(1)
    assert {each.name for each in labels} == {"positive", "neutral", "negative"}


@pytest.mark.parametrize(
    "text",
    [
        "Die Party war gut",  # VADER: negative, because of die and war
        "Das ist super",
        "Ich bin so happy",
        "Je t’adore",
        "C’est nul",
        "no me gusta, es muy malo",
        "Lo odio",
        "Het is slecht",
        "我爱你",
        "Это ужасно",
        "🔥🔥🔥",  # VADER: negative, because of fire
        "42",
        "",
        "qwertz uiop",
        "The service was great but the food was terrible",
        "It was good. It was nice. I hated the end.",
    ],
)
def test_what_is_not_english_or_contradicts_itself_is_unsure(text: str) -> None:
    assert WORDS.labels(text) == UNSURE


@given(st.text())
def test_whatever_is_written(text: str) -> None:
    labels = WORDS.labels(text)
    assert all(0 <= each.score <= 1 for each in labels)
    assert list(labels) == sorted(labels, key=lambda each: -each.score)
    assert labels == WORDS.labels(text)
