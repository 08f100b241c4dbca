from collections.abc import Iterable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.entities import marked, one
from bot.errors import Unavailable
from bot.inference.backend import Entity
from bot.replies import Delta
from bot.streaming.markdown import Node, parse, plain
from tests.bot.commands.scripted import Scripted
from tests.fakes import an_event
from tests.house import House, in_virtual_time

NAMES = {"Ada Lovelace": "PER", "Babbage": "PER", "London": "LOC", "ACME": "ORG", "E*SPRIT": "MISC"}


def entities(text: str) -> tuple[Entity, ...]:
    found = [(text.find(name), name) for name in NAMES if name in text]
    return tuple(Entity(NAMES[name], name, at, at + len(name), 0.987) for at, name in sorted(found))


def find(model: str, task: Mapping[str, Any]) -> Iterable[Delta | Exception]:
    assert task["task"] == "token-classification"
    if "broken" in task["inputs"]:
        return [Unavailable("The model is away.")]
    return [Delta(result=entities(task["inputs"]), finish="stop", model=model)]


def bold(node: Node) -> list[str]:
    inside = [text for child in node.children for text in bold(child)]
    return [plain(node), *inside] if node.kind == "strong" else inside


@in_virtual_time
async def test_names_by_kind_and_the_text_with_them_marked() -> None:
    house = House(backend=Scripted(find))
    _, screen = await house.answered(an_event("Ada Lovelace met Babbage in London (1833).", command="entities"))
    assert screen.text == (
        "- **People**: Ada Lovelace 99 %, Babbage 99 %\n- **Places**: London 99 %\n\n"
        "**Ada Lovelace** met **Babbage** in **London** (1833)."
    )
    assert screen.note == "org/model"


@in_virtual_time
async def test_a_text_without_names() -> None:
    question, screen = await (house := House(backend=Scripted(find))).answered(an_event("hm", command="entities"))
    assert "found no names" in screen.text
    assert house.end(question) == "answered"


@in_virtual_time
async def test_a_batch_has_a_line_each_and_a_summary() -> None:
    house = House(backend=Scripted(find))
    event = an_event("Babbage in London\nnobody\nbroken\nAda Lovelace", command="entities")
    lines = (await house.answered(event))[1].text.splitlines()
    assert lines[0] == "1. **Babbage** in **London** – person: Babbage 99 %; place: London 99 %"
    assert lines[1] == "2. nobody – no names found"
    assert lines[2] == "3. broken – could not be read"
    assert lines[-2:] == ["**4 texts**: 2 people, 1 place", "1 could not be read: The model is away."]


@in_virtual_time
async def test_the_cause_is_said_where_it_could_not_be_read() -> None:
    _, screen = await House(backend=Scripted(find)).answered(an_event("broken", command="entities"))
    assert screen.note == "The model is away."


def test_kinds_that_only_this_model_knows() -> None:
    assert one("aspirin", [Entity("DRUG_NAME", "aspirin", 0, 7, 0.5)]).startswith("- **DRUG\\_NAME**: aspirin 50 %")
    assert one("x", [Entity("", "x", 0, 1, 0.5)]).startswith("- **Names**: x")


@pytest.mark.parametrize(
    ("text", "spans", "marks"),
    [
        ("the E*SPRIT!", [(4, 11)], ["E*SPRIT"]),
        ("AcmeInc", [(0, 4), (4, 7)], ["AcmeInc"]),  # those that touch
        (" Ada ,", [(0, 5)], ["Ada"]),
        ("ACME Inc.s", [(0, 9)], ["ACME Inc"]),
        ("a\nb", [(0, 3)], []),
        ("...", [(0, 3)], []),
        ("Ada", [(1, 99)], ["da"]),
    ],
)
def test_marks_begin_and_end_with_a_letter(text: str, spans: list[tuple[int, int]], marks: list[str]) -> None:
    found = [Entity("PER", text[start:end], start, end, 1.0) for start, end in spans]
    assert bold(parse(marked(text, found, 100))) == marks


@given(st.text(st.characters(codec="utf-8"), max_size=40), st.lists(st.tuples(st.integers(0, 40), st.integers(0, 12))))
def test_no_letter_of_the_text_is_lost_or_has_a_meaning(text: str, spans: list[tuple[int, int]]) -> None:
    line = " ".join(text.split()).replace("\0", "")
    found = [Entity("PER", line[start : start + length], start, start + length, 1.0) for start, length in spans]
    assert plain(parse(f"x {marked(line, found, 100)} x")) == f"x {line} x"


def test_a_long_text_is_shown_in_part() -> None:
    shown = marked("a" * 50 + " London", [Entity("LOC", "London", 51, 57, 1.0)], 40)
    assert shown == "a" * 40 + "…"
