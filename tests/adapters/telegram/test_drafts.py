"""Drafts: shown while an answer grows in a private chat, kept alive, replaced by the answer, and given up for good."""

import asyncio
from functools import partial
from itertools import pairwise

import pytest
from telegram import Bot

from adapters.telegram.background import Background
from adapters.telegram.drafts import FRESH_SECONDS, LOOK_SECONDS, TIMEOUTS, DraftedMessages, Drafts
from adapters.telegram.gate import Gate
from adapters.telegram.messages import NOTHING, REPEATED
from adapters.telegram.pace import Pace
from adapters.telegram.place import Place
from adapters.telegram.writing import Writer
from bot.errors import Gone, Unavailable
from bot.events import Question
from bot.replies import Button, Page, Surface
from simulators.simulator import Fault
from simulators.telegram import TelegramSimulator
from simulators.telegram.drafts import DRAFT_SECONDS
from simulators.telegram.values import User
from tests.adapters.telegram.rig import SCALE, Door, serving
from tests.adapters.telegram.test_surface import EDITS, SENDS, answered, growing, ours, refusal, show
from tests.polling import until

DRAFTS = r"/sendMessageDraft$"
STOP, RETRY = Button("stop", "Stop"), Button("retry", "Retry")


async def slowly(surface: Surface, *texts: str) -> None:
    """As the core does it: what a draft shows is seen before there is more."""
    await surface.open([Page(texts[0])], [STOP])
    for text in texts[1:]:
        await surface.preview([Page(text)], [STOP])
        await asyncio.sleep(0.1)
    await surface.finish([Page(texts[-1])], [RETRY])


async def test_an_answer_grows_as_a_draft_and_is_posted_once(sim: TelegramSimulator) -> None:
    async def answer(question: Question, surface: Surface) -> None:
        await surface.open([Page("One")], [STOP])
        (draft,) = sim.drafts(sim.private(sim.alice))
        await surface.preview([Page("One **two")], [STOP])
        await until(lambda: draft_history(sim) == ["One", "One two"])
        assert draft.can_stop
        assert ours(sim, sim.private(sim.alice)) == []
        await surface.finish([Page("One **two** three")], [RETRY])

    door = await answered(sim, answer, previews="drafts")
    (message,) = ours(sim, sim.private(sim.alice))
    assert message.history == ["One two three"]
    assert message.reply_markup is not None
    assert (sim.drafts(sim.private(sim.alice)), sim.seen(EDITS), door.lost) == ([], [], [])
    assert len({entry.body["draft_id"] for entry in sim.seen(DRAFTS)}) == 1


def shown(sim: TelegramSimulator, person: User, number: int) -> bool:
    return len(ours(sim, sim.private(person))) == number


def draft_history(sim: TelegramSimulator) -> list[str]:
    return [text for draft in sim.world.drafts.values() for text in draft.history]


async def test_in_a_chat_that_takes_drafts_a_whole_answer_needs_none(sim: TelegramSimulator) -> None:
    async def answer(question: Question, surface: Surface) -> None:
        if question.event.text == "first":
            await show(surface, "One")
        else:
            await surface.open([Page("Two")])
            await surface.finish([Page("Two")])

    door = Door(answering=answer)
    async with serving(sim, door, previews="drafts"):
        sim.say(sim.alice, sim.private(sim.alice), "first")
        await until(lambda: len(ours(sim, sim.private(sim.alice))) == 1)
        sim.say(sim.alice, sim.private(sim.alice), "second")
        await until(lambda: len(ours(sim, sim.private(sim.alice))) == 2)
    assert len(sim.seen(DRAFTS)) <= 2


async def test_during_silence_the_draft_is_kept_alive(sim: TelegramSimulator) -> None:
    background, gate = Background(), Gate(Pace(0.01, 0.01))
    async with Bot(sim.token, sim.api_url) as bot:
        drafts = Drafts(background.run, wanted=True, fresh_seconds=0.05)
        drafts.learn(sim.alice.id, taken=True)
        sim.private(sim.alice).started = True
        messages = DraftedMessages(Writer(bot, gate), Place(sim.alice.id), "q1", drafts)
        await messages.open([Page("Thinking about it")], [STOP])
        await until(lambda: draft_history(sim).count("Thinking about it") > 2)
        await messages.settle([Page("Done")], [RETRY])
        assert [message.text for message in ours(sim, sim.private(sim.alice))] == ["Done"]
        await until(lambda: not background.running)
        assert drafts.question(sim.alice.id, messages._number()) == ""
    await background.close()


async def test_pages_before_the_last_are_posted_as_they_are_full(sim: TelegramSimulator) -> None:
    async def answer(question: Question, surface: Surface) -> None:
        await surface.open([Page("first pa")], [STOP])
        await surface.open([Page("first page"), Page("sec")], [STOP])
        await until(lambda: [draft.text for draft in sim.drafts(sim.private(sim.alice))] == ["sec"])
        assert [message.text for message in ours(sim, sim.private(sim.alice))] == ["first page"]
        await surface.finish([Page("first page"), Page("second page")], [RETRY])

    await answered(sim, answer, previews="drafts")
    first, second = ours(sim, sim.private(sim.alice))
    assert (first.history, second.history) == (["first page"], ["second page"])
    assert (first.reply_markup, second.reply_markup is not None) == (None, True)
    assert len({entry.body["draft_id"] for entry in sim.seen(DRAFTS)}) == 2


async def test_groups_have_edits_all_the_same(sim: TelegramSimulator) -> None:
    door = Door(answering=growing("One", "One two"))
    async with serving(sim, door, previews="drafts"):
        sim.say(sim.alice, sim.group, "/chat hello")
        await until(lambda: door.running)
    assert sim.seen(DRAFTS) == []
    assert ours(sim, sim.group)[0].history == ["One", "One two"]


async def test_row_45_once_refused_a_chat_has_edits_for_good_and_never_both(sim: TelegramSimulator) -> None:
    door = Door(answering=growing("One", "One two", "One two three"))
    sim.refuse_drafts(sim.private(sim.alice))
    async with serving(sim, door, previews="drafts"):
        for number in (1, 2):
            sim.say(sim.alice, sim.private(sim.alice), "hello")
            await until(partial(shown, sim, sim.alice, number))
            await door.settled()
        sim.say(sim.bob, sim.private(sim.bob), "hello")
        await until(lambda: len(ours(sim, sim.private(sim.bob))) == 1)
    refused = [entry for entry in sim.seen(DRAFTS) if entry.body["chat_id"] == str(sim.alice.id)]
    assert [entry.status for entry in refused] == [400]
    for message in ours(sim, sim.private(sim.alice)):
        assert message.history[-1] == "One two three"
        assert len(message.history) > 1
    assert ours(sim, sim.private(sim.bob))[0].history == ["One two three"]  # another chat has its drafts


async def test_row_45_a_server_without_drafts_is_asked_once(sim: TelegramSimulator) -> None:
    sim.world.unknown.add("sendMessageDraft")
    door = Door(answering=growing("One", "One two"))
    async with serving(sim, door, previews="drafts"):
        for person in (sim.alice, sim.bob):
            sim.say(person, sim.private(person), "hello")
            await until(partial(shown, sim, person, 1))
            await door.settled()
    assert [entry.status for entry in sim.seen(DRAFTS)] == [404]
    assert ours(sim, sim.private(sim.bob))[0].history == ["One", "One two"]
    assert door.lost == []


async def test_a_draft_that_fails_on_its_way_is_only_a_preview(sim: TelegramSimulator) -> None:
    sim.faults.append(Fault(DRAFTS, "lose response"))
    sim.faults.append(refusal(DRAFTS, 500, "Internal Server Error"))
    await answered(sim, lambda question, surface: slowly(surface, "One", "One two", "One two three"), previews="drafts")
    (message,) = ours(sim, sim.private(sim.alice))
    assert message.history == ["One two three"]


async def test_a_final_that_may_stand_there_twice_is_marked(sim: TelegramSimulator) -> None:
    sim.faults.append(Fault(SENDS, "lose response"))
    await answered(sim, growing("One", "One two"), previews="drafts")
    first, second = ours(sim, sim.private(sim.alice))
    assert first.text == "One two"
    assert second.text == f"One two\n\n{REPEATED}"


async def test_however_often_the_final_is_lost_it_stands_there_whole_and_twice_at_most(sim: TelegramSimulator) -> None:
    lost: list[Unavailable] = []

    async def answer(question: Question, surface: Surface) -> None:
        await surface.open([Page("One")], [STOP])
        sim.faults.append(Fault(SENDS, "lose response", times=3))
        while True:
            try:
                await surface.finish([Page("One two")], [RETRY])
                return
            except Unavailable as trouble:
                lost.append(trouble)

    await answered(sim, answer, previews="drafts")
    assert lost
    whole = [each for each in ours(sim, sim.private(sim.alice)) if "One two" in each.text]
    assert [each.text for each in whole] == ["One two", f"One two\n\n{REPEATED}"]
    assert [each.text for each in ours(sim, sim.private(sim.alice)) if each not in whole] == [NOTHING.text] * 2
    assert whole[1].reply_markup is not None


async def test_nothing_goes_before_a_wait_is_over_that_a_draft_was_told_of(sim: TelegramSimulator) -> None:
    home = sim.private(sim.alice)

    async def answer(question: Question, surface: Surface) -> None:
        loop = asyncio.get_running_loop()
        await surface.open([Page("One")], [STOP])
        sim.hold(home, 1.0 / SCALE)
        await surface.preview([Page("One two")], [STOP])
        await until(lambda: any(entry.status == 429 for entry in sim.seen(DRAFTS)))
        await until(lambda: surface.wait(loop.time(), final=False) > 0)
        assert surface.wait(loop.time(), final=True) > 0
        assert not await surface.preview([Page("One two three")], [STOP])
        await surface.finish([Page("One two three four.")], [RETRY])

    await answered(sim, answer, previews="drafts")
    writes = sim.seen(r"/sendMessage(Draft)?$")
    (held,) = [entry for entry in writes if entry.status == 429]
    assert all(entry.at >= held.at + held.hold * SCALE for entry in writes[writes.index(held) + 1 :])
    assert [message.text for message in ours(sim, home)] == ["One two three four."]


async def test_one_draft_is_on_its_way_at_a_time(sim: TelegramSimulator) -> None:
    async def answer(question: Question, surface: Surface) -> None:
        await surface.open([Page("0")], [STOP])
        sim.faults.append(Fault(DRAFTS, "delay", times=100, seconds=0.1))
        number = 0
        while len(sim.seen(DRAFTS)) < 4:
            number += 1
            await surface.preview([Page(str(number))], [STOP])
            await asyncio.sleep(surface.wait(asyncio.get_running_loop().time(), final=False) or 0.01)
        await surface.finish([Page("The end.")], [RETRY])

    await answered(sim, answer, previews="drafts")
    _, *times = [entry.at for entry in sim.seen(DRAFTS)]
    assert all(later - earlier >= 0.1 for earlier, later in pairwise(times))
    assert FRESH_SECONDS + 2 * LOOK_SECONDS + TIMEOUTS["read_timeout"] < DRAFT_SECONDS


async def test_no_draft_stays_below_an_answer_that_became_shorter(sim: TelegramSimulator) -> None:
    home = sim.private(sim.alice)

    async def answer(question: Question, surface: Surface) -> None:
        await surface.open([Page("One")], [STOP])
        await surface.open([Page("One"), Page("two"), Page("three")], [STOP])
        await until(lambda: [draft.text for draft in sim.drafts(home)] == ["three"])
        for _ in range(2):
            await surface.finish([Page("One"), Page("Two.")], [RETRY])
        assert sim.drafts(home) == []

    await answered(sim, answer, previews="drafts")
    first, last = ours(sim, home)
    assert (first.text, last.history) == ("One", ["Two."])
    assert (first.reply_markup, last.reply_markup is not None) == (None, True)


async def test_what_is_wanted_no_more_is_drawn_no_more(sim: TelegramSimulator) -> None:
    background, gate, home = Background(), Gate(Pace(0.01, 0.01)), sim.private(sim.alice)
    async with Bot(sim.token, sim.api_url) as bot:
        drafts = Drafts(background.run, wanted=True, fresh_seconds=0.05)
        home.started = True
        messages = DraftedMessages(Writer(bot, gate), Place(sim.alice.id), "q1", drafts)
        await messages.open([Page("One"), Page("two")], [STOP])
        await until(lambda: draft_history(sim).count("two") > 1)
        sim.remove(ours(sim, home)[0])
        with pytest.raises(Gone):
            await messages.open([Page("One, changed"), Page("two"), Page("three")], [STOP])
        await until(lambda: not background.running)
    await background.close()


async def test_the_stop_of_a_draft_is_a_press(sim: TelegramSimulator) -> None:
    async def answer(question: Question, surface: Surface) -> None:
        if question.event.kind == "press":
            return
        await surface.open([Page("On and on")], [STOP])
        (draft,) = sim.drafts(sim.private(sim.alice))
        sim.stop_draft(draft)
        await until(lambda: len(door.events) == 2)
        await surface.finish([Page("On and on", "Stopped.")], [RETRY])

    door = Door(answering=answer)
    async with serving(sim, door, previews="drafts"):
        sim.say(sim.alice, sim.private(sim.alice), "hello")
        await until(lambda: len(door.events) == 2 and sim.pending == 0)
    event = door.events[1]
    assert (event.kind, event.press, event.author.id) == ("press", ("stop", "q0"), str(sim.alice.id))
    assert [message.text for message in ours(sim, sim.private(sim.alice))] == ["On and on\n\nStopped."]
