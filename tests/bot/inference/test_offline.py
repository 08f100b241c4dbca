import asyncio
import logging
from collections.abc import Iterator, Sequence
from contextlib import aclosing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.prompt import GO_ON, Prompt, with_quotes
from bot.conversation.turns import Turn
from bot.errors import Unavailable
from bot.inference.backend import Backend
from bot.inference.offline import (
    AT_A_LOSS,
    GREETING,
    INTRODUCTION,
    MARK,
    NAME,
    NO_DOCS,
    REAL_MODEL,
    WHOLE,
    Offline,
    in_words,
    read,
)
from bot.inference.tricks import Message
from bot.replies import Delta
from tests.virtual_time import run

DOCS = [
    ("docs/discord.md", "# Discord\n## Create the bot\n" + "1. Open the portal.\n" * 5),
    ("docs/huggingface.md", "# Hugging Face\n## Make a token\nWith the right permission.\n"),
]


async def deltas(backend: Backend, said: Sequence[Message]) -> list[Delta]:
    async with aclosing(backend.stream("any", {"messages": said})) as stream:
        return [delta async for delta in stream]


async def ask(backend: Backend, question: str, *before: str) -> str:
    """The answer to a question after these turns, the person's first."""
    turns = [Turn("assistant" if index % 2 else "user", text) for index, text in enumerate(before)]
    asked = Prompt("You are Parley.", turns, question).request()["messages"]
    return "".join(delta.text for delta in await deltas(backend, asked))


@pytest.fixture
def guide() -> Offline:
    return Offline(DOCS, pace=0)


class TestConversation:
    async def test_the_first_answer_says_what_it_is_and_how_to_get_a_model(self, guide: Offline) -> None:
        answer = await ask(guide, "How do I create the Discord bot?")
        assert answer.startswith(INTRODUCTION)
        assert "docs/discord.md, section “Create the bot”" in answer
        assert answer.endswith(REAL_MODEL)

    async def test_later_answers_carry_a_short_mark(self, guide: Offline) -> None:
        answer = await ask(guide, "How do I create the Discord bot?", "hi", "Hello.")
        assert answer.startswith(f"{MARK}\n\n**Create the bot**")
        assert REAL_MODEL not in answer

    async def test_the_way_to_a_model_is_said_once(self, guide: Offline) -> None:
        answer = await ask(guide, "How do I get a real model?")
        assert answer.count(REAL_MODEL) == 1
        assert answer.endswith("More: docs/huggingface.md, section “Make a token”")

    async def test_the_way_to_a_model_needs_no_documents(self) -> None:
        assert REAL_MODEL in await ask(Offline(pace=0), "How do I get an actual language model?", "hi", "Hello.")

    def test_the_way_to_a_model_names_steps_and_price(self) -> None:
        for fact in ("settings/tokens", "Make calls to Inference Providers", "HF_TOKEN=", "$0.10", "$2", "base_url"):
            assert fact in REAL_MODEL

    @pytest.mark.parametrize("hello", ["hi", "Hello!", "help", "Who are you?", "Are you an AI?", "what can you do"])
    async def test_a_greeting_is_answered_with_examples(self, guide: Offline, hello: str) -> None:
        assert GREETING in await ask(guide, hello)

    async def test_what_it_does_not_know_it_does_not_invent(self, guide: Offline) -> None:
        assert await ask(guide, "Who won the match?", "hi", "Hello.") == f"{MARK}\n\n{AT_A_LOSS}"

    async def test_missing_documents_are_said_to_be_missing(self) -> None:
        assert NO_DOCS in await ask(Offline(pace=0), "How do I add Discord?")

    async def test_it_remembers(self, guide: Offline) -> None:
        assert "Your name is Ada. I was given 2 earlier messages" in await ask(
            guide, "What is my name?", "My name is Ada", "Hello."
        )

    async def test_it_performs(self, guide: Offline) -> None:
        assert "18, 19, 20." in await ask(guide, "count to 20")

    async def test_only_the_persons_own_words_are_answered(self, guide: Offline) -> None:
        quotes = [("Ada", "How do I create\n\nthe Discord bot?")]
        assert GREETING in await ask(guide, with_quotes("hi", quotes))
        assert AT_A_LOSS in await ask(guide, with_quotes("Who won the match?", quotes))

    async def test_the_same_words_get_the_same_answer(self, guide: Offline) -> None:
        assert await ask(guide, "write something long") == await ask(Offline(DOCS, pace=0), "write something long")


class TestContinue:
    @pytest.mark.parametrize("wish", [GO_ON, "continue", "Please go on."])
    async def test_it_takes_up_an_answer_that_was_broken_off(self, guide: Offline, wish: str) -> None:
        whole = await ask(guide, "write something long")
        cut = whole[:300]
        assert cut + await ask(guide, wish, "write something long", cut) == whole

    async def test_it_goes_on_more_than_once(self, guide: Offline) -> None:
        whole = await ask(guide, "count to 100")
        rest = await ask(guide, GO_ON, "count to 100", whole[:200], GO_ON, whole[200:250])
        assert whole == whole[:250] + rest

    async def test_a_whole_answer_has_no_rest(self, guide: Offline) -> None:
        whole = await ask(guide, "count to 3")
        assert await ask(guide, "continue", "count to 3", whole) == WHOLE
        assert await ask(guide, "continue", "count to 3", "what somebody else said") == WHOLE

    async def test_there_is_nothing_to_go_on_with_at_the_beginning(self, guide: Offline) -> None:
        assert AT_A_LOSS in await ask(guide, "continue")


class TestStream:
    async def test_it_names_itself_and_ends_whole(self, guide: Offline) -> None:
        stream = await deltas(guide, [{"role": "user", "content": "hi"}])
        assert {delta.model for delta in stream} == {NAME}
        assert [delta.finish for delta in stream if delta.finish] == [stream[-1].finish] == ["stop"]
        assert all(len(delta.text.split()) <= 1 for delta in stream)

    def test_it_keeps_its_pace(self) -> None:
        async def scenario() -> float:
            begun = asyncio.get_running_loop().time()
            await ask(Offline(answer=lambda _: "word " * 119), "x")
            return asyncio.get_running_loop().time() - begun

        assert run(scenario()) == pytest.approx(2.0)  # 60 a second; the end counts as a word

    def test_time_that_the_reader_took_is_not_waited_for_again(self) -> None:
        async def scenario() -> list[float]:
            loop = asyncio.get_running_loop()
            begun, times = loop.time(), []
            async with aclosing(Offline(pace=10, answer=lambda _: "a b c d").stream("", {"messages": []})) as stream:
                async for _ in stream:
                    times.append(round(loop.time() - begun, 3))
                    await asyncio.sleep(0.25 if len(times) == 1 else 0)
            return times

        assert run(scenario()) == [0.0, 0.25, 0.25, 0.3, 0.4]

    async def test_others_run_while_it_speaks_without_pauses(self, guide: Offline) -> None:
        speaking = asyncio.create_task(ask(guide, "count to 100"))
        await asyncio.sleep(0)
        assert not speaking.done()
        await speaking

    async def test_it_can_be_cancelled(self) -> None:
        speaking = asyncio.create_task(ask(Offline(pace=0.001, answer=lambda _: "never done"), "x"))
        await asyncio.sleep(0)
        speaking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await speaking

    @given(st.text())
    def test_words_joined_are_the_text(self, text: str) -> None:
        assert "".join(delta.text for delta in in_words(text)) == text


class TestDouble:
    async def test_a_text_is_spoken_word_for_word(self) -> None:
        assert await ask(Offline(pace=0, answer=lambda _: " said *so* \n"), "x") == " said *so* \n"

    async def test_deltas_come_out_as_they_are(self) -> None:
        script = (Delta(thought="hm"), Delta("half"), Delta(finish="length", tokens=(1, 2)))
        assert tuple(await deltas(Offline(pace=0, answer=lambda _: script), [])) == script

    async def test_it_is_handed_the_messages(self) -> None:
        heard: list[Sequence[Message]] = []

        def answer(said: Sequence[Message]) -> str:
            heard.append(said)
            return ""

        task = [{"role": "user", "content": "x"}]
        await deltas(Offline(pace=0, answer=answer), task)
        assert heard == [task]

    async def test_what_the_script_raises_the_stream_raises(self) -> None:
        def answer(_: Sequence[Message]) -> Iterator[Delta]:
            yield Delta("half")
            raise Unavailable("Gone.")

        async with aclosing(Offline(pace=0, answer=answer).stream("", {"messages": []})) as stream:
            assert await anext(stream) == Delta("half")
            with pytest.raises(Unavailable, match="Gone"):
                await anext(stream)


class TestRead:
    def test_it_reads_what_there_is(self, tmp_path: Path) -> None:
        (tmp_path / "docs").mkdir()
        (tmp_path / "docs" / "b.md").write_text("# B", "utf-8")
        (tmp_path / "docs" / "a.md").write_text("# A ü", "utf-8")
        (tmp_path / "docs" / "a.txt").write_text("no", "utf-8")
        (tmp_path / "PRIVACY.md").write_text("# P", "utf-8")
        assert list(read(tmp_path)) == [("PRIVACY.md", "# P"), ("docs/a.md", "# A ü"), ("docs/b.md", "# B")]

    def test_what_is_not_there_is_no_trouble(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        assert list(read(tmp_path / "nowhere")) == []
        assert caplog.text == ""

    def test_a_file_that_is_no_text_is_left_out_and_logged(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        (tmp_path / "README.md").write_bytes(b"\xff\xfe\xfd")
        with caplog.at_level(logging.WARNING):
            assert list(read(tmp_path)) == []
        assert "README.md cannot be read" in caplog.text
