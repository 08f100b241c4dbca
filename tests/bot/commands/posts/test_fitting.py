import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.posts.counting import weight
from bot.commands.posts.fitting import composed, fitted, hashtag

TEXTS = st.text(st.sampled_from("aB é中🙂👨‍👩️#._-,!?…\n:/") | st.characters(codec="utf-8"), max_size=120)


@pytest.mark.parametrize(("word", "made"), [("Ulm", "#Ulm"), ("#open source!", "#opensource"), ("2026", ""), ("-", "")])
def test_a_hashtag_is_letters_and_digits(word: str, made: str) -> None:
    assert hashtag(word) == made


def test_hashtags_stand_where_they_fit_and_once() -> None:
    assert composed(" We moved to #Ulm. ", ["ulm", "servers", "#news"], 40) == "We moved to #Ulm. #servers #news"
    assert composed("We moved.", ["averylongone", "news"], 16) == "We moved. #news"
    assert composed("over the limit", ["x"], 5) == "over the limit"


@pytest.mark.parametrize(
    ("limit", "made"),
    [
        (60, "We moved to Ulm. All of us like it there. #Ulm #news"),
        (46, "We moved to Ulm. All of us like it there. #Ulm"),
        (41, "We moved to Ulm. All of us like it there."),
        (30, "We moved to Ulm."),
        (15, "We moved to…"),
        (5, "We…"),
        (3, "W…"),
    ],
)
def test_hashtags_go_first_then_sentences_then_words(limit: int, made: str) -> None:
    assert fitted("We moved to Ulm. All of us like it there. #Ulm #news", limit) == made


def test_letters_of_several_code_points_and_links_are_not_broken() -> None:
    assert fitted("👨‍👩‍👧‍👦👨‍👩‍👧‍👦👨‍👩‍👧‍👦", 5) == "👨‍👩‍👧‍👦…"
    assert fitted("see https://example.com/a/long/path now", 27) == "see…"


@given(TEXTS, st.integers(3, 300))
def test_never_over_the_limit_and_nothing_is_invented(post: str, limit: int) -> None:
    made = fitted(post, limit)
    assert weight(made) <= limit
    assert bool(made) == bool(post.strip())
    if weight(post.strip()) <= limit:
        assert made == post.strip()


@given(TEXTS, st.lists(TEXTS, max_size=4), st.integers(3, 300))
def test_hashtags_never_lead_over_the_limit(text: str, tags: list[str], limit: int) -> None:
    made = composed(text, tags, limit)
    assert made.startswith(text.strip())
    assert made == text.strip() or weight(made) <= limit
