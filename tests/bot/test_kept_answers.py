"""Answers that could not be shown when they were ready: kept for the next contact, or sent in private."""

import asyncio
from collections.abc import Callable

from bot.dispatcher import WAITED
from bot.elsewhere import MOVED
from bot.errors import Barred, Gone, Unreachable
from bot.events import Chat as Place
from bot.events import Handle, Question
from bot.outcome import CONTINUE, CUT, RETRY
from bot.replies import Delta, Media, Surface
from bot.settings import of_person
from tests.bot.commands.scripted import Scripted
from tests.bot.test_dispatcher import Slow
from tests.fakes import Memory, Screen, an_event
from tests.house import House, in_virtual_time, press

CLOSED = Barred("no such channel")
PICTURE = Media(b"png", "image/png", "boat.png")


def raising(reason: Exception, *verbs: str) -> Callable[[str], None]:
    """Trouble with these verbs, or with every one."""

    def trouble(verb: str) -> None:
        if not verbs or verb in verbs:
            raise reason

    return trouble


async def lost(house: House, text: str = "hello", reason: Exception | None = None, **changes: object) -> Question:
    """A question whose answer could not be shown."""
    screen = Screen(trouble=raising(reason or Unreachable("expired")))
    question = await house.ask(an_event(text, **changes), screen)
    await house.quiet()
    assert house.end(question) in ("undeliverable", "cancelled")
    del house.screens[question.id]  # where it is offered is another place
    return question


@in_virtual_time
async def test_an_answer_that_could_not_be_shown_is_shown_beside_the_next_one() -> None:
    house = House()
    await house.open()
    kept = await lost(house)
    _, screen = await house.answered(an_event("and now?"))
    assert screen.text == "you said and now?"
    offered = house.screens[kept.id]
    assert (offered.text, offered.note, offered.buttons) == ("you said hello", WAITED, (RETRY,))
    assert house.end(kept) == "answered"
    _, screen = await house.answered(press("retry", kept))
    assert screen.text == "you said hello", "its buttons are its own"
    await house.answered(an_event("once more"))
    assert offered.finished == 1


@in_virtual_time
async def test_any_question_is_a_contact_but_only_in_the_same_conversation() -> None:
    house = House()
    await house.open()
    kept = await lost(house)
    await house.answered(an_event("elsewhere", chat=Place("space", "elsewhere")))
    assert house.end(kept) == "undeliverable"
    await house.answered(an_event(command="about"))
    assert house.end(kept) == "answered"


class Reopening(Memory):
    """Tells when two questions have been reopened."""

    def __init__(self) -> None:
        super().__init__()
        self.both = asyncio.Event()
        self.reopened = 0

    async def reopen(self, id: str, handle: Handle) -> Question | None:
        question = await super().reopen(id, handle)
        self.reopened += 1
        if self.reopened == 2:
            self.both.set()
        return question


@in_virtual_time
async def test_several_come_in_their_order_and_a_crash_loses_none() -> None:
    memory = Reopening()
    house = House(memory=memory)
    await house.open()
    first, second = [await lost(house, text) for text in ("one", "two")]
    later = await house.ask(an_event("three"))
    await memory.both.wait()
    after = House(memory=house.memory)
    await after.open()
    await after.quiet()
    assert [after.end(each) for each in (first, second, later)] == ["answered"] * 3
    assert [after.screens[each.id].text for each in (first, second)] == ["you said one", "you said two"]


@in_virtual_time
async def test_a_place_that_takes_nothing_keeps_it_for_another_time() -> None:
    house = House()
    await house.open()
    kept = await lost(house)
    house.screens[kept.id] = Screen(trouble=raising(Unreachable("expired")))
    await house.answered(an_event("and now?"))
    assert house.end(kept) == "undeliverable"
    del house.screens[kept.id]
    await house.answered(an_event("now?"))
    assert house.end(kept) == "answered"


@in_virtual_time
async def test_pictures_are_kept_as_well() -> None:
    house = House(Scripted(lambda model, task: [Delta(media=(PICTURE,)), Delta("a boat", finish="stop")]))
    await house.open()
    kept = await lost(house, "a boat", command="imagine")
    await house.answered(an_event(command="about"))
    assert tuple(house.screens[kept.id].media) == (PICTURE,)
    assert list(await house.memory.media(kept.id)) == []


@in_virtual_time
async def test_a_cut_answer_says_so_when_it_is_offered() -> None:
    house = House(Scripted(lambda model, task: [Delta("half an")]))
    await house.open()
    kept = await lost(house)
    await house.answered(an_event(command="about"))
    offered = house.screens[kept.id]
    assert (offered.text, offered.note, offered.buttons) == ("half an", f"{CUT}\n{WAITED}", (CONTINUE, RETRY))


@in_virtual_time
async def test_a_private_answer_is_not_offered_before_others() -> None:
    house = House()
    await house.open()
    kept = await lost(house, "", command="privacy")
    assert kept.private
    await house.answered(an_event("others look on"))
    assert house.end(kept) == "undeliverable"
    await house.ask(an_event("only I can see this"), Screen(private=True))
    await house.quiet()
    assert house.end(kept) == "answered"


@in_virtual_time
async def test_what_was_deleted_or_never_made_is_not_offered() -> None:
    house = House()
    await house.open()
    gone = await lost(house, reason=Gone("deleted"))
    barred = await lost(house, reason=Barred("blocked"))
    await house.answered(an_event("and now?"))
    assert (house.end(gone), house.end(barred)) == ("cancelled", "undeliverable")


@in_virtual_time
async def test_a_database_that_is_away_spoils_no_answer() -> None:
    class Forgetful(Memory):
        async def reopen(self, id: str, handle: object) -> None:
            self.away = True
            self._reach()

    house = House(memory=Forgetful())
    await house.open()
    await lost(house)
    question = await house.ask(an_event("and now?"))
    await asyncio.sleep(1)
    house.memory.away = False
    await house.quiet()
    assert house.end(question) == "answered"


async def elsewhere(house: House) -> None:
    await house.open()
    _, screen = await house.answered(an_event("elsewhere on", command="settings"))
    assert screen.text == "Elsewhere is on for you now."


@in_virtual_time
async def test_where_a_channel_has_gone_the_answer_comes_in_private_to_who_asked_for_that() -> None:
    house = House(backend=Slow())
    await elsewhere(house)
    question = await house.ask(an_event("hello"), Screen(trouble=raising(CLOSED, "preview", "finish")))
    await house.quiet()
    told = house.told["ada"]
    assert told.text.split() == [f"word{n}" for n in range(10)], "the whole answer"
    assert (told.note, told.buttons, house.end(question)) == (MOVED, (RETRY,), "answered")


@in_virtual_time
async def test_nobody_else_is_written_to() -> None:
    house = House(backend=Slow())
    await house.open()
    screen = Screen(trouble=raising(CLOSED, "preview", "finish"))
    question = await house.ask(an_event("hello"), screen)
    await house.quiet()
    assert (house.told, house.end(question)) == ({}, "undeliverable")
    assert house.memory.questions[question.id].finish == "", "the model was not read to its end"


@in_virtual_time
async def test_what_was_deleted_does_not_come_in_private() -> None:
    house = House()
    await elsewhere(house)
    question = await house.ask(an_event("hello"), Screen(trouble=raising(Gone("deleted"))))
    await house.quiet()
    assert (house.told, house.end(question)) == ({}, "cancelled")


@in_virtual_time
async def test_a_private_chat_that_is_closed_too_is_the_end() -> None:
    house = House()
    await elsewhere(house)
    house.told["ada"] = Screen(trouble=raising(Barred("blocked")))
    question = await house.ask(an_event("hello"), Screen(trouble=raising(CLOSED)))
    private = await house.ask(an_event("hi", chat=Place("dm", "dm", private=True)), Screen(trouble=raising(CLOSED)))
    await house.quiet()
    assert (house.end(question), house.end(private)) == ("undeliverable", "undeliverable")


@in_virtual_time
async def test_after_a_restart_a_stored_answer_without_a_place_comes_in_private() -> None:
    house = House()
    await elsewhere(house)
    question = await house.dispatcher.accept(an_event("hello"))
    assert isinstance(question, Question)
    await house.memory.conclude(question.id, "the answer", "stop")
    after = House(memory=house.memory, settings=house.settings)

    def revive(question: Question) -> Surface:
        raise Unreachable("expired")

    await after.dispatcher.resume("fake", "bot", revive, after.reach)
    await after.quiet()
    assert (after.told["ada"].text, after.end(question)) == ("the answer", "answered")


@in_virtual_time
async def test_whether_it_may_is_for_each_to_say() -> None:
    house = House()
    event = an_event(command="settings", values={"name": "elsewhere", "value": "on", "scope": "here"})
    assert "for each to say" in (await house.answered(event))[1].text
    assert not await house.settings.read(of_person("fake", "ada"), "elsewhere")


@in_virtual_time
async def test_where_it_cannot_be_offered_the_new_answer_is_not_spoilt() -> None:
    house = House()
    kept = await lost(house)  # the adapter cannot show what has no surface before it has resumed
    question, _ = await house.answered(an_event("and now?"))
    assert (house.end(question), house.end(kept)) == ("answered", "undeliverable")

    def revive(question: Question) -> Surface:
        raise Unreachable("no such place")

    await house.dispatcher.resume("fake", "bot", revive, house.reach)
    question, _ = await house.answered(an_event("and now?"))
    assert (house.end(question), house.end(kept)) == ("answered", "undeliverable")
    await house.open()
    await house.answered(an_event("and now?"))
    assert house.end(kept) == "answered"
