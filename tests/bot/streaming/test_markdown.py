import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.streaming.markdown import DEPTH, Node, close_unfinished, parse, plain

TORTURE = """# A **bold** title

Some *emphasis*, **strong _and_ more**, ~~gone~~, ***both***, `co*de`, ``a`b``, [docs](https://e.com/a_(b) "t"), \\
an ![image](https://example.com/i.png) and <https://example.com>; 2 * 3 * 4 is 24, snake_case_name, \\*not\\*.
Second line **over
two lines**

> A quote with **marks**
> - and a [list](http://example.com)

1. one `x`
   ```python
   def f(*args, **kwargs): return "[a](b"
   ```
2. two

| a | **b** |
|---|:-:|
| `1` | 2 \\| 3 |

~~~~
```
~~~~
End.
"""

MARKS = [
    "*",
    "**",
    "_",
    "~~",
    "`",
    "```",
    "\n",
    "\n\n",
    "> ",
    "- ",
    "1. ",
    "# ",
    "[",
    "](",
    ")",
    "!",
    "\\",
    "|",
    "|-|",
    "<",
    ">",
]
ODDITIES = [
    "http://e.com",
    "a",
    "Wort",
    " ",
    "    ",
    "&amp;",
    "\t",
    "\r\n",
    "~",
    "~~~",
    "😀",
    "\u2028",
    "\ud800",
    "\0",
    "|a|b|\n|-|-|\n|c|",
]
HOSTILE = st.lists(st.sampled_from([*MARKS, *ODDITIES]), max_size=60).map("".join)
WORDS = st.text(alphabet=st.characters(categories=["L"]), min_size=1, max_size=12)
PROSE = st.lists(
    st.tuples(WORDS, st.sampled_from([" ", ", ", ".\n", "\n\n", " *", "* ", "** ", " `", "` ", "~~", "> "]))
)


def letters(text: str) -> list[str]:
    return [letter for letter in text if letter.isalnum()]


def depth(node: Node) -> int:
    return 1 + max((depth(child) for child in node.children), default=0)


def inline(markdown: str) -> tuple[Node, ...]:
    (paragraph,) = parse(markdown).children
    assert paragraph.kind == "paragraph"
    return paragraph.children


def test_inline_marks() -> None:
    assert inline("a **b *c*** ~~d~~ `e`") == (
        Node("text", text="a "),
        Node("strong", (Node("text", text="b "), Node("emphasis", (Node("text", text="c"),)))),
        Node("text", text=" "),
        Node("strike", (Node("text", text="d"),)),
        Node("text", text=" "),
        Node("code", text="e"),
    )


def test_a_line_end_is_a_break() -> None:
    assert inline("a\nb  \nc") == (
        Node("text", text="a"),
        Node("break"),
        Node("text", text="b"),
        Node("break"),
        Node("text", text="c"),
    )


def test_blocks_with_their_infos() -> None:
    document = parse("### T\n\n> q\n\n7. a\n   - b\n\n```py x\nc\n\n```\n---\n")
    heading, quote, ordered, code, rule = document.children
    assert (heading.kind, heading.info) == ("heading", "3")
    assert quote == Node("quote", (Node("paragraph", (Node("text", text="q"),)),))
    assert (ordered.kind, ordered.info) == ("list", "7")
    assert ordered.children[0].children[1] == Node(
        "list", (Node("item", (Node("paragraph", (Node("text", text="b"),)),)),)
    )
    assert code == Node("code_block", text="c\n", info="py")
    assert rule == Node("rule")


def test_a_table_keeps_the_cells_that_are_too_many() -> None:
    (table,) = parse("| a | b |\n|:--|--:|\n| 1 | x || y |\n| 2 |\n").children
    header, first, second = table.children
    assert [row.info for row in table.children] == ["header", "", ""]
    assert header.children == (
        Node("cell", (Node("text", text="a"),), info="left"),
        Node("cell", (Node("text", text="b"),), info="right"),
    )
    assert [plain(cell) for cell in first.children] == ["1", "x || y"]
    assert [plain(cell) for cell in second.children] == ["2", ""]


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "tg://user?id=1", "data:text/html,x", "JAVASCRIPT:x", "file:///etc", "//e.com", "#a"],
)
def test_of_a_link_elsewhere_only_the_text_stays(address: str) -> None:
    assert inline(f"a [b]({address}) c") == (Node("text", text="a b c"),)
    assert inline(f"![b]({address})") == (Node("text", text="b"),)


@pytest.mark.parametrize("address", ["http://e.com", "HTTPS://e.com/?a=b", "mailto:a@e.com"])
def test_links_and_images_keep_their_address(address: str) -> None:
    assert inline(f"[b]({address})") == (Node("link", (Node("text", text="b"),), info=address),)
    assert inline(f"![b]({address})") == (Node("image", text="b", info=address),)


def test_an_address_in_angle_brackets_is_a_link_and_a_bare_one_is_text() -> None:
    assert inline("<https://e.com>") == (Node("link", (Node("text", text="https://e.com"),), info="https://e.com"),)
    assert inline("<tg://resolve>") == (Node("text", text="tg://resolve"),)
    assert inline("https://e.com") == (Node("text", text="https://e.com"),)


@pytest.mark.parametrize(
    "text",
    ["[a](http://e.com/\ud83d)", "<http://e.com/\ude00>", "![a](<\ud83d>)", "[a](http://[::1", "<mailto:\ud83d@b>"],
)
def test_addresses_that_cannot_be_encoded_do_no_harm(text: str) -> None:
    plain(parse(text)).encode()
    parse(close_unfinished(text))


def test_html_and_link_definitions_are_text() -> None:
    assert plain(parse("<b>x</b>\n<!-- y -->\n\n[1]: https://e.com")) == "<b>x</b>\n<!-- y -->\n\n[1]: https://e.com"


def test_dashes_under_a_paragraph_are_a_rule() -> None:
    assert [node.kind for node in parse("a\n---\nb").children] == ["paragraph", "rule", "paragraph"]


def test_plain_is_what_a_reader_sees() -> None:
    text = (
        "# T\n\na **b**\nc\n\n- d\n  1. e\n  2. f\n\n|g|h|\n|-|-|\n|1|2|\n\n```\ni\n```\n[j](http://k) ![l](http://m)"
    )
    assert plain(parse(text)) == "T\n\na b\nc\n\n• d\n  1. e\n  2. f\n\ng | h\n1 | 2\n\ni\n\nj l"


@given(HOSTILE)
def test_never_raises_and_is_never_deep(text: str) -> None:
    for markdown in (text, close_unfinished(text)):
        tree = parse(markdown)
        assert depth(tree) <= DEPTH
        plain(tree)


@given(PROSE)
def test_the_letters_of_prose_survive(pieces: list[tuple[str, str]]) -> None:
    prose = "".join(word + mark for word, mark in pieces)
    assert letters(plain(parse(prose))) == letters(prose)
    assert letters(plain(parse(close_unfinished(prose)))) == letters(prose)


@given(HOSTILE)
def test_closing_is_idempotent(text: str) -> None:
    once = close_unfinished(text)
    assert close_unfinished(once) == once


def test_a_complete_text_is_not_changed() -> None:
    assert close_unfinished(TORTURE) == TORTURE


@pytest.mark.parametrize(
    ("unfinished", "closed"),
    [
        ("**bold and un", "**bold and un**"),
        ("**bold *it", "**bold *it***"),
        ("**bold*", "**bold**"),
        ("***both**", "***both***"),
        ("__a _b", "__a _b___"),
        ("~~gone", "~~gone~~"),
        ("~~gone~", "~~gone~~"),
        ("**bold ", "**bold** "),
        ("**bold\\", "**bold**"),
        ("text **", "text"),
        ("(**", "("),
        ("text `", "text"),
        ("a `co", "a `co`"),
        ("``a`", "``a``"),
        ("**a `b", "**a `b`**"),
        ("see [the **docs**](http://exam", "see the **docs**"),
        ("**[docs](http://e.com/a_(b)", "**docs**"),
        ("![an image](http", "an image"),
        ("[a](http://e.com \"tit", "a"),
        ("```py\nx = 1", "```py\nx = 1\n```"),
        ("```py\nx = 1\n", "```py\nx = 1\n```"),
        ("````\n```\n``", "````\n```\n````"),
        ("~~~\nx", "~~~\nx\n~~~"),
        ("> ```\n> x", "> ```\n> x\n> ```"),
        ("1. ```\n   x", "1. ```\n   x\n   ```"),
        ("# **He", "# **He**"),
        ("> **q", "> **q**"),
        ("| a |\n|---|\n| **b", "| a |\n|---|\n| **b**"),
    ],
)  # fmt: skip
def test_what_is_left_open_is_closed(unfinished: str, closed: str) -> None:
    assert close_unfinished(unfinished) == closed


@pytest.mark.parametrize(
    "text",
    [
        "",
        "5*x",
        "2 * 3",
        "snake_case",
        "- [ ] todo",
        "f[i](x y",
        "**a\n\nb",
        "> ```\n> a\n\nb",
        "a\\*",
        "`a` **b**",
        "**a\n\n",
    ],
)
def test_what_opens_nothing_is_left_alone(text: str) -> None:
    assert close_unfinished(text) == text


def test_every_prefix_shows_a_beginning_of_the_whole() -> None:
    """While the text grows, what is shown only grows; what changes again is short and never a mark of emphasis."""
    whole = plain(parse(TORTURE))
    for end in range(len(TORTURE)):
        shown = plain(parse(close_unfinished(TORTURE[:end]))).rstrip()
        same = next((at for at, letter in enumerate(shown) if not whole.startswith(letter, at)), len(shown))
        again = shown[same:]  # half a table's head, an address, a bracket
        assert len(again) <= len("<https://example.com")
        assert not set(again) & set("*~`"), TORTURE[:end]


HOSTILE_SHAPES = {
    "brackets": "[" * 20_000,
    "images": "![" * 5_000,
    "stars": "*" * 20_000,
    "open stars": "**a " * 5_000,
    "nested stars": "*a **b " * 3000 + "c** d* " * 3000,
    "quotes": ">" * 100_000 + "a",
    "lists": "- " * 10_000,
    "deep list": "".join("  " * level + "- a\n" for level in range(300)),
    "half links": "[a](" * 5_000,
    "ticks": "".join("`" * length + " " for length in range(1, 400)),
    "table": "|a" * 200 + "|\n" + "|-" * 200 + "|\n" + "|\n" * 200,
    "fences": "```\n" * 20_000,
    "backslashes": "\\" * 100_000,
}


@pytest.mark.parametrize("shape", HOSTILE_SHAPES)
def test_hostile_shapes_stay_fast_and_shallow(shape: str) -> None:
    started = time.process_time()
    tree = parse(HOSTILE_SHAPES[shape])
    assert depth(tree) <= DEPTH
    plain(tree)
    close_unfinished(HOSTILE_SHAPES[shape])
    assert time.process_time() - started < 5  # measured: under 1 s, and 2 s for the worst 100 KB
