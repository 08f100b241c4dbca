from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.replies import PAGE_BREAK
from bot.streaming.markdown import parse, plain
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
def test_a_tiny_limit_is_kept_and_nothing_is_lost(text: str, limit: int) -> None:
    pages = Layout(limit, len).pages(text)
    assert all(len(page) <= limit for page in pages)
    shown = "".join(letter for page in pages for letter in page if letter.isalpha())
    assert shown.replace("python", "").replace("md", "").replace("js", "") == "".join(
        letter for letter in text if letter.isalpha()
    ).replace("python", "").replace("md", "").replace("js", "")
