"""Formatted text as the page gets it: nothing is lost, nothing is HTML, no link leads anywhere but to the web."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground import discord_text, telegram_text
from playground.texts import KINDS, element, plain

HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[click](javascript:alert(1))",
    "[click](data:text/html,<script>alert(1)</script>)",
    "[a](https://x.example\" onmouseover=\"alert(1))",
    "<https://x.example/<script>>",
    "`<b>` ||<i>|| ~~<s>~~",
    "[x](vbscript:msgbox)",
)  # fmt: skip
MARKS = st.text(st.sampled_from(list("*_~|`\\>-#[]()<@&1. \nab😀:/")), max_size=60)


def elements(tree: list[Any]) -> Iterator[dict[str, Any]]:
    for each in tree:
        if not isinstance(each, str):
            yield each
            yield from elements(each["children"])


def check(tree: list[Any]) -> None:
    for each in elements(tree):
        assert each["kind"] in KINDS
        if each["kind"] == "link":
            assert each["info"].startswith(("http://", "https://"))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text: str) -> None:
    for tree in (discord_text.read(text), telegram_text.read(text)):
        check(tree)
    assert plain(telegram_text.read(text)) == text


@given(MARKS | st.text(max_size=60))
def test_any_text_of_discord_becomes_a_tree_of_known_kinds(text: str) -> None:
    check(discord_text.read(text))


ENTITIES = st.lists(
    st.fixed_dictionaries({
        "type": st.sampled_from([*telegram_text.MARKED, "pre", "url", "text_link", "unheard_of"]),
        "offset": st.integers(-1, 20),
        "length": st.integers(-1, 20),
        "url": st.sampled_from(["https://a.example", "javascript:alert(1)", "tg://user?id=1", ""]),
    }),
    max_size=6,
)  # fmt: skip


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), ENTITIES)
def test_no_entity_takes_a_letter_away(text: str, entities: list[dict[str, Any]]) -> None:
    tree = telegram_text.read(text, entities)
    check(tree)
    assert plain(tree) == text


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("**a *b* c**", [element("strong", ["a ", element("em", ["b"]), " c"])]),
        ("__u__ ~~s~~ _i_", [element("underline", ["u"]), " ", element("strike", ["s"]), " ", element("em", ["i"])]),
        ("snake_case_name 2*3*4", ["snake_case_name 2", element("em", ["3"]), "4"]),
        (r"\*not\*", ["*not*"]),
        ("||gone||", [element("spoiler", ["gone"])]),
        ("`**x**`", [element("code", ["**x**"])]),
        ("a\n```py\nprint(1)\n```\nb", ["a", element("pre", ["print(1)"], "py"), "b"]),
        ("## Two\n-# small", [element("heading", ["Two"], "2"), element("subtext", ["small"])]),
        ("> a\n> b\nc", [element("quote", ["a\nb"]), "c"]),
        ("- a\n  - b", [element("list", [element("item", ["a"], "0"), element("item", ["b"], "1")])]),
        ("3. a\n4. b", [element("ordered", [element("item", ["a"], "0"), element("item", ["b"], "0")], "3")]),
        ("[x](<https://a.example>)", [element("link", ["x"], "https://a.example")]),
        ("see https://a.example/b.", ["see ", element("link", ["https://a.example/b"], "https://a.example/b"), "."]),
        ("<@7> <#8> @everyone", [
            element("mention", ["@ada"]), " ", element("mention", ["#home"]), " ", element("mention", ["@everyone"]),
        ]),
        ("a\n\nb", ["a\n\nb"]),
    ],
)  # fmt: skip
def test_the_dialect_of_discord(text: str, tree: list[Any]) -> None:
    names = {("@", "7"): "ada", ("#", "8"): "home"}
    assert discord_text.read(text, lambda mark, who: names.get((mark, who), "")) == tree


def test_offsets_of_telegram_are_utf_16() -> None:
    tree = telegram_text.read("😀 bold", [{"type": "bold", "offset": 3, "length": 4}])
    assert tree == ["😀 ", element("strong", ["bold"])]


def test_a_block_stands_on_lines_of_its_own() -> None:
    entities = [{"type": "blockquote", "offset": 2, "length": 1}]
    assert telegram_text.apart(telegram_text.read("a\nb\n\nc", entities)) == ["a", element("quote", ["b"]), "\nc"]
