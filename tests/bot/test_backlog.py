"""Row 52 of the fault matrix: a backlog after an outage."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.access import AccessConfig
from bot.admission import AdmissionConfig
from bot.backlog import Backlog
from bot.errors import Unavailable
from bot.events import Author, Chat, Event, Question
from tests.fakes import an_event
from tests.house import House, in_virtual_time

OLD = timedelta(hours=7)


def old(text: str, ago: timedelta = OLD, **changes: object) -> Event:
    event = an_event(text, **changes)
    return replace(event, at=event.at - ago)


async def taken(house: House, events: list[Event]) -> list[Question]:
    """Those of the events that became questions, each answered."""
    found = [await house.dispatcher.accept(event) for event in events]
    questions = [each for each in found if isinstance(each, Question)]
    assert len([each for each in found if each is not None]) == len(questions), "no word besides"
    for question in questions:
        house.dispatcher.answer(question, house.revive(question))
    await house.quiet()
    return questions


@in_virtual_time
async def test_row_52_what_is_too_old_is_told_in_one_message_for_each_chat() -> None:
    house = House()
    chats = [Chat("space", f"chat {number % 5}") for number in range(10_000)]
    backlog = [old(f"{number}", chat=chat, author=Author(f"{number % 7}", "")) for number, chat in enumerate(chats)]
    questions = await taken(house, backlog)
    assert [each.event.chat.id for each in questions] == [f"chat {number}" for number in range(5)]
    assert [each.event.message for each in questions] == [event.message for event in backlog[:5]], "under the oldest"
    assert all("send again" in house.screens[each.id].text for each in questions)
    assert len(house.memory.questions) == 5
    assert house.memory.turns == {}


@in_virtual_time
async def test_row_52_what_is_younger_is_answered_oldest_first() -> None:
    house = House()
    hour = timedelta(hours=1)
    events = [old("too old"), old("one", 3 * hour), old("two", 2 * hour), old("three", timedelta())]
    questions = await taken(house, events)
    shown = [house.screens[each.id].text for each in questions]
    assert "send again" in shown[0]
    assert shown[1:] == ["you said one", "you said two", "you said three"]
    said = [turn.text for turn in await house.memory.recent(events[0].key, 9) if turn.role == "user"]
    assert said == ["one", "two", "three"]


@in_virtual_time
async def test_row_52_over_a_restart_it_is_still_one_message() -> None:
    house = House()
    assert len(await taken(house, [old("one")])) == 1
    after = House(memory=house.memory)
    assert await taken(after, [old("two")]) == []
    (question,) = await taken(after, [old("elsewhere", chat=Chat("space", "elsewhere"))])
    assert question.event.chat.id == "elsewhere"


@in_virtual_time
async def test_row_52_what_is_not_stored_is_told_the_next_time() -> None:
    house = House()
    house.memory.away = True
    with pytest.raises(Unavailable):
        await house.dispatcher.accept(old("one"))
    house.memory.away = False
    assert len(await taken(house, [old("one")])) == 1


@in_virtual_time
async def test_who_may_not_ask_is_not_told_of_it() -> None:
    house = House(access=AccessConfig(open=True))
    await house.settings.write("space:fake:space", "grant|person:fake:ada|", "ban")
    assert await taken(house, [old("one")]) == []
    assert len(await taken(house, [old("two", author=Author("bob", "Bob"))])) == 1


@in_virtual_time
async def test_old_commands_and_edits_are_not_carried_out() -> None:
    house = House()
    (question,) = await taken(house, [old("", command="new"), old("x", command="nonsense"), old("y", kind="edit")])
    assert question.event.command == "missed"


@in_virtual_time
async def test_how_old_is_too_old_can_be_set() -> None:
    house = House(admission=AdmissionConfig(stale_hours=24))
    question, screen = await house.answered(old("one"))
    assert (screen.text, house.end(question)) == ("you said one", "answered")


def test_row_52_so_many_chats_are_remembered() -> None:
    backlog, now = Backlog(6.0, chats=100), datetime.now(UTC)
    events = [old("", chat=Chat("space", f"chat {number}")) for number in range(300)]
    assert all(backlog.notice(event, now) for event in events)
    assert not any(backlog.notice(event, now) for event in events[200:])
    assert backlog.notice(events[199], now), "of this one the inbox knows"
