import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bot.commands.recall import BATCH, CUTS, EXCERPT, MOST, excerpt
from bot.conversation.turns import Turn
from bot.errors import Mistaken, Unavailable
from bot.events import Author, Chat, Event
from bot.inference.counterparts.vectors import vector
from bot.inference.offline_tasks import OfflineTasks
from bot.replies import Abilities, Button, Delta, Page
from bot.settings import INSTANCE, of_person
from tests.bot.commands.scripted import Scripted, offline
from tests.fakes import Screen, an_event
from tests.house import House, in_virtual_time
from tests.polling import until

PRIVATE = Chat("ada", "ada", private=True)
ADA = of_person("fake", "ada")
HARBOUR, SOUP = "We took the slow train to the harbour.", "A soup needs salt, and time."


class Seen(Screen):
    """Shows answers to their authors only."""

    @property
    def can(self) -> Abilities:
        return replace(super().can, private=True)


@dataclass
class Noting(Screen):
    """Keeps what stood below its answers."""

    notes: list[str] = field(default_factory=list)

    def _show(self, verb: str, pages: Sequence[Page], buttons: Sequence[Button]) -> None:
        super()._show(verb, pages, buttons)
        self.notes.append(pages[-1].note)


def by_words(model: str, task: Mapping[str, Any]) -> Iterable[Delta | Exception]:
    yield Delta(result=[vector(re.sub("^(query|passage): ", "", each)) for each in task["inputs"]], finish="stop")


async def said(house: House, *texts: str, **changes: Any) -> Event:
    """An exchange: what the person said, and perhaps the answer."""
    event = an_event(texts[0], **changes)
    question = await house.memory.accept(event, event.key, private=False)
    assert question
    sides = ("user", "assistant")
    turns = [Turn(sides[at % 2], text) for at, text in enumerate(texts)]  # type: ignore[arg-type]
    await house.memory.conclude(question.id, "", "stop", turns)
    await house.memory.end(question.id, "answered")
    return event


async def recalled(house: House, line: str, screen: Screen | None = None, **changes: Any) -> Screen:
    question = await house.ask(an_event(line, command="recall", **{"chat": PRIVATE, **changes}), screen)
    await house.quiet()
    return house.screens[question.id]


@in_virtual_time
async def test_what_was_said_is_found_with_its_place() -> None:
    house = House(backend=Scripted(by_words))
    event = await said(house, HARBOUR, "How was the train?", chat=PRIVATE)
    await said(house, SOUP, chat=Chat("space", "kitchen"))
    screen = await recalled(house, "train harbour")
    first, second = screen.text.split("\n\n")
    assert re.match(r"\*\*1\.\*\* \[\d+ \w+ \d{4}, \d\d:\d\d UTC\]\(", first)
    assert f"(https://chat.example/ada/{event.message}), you said here · " in first
    assert first.endswith("\n> We took the slow train to the harbour.")
    assert ", I said here · " in second
    assert screen.note == "org/model"
    assert house.memory.turns.keys() >= house.memory.said.keys()
    assert len(house.memory.turns) == 3  # asking is no part of the conversation
    soup = await recalled(house, "--count 1 salt soup")
    assert "you said in another chat" in soup.text
    assert "\n\n" not in soup.text


@in_virtual_time
async def test_each_message_is_read_once() -> None:
    backend = Scripted(by_words)
    house = House(backend=backend)
    await said(house, *(f"message {number}" for number in range(BATCH + 3)), " ", chat=PRIVATE)
    await recalled(house, "message 7")
    await said(house, "one more", chat=PRIVATE)
    await recalled(house, "message 8")
    assert [len(task["inputs"]) for task in backend.tasks] == [1, BATCH - 1, 4, 1, 1]  # nothing to read in a blank
    assert all(task["alone"] for task in backend.tasks)
    assert backend.tasks[-1]["inputs"] == ["one more"]


@in_virtual_time
async def test_it_tells_how_far_it_is_and_what_is_left() -> None:
    house = House(backend=Scripted(lambda model, task: [Delta(result=[[1.0, 2.0]] * len(task["inputs"]))], seconds=5.0))
    await said(house, *(f"message {number}" for number in range(MOST + 40)), chat=PRIVATE)
    screen = Noting()
    await recalled(house, "message", screen)
    assert "Reading your older messages, 512 of 2,048 …" in screen.notes
    assert screen.note == "Older messages not read yet: 40. The next /recall goes on with them.\norg/model"
    assert (await recalled(house, "message")).note == "org/model"


@in_virtual_time
async def test_long_messages_are_fewer_at_a_time() -> None:
    house = House(backend=Scripted(lambda model, task: [Delta(result=[[1.0, 2.0]] * len(task["inputs"]))]))
    await said(house, *("long " * 1000 for _ in range(5 * BATCH)), chat=PRIVATE)
    assert f"not read yet: {2 * BATCH}." in (await recalled(house, "message")).note


@in_virtual_time
async def test_in_a_group_only_this_conversation_is_searched_unless_nobody_else_sees_it() -> None:
    house = House(backend=Scripted(by_words))
    await said(house, HARBOUR, chat=PRIVATE)
    group = Chat("space", "group")
    assert "harbour" not in (await recalled(house, "harbour", chat=group)).text
    await said(house, "the harbour of the group", chat=group)
    await said(house, "the harbour of Eve", chat=group, author=Author("eve", "Eve"))
    public = await recalled(house, "harbour", chat=group)
    assert "harbour of the group" in public.text
    assert "slow train" not in public.text
    assert "Only this conversation was searched" in public.note
    private = await recalled(house, "harbour", Seen(), chat=group)
    assert "you said in private" in private.text
    assert "slow train" in private.text
    assert "Only this conversation" not in private.note
    for screen in (public, private):
        assert "Eve" not in screen.text


@in_virtual_time
async def test_another_model_reads_everything_anew_and_a_model_that_wants_it_is_told_what_is_what() -> None:
    backend = Scripted(by_words)
    house = House(backend=backend)
    await said(house, HARBOUR, chat=PRIVATE)
    await recalled(house, "harbour")
    await house.settings.write(INSTANCE, "model.recall", "org/multilingual-e5-small")
    assert "slow train" in (await recalled(house, "harbour")).text
    assert [task["inputs"] for task in backend.tasks] == [
        ["harbour"], [HARBOUR], ["query: harbour"], [f"passage: {HARBOUR}"]
    ]  # fmt: skip


async def test_without_a_model_words_are_compared_and_that_is_said() -> None:
    house = offline(House(backend=OfflineTasks()))
    await house.settings.write(INSTANCE, "model.recall", "org/e5")
    await said(house, HARBOUR, SOUP, chat=PRIVATE)
    question = await house.ask(an_event("--count 1 harbour", command="recall", chat=PRIVATE))
    await until(lambda: house.end(question) == "answered")
    screen = house.screens[question.id]
    assert "slow train" in screen.text
    assert "soup" not in screen.text
    assert screen.note == "Offline: compares words, not meanings"


@in_virtual_time
async def test_what_nobody_said_is_not_found() -> None:
    house = House(backend=Scripted(by_words))
    nothing = "I found nothing like that in what we said."
    assert (await recalled(house, "harbour")).text == nothing
    await said(house, SOUP, chat=PRIVATE)
    assert (await recalled(house, "zebra")).text == nothing


@in_virtual_time
async def test_a_text_that_is_too_long_for_the_model_is_cut() -> None:
    def narrow(model: str, task: Mapping[str, Any]) -> Iterable[Delta | Exception]:
        assert all(len(each.encode()) <= CUTS[0] for each in task["inputs"])
        if any(len(each.encode()) > CUTS[1] for each in task["inputs"]):
            yield Mistaken("too long")
        yield from by_words(model, task)

    house = House(backend=Scripted(narrow))
    await said(house, "harbour " * 300 + "ü\ud83d" * 3000, SOUP, chat=PRIVATE)
    assert "harbour" in (await recalled(house, "harbour")).text


@in_virtual_time
async def test_where_the_budget_ends_what_has_been_read_is_searched() -> None:
    house = House(backend=Scripted(by_words))
    await said(house, HARBOUR, chat=PRIVATE)
    await recalled(house, "harbour")
    await said(house, "x" * 3000, chat=PRIVATE)
    await house.settings.write(ADA, "limit.tokens.day", "100")
    screen = await recalled(house, "harbour")
    assert "slow train" in screen.text
    assert "budget" in screen.note
    assert "not read yet: 1." in screen.note


@in_virtual_time
async def test_what_goes_wrong_is_said_and_what_was_read_stays_read() -> None:
    answers: list[Exception | None] = [None, Unavailable("The model rests.")]

    def failing(model: str, task: Mapping[str, Any]) -> Iterable[Delta | Exception]:
        trouble = answers.pop(0) if answers else None
        yield from [trouble] if trouble else by_words(model, task)

    house = House(backend=Scripted(failing))
    await said(house, HARBOUR, chat=PRIVATE)
    assert "The model rests." in (await recalled(house, "harbour")).note
    assert "slow train" in (await recalled(house, "harbour")).text


@in_virtual_time
async def test_an_answer_without_vectors_is_none() -> None:
    house = House(backend=Scripted(lambda model, task: [Delta(finish="stop")]))
    assert "gave no answer" in (await recalled(house, "harbour")).note


@in_virtual_time
async def test_where_some_get_no_vectors_none_are_put_to_them() -> None:
    answers = iter(([Delta(result=[[1.0, 0.0]])], [Delta(finish="stop")]))
    house = House(backend=Scripted(lambda model, task: next(answers)))
    await said(house, HARBOUR, chat=PRIVATE)
    assert "gave no answer" in (await recalled(house, "harbour")).note
    assert (await house.services.memory.unindexed(ADA, "org/model:2", 10)).count == 1


@in_virtual_time
async def test_words_that_were_said_again_are_shown_once() -> None:
    house = House(backend=Scripted(by_words))
    for _ in range(3):
        await said(house, HARBOUR, chat=PRIVATE)
    assert (await recalled(house, "harbour")).text.count("slow train") == 1


@in_virtual_time
async def test_what_was_typed_wrong_is_said() -> None:
    house = House(backend=Scripted(by_words))
    assert "words is missing" in await house.refused(an_event("", command="recall"))
    assert "from 1 to 10" in await house.refused(an_event("--count 11 x", command="recall"))


def test_an_excerpt_shows_where_the_words_are() -> None:
    long = "Some words. " * 60 + "Then the Harbour came. " + "And more. " * 60
    assert excerpt(SOUP, "harbour") == SOUP
    assert excerpt("## a\n\n> **b** `c`\n2 > 1 # d", "x") == "a b c 2 > 1 # d"
    assert excerpt(long, "unheard").startswith("Some words.")
    shown = excerpt(long, "the harbour")
    assert "Then the Harbour came. And more." in shown
    assert shown.startswith(("…Some words.", "…words."))
    assert shown.endswith("…")
    assert len(shown) <= EXCERPT
    assert len(excerpt("x" * 1000 + " harbour", "harbour")) <= EXCERPT
