import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.posts.counting import weight
from bot.commands.posts.draft import Draft, Post, faults, finished, read

TWO = Draft((Post("one", ("A", "B")), Post("two")), "News")
JSON = '{"headline": "News", "posts": [{"text": "one", "hashtags": ["A", "B"]}, {"text": "two"}]}'


@pytest.mark.parametrize(
    "answer",
    [
        JSON,
        f"Here they are:\n```json\n{JSON}\n```\nHave fun with [these]!",
        f'<think>{{"posts": ["no"]}}</think>{JSON}',
        f'{{"posts": ["a first try"]}} No, better: {JSON}',
        f'{JSON}\n[1, 2] ["tags"]',
        JSON.replace('"posts"', '"tweets"').replace('"text"', '"content"'),
        JSON.replace('["A", "B"]', '"A B"'),
        JSON.replace('{"text": "two"}', '"two", "", {"text": 5}, null'),
    ],
)
def test_posts_are_found_in_whatever_stands_around_them(answer: str) -> None:
    assert read(answer) == TWO


def test_lists_and_numbers_are_read_too() -> None:
    assert read('["one", "two"]') == Draft((Post("one"), Post("two")))
    numbered = "Sure!\n1. First\nline two\n2) Second\n**Post 3:** Third\n4/4: Fourth"
    posts = read(numbered)
    assert posts is not None
    assert [post.text for post in posts.posts] == ["First\nline two", "Second", "Third", "Fourth"]


def test_line_ends_within_a_string_are_forgiven() -> None:
    assert read('{"posts": ["one\ntwo"]}') == Draft((Post("one\ntwo"),))


@pytest.mark.parametrize(
    "answer",
    ["", "I cannot do that.", '{"posts": []}', '{"posts": ["cut o', "[" * 5000, "\n" * 30_000, "<think>" * 5000],
)
def test_answers_without_posts(answer: str) -> None:
    assert read(answer) is None


def test_faults_say_what_to_do() -> None:
    assert faults(TWO, 2, 280) == []
    found = faults(Draft((Post("x" * 281), Post("fine"))), 3, 280)
    assert found == [
        "There must be exactly 3 posts, not 2.",
        "Post 1 counts 281 characters; at most 280 are allowed.",
    ]
    assert faults(Draft((Post("x" * 275 + " #hashtag"),)), 1, 280) == []  # it goes by itself


def test_finished_posts_have_their_hashtags_and_no_numbers() -> None:
    draft = Draft((Post("1/2 one", ("A",)), Post("(2/2) two"), Post("three")))
    assert finished(Draft(draft.posts[:2]), 2, 280) == ["one #A", "two"]
    assert finished(Draft((*TWO.posts, Post("x"))), 2, 280) == ["one #A #B", "two"]


@given(st.text(max_size=600), st.integers(1, 4), st.integers(30, 280))
def test_whatever_a_model_says_no_post_is_over_the_limit(text: str, count: int, limit: int) -> None:
    for answer in (text, json.dumps({"posts": [text, {"text": text, "hashtags": text.split()}]})):
        draft = read(answer)
        posts = finished(draft, count, limit) if draft else []
        assert len(posts) <= count
        assert all(post and weight(post) <= limit for post in posts)
