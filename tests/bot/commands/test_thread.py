from hypothesis import given
from hypothesis import strategies as st

from bot.commands.thread import TITLE_LIMIT, title_of
from bot.events import Chat
from bot.settings import home_setting, of_space
from tests.fakes import Screen, an_event
from tests.house import House, in_virtual_time

THREAD = Chat("space", "chat", "thread 1")


@in_virtual_time
async def test_the_answer_stands_in_a_thread_of_its_own_with_a_memory_of_its_own() -> None:
    house = House()
    await house.open()
    await house.answered(an_event("before"))
    question, screen = await house.answered(an_event("Let us plan\nVienna", command="thread"))
    assert (screen.text, screen.branches) == ("I answer in the new thread “Let us plan”.", ["Let us plan"])
    there = next(each for each in house.memory.questions.values() if each.event.chat == THREAD)
    assert house.screens[there.id].text == "you said Let us plan\nVienna"
    assert (house.end(question), house.end(there)) == ("answered", "answered")
    assert next(turn.text for turn in await house.memory.recent(there.key, 9)) == "Let us plan\nVienna"
    assert len(await house.memory.recent(question.key, 9)) == 2, "the chat's own conversation is left as it was"
    assert house.settings.values == {(of_space("fake", "space"), home_setting("thread 1")): "yes"}


@in_virtual_time
async def test_where_there_are_no_threads_that_is_said() -> None:
    house = House()
    await house.open()
    question = await house.ask(an_event("hello", command="thread"), Screen(threads=False))
    await house.quiet()
    assert house.screens[question.id].text == "There are no threads here."
    assert (house.end(question), len(house.memory.questions)) == ("failed-told", 1)


@given(st.text())
def test_a_title_is_one_line_that_fits(text: str) -> None:
    title = title_of(text)
    assert 1 <= len(title) <= TITLE_LIMIT
    assert title.splitlines() == [title]
    assert title == title.strip()


def test_a_long_title_ends_at_a_word() -> None:
    assert title_of("word " * 40) == "word " * 15 + "…"
    assert title_of("x" * 100) == "x" * 78 + " …"
