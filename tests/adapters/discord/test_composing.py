"""A page as one message: what has room, and in which order."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.discord.composing import CONTENT_LIMIT, NOTE_LIMIT, NOTHING_YET, PAGE_LIMIT, compose, cut, measure
from adapters.discord.formatting import size
from bot.replies import Page
from tests.adapters.discord.reader import shown


def test_answer_note_and_thought() -> None:
    page = Page("The **answer**.", note="cut off", thought="hm")
    assert compose(page) == "💭 ||hm||\nThe **answer**.\n-# cut off"


def test_a_lead_stands_above() -> None:
    assert compose(Page("x"), lead="-# <@1>") == "-# <@1>\nx"


@pytest.mark.parametrize("nothing", ["", " \n", "\u2003"])
def test_there_is_always_something_to_send(nothing: str) -> None:
    assert compose(Page(nothing)) == NOTHING_YET


def test_every_line_of_a_note_is_small_and_literal() -> None:
    assert compose(Page("", note="one *two*\n\nthree")) == "-# one \\*two\\*\n-# three"


def test_a_growing_text_has_its_marks_closed_and_a_final_one_not() -> None:
    assert compose(Page("so **bo"), growing=True) == "so **bo**"
    assert compose(Page("so **bo")) == "so \\*\\*bo"


def test_a_long_thought_keeps_its_end() -> None:
    content = compose(Page("a" * 1000, thought=f"begin {'x ' * 900} end"))
    assert size(content) <= CONTENT_LIMIT
    assert content.startswith("💭 ||…")
    assert "end||\n" in content
    assert "begin" not in content


def test_where_the_answer_leaves_no_room_the_thought_goes() -> None:
    assert compose(Page("a" * (CONTENT_LIMIT - 20), thought="long thoughts")) == "a" * (CONTENT_LIMIT - 20)


def test_a_thought_cannot_break_out_of_its_fold() -> None:
    content = compose(Page("answer", thought="a || b\n> c\n```\nhttps://x.test/|| d |"))
    assert content.partition("\nanswer")[0].count("||") == 2
    assert "```" not in content


def test_a_thought_that_is_to_be_read_stands_open_above_the_answer() -> None:
    page = Page("The answer.", thought="# first\n\nthen ||that||", unfolded=True)
    assert compose(page) == "> 💭 \\# first\n> \n> then \\|\\|that\\|\\|\nThe answer."


def test_a_page_within_the_limit_keeps_its_note() -> None:
    note = "n" * (NOTE_LIMIT - 3)
    assert compose(Page("a" * PAGE_LIMIT, note=note)).endswith(f"\n-# {note}")


LONG = st.sampled_from(["👍" * 900, "*" * 1500, "`" * 999])
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=200) | LONG


@given(TEXT, TEXT, TEXT, st.booleans(), st.booleans())
def test_it_is_never_too_long_nor_empty(markdown: str, note: str, thought: str, growing: bool, unfolded: bool) -> None:
    content = compose(Page(markdown * 3, note, thought * 5, unfolded), growing=growing, lead="-# <@1>")
    assert content.strip()
    assert size(content) <= CONTENT_LIMIT


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60), st.text(max_size=60))
def test_the_answer_is_whole_within_the_limit(markdown: str, thought: str) -> None:
    """The rooms for note and lead are kept free: nothing that a page is allowed to hold is cut."""
    assert measure(markdown) <= PAGE_LIMIT
    alone = compose(Page(markdown))
    assert alone == NOTHING_YET or alone in compose(Page(markdown, "n" * 500, thought))


@given(st.text(max_size=80), st.integers(0, 50))
def test_cut_is_a_beginning_within_the_limit(text: str, limit: int) -> None:
    part = cut(text, limit)
    assert text.startswith(part)
    assert size(part) <= limit
    assert part == text or size(text[: len(part) + 1]) > limit


@pytest.mark.parametrize("unfolded", [True, False])
def test_a_reader_sees_the_thought_as_it_was(unfolded: bool) -> None:
    thought = "is 2*3*4 = **24**? `yes` _surely_ <@5> | ~~\n- so\n# there"
    content = compose(Page("", thought=thought, unfolded=unfolded))
    assert re.sub(r"\s", "", shown(content)) == "💭" + re.sub(r"\s", "", thought)
