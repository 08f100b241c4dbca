import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.posts.counting import weight
from bot.commands.posts.fitting import fitted
from bot.commands.posts.sentences import beginning, paragraphs, sentences


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ("It is v3.5, e.g. here. Dr. Who came.", ["It is v3.5, e.g. here.", "Dr. Who came."]),
        ("“Yes.” He left (late).  Then", ["“Yes.”", "He left (late).", "Then"]),
        ("In 2026. Übrigens: ja", ["In 2026.", "Übrigens: ja"]),
        ("日本。本当！はい", ["日本。", "本当！", "はい"]),
        ("Title\n- one\n- two", ["Title", "- one", "- two"]),
        ("x" * 60 + " and\nso on. Next", ["x" * 60 + " and so on.", "Next"]),  # wrapped by a mail program
        (" \n ", []),
    ],
)
def test_sentences(text: str, found: list[str]) -> None:
    assert sentences(text) == found


@given(st.text(st.sampled_from("aB.!?。\n \t”)-1") | st.characters(codec="utf-8"), max_size=200))
def test_only_white_space_is_lost(text: str) -> None:
    assert "".join("".join(sentences(text)).split()) == "".join(text.split())


def test_paragraphs() -> None:
    assert paragraphs(" a\nb\n \n\nc ") == ["a\nb", "c"]


def test_the_beginning_is_whole_paragraphs() -> None:
    text = "aaaa\n\nbbbb\n\ncccc"
    assert beginning(text, 16) == text
    assert beginning(text, 15) == "aaaa\n\nbbbb"
    assert beginning(text, 11) == "aaaa"
    assert beginning(text, 3) == "aaa"
    assert beginning("ää", 3) == "ä"
    assert beginning(text, -5) == ""


@given(st.text(st.characters(codec="utf-8")), st.integers(0, 100))
def test_it_fits(text: str, room: int) -> None:
    assert len(beginning(text, room).encode()) <= room


@pytest.mark.parametrize("run", [" ", "\n", " \n", "a", "a-", "a.", ".", "#a ", "https://", "(", "a/("])
def test_long_runs_take_no_longer_than_other_texts(run: str) -> None:
    """Patterns that go over them again and again would need minutes."""
    text = run * (20_000 // len(run)) + "x"
    assert "".join(sentences(text)).endswith("x")
    assert weight(fitted(text, 280)) <= 280
