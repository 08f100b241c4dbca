"""Lines that are piped in, and all that they bring before the next one is read."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.adapter import Reach, Revive
from adapters.console.client import ConsoleAdapter
from adapters.console.config import ConsoleConfig
from bot.events import Author, Event, Question
from bot.replies import Button, Page, Reply, Surface
from tests.fakes import Settings

Answering = Callable[["Door", Question, Surface], Awaitable[None]]


class Door:
    """A dispatcher that keeps what it got; `reply` is what it refuses with."""

    def __init__(self, answering: Answering, reply: str = "") -> None:
        self.answering = answering
        self.reply = reply
        self.events: list[Event] = []
        self.unfinished: list[Question] = []
        self.revive: Revive | None = None
        self.reach: Reach | None = None
        self._running: set[asyncio.Task[None]] = set()

    async def accept(self, event: Event, within: float | None = None) -> Question | Reply | None:
        self.events.append(event)
        return Reply(self.reply) if self.reply else Question(f"q{len(self.events)}", event.key, event, private=False)

    def answer(self, question: Question, surface: Surface) -> None:
        async def answering() -> None:
            await self.answering(self, question, surface)

        self._running.add(asyncio.create_task(answering()))

    async def resume(self, platform: str, bot: str, revive: Revive, reach: Reach) -> None:
        self.revive, self.reach = revive, reach
        for question in self.unfinished:
            self.answer(question, revive(question))

    @property
    def full(self) -> bool:
        return False

    def owners(self, platform: str) -> Sequence[str]:
        return ()

    async def complete(self, command: str, parameter: str, typed: str, author: Author) -> Sequence[str]:
        return ()


async def echo(door: Door, question: Question, surface: Surface) -> None:
    event = question.event
    said = f"press {event.press}" if event.press else f"{event.command}|{event.text}"
    await surface.open([Page("", "busy")])
    await surface.finish([Page(said)], [Button("again", "Again")])


async def typed(door: Door, lines: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    os.write(writing, lines.encode())
    os.close(writing)
    adapter = ConsoleAdapter(ConsoleConfig(folder=str(folder)), "", (), Settings())
    with os.fdopen(reading) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        async with asyncio.timeout(20):
            await adapter.run(door)
    await adapter.close()


async def test_buttons_are_pressed_by_their_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    door = Door(echo)
    await typed(door, "/chat hello\n#1\n#7\n#hashtag\n", tmp_path, monkeypatch)
    shown = capsys.readouterr().out
    assert "chat|hello\n[1] Again\n" in shown
    assert "press ('again', 'q1')\n[1] Again\n" in shown
    assert "There is no button #7." in shown
    assert [(event.kind, event.text) for event in door.events] == [("ask", "hello"), ("press", ""), ("ask", "#hashtag")]
    assert door.events[0].author == door.events[1].author == Author("local", "you", admin=True)


async def test_a_command_may_name_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fetched: list[bytes] = []

    async def answer(door: Door, question: Question, surface: Surface) -> None:
        fetched.extend([await surface.fetch(each, 100) for each in question.event.attachments])
        await surface.finish([Page("ok")])

    (tmp_path / "news.txt").write_text("all the news")
    door = Door(answer)
    await typed(door, f"/tweetify @{tmp_path}/news.txt --count 3\nhello @{tmp_path}/news.txt\n", tmp_path, monkeypatch)
    assert fetched == [b"all the news"]
    assert [event.text for event in door.events] == ["--count 3", f"hello @{tmp_path}/news.txt"]


async def test_answers_beside_one_are_waited_for_before_the_next_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def answer(door: Door, question: Question, surface: Surface) -> None:
        if not question.event.command:
            await echo(door, question, surface)
            return
        handles = [surface.beside(), surface.beside()]
        await surface.finish([Page("two models answer")])
        assert door.revive
        asides = []
        for number, handle in enumerate(handles):
            event = replace(question.event, handle=handle)
            aside = door.revive(Question(f"a{number}", event.key, event, private=False))
            await aside.open([Page(f"model {number}")])
            asides.append(aside)
        for number, aside in reversed(list(enumerate(asides))):
            await aside.finish([Page(f"model {number} says so")], [Button("vote", "Vote")])

    await typed(Door(answer), "/compare x\nhello\n", tmp_path, monkeypatch)
    shown = capsys.readouterr().out
    expected = "two models answer\n\nmodel 0 says so\n[1] Vote\n\nmodel 1 says so\n[2] Vote\n\n> hello\n"
    assert expected in shown
    assert "interrupted" not in shown


async def test_a_restart_and_a_notice_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first = Door(echo)
    await typed(first, "hello\n", tmp_path, monkeypatch)
    (event,) = first.events

    async def answer(door: Door, question: Question, surface: Surface) -> None:
        await echo(door, question, surface)
        assert door.reach
        notice = await door.reach("local", "q1")
        await notice.finish([Page("A stranger asks.")], [Button("allow", "Allow")])

    second = Door(answer)
    second.unfinished.append(Question("q1", event.key, event, private=False))
    await typed(second, "again\n", tmp_path, monkeypatch)
    shown = capsys.readouterr().out
    assert "(an answer that a restart interrupted: hello)\n" in shown
    assert "|hello" in shown
    assert "A stranger asks." in shown


async def test_a_refusal_is_said_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    await typed(Door(echo, reply="There is no /x."), "/x\n", tmp_path, monkeypatch)
    assert capsys.readouterr().out == "> /x\nThere is no /x.\n\n"
