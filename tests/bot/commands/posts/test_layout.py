from hypothesis import given
from hypothesis import strategies as st

from bot.commands.posts.layout import fenced, shown
from bot.streaming.markdown import parse
from bot.streaming.pages import Layout

LINES = st.text(st.sampled_from("ab `~#*\n") | st.characters(codec="utf-8", exclude_characters="\r\0"), min_size=1)


def test_each_post_is_a_code_block_with_its_count() -> None:
    assert shown(["one", "zwei🙂"], 280) == "**1/2** (3/280)\n```\none\n```\n\n**2/2** (6/280)\n```\nzwei🙂\n```"
    assert shown(["one"], 280, "News").startswith("**Headline**\n```\nNews\n```\n\n**1/1**")


@given(LINES.filter(lambda text: text.strip() == text and text.isprintable()))
def test_a_block_holds_exactly_its_post(post: str) -> None:
    tree = parse(fenced(post))
    assert [(node.kind, node.text) for node in tree.children] == [("code_block", post)]


def test_backticks_do_not_end_the_block() -> None:
    post = "```\ncode\n````\nmore"
    tree = parse(shown([post], 280))
    assert [node.text for node in tree.children if node.kind == "code_block"] == [post]


def test_ten_posts_are_not_broken_over_pages() -> None:
    posts = [f"{number} " + "word " * 50 for number in range(10)]
    pages = Layout(2000, len).pages(shown(posts, 280))
    blocks = [node.text for page in pages for node in parse(page).children if node.kind == "code_block"]
    assert blocks == posts
