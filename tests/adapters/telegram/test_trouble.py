"""Answers through trouble on the way: each arrives, and what may be there twice says so."""

import asyncio

import pytest

from adapters.telegram.messages import REPEATED
from bot.errors import Unavailable
from bot.events import Question
from bot.replies import Page, Surface
from simulators.simulator import Fault
from simulators.telegram import TelegramSimulator
from tests.adapters.telegram.test_surface import EDITS, SENDS, answered, growing, ours, refusal, show


@pytest.mark.parametrize(
    "fault",
    [
        Fault(EDITS, "lose request"),
        Fault(EDITS, "lose response"),
        Fault(EDITS, "status", status=502, body=b"<html>Bad Gateway</html>", content_type="text/html"),
        Fault(EDITS, "status", status=500, body=b'{"ok":false,"error_code":500,"description":"Internal Server Error"}'),
        Fault(EDITS, "status", status=200, body=b'{"ok":tr'),
    ],
    ids=lambda fault: f"{fault.kind} {fault.status}",
)
async def test_the_final_text_arrives_through_trouble(sim: TelegramSimulator, fault: Fault) -> None:
    async def answer(question: Question, surface: Surface) -> None:
        await surface.open([Page("one")])
        sim.faults.append(fault)
        await surface.finish([Page("final")])

    await answered(sim, answer)
    assert [message.text for message in ours(sim, sim.private(sim.alice))] == ["final"]
    assert fault.times == 0


async def test_a_preview_that_meets_trouble_is_dropped(sim: TelegramSimulator) -> None:
    async def answer(question: Question, surface: Surface) -> None:
        await surface.open([Page("one")])
        sim.faults.append(Fault(EDITS, "lose request"))
        await asyncio.sleep(surface.wait(asyncio.get_running_loop().time(), final=False))
        await surface.preview([Page("two")])
        await surface.finish([Page("final")])

    await answered(sim, answer)
    assert [message.history for message in ours(sim, sim.private(sim.alice))] == [["one", "final"]]


async def test_a_lost_response_costs_one_extra_message_at_most_and_the_repeat_is_marked(
    sim: TelegramSimulator, caplog: pytest.LogCaptureFixture
) -> None:
    sim.faults.append(Fault(SENDS, "lose response"))
    await answered(sim, growing("one", "one two\fthree"))
    first, again, last = ours(sim, sim.private(sim.alice))
    assert (first.text, again.text, last.text) == ("one", f"one two\n\n{REPEATED}", "three")
    assert "may appear twice" in caplog.text


async def test_a_lost_request_is_repeated_when_telegram_answers_again(sim: TelegramSimulator) -> None:
    sim.faults.append(Fault(SENDS, "lose request"))
    sim.faults.append(Fault(r"/getMe$", "status", skip=1, status=500, body=b"{}"))
    await answered(sim, growing("one"))
    assert len(ours(sim, sim.private(sim.alice))) == 1
    assert len(sim.seen(r"/getMe$")) == 3


async def test_a_send_that_is_lost_twice_is_left_to_the_caller(sim: TelegramSimulator) -> None:
    async def answer(question: Question, surface: Surface) -> None:
        with pytest.raises(Unavailable):
            await surface.open([Page("one")])
        assert len(ours(sim, sim.private(sim.alice))) == 2
        sim.faults.append(refusal(SENDS, 500, "Internal Server Error"))
        await show(surface, "one")

    sim.faults.append(Fault(SENDS, "lose response", times=2))
    await answered(sim, answer)
    assert ours(sim, sim.private(sim.alice))[-1].text == f"one\n\n{REPEATED}"
