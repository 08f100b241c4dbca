from collections.abc import AsyncGenerator, Mapping
from typing import Any

import pytest

from bot.budgets import BudgetConfig, Budgets
from bot.conversation.chat import Chat, ChatConfig
from bot.conversation.prompt import GO_ON, speaking
from bot.conversation.turns import Turn
from bot.events import Author, Event, Question
from bot.inference.backend import ContextTooLong
from bot.inference.catalogue import Catalogue, Models
from bot.replies import Delta, Exchange, Reply
from bot.selection import Selection
from tests.fakes import Ledger, Memory, Settings, an_event

WINDOW, MAX_TOKENS = 2000, 500
SYSTEM = speaking("Be kind.", an_event())


class Narrow:
    """A backend whose window is smaller than anyone said: it refuses more than `most` messages."""

    def __init__(self, most: int = 1000) -> None:
        self.most = most
        self.asked: list[list[str]] = []

    async def stream(self, model: str, task: Mapping[str, Any]) -> AsyncGenerator[Delta, None]:
        said = [each["content"] for each in task["messages"]]
        self.asked.append(said)
        if len(said) > self.most:
            raise ContextTooLong("Too long.")
        yield Delta("yes", finish="stop", model=model)


async def said(memory: Memory, event: Event, answer: str = "") -> Question:
    """A question in the memory, answered if there is an answer."""
    question = await memory.accept(event, event.key, False)
    assert question
    if answer:
        head = memory.heads.get(event.key, "")
        await memory.conclude(
            question.id, answer, "stop", [Turn("user", event.text, parent=head), Turn("assistant", answer)]
        )
    return question


async def read(reply: Reply) -> list[Delta]:
    assert isinstance(reply.body, AsyncGenerator)
    return [delta async for delta in reply.body]


async def nothing_known() -> Catalogue:
    return Catalogue()


def a_chat(memory: Memory, backend: Narrow) -> Chat:
    settings, models = Settings(), Models(nothing_known, WINDOW)
    selection = Selection(settings, {"chat": lambda: ("org/model",)}, models)
    budgets = Budgets(BudgetConfig(), Ledger(), settings, models, MAX_TOKENS)
    return Chat(ChatConfig(system_prompt="Be kind."), backend, memory, selection, budgets, models, MAX_TOKENS)


async def test_the_model_is_told_what_was_said_before() -> None:
    memory, backend = Memory(), Narrow()
    await said(memory, an_event("one"), "two")
    question = await said(memory, an_event("three"))
    reply = await a_chat(memory, backend).exchange(question)
    assert [delta.text for delta in await read(reply)] == ["yes"]
    assert backend.asked == [[SYSTEM, "one", "two", "three"]]
    assert reply.exchange == Exchange("three", follows=memory.heads[question.key])


async def test_old_turns_go_when_the_window_is_full() -> None:
    memory, backend = Memory(), Narrow()
    for number in range(20):
        await said(memory, an_event(f"{number} ".ljust(300, "x")), "y" * 300)
    question = await said(memory, an_event("now"))
    await read(await a_chat(memory, backend).exchange(question))
    kept = backend.asked[0]
    assert kept[-1] == "now"
    assert kept[1].startswith("14 ")
    assert sum(map(len, kept)) <= (WINDOW - MAX_TOKENS) * 3


async def test_a_question_longer_than_the_window_is_still_asked() -> None:
    memory, backend = Memory(), Narrow()
    await said(memory, an_event("one"), "two")
    question = await said(memory, an_event("z" * 10_000))
    await read(await a_chat(memory, backend).exchange(question))
    assert backend.asked == [[SYSTEM, "z" * 10_000]]


async def test_a_request_that_is_too_long_is_halved_once() -> None:
    memory, backend = Memory(), Narrow(most=6)
    for number in range(4):
        await said(memory, an_event(f"question {number}"), f"answer {number}")
    question = await said(memory, an_event("now"))
    await read(await a_chat(memory, backend).exchange(question))
    assert [len(asked) for asked in backend.asked] == [10, 6]
    assert backend.asked[1][1:3] == ["question 2", "answer 2"]


async def test_it_is_not_halved_twice_nor_without_need() -> None:
    memory, backend = Memory(), Narrow(most=0)
    await said(memory, an_event("one"), "two")
    question = await said(memory, an_event("now"))
    with pytest.raises(ContextTooLong):
        await read(await a_chat(memory, backend).exchange(question))
    assert [len(asked) for asked in backend.asked] == [4, 2]
    backend.asked.clear()
    alone = await said(memory, an_event("alone", author=Author("bob", "Bob")))
    with pytest.raises(ContextTooLong):
        await read(await a_chat(memory, backend).exchange(alone))
    assert len(backend.asked) == 1


async def test_a_retry_forgets_the_first_answer_but_not_what_came_before() -> None:
    memory, backend = Memory(), Narrow()
    await said(memory, an_event("one"), "two")
    question = await said(memory, an_event("three"), "four")
    reply = await a_chat(memory, backend).again(question)
    await read(reply)
    assert backend.asked == [[SYSTEM, "one", "two", "three"]]
    assert reply.exchange
    assert memory.turns[reply.exchange.follows].text == "two"


async def test_a_retry_of_what_left_nothing_behind() -> None:
    memory, backend = Memory(), Narrow()
    await said(memory, an_event("one"), "two")
    failed = await said(memory, an_event("three"))
    await read(await a_chat(memory, backend).again(failed))
    assert backend.asked == [[SYSTEM, "one", "two", "three"]]


async def test_continue_goes_on_after_the_last_answer() -> None:
    memory, backend = Memory(), Narrow()
    first = await said(memory, an_event("tell a tale"), "Once upon")
    press = await said(memory, an_event(kind="press", press=("continue", first.id)))
    await read(await a_chat(memory, backend).exchange(press))
    assert backend.asked == [[SYSTEM, "tell a tale", "Once upon", GO_ON]]


async def test_conversations_do_not_mix() -> None:
    memory, backend = Memory(), Narrow()
    await said(memory, an_event("ada's secret"), "kept")
    other = an_event("hello", author=Author("bob", "Bob"))
    await read(await a_chat(memory, backend).exchange(await said(memory, other)))
    assert backend.asked == [[SYSTEM.replace("Ada", "Bob"), "hello"]]


async def test_a_file_takes_at_most_half_of_the_window() -> None:
    memory, backend = Memory(), Narrow()
    question = await said(memory, an_event("sum it up", quotes=(("Ada, in the file notes.txt", "x" * 100_000),)))
    await read(await a_chat(memory, backend).exchange(question))
    told = backend.asked[0][-1]
    assert "only its beginning" in told
    assert told.endswith("sum it up")
    assert told.count("x") in range((WINDOW - MAX_TOKENS) * 3 // 2 - 5, (WINDOW - MAX_TOKENS) * 3 // 2 + 5)
