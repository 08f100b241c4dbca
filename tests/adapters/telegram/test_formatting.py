"""How Markdown looks on Telegram."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.telegram.formatting import JOINER, PAGE_LIMIT, compose, harmless, render
from adapters.telegram.rich import MARK_LIMIT, TEXT_LIMIT, Mark, Rich, clip, cut, join, most_important, units
from bot.streaming.markdown import Node, close_unfinished, parse, plain


def shown(markdown: str) -> Rich:
    return render(parse(markdown))


def covered(rich: Rich) -> list[tuple[str, str]]:
    """Kind and text of every mark."""
    encoded = rich.text.encode("utf-16-le")
    return [(mark.kind, encoded[2 * mark.start : 2 * mark.end].decode("utf-16-le")) for mark in rich.marks]


def check(rich: Rich) -> None:
    """What Telegram asks of entities."""
    size = units(rich.text)
    assert rich.text == rich.text.rstrip()
    for mark, (_, text) in zip(rich.marks, covered(rich), strict=True):
        assert 0 <= mark.start < mark.end <= size
        assert text == text.rstrip()
        assert mark.kind in ("pre", "code", "blockquote") or text == text.lstrip()
    for one, other in combinations(rich.marks, 2):
        apart = one.end <= other.start or other.end <= one.start
        inside = (one.start <= other.start and other.end <= one.end) or (
            other.start <= one.start and one.end <= other.end
        )
        assert apart or inside
        if not apart:
            kinds = {one.kind, other.kind}
            assert len(kinds) == 2
            assert not kinds & {"pre", "code"} or kinds & {"blockquote"}
            assert kinds != {"blockquote", "expandable_blockquote"}


@pytest.mark.parametrize(
    ("markdown", "text", "marks"),
    [
        ("plain", "plain", []),
        ("**bold** and *italic*", "bold and italic", [("bold", "bold"), ("italic", "italic")]),
        ("~~gone~~", "gone", [("strikethrough", "gone")]),
        ("***both***", "both", [("bold", "both"), ("italic", "both")]),
        ("# Title\n\ntext", "Title\n\ntext", [("bold", "Title")]),
        ("`x = 1`", "x = 1", [("code", "x = 1")]),
        ("**a `b` c**", "a b c", [("bold", "a"), ("code", "b"), ("bold", "c")]),
        ("😀 **b😀b** c", "😀 b😀b c", [("bold", "b😀b")]),
        ("> one\n>\n> two", "one\ntwo", [("blockquote", "one\ntwo")]),
        ("> one\n> > two", "one\ntwo", [("blockquote", "one\ntwo")]),
        ("> \x1fblank", "blank", [("blockquote", "blank")]),
        ("> ```\n>   code\n> ```\n> a", "  code\na", [("blockquote", "  code\na"), ("pre", "  code")]),
        ("a\n\n---\n\nb", "a\n\n──────────\n\nb", []),
        ("- a\n- b\n  - c", "• a\n• b\n   ◦ c", []),
        ("3. a\n4. b\n   c", "3. a\n4. b\n   c", []),
        ("", "", []),
    ],
)
def test_marks(markdown: str, text: str, marks: list[tuple[str, str]]) -> None:
    rich = shown(markdown)
    check(rich)
    assert rich.text == text
    assert covered(rich) == marks


def test_a_block_of_code_keeps_its_language_and_its_indentation() -> None:
    rich = shown("```python title\n  if x:\n    y\n```")
    assert rich == Rich("  if x:\n    y", (Mark("pre", 0, 13, language="python"),))


def test_code_in_a_list_is_not_indented() -> None:
    rich = shown("1. first\n   ```\n   x\n     y\n   ```\n   after")
    assert rich.text == "1. first\nx\n  y\n   after"
    assert covered(rich) == [("pre", "x\n  y")]


def test_a_table_is_aligned_text() -> None:
    rich = shown("| name | n |\n|---|--:|\n| a | 100 |\n| 漢字漢 | 1 |")
    assert rich.text.splitlines() == ["name   │   n", "───────┼────", "a      │ 100", "漢字漢 │   1"]
    assert [mark.kind for mark in rich.marks] == ["pre"]


@pytest.mark.parametrize(
    ("markdown", "text", "url"),
    [
        ("[here](https://evil.com/a)", "here (evil.com)", "https://evil.com/a"),
        ("[evil.com](https://evil.com/a)", "evil.com", "https://evil.com/a"),
        ("[https://evil.com/a](https://evil.com/a)", "https://evil.com/a", "https://evil.com/a"),
        ("[Example.com/a](https://www.example.com/a)", "Example.com/a", "https://www.example.com/a"),
        ("[good.com](https://evil.com)", "good.com (evil.com)", "https://evil.com"),
        ("[notevil.com](https://evil.com)", "notevil.com (evil.com)", "https://evil.com"),
        ("[evil.com.good.com](https://evil.com)", "evil.com.good.com (evil.com)", "https://evil.com"),
        ("[good.com](https://good.com@evil.com)", "good.com (evil.com)", "https://good.com@evil.com"),
        ("[**a** `b`](https://c.d)", "a b (c.d)", "https://c.d"),
        ("![a cat](https://c.d/e.png)", "a cat (c.d)", "https://c.d/e.png"),
        ("[![a cat](https://e.f/g.png)](https://c.d)", "a cat (c.d)", "https://c.d"),
        ("[](https://c.d)", "(c.d)", "https://c.d"),
        ("see https://a.b/@name/x.", f"see https://a.b/@{JOINER}name/x.", "https://a.b/@name/x"),
    ],
)
def test_a_link_shows_where_it_leads(markdown: str, text: str, url: str) -> None:
    rich = shown(markdown)
    check(rich)
    assert rich.text == text
    assert [mark.url for mark in rich.marks if mark.kind == "text_link"] == [url]


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("[me](mailto:a@b.c)", "me (a@b.c)"),
        ("[a@b.c](mailto:a@b.c)", "a@b.c"),
        ("[Bob](tg://user?id=1)", "Bob"),
        ("[click](javascript:alert(1))", "click"),
        ("[x](http://[::1)", "x"),
    ],
)
def test_other_addresses_are_no_links(markdown: str, text: str) -> None:
    assert shown(markdown) == Rich(text)


@pytest.mark.parametrize("address", ["tg://user?id=1", "ftp://a.b/c", "https://a b.c", "https://good.com\\@evil.com"])
def test_a_renderer_relies_on_nobody_for_what_may_be_linked(address: str) -> None:
    assert render(Node("link", (Node("text", text="x"),), info=address)) == Rich("x")


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("@alice hello", f"@{JOINER}alice hello"),
        ("(@alice) и@bob", f"(@{JOINER}alice) и@{JOINER}bob"),
        ("me@home.example and a @ b", "me@home.example and a @ b"),
        ("a\rb\x00c\u202ed\u2028e", "ab cd\ne"),
    ],
)
def test_nothing_pings_and_nothing_moves(text: str, safe: str) -> None:
    assert harmless(text) == safe


def test_names_in_code_stay_as_they_are() -> None:
    assert shown("`@alice` @bob").text == f"@alice @{JOINER}bob"
    assert shown("```\n@alice\n```").text == "@alice"


def test_a_message_has_the_thought_folded_above_and_the_note_below() -> None:
    rich = compose(shown("**yes**"), note="cut off", thought="let me see")
    check(rich)
    assert rich.text == "let me see\n\nyes\n\ncut off"
    assert covered(rich) == [("expandable_blockquote", "let me see"), ("bold", "yes"), ("italic", "cut off")]


def test_a_thought_may_stand_open() -> None:
    rich = compose(shown("**yes**"), thought="let me see", unfolded=True)
    assert covered(rich) == [("blockquote", "let me see"), ("bold", "yes")]


def test_under_a_file_there_is_less_room() -> None:
    rich = compose(Rich("x" * 900), "cut off", "let me see " * 900, limit=1024)
    check(rich)
    assert 1000 < rich.size <= 1024


def test_a_message_may_have_a_note_or_a_thought_only() -> None:
    assert compose(Rich(), note="waiting").text == "waiting"
    assert compose(Rich(), thought="let me see").text == "let me see"
    assert compose(Rich()) == Rich()


@given(st.integers(0, PAGE_LIMIT), st.integers(0, 290), st.integers(0, 9000))
def test_a_whole_page_leaves_room_for_note_and_thought(body: int, note: int, thought: int) -> None:
    rich = compose(Rich("x" * body), "n" * note, "😀" * (thought // 2))
    check(rich)
    assert rich.size <= TEXT_LIMIT
    assert "x" * body in rich.text
    assert rich.text.count("n") == note
    assert min(thought // 2, (PAGE_LIMIT - body) // 2 - 200) <= rich.text.count("😀")


WORDS = ["a", "**", "*", "_", "~~", "`", "```", "\n", "\n\n", " ", "- ", "1. ", "> ", "# ", "|", "\n|--|--|\n", "---\n"]
TRICKS = [
    "[x](https://a.b)",
    "![y](",
    "](https://c.d/e)",
    "[",
    "@bob",
    "😀",
    "漢",
    "é",
    "\u200b",
    "https://a.b/@c",
    "    ",
]
markdowns = st.lists(st.sampled_from(WORDS + TRICKS) | st.text(max_size=4), max_size=40).map("".join)


def letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def appear_in_order(wanted: str, text: str) -> bool:
    remaining = iter(text)
    return all(letter in remaining for letter in wanted)


@given(markdowns)
def test_whatever_the_markdown_the_text_carries_all_letters_and_the_marks_are_valid(markdown: str) -> None:
    for text in (markdown, close_unfinished(markdown)):
        rich = shown(text)
        check(rich)
        assert appear_in_order(letters(plain(parse(text))), rich.text)


@given(markdowns, st.integers(0, 60))
def test_a_clipped_text_is_valid_too(markdown: str, limit: int) -> None:
    rich = clip(shown(markdown), limit)
    check(rich)
    assert rich.size <= limit


@given(st.text(max_size=30), st.integers(0, 40))
def test_a_cut_text_fits(text: str, limit: int) -> None:
    assert units(cut(text, limit)) <= limit
    assert units(text) > limit or cut(text, limit) == text


def test_parts_are_joined_with_a_blank_line() -> None:
    rich = join([Rich("😀", (Mark("bold", 0, 2),)), Rich(), Rich("b", (Mark("italic", 0, 1),))])
    assert rich == Rich("😀\n\nb", (Mark("bold", 0, 2), Mark("italic", 4, 1)))


def test_of_too_many_marks_the_least_important_go_and_never_the_text() -> None:
    markdown = "\n\n".join(["**bold** `code` [x](https://a.b)"] * 60)
    rich = shown(markdown)
    kept = most_important(rich.marks)
    assert len(rich.marks) == 180
    assert len(kept) == MARK_LIMIT
    assert sum(mark.kind == "text_link" for mark in kept) == 60
    assert sum(mark.kind == "code" for mark in kept) == 40
    assert list(kept) == sorted(kept, key=lambda mark: mark.start)


def test_deep_trees_are_rendered() -> None:
    node = Node("paragraph", (Node("text", text="deep"),))
    for _ in range(40):
        node = Node("list", (Node("item", (node,)),))
    assert render(Node("document", (node,))).text.endswith("deep")
