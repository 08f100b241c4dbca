import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.replies import PAGE_BREAK
from bot.streaming.markdown import Node, parse, plain
from bot.streaming.pages import Layout

Measure = Callable[[str], int]


def utf16(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def escaped(text: str) -> int:
    return sum(2 if letter in "*_`~[]()>#" else 1 for letter in text)


def rendered(text: str) -> int:
    return utf16(plain(parse(text)))


MEASURES: dict[str, Measure] = {"letters": len, "utf16": utf16, "escaped": escaped, "rendered": rendered}
BLOCKS = st.sampled_from(
    [
        "A sentence. Another one! ",
        "word ",
        "Satz für Satz, ohne Ende ",
        "\n",
        "\n\n",
        "- item\n",
        "  - nested item\n",
        "```python\nprint('x')\n\nprint('y')\n```\n",
        "~~~\ntilde\n~~~\n",
        "   ```js\n   indented()\n   ```\n",
        "> ```\n> quoted\n> ```\n",
        "````md\n```\nin\n```\n````\n",
        "```\n" + "endless code line " * 8 + "\n```\n",
        "x" * 70,
        "😀👩‍👩‍👧‍👦🇩🇪👍🏽",
        "e\u0301\u0323",
        "中文句子。没有空格",
        "| a | b |\n|---|---|\n| 1 | 2 |\n",
        PAGE_BREAK,
        "**bold** and `code`",
        "```",
    ]
)
TEXTS = st.lists(BLOCKS, max_size=25).map("".join)


def grown(layout: Layout, text: str, cuts: list[int]) -> tuple[str, ...]:
    """The pages after the text has grown in these steps; checks that no full page ever changes."""
    before: tuple[str, ...] = ()
    for end in [*sorted(cuts), len(text)]:
        pages = layout.pages(text[:end])
        assert pages[: len(before[:-1])] == before[:-1]
        assert len(pages) >= len(before)
        before = pages
    return before


def leftovers(text: str, pages: tuple[str, ...]) -> set[str]:
    """What the pages may have left of the text, showing the rest in order; empty where they show something else.

    White space between pages is free, and so are a fence's line at a page's start or end; the line that closes a
    fence may be missing where its page was closed anyway.
    """
    rests = {text.replace(PAGE_BREAK, " ").lstrip()}
    for page in pages:
        lines = page.split("\n")
        parts = {"\n".join(each).strip() for each in (lines, lines[:-1], lines[1:], lines[1:-1])} - {""}
        rests = {rest.removeprefix(part).lstrip() for rest in rests for part in parts if rest.startswith(part)}
        rests |= {rest.partition("\n")[2].lstrip() for rest in rests if not rest.partition("\n")[0].strip("> `~")}
    return rests


@pytest.mark.parametrize("measure", MEASURES.values(), ids=MEASURES)
@given(text=TEXTS, limit=st.integers(40, 200), data=st.data())
def test_pages_fit_and_lose_nothing_however_the_text_grows(
    measure: Measure, text: str, limit: int, data: st.DataObject
) -> None:
    cuts = data.draw(st.lists(st.integers(0, len(text)), max_size=10))
    pages = grown(Layout(limit, measure), text, cuts)
    assert all(measure(page) <= limit for page in pages)
    assert all(page.strip() for page in pages)
    assert "" in leftovers(text, pages)


@pytest.mark.parametrize("measure", [len, utf16, escaped])
@given(text=TEXTS, limit=st.integers(40, 200))
def test_how_the_text_grew_makes_no_difference(measure: Measure, text: str, limit: int) -> None:
    once = Layout(limit, measure).pages(text)
    assert grown(Layout(limit, measure), text, list(range(len(text)))) == once


@given(text=TEXTS, limit=st.integers(1, 12))
def test_a_tiny_limit_is_kept_and_no_letter_is_lost(text: str, limit: int) -> None:
    pages = Layout(limit, len).pages(text)
    assert all(len(page) <= limit for page in pages)
    rest = iter("".join(pages))
    assert all(letter in rest for letter in text if letter.isalnum())


@pytest.mark.parametrize(
    ("text", "pages"),
    [
        ("", ()),
        (" \n\n ", ()),
        ("  indented\n", ("  indented",)),
        ("One paragraph.\n\nAnother one here.", ("One paragraph.", "Another one here.")),
        ("Some words here\nand a line to cut", ("Some words here", "and a line to cut")),
        ("A sentence here. Another one, too.", ("A sentence here.", "Another one, too.")),
        ("only words and words and no more", ("only words and words", "and no more")),
        ("a long calculation 20 - 3", ("a long calculation", "20 - 3")),
        ("some words **bold and** more", ("some words", "**bold and** more")),
        ("some words [a link](b) more", ("some words", "[a link](b) more")),
        ("**this is all bold for long**", ("**this is all bold", "for long**")),
        ("unbreakable" * 3, ("unbreakableunbreakabl", "eunbreakable")),
        ("中文句子没有空格。中文句子没有空格。中文句子", ("中文句子没有空格。中文句子没有空格。", "中文句子")),
        ("- a list of items\n  - nested item", ("- a list of items", "  - nested item")),
    ],
)  # fmt: skip
def test_where_a_page_of_21_letters_ends(text: str, pages: tuple[str, ...]) -> None:
    assert Layout(21, len).pages(text) == pages


@pytest.mark.parametrize(
    ("before", "opening", "closing"),
    [
        ("", "```py title", "```"),
        ("1. a\n", "   ~~~~ x", "   ~~~~"),
        ("", "> ```", "> ```"),
        ("- a\n  - b\n", "      ```", "      ```"),
    ],
)
def test_a_cut_fence_is_closed_and_opened_again(before: str, opening: str, closing: str) -> None:
    indent = closing.rstrip("`~")
    lines = [f"{indent}line {number}" for number in range(30)]
    text = "\n".join([before + opening, *lines, closing, "", "The end."])
    pages = Layout(120, len).pages(text)
    assert len(pages) > 2
    for page in pages[:-1]:
        assert page.endswith("\n" + closing)
    for page in pages[1:]:
        assert page.startswith(opening + "\n")
    assert pages[-1].endswith("\nThe end.")
    shown = "\n".join(block.text for page in pages for block in blocks(parse(page)) if block.kind == "code_block")
    assert shown.split("\n") == [f"line {number}" for number in range(30)]


def blocks(node: Node) -> list[Node]:
    return [node, *(each for child in node.children for each in blocks(child))]


def test_a_fence_that_starts_late_moves_to_the_next_page_whole() -> None:
    text = "A paragraph that fills some space.\n\n```py\nx = 1\ny = 2\n```"
    assert Layout(48, len).pages(text) == ("A paragraph that fills some space.", "```py\nx = 1\ny = 2\n```")


def test_the_end_of_a_fence_makes_no_page_of_its_own() -> None:
    text = "```\n123456\n```\n\nThe end."
    layout = Layout(14, len)
    assert grown(layout, text, list(range(len(text)))) == ("```\n123456\n```", "The end.")


def test_a_break_makes_a_new_page_and_ends_a_fence() -> None:
    text = PAGE_BREAK.join(["", "one\n", " \n", "```\ntwo\n", "three"])
    assert Layout(99, len).pages(text) == ("one", "```\ntwo", "three")
    assert Layout(99, len).pages("one" + PAGE_BREAK) == ("one",)


@pytest.mark.parametrize(
    "letter",
    ["😀", "👩‍👩‍👧‍👦", "🇩🇪", "👍🏽", "e\u0301\u0323", "🏴\U000e0067\U000e0062\U000e007f", "각", "\ud83d\ude00"],
)
def test_no_letter_is_cut(letter: str) -> None:
    for limit in range(12, 40):
        pages = Layout(limit, utf16).pages(letter * 30)
        assert "".join(pages) == letter * 30
        assert all(utf16(page) <= limit for page in pages)
        assert all(page == letter * (len(page) // len(letter)) for page in pages)


def test_a_long_text_costs_a_few_measures_a_page_and_what_is_full_costs_nothing() -> None:
    asked: list[int] = []

    def measure(text: str) -> int:
        asked.append(len(text))
        return escaped(text)

    text = "Some *words* of a `sentence` that goes on. And another one!\n\n" * 1000
    layout = Layout(1000, measure)
    pages = layout.pages(text)
    assert len(asked) <= 14 * len(pages)
    assert max(asked) <= 4000
    asked.clear()
    assert layout.pages(text) == pages
    assert len(asked) == 1


HOSTILE_SHAPES = {
    "no spaces": "x" * 100_000,
    "spaces": " " * 100_000,
    "lines": "\n" * 100_000,
    "fences": "```\n" * 25_000,
    "one fence": "```" + "x" * 50_000 + "\n" + "y" * 50_000,
    "breaks": PAGE_BREAK * 100_000,
    "joiners": "e" + "\u0301" * 100_000,
    "flags": "🇩" * 50_000,
    "backslashes": "\\" * 100_000,
}


@pytest.mark.parametrize("shape", HOSTILE_SHAPES)
def test_hostile_shapes_stay_fast(shape: str) -> None:
    started = time.process_time()
    pages = Layout(2000, len).pages(HOSTILE_SHAPES[shape])
    assert all(len(page) <= 2000 for page in pages)
    assert time.process_time() - started < 5  # measured: under 0.5 s
