"""What stands in the terminal in the end, and in what order."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from adapters.console.screen import PROMISE_SECONDS, Screen
from adapters.console.surface import BESIDE, ConsoleSurface
from bot.events import Chat
from bot.replies import Button, Media, Page
from tests.virtual_time import run

AGAIN, VARY = Button("again", "Again"), Button("vary", "Vary")


class Terminal:
    def __init__(self, folder: Path) -> None:
        self.shown = ""
        self.screen = Screen(self.write, folder)

    def write(self, text: str) -> None:
        self.shown += text


def at_a_terminal(scenario: Callable[[Terminal], object], folder: Path) -> str:
    async def play() -> str:
        terminal = Terminal(folder)
        result = scenario(terminal)
        if asyncio.iscoroutine(result):
            await result
        return terminal.shown

    return run(play())


async def finished(surface: ConsoleSurface, *texts: str, **more: object) -> None:
    for text in texts[:-1]:
        await surface.preview([Page(text)])
    await surface.finish([Page(texts[-1])], **more)  # type: ignore[arg-type]


def test_an_answer_grows(tmp_path: Path) -> None:
    async def scenario(terminal: Terminal) -> None:
        surface = terminal.screen.answer()
        await surface.open([Page("", "busy")])
        await surface.preview([Page("", "busy")])
        await surface.preview([Page("One")])
        assert terminal.screen.busy
        await surface.finish([Page("One two"), Page("three", "cut off")])
        await surface.finish([Page("One two"), Page("three", "cut off")])
        assert not terminal.screen.busy

    assert at_a_terminal(scenario, tmp_path) == "(busy)\nOne two\n\nthree\n(cut off)\n"


def test_thinking_is_shown_where_it_is_wanted(tmp_path: Path) -> None:
    async def scenario(terminal: Terminal) -> None:
        for unfolded in (True, False):
            surface = terminal.screen.answer()
            await surface.preview([Page("", thought="hm", unfolded=unfolded)])
            await surface.preview([Page("Yes", thought="hm", unfolded=unfolded)])
            await surface.finish([Page("Yes.", thought="hm, late", unfolded=unfolded)])

    assert at_a_terminal(scenario, tmp_path) == "hm\n\nYes.\n\n(thinking …)\nYes.\n"


def test_answers_beside_each_other_stand_one_after_the_other(tmp_path: Path) -> None:
    async def scenario(terminal: Terminal) -> None:
        first, second, third = (terminal.screen.answer(f"q{number}") for number in range(3))
        await first.preview([Page("first")])
        await second.preview([Page("sec")])
        await finished(third, "third", buttons=[VARY])
        await finished(first, "first, whole", buttons=[AGAIN, VARY])
        await second.preview([Page("second")])
        await finished(second, "second, whole", buttons=[AGAIN])
        await terminal.screen.settled()
        buttons = [terminal.screen.button(number) for number in range(6)]
        assert buttons == [None, ("again", "q0"), ("vary", "q0"), ("again", "q1"), ("vary", "q2"), None]
        terminal.screen.begin()
        assert terminal.screen.button(1) is None

    assert at_a_terminal(scenario, tmp_path) == (
        "first, whole\n[1] Again  [2] Vary\n\nsecond, whole\n[3] Again\n\nthird\n[4] Vary\n"
    )


def test_all_that_was_promised_is_waited_for_but_not_for_ever(tmp_path: Path) -> None:
    async def scenario(terminal: Terminal) -> None:
        screen, loop = terminal.screen, asyncio.get_running_loop()
        began = loop.time()
        assert not screen.kept_promise()
        first = screen.answer()
        assert first.beside() == BESIDE
        assert first.beside() == BESIDE
        settled = asyncio.create_task(screen.settled())
        await finished(first, "first")
        await asyncio.sleep(1)
        assert screen.kept_promise()
        await finished(screen.answer(), "second")
        await settled
        assert loop.time() - began == 1 + PROMISE_SECONDS  # the third one never came
        assert not screen.busy

    assert at_a_terminal(scenario, tmp_path) == "first\n\nsecond\n"


def test_files_are_saved_once_and_named_where_the_answer_ends(tmp_path: Path) -> None:
    async def scenario(terminal: Terminal) -> None:
        surface = terminal.screen.answer()
        for _ in range(2):
            await surface.finish([Page("Here.")], [AGAIN], [Media(b"x", "image/png", "cat.png", "seed 7")])
        assert surface.link(Chat("c", "c"), "1") == ""
        assert await surface.author_is_admin()

    shown = at_a_terminal(scenario, tmp_path)
    assert shown == f"Here.\nsaved: {tmp_path}/cat.png (seed 7)\n[1] Again\n"
    assert [each.name for each in tmp_path.iterdir()] == ["cat.png"]


def test_an_answer_that_is_put_anew_stands_below(tmp_path: Path) -> None:
    async def scenario(terminal: Terminal) -> None:
        await finished(terminal.screen.answer(), "One", "Another")

    assert at_a_terminal(scenario, tmp_path) == "One\nAnother\n"
