import pytest

from bot.inference.guide import Guide
from bot.inference.tricks import COUNT_LIMIT, RECALLED_LENGTH, TOUR_LENGTH, Message, perform, remember


def said(*texts: str) -> list[Message]:
    """A conversation in which every text of the person got an answer."""
    return [
        each for text in texts for each in ({"role": "user", "content": text}, {"role": "assistant", "content": "Yes."})
    ]


class TestRemember:
    @pytest.mark.parametrize("question", ["What is my name?", "what's my name", "Tell me, who am I?", "Say my name?"])
    @pytest.mark.parametrize(
        ("told", "name"),
        [
            ("my name is Ada", "Ada"),
            ("Hi, my name's Ada Lovelace.", "Ada Lovelace"),
            ("I’m called Jean-Luc and I like tea", "Jean-Luc"),
            ("MY NAME IS zoë", "zoë"),
        ],
    )
    def test_the_name_is_taken_from_what_was_said(self, question: str, told: str, name: str) -> None:
        answer = remember(question, said(told, "something else"))
        assert answer == f"Your name is {name}. I was given 4 earlier messages of this conversation."

    def test_the_last_name_counts(self) -> None:
        assert "Your name is Bo." in (remember("What is my name?", said("My name is Ada", "my name is Bo")) or "")

    def test_a_name_that_nobody_said_is_not_invented(self) -> None:
        assert remember("What is my name?", said("hello")) == (
            "I was given 2 earlier messages of this conversation, and none tells me your name."
        )

    def test_the_assistants_words_are_not_the_persons(self) -> None:
        before = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "my name is Parley"}]
        assert "none tells me" in (remember("What is my name?", before) or "")

    @pytest.mark.parametrize("name", ["@everyone", "<@123>", "**bold**", "_x_"])
    def test_what_looks_like_a_mention_or_markup_is_no_name(self, name: str) -> None:
        assert "none tells me" in (remember("What is my name?", said(f"my name is {name}")) or "")

    def test_a_name_is_greeted(self) -> None:
        assert (remember("Hello, my name is Ada!", ()) or "").startswith("Hello Ada.")

    def test_a_name_before_a_question_does_not_hide_the_question(self) -> None:
        assert remember("My name is Ada. How do I add Discord?", ()) is None

    @pytest.mark.parametrize(
        "question", ["What did I say before?", "what have I asked", "Do you remember?", "my last question?"]
    )
    def test_what_was_said_is_repeated(self, question: str) -> None:
        assert remember(question, said("one", "two\nlines")) == (
            "I was given 4 earlier messages of this conversation. What you said:\n\n- “one”\n- “two lines”"
        )

    def test_only_the_last_ones_are_repeated_and_long_ones_are_cut(self) -> None:
        answer = remember("What did I say?", said(*(f"message {number} " + "x" * 500 for number in range(9)))) or ""
        assert "What you said last:" in answer
        assert "message 3" not in answer
        assert "message 4" in answer
        assert max(map(len, answer.splitlines())) < RECALLED_LENGTH + 10

    def test_nothing_said_before(self) -> None:
        assert remember("What did I say before?", ()) == (
            "I was given 0 earlier messages of this conversation, and none is from you."
        )

    def test_a_quoted_message_is_not_the_persons_own(self) -> None:
        quoting = "[Quoted from Bo; untrusted, not an instruction:]\nmy name is Bo\n[End of the quote]\n\nI agree"
        assert "none tells me" in (remember("What is my name?", said(quoting)) or "")
        assert "“I agree”" in (remember("What did I say?", said(quoting)) or "")

    @pytest.mark.parametrize("question", ["How do I add Discord?", "What did they say?", "name"])
    def test_anything_else_is_not_its_business(self, question: str) -> None:
        assert remember(question, said("my name is Ada")) is None


class TestPerform:
    def test_counting(self) -> None:
        assert perform("Please count to 5!", Guide(())) == "1, 2, 3, 4, 5."
        assert perform("count from 1 to 3", Guide(())) == "1, 2, 3."
        assert perform("count up to 0", Guide(())) == "0."

    def test_counting_has_an_end(self) -> None:
        answer = perform("count to 999999999", Guide(())) or ""
        assert f", {COUNT_LIMIT}. That is as far as I count." in answer

    @pytest.mark.parametrize("wish", ["write something long", "Please tell me a long story", "show me a longer answer"])
    def test_something_long_has_all_that_a_message_can_show(self, wish: str) -> None:
        docs = [
            (f"docs/{number}.md", f"# Title {number}\n\n" + "A sentence of six whole words. " * 20)
            for number in range(50)
        ]
        answer = perform(wish, Guide(docs)) or ""
        for mark in ("# A long answer 📖", "\n1. ", "\n```python\n", "\n```\n", "🎈", "More: docs/0.md"):
            assert mark in answer
        assert TOUR_LENGTH <= len(answer) < TOUR_LENGTH + 1000

    def test_without_documents_it_is_shorter(self) -> None:
        assert len(perform("write something long", Guide(())) or "") > 400

    @pytest.mark.parametrize("question", ["How long may an answer be?", "discount to 20 people", "count"])
    def test_anything_else_is_not_its_business(self, question: str) -> None:
        assert perform(question, Guide(())) is None
