from hypothesis import given
from hypothesis import strategies as st

from bot.commands.posts.counting import weight
from bot.commands.posts.draft import finished
from bot.commands.posts.extract import extracted
from bot.commands.posts.sentences import sentences

NEWSLETTER = """\
# Our move to Ulm

We moved our servers to Ulm in October. The move took three nights and nobody noticed. Hello there.

The new servers use half of the power. Ulm heats its swimming pool with what they give off.

Next month we look at backups. Backups of all servers will be kept in two cities. Write to us if you want to know more.
"""


def test_sentences_stand_as_they_are_and_in_order() -> None:
    draft = extracted(NEWSLETTER, 3, 280)
    assert draft is not None
    assert draft.headline == "Our move to Ulm"
    assert len(draft.posts) == 3
    shown = [sentence for post in draft.posts for sentence in sentences(post.text)]
    places = [NEWSLETTER.index(sentence) for sentence in shown]
    assert places == sorted(places)
    assert "Hello there." not in shown


def test_hashtags_are_words_of_the_text() -> None:
    draft = extracted(
        "Intro here. We love Parley a lot here. The bot Parley is here for you. Ask Parley now please.", 1, 280
    )
    assert draft is not None
    assert draft.posts[0].hashtags == ("Parley",)


def test_markup_is_left_out() -> None:
    text = "# News\n\n| a | b |\n- **Read** the [report](https://example.com/r) or [this](page.md) today."
    draft = extracted(text, 1, 280)
    assert draft is not None
    assert [post.text for post in draft.posts] == ["Read the report https://example.com/r or this today."]


def test_a_short_text_makes_fewer_posts_and_an_empty_one_none() -> None:
    draft = extracted("Only this one sentence stands here.", 3, 280)
    assert draft is not None
    assert [post.text for post in draft.posts] == ["Only this one sentence stands here."]
    assert extracted(" \n", 3, 280) is None


@given(st.text(st.sampled_from("aB .!?\n#*-中🙂") | st.characters(codec="utf-8"), max_size=400), st.integers(1, 10))
def test_never_over_the_limit(text: str, count: int) -> None:
    draft = extracted(text, count, 100)
    if draft is not None:
        posts = finished(draft, count, 100)
        assert 1 <= len(posts) <= count
        assert all(weight(post) <= 100 for post in posts)
