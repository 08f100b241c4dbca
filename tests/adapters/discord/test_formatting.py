"""A model's Markdown as Discord shows it."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.discord.formatting import render, size
from bot.streaming.markdown import Node, parse, plain
from tests.adapters.discord.reader import shown

GOLDEN = [
    ("plain words", "plain words"),
    ("**bold** *slanted* ~~gone~~ `code`", "**bold** *slanted* ~~gone~~ `code`"),
    ("# One\n## Two\n### Three\n#### Four", "# One\n## Two\n### Three\n**Four**"),
    ("text\n\n---\n\nmore", "text\n\n────────────\n\nmore"),
    ("- a\n- b\n  - c\n", "- a\n- b\n  - c"),
    ("3. c\n4. d\n", "3. c\n4. d"),
    ("> one\n> two", "> one\n> two"),
    ("> > deep", "> deep"),
    ("- > deep", "- deep"),
    ("- # head\n  text", "- **head**\n  text"),
    ("```py\nx = '*'\n```", "```py\nx = '*'\n```"),
    ("```some thing!\nx\n```", "```some\nx\n```"),
    ("````\n```\ninner\n```\n````", "```\n`\u200b`\u200b`\ninner\n`\u200b`\u200b`\n```"),
    ("``a `b` c``", "``a `b` c``"),
    ("snake_case and 2 * 3 * 4", "snake_case and 2 * 3 * 4"),
    ("snake_case and `id_`", "snake\\_case and `id_`"),
    ("a ~ b | c || d ~~ e", "a ~ b | c \\|\\| d \\~\\~ e"),
    ("1\\. not a list", "1\\. not a list"),
    ("\\# no heading\n\\> no quote\n\\- no item", "\\# no heading\n\\> no quote\n\\- no item"),
    ("-# small", "\\-# small"),
    ("C:\\Users\\me and \\_", "C:\\Users\\me and \\_"),
    ("a < b and <b>tag</b>", "a < b and <b>tag\\</b>"),
    ("| A | B |\n|:--|--:|\n| one | 1 |\n| two | 22 |", "```\nA   |  B\n----+---\none |  1\ntwo | 22\n```"),
    ("| 名前 | B |\n|--|--|\n| x | y |", "```\n名前 | B\n-----+--\nx    | y\n```"),
    ("- item\n\n  ```py\n  x\n  ```\n- next", "- item\n```py\nx\n```\n- next"),
    ("a\nb", "a\nb"),
    ("", ""),
]

HOSTILE = [
    # a masked link always shows its host
    ("[docs](https://example.org/a)", "[docs](<https://example.org/a>) (example.org)"),
    ("[example.org](https://example.org)", "<https://example.org>"),
    ("[see example.org](https://example.org/a)", "[see example.org](<https://example.org/a>)"),
    ("[bank.com](https://evil.test/x)", "[bank.com](<https://evil.test/x>) (evil.test)"),
    ("[notevil.test](https://evil.test/x)", "[notevil.test](<https://evil.test/x>) (evil.test)"),
    ("[https://bank.com](https://evil.test)", "https://bank.com <https://evil.test>"),
    ("[a \\[b\\]](https://evil.test)", "a [b] <https://evil.test>"),
    ("<https://example.org>", "<https://example.org>"),
    ("![cat](https://evil.test/?q=secret)", "[cat](<https://evil.test/?q=secret>) (evil.test)"),
    ("[x](javascript:alert)", "x"),
    ("[me](mailto:a@b.c)", "me (mailto:a@b.c)"),
    ("\\[a\\](https://evil.test)", "[a]\\(https://evil.test)"),
    # mentions and their kin are shown as the letters they are
    ("<@123> <@&45> <#6> <:x:7> <t:8:R> </run:9>", "\\<@123> \\<@&45> \\<#6> \\<:x:7> \\<t:8:R> \\</run:9>"),
    ("||peek||", "\\|\\|peek\\|\\|"),
    ("__init__", "**init**"),
]


@pytest.mark.parametrize(("markdown", "discord"), GOLDEN + HOSTILE)
def test_golden(markdown: str, discord: str) -> None:
    assert render(parse(markdown)) == discord


def test_marks_around_code_that_holds_them_are_dropped() -> None:
    assert render(parse("*see `a * b` here*")) == "see `a * b` here"
    assert render(parse("**see `a` here**")) == "**see `a` here**"


def test_a_mark_inside_itself_is_not_doubled() -> None:
    text = Node("text", text="x")
    assert render(Node("paragraph", (Node("strong", (Node("strong", (text,)),)),))) == "**x**"


def test_size_counts_utf_16_units() -> None:
    assert size("aé漢") == 3
    assert size("👍🏽") == 4


MARKDOWN = st.lists(
    st.one_of(
        st.sampled_from([*"*_~`|><#-[]()\\!@&:. \n\n0123abcé", "**", "__", "~~", "||", "```", "```py\n", "\n\n", "> "]),
        st.sampled_from(["- ", "1. ", "# ", "-# ", "    ", "a_b", "`x_`", "<@1>", "<:a:1>", "](", "***", "👍"]),
        st.text(max_size=3).map(lambda text: text.replace("\u200b", "")),
    ),
    max_size=30,
).map("".join)
# What the two readings set differently: blanks, bullets, rules, the lines of tables, backticks that need a joiner.
FRAME = re.compile(r"[\s•—─+\-\u200b]+")


@settings(max_examples=300)
@given(MARKDOWN)
def test_a_reader_sees_the_same_letters(markdown: str) -> None:
    tree = parse(markdown)
    assert FRAME.sub("", shown(render(tree))) == FRAME.sub("", plain(tree))
