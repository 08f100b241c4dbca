import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.streaming.reasoning import NAMES, Reasoning

PIECES = [f"<{name}>" for name in NAMES] + [f"</{name}>" for name in NAMES] + ["<", "</", "think", ">", " ", "\n", "a"]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


def split(*fragments: str) -> tuple[str, str]:
    reasoning = Reasoning()
    parts = [reasoning.feed(fragment) for fragment in fragments]
    parts.append(reasoning.end())
    return "".join(thought for thought, _ in parts), "".join(answer for _, answer in parts)


@pytest.mark.parametrize("name", NAMES)
def test_a_thought_is_kept_apart(name: str) -> None:
    assert split(f"\n <{name}>so\n\nso</{name}>\n\nYes.") == ("so\n\nso", "Yes.")


@pytest.mark.parametrize(
    ("text", "thought", "answer"),
    [
        ("", "", ""),
        ("Yes.", "", "Yes."),
        ("<b>Yes</b>", "", "<b>Yes</b>"),
        ("<thin air", "", "<thin air"),
        ("<thin", "", "<thin"),
        ("Use `<think>` and `</think>`.", "", "Use `<think>` and `</think>`."),
        ("<think>a</think>Then <think>b</think>.", "a", "Then <think>b</think>."),
        ("<think>a</think>\n<think>b</think> c ", "ab", "c "),
        ("<think>a", "a", ""),
        ("<think>a</thi", "a</thi", ""),
        ("<think>1 < 2 </thinking></think>x", "1 < 2 </thinking>", "x"),
        ("</think>\n\nx", "", "x"),
    ],
)
def test_where_a_thought_begins_and_ends(text: str, thought: str, answer: str) -> None:
    assert split(text) == (thought, answer)


def test_nothing_is_held_back_without_need() -> None:
    reasoning = Reasoning()
    assert reasoning.feed("<think>a <") == ("a ", "")
    assert reasoning.feed(" b</think>") == ("< b", "")
    assert reasoning.feed("c <thi") == ("", "c <thi")


@given(TEXTS, st.data())
def test_any_fragmentation_gives_the_same(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    fragments = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert split(*fragments) == split(text)
    assert split(*text) == split(text)
