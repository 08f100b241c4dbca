import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.bars import bar, chart, escaped, percent, shortened, signature
from bot.inference.backend import Label
from bot.streaming.markdown import parse, plain


@pytest.mark.parametrize(
    ("score", "drawn"),
    [(0.0, "▱▱▱▱▱"), (0.09, "▱▱▱▱▱"), (0.5, "▰▰▱▱▱"), (0.87, "▰▰▰▰▱"), (1.0, "▰▰▰▰▰"), (7.0, "▰▰▰▰▰")],
)
def test_a_bar_has_five_blocks(score: float, drawn: str) -> None:
    assert bar(score) == drawn


def test_a_chart_has_the_largest_first_and_takes_names_literally() -> None:
    drawn = chart((Label("LABEL_1", 0.2), Label("*good*", 0.8)))
    assert plain(parse(drawn)) == "▰▰▰▰▱ *good* 80 %\n▰▱▱▱▱ LABEL_1 20 %"


@given(st.text(st.characters(codec="utf-8")))
def test_what_people_write_is_shown_as_it_stands(text: str) -> None:
    line = " ".join(text.split())
    assert plain(parse(f"x{escaped(line)}x")) == f"x{line}x".replace("\0", "\ufffd")


@given(st.text(), st.integers(2, 80))
def test_a_shortened_text_is_one_line_and_begins_as_the_text(text: str, limit: int) -> None:
    line = shortened(text, limit)
    assert len(line) <= limit
    assert "\n" not in line
    whole = " ".join(text.split())
    assert line == whole or (line.endswith("…") and whole.startswith(line[:-1]))


def test_it_is_cut_behind_a_word() -> None:
    assert shortened("one two three four", 10) == "one two…"
    assert shortened("one two three four", 8) == "one two…"
    assert shortened("onetwothree", 6) == "onetw…"


def test_what_stands_below() -> None:
    assert percent(0.876) == "88 %"
    assert signature("org/model", (1200, 30)) == "org/model · 1,200 tokens read, 30 written"
    assert signature("org/model") == "org/model"
    assert signature("http://10.0.0.1:8080/generate", (1, 2)) == "1 tokens read, 2 written"
