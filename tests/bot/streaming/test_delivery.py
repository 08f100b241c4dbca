import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from itertools import pairwise

import pytest

from bot.errors import Unavailable, Unreachable
from bot.events import Handle
from bot.lanes import Stop
from bot.replies import PAGE_BREAK, Button, Delta
from bot.streaming.delivery import SILENCE_SECONDS, Answer, Delivery
from bot.streaming.pacing import CHECKPOINT_SECONDS
from tests.fakes import Screen
from tests.virtual_time import run

STOP = (Button("stop", "Stop"),)
END = Delta(finish="stop")
Timed = tuple[float, Delta]


async def deltas(*script: Timed) -> AsyncGenerator[Delta, None]:
    """Each delta after a pause of so many seconds."""
    for pause, delta in script:
        await asyncio.sleep(pause)
        yield delta


def words(count: int, pause: float) -> Sequence[Timed]:
    return [(pause, Delta(f"word{number} ")) for number in range(count)]


class Kept:
    def __init__(self) -> None:
        self.partials: list[tuple[float, str, Handle]] = []

    async def __call__(self, partial: str, handle: Handle) -> None:
        self.partials.append((asyncio.get_running_loop().time(), partial, handle))


def play(
    screen: Screen, *script: Timed, during: Callable[[Stop], Awaitable[None]] | None = None
) -> tuple[Delivery, Kept, float]:
    """Let a whole answer be shown. Returns the delivery, its checkpoints and the seconds that it took."""

    async def scenario() -> tuple[Delivery, Kept, float]:
        loop, kept, stop = asyncio.get_running_loop(), Kept(), Stop()
        started = loop.time()
        delivery = Delivery(screen, kept)
        meanwhile = asyncio.ensure_future(during(stop)) if during else None
        try:
            await delivery.grow(deltas(*script), stop, STOP)
        finally:
            if meanwhile:
                await meanwhile
        await delivery.finish()
        return delivery, kept, loop.time() - started

    return run(scenario())


def test_the_answer_grows_and_ends_whole() -> None:
    screen = Screen()
    delivery, _, _ = play(screen, *words(50, 0.1), (0, END))
    assert screen.text == delivery.answer.text.rstrip() == " ".join(f"word{number}" for number in range(50))
    assert delivery.answer.finish == "stop"
    assert screen.verbs[0] == "open"
    assert screen.verbs[-1] == "finish"
    assert all(later.startswith(sooner) for sooner, later in pairwise(screen.history))
    assert 5 <= screen.verbs.count("preview") <= 12
    assert screen.buttons == ()


def test_where_writes_cost_nothing_the_text_flows() -> None:
    screen = Screen(longest_gap=0.05)
    play(screen, *words(50, 0.1), (0, END))
    assert screen.verbs.count("preview") >= 48


def test_the_first_words_are_shown_at_once() -> None:
    screen = Screen()

    async def look(stop: Stop) -> None:
        await asyncio.sleep(3.01)
        assert screen.text == "Hello"
        assert screen.buttons == STOP

    play(screen, (3, Delta("Hello")), (5, Delta(" you")), (0, END), during=look)


def test_the_model_is_read_at_its_own_speed() -> None:
    screen = Screen(gap=30.0)
    delivery, _, seconds = play(screen, *words(100, 0.02), (0, END))
    assert delivery.answer.seconds == pytest.approx(2.0)
    assert seconds == pytest.approx(2.0)
    assert screen.verbs == ["open", "finish"]


def test_a_slow_write_is_not_cancelled_when_the_answer_ends() -> None:
    class Slow(Screen):
        async def preview(self, pages, buttons=()):  # type: ignore[no-untyped-def]
            await asyncio.sleep(5)
            return await super().preview(pages, buttons)

    screen = Slow()
    _, _, seconds = play(screen, *words(20, 0.1), (0, END))
    assert screen.verbs == ["open", "preview", "finish"]
    assert seconds > 5


def test_a_preview_that_was_dropped_is_repeated_where_nothing_newer_comes() -> None:
    class Crowded(Screen):
        dropped = 0

        async def preview(self, pages, buttons=()):  # type: ignore[no-untyped-def]
            if self.dropped < 3:
                self.dropped += 1
                return False
            return await super().preview(pages, buttons)

    screen = Crowded()
    notes: list[str] = []

    async def look(stop: Stop) -> None:
        await asyncio.sleep(20)
        notes.append(screen.note)

    play(screen, (0, Delta(progress="Drawing")), (0.05, Delta(progress="Place 2 of 2")), (30, END), during=look)
    assert notes == ["Place 2 of 2"]
    assert (screen.dropped, screen.verbs) == (3, ["open", "preview", "finish"])


def test_silence_is_explained_once() -> None:
    screen = Screen()
    notes: list[str] = []

    async def look(stop: Stop) -> None:
        await asyncio.sleep(SILENCE_SECONDS + 0.1)
        notes.append(screen.note)
        await asyncio.sleep(SILENCE_SECONDS)
        notes.append(screen.note)

    play(screen, (30, Delta("at last")), (0, END), during=look)
    assert notes[0]
    assert notes == [notes[0], notes[0]]
    assert (screen.text, screen.note) == ("at last", "")
    assert screen.verbs == ["open", "preview", "finish"] or screen.verbs == ["open", "finish"]


def test_progress_gives_way_to_text() -> None:
    screen = Screen()

    async def look(stop: Stop) -> None:
        await asyncio.sleep(2)
        assert (screen.text, screen.note) == ("", "busy, trying again in 7 s")

    play(screen, (1, Delta(progress="busy, trying again in 7 s")), (7, Delta("here")), (3, END), during=look)
    assert (screen.text, screen.note) == ("here", "")


def test_thoughts_are_kept_apart() -> None:
    screen = Screen()
    delivery, kept, _ = play(
        screen,
        (0, Delta(thought="hm ")),
        (1, Delta("<thi")),
        (1, Delta("nk>aha</think>So: ")),
        (1, Delta("42")),
        (0, END),
    )
    assert (screen.text, screen.pages[0].thought) == ("So: 42", "hm aha")
    assert delivery.answer.text == "So: 42"
    assert not any("aha" in partial for _, partial, _ in kept.partials)


def test_a_long_answer_goes_on_in_further_messages() -> None:
    screen = Screen(limit=100)
    delivery, kept, _ = play(screen, *words(60, 0.1), (0, END))
    assert len(screen.pages) > 3
    assert all(len(page.markdown) <= 100 for page in screen.pages)
    assert "".join(screen.text.split()) == "".join(delivery.answer.text.split())
    assert screen.verbs.count("open") == len(screen.pages)
    handles = [handle for _, _, handle in kept.partials]
    assert handles[-1] == f"{len(screen.pages)} messages"


def test_what_is_on_the_screen_is_kept_every_two_seconds() -> None:
    screen = Screen()
    _, kept, _ = play(screen, *words(100, 0.1), (0, END))
    times = [at for at, _, _ in kept.partials]
    assert len(times) >= 4
    assert all(later - sooner <= CHECKPOINT_SECONDS + 1.1 for sooner, later in pairwise(times))
    assert kept.partials[0][1].startswith("word0")


def test_of_a_young_answer_a_crash_takes_about_half() -> None:
    screen = Screen()
    _, kept, _ = play(screen, *words(60, 0.1), (0, END))
    appeared, *later = [at for at, _, _ in kept.partials]
    ages = [at - appeared for at in later]
    assert len(ages) >= 3
    assert ages[0] <= 1
    assert all(later <= 2 * sooner + 1.1 for sooner, later in pairwise(ages))


def test_stop_ends_the_reader_and_closes_the_stream() -> None:
    closed: list[bool] = []

    async def endless() -> AsyncGenerator[Delta, None]:
        try:
            while True:
                await asyncio.sleep(0.1)
                yield Delta("more ")
        finally:
            closed.append(True)

    async def scenario() -> Delivery:
        stop, delivery = Stop(), Delivery(Screen(), Kept())
        asyncio.get_running_loop().call_later(5, stop.say, "reader")
        await delivery.grow(endless(), stop, STOP)
        return delivery

    delivery = run(scenario())
    assert closed == [True]
    assert delivery.answer.finish == "cut"
    assert 45 <= delivery.answer.text.count("more") <= 50


def test_a_stop_before_the_beginning() -> None:
    async def scenario() -> Delivery:
        stop, delivery = Stop(), Delivery(Screen(), Kept())
        stop.say("reader")
        await delivery.grow(deltas(*words(10, 1)), stop, STOP)
        return delivery

    assert run(scenario()).answer.text == ""


def test_what_the_stream_raises_is_raised_with_the_text_so_far_kept() -> None:
    async def broken() -> AsyncGenerator[Delta, None]:
        yield Delta("so far")
        await asyncio.sleep(1)
        raise Unavailable("Busy.")

    async def scenario() -> Delivery:
        delivery = Delivery(Screen(), Kept())
        with pytest.raises(Unavailable, match="Busy"):
            await delivery.grow(broken(), Stop(), STOP)
        return delivery

    assert run(scenario()).answer.text == "so far"


def refusing(verb: str, times: int, retry_after: float | None = None) -> Callable[[str], None]:
    """Trouble for the next so many calls of a verb."""
    left = iter(range(times))

    def refuse(called: str) -> None:
        if called == verb and next(left, None) is not None:
            raise Unavailable("429", retry_after=retry_after)

    return refuse


@pytest.mark.parametrize("verb", ["open", "preview"])
def test_a_preview_that_fails_is_dropped(verb: str) -> None:
    screen = Screen(trouble=refusing(verb, 3))
    delivery, _, _ = play(screen, *words(60, 0.1), (0, END))
    assert screen.text == delivery.answer.text.rstrip()
    assert screen.verbs[0] == "open"


def test_the_end_is_repeated_until_the_platform_takes_it() -> None:
    screen = Screen(trouble=refusing("finish", 3, retry_after=100.0))
    delivery, _, seconds = play(screen, (0, Delta("text")), (0, END))
    assert (screen.text, screen.finished) == ("text", 1)
    assert seconds >= 300
    assert delivery.answer.seconds < 1


def test_the_end_is_not_repeated_for_ever() -> None:
    def trouble(verb: str) -> None:
        raise Unavailable("503")

    with pytest.raises(Unreachable):
        play(Screen(trouble=trouble), (0, Delta("text")), (0, END))


def test_a_screen_that_is_gone_ends_the_reading() -> None:
    def trouble(verb: str) -> None:
        raise Unreachable("deleted")

    with pytest.raises(Unreachable):
        play(Screen(trouble=trouble), *words(1000, 1.0))


def test_page_breaks_are_ours_alone() -> None:
    screen = Screen()
    play(screen, (0, Delta(f"one{PAGE_BREAK}two")), (0, END))
    assert screen.text == "one\ntwo"

    async def whole() -> Screen:
        screen = Screen()
        delivery = Delivery(screen, Kept())
        delivery.answer = Answer(f"one{PAGE_BREAK}two", finish="stop")
        await delivery.finish("note", STOP)
        return screen

    screen = run(whole())
    assert [page.markdown for page in screen.pages] == ["one", "two"]
    assert [page.note for page in screen.pages] == ["", "note"]
