import asyncio
from collections.abc import AsyncGenerator, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

import pytest

from bot.access import AccessConfig
from bot.commands.switching import SECONDS
from bot.errors import ParleyError, Unavailable
from bot.events import Author
from bot.inference.catalogue import Catalogue, Offer
from bot.inference.failures import of_status
from bot.replies import Delta
from bot.selection import Task
from bot.settings import INSTANCE, of_person, of_space
from tests.bot.commands.test_grants import ADMIN, BOB, ELSEWHERE, IN_PRIVATE, OWNER, said
from tests.fakes import an_event
from tests.house import House, in_virtual_time

HERE = of_space("fake", "space")
NAMES = ("openai/gpt-oss-20b", "Qwen/Qwen3-32B", "org/model")
LIST = Catalogue(
    {name: (Offer("p", live=True, window=32_768, price=(0.1, 0.4), tools=True),) for name in NAMES},
    {"org/model": ("image",)},
)


@dataclass
class Model:
    """Answers by what it is, and notes what it was asked."""

    broken: Mapping[str, Iterable[Delta] | ParleyError] = field(default_factory=dict)
    asked: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)

    async def stream(self, model: str, task: Mapping[str, Any]) -> AsyncGenerator[Delta, None]:
        self.asked.append((model, task))
        played = self.broken.get(model, (Delta("I am ", model=model), Delta(model), Delta(finish="length")))
        if isinstance(played, ParleyError):
            raise played
        for delta in played:
            await asyncio.sleep(1)
            yield delta
        if model == "Qwen/slow":
            await asyncio.sleep(10 * SECONDS)


def house(backend: Model | None = None, catalogue: Catalogue = LIST) -> House:
    return House(backend or Model(), catalogue=catalogue, access=AccessConfig(open=True, owners=("fake:root",)))


def made(its: House) -> list[tuple[str, str, str, str]]:
    return [(each.who, each.scope, each.name, each.after) for each in its.settings.changes]


@pytest.mark.parametrize(
    ("line", "author", "scope"),
    [
        ("/model qwen3-32b", BOB, of_person("fake", "bob")),
        ("/model Qwen/Qwen3-32B --scope here", ADMIN, HERE),
        ("/model Qwen/Qwen3-32B --scope everywhere", OWNER, INSTANCE),
    ],
)
def test_a_switch_is_tried_and_kept_and_takes_effect_with_the_next_question(
    line: str, author: Author, scope: str
) -> None:
    @in_virtual_time
    async def scenario() -> None:
        its = house()
        text = await said(its, line, author)
        assert "`Qwen/Qwen3-32B` works" in text
        assert "32,768 tokens · $0.10 in, $0.40 out a million · tools · 1 provider" in text
        assert its.backend.asked == [
            ("Qwen/Qwen3-32B", {"messages": [{"role": "user", "content": "Hello"}], "max_tokens": 1, "alone": True})
        ]
        assert made(its) == [(of_person("fake", author.id), scope, "model.chat", "Qwen/Qwen3-32B")]
        assert await said(its, "chat hi", author) == "I am Qwen/Qwen3-32B"

    scenario()


@pytest.mark.parametrize(
    ("line", "author", "answer"),
    [
        ("/model qwen3-32 ", BOB, "Did you mean `Qwen/Qwen3-32B`"),
        ("/model zzz", BOB, "/models"),
        ("/model org/model --scope here", BOB, "Only those in charge"),
        ("/model org/model --scope everywhere", ADMIN, "Only this bot's owners"),
        ("/model undo", BOB, "never been changed for you"),
        ("/model reset", BOB, "No model for chat is chosen for you"),
        ("/model history", BOB, "Nothing about models"),
        ("/model allow openai/*", BOB, "Only those in charge"),
        ("/model deny openai/* --scope everywhere", ADMIN, "Only this bot's owners"),
        ("/model own off", BOB, "Only those in charge"),
        ("/model own", ADMIN, "/model own off"),
        ("/model own maybe", ADMIN, "/model own off"),
        ("/model allow a|b", ADMIN, "A pattern is"),
        ("/model allow -openai/*", ADMIN, "not in the list"),
        ("/model https://evil.example/v1 --for sentiment", BOB, "OWNER/NAME"),
        ("/model org/model --for dancing", BOB, "for must be one of chat"),
        ("/model org/model --scope there", BOB, "scope must be one of"),
    ],
)
def test_mistakes_change_nothing_and_ask_nothing(line: str, author: Author, answer: str) -> None:
    @in_virtual_time
    async def scenario() -> None:
        its = house()
        assert answer in await said(its, line, author)
        assert (its.settings.changes, its.backend.asked) == ([], [])

    scenario()


@pytest.mark.parametrize(
    ("played", "reason"),
    [
        (of_status(403, {}, None, "org/model"), "may not be used by this bot"),
        (Unavailable("It is away."), "It is away."),
        ((Delta("half"),), "broke off"),
        ((), "broke off"),
    ],
)
def test_a_switch_that_fails_its_trial_changes_nothing_and_says_why(
    played: Iterable[Delta] | ParleyError, reason: str
) -> None:
    @in_virtual_time
    async def scenario() -> None:
        its = house(Model({"org/model": played}))
        text = await said(its, "/model org/model", BOB)
        assert reason in text
        assert "nothing was changed" in text
        assert its.settings.changes == []

    scenario()


@in_virtual_time
async def test_a_model_that_takes_too_long_is_not_taken() -> None:
    its = house(Model({"Qwen/slow": ()}), Catalogue())
    assert "did not answer within 60 seconds" in await said(its, "/model Qwen/slow", BOB)
    assert its.settings.changes == []


@in_virtual_time
async def test_the_trial_is_paid_for() -> None:
    its = house()
    await said(its, "/limit fake:bob 5 tokens", OWNER)
    assert "Your budget" in await said(its, "/model org/model", BOB)
    assert its.backend.asked == []


@in_virtual_time
async def test_without_a_list_the_trial_alone_decides() -> None:
    its = house(catalogue=Catalogue())
    assert "`my/own` works, and is now chosen for chat for you." in await said(its, "/model my/own", BOB)


@pytest.mark.parametrize("task", get_args(Task))
def test_every_task_has_its_own_model(task: Task) -> None:
    @in_virtual_time
    async def scenario() -> None:
        its = house(Model({"org/model": (Delta(result=(), finish="stop"),)}))
        assert f"chosen for {task} for you" in await said(its, f"/model org/model --for {task}", BOB)
        assert made(its)[0][2] == f"model.{task}"
        shown = await said(its, "/model", BOB)
        assert f"- {task}: `org/model` (your choice)" in shown
        tags = [asked.get("task", "chat") for _, asked in its.backend.asked]
        assert tags == {
            "sentiment": ["text-classification"],
            "entities": ["token-classification"],
            "complete": ["text-generation"],
            "recall": ["feature-extraction"],
            "imagine": [],
        }.get(task, ["chat"])

    scenario()


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("org/painter", "was looked up"),
        ("org/sorter", "does not draw: it is for text-classification"),
        ("org/unknown", "was not tried"),
        ("spaces/org/painter", "was not tried"),
    ],
)
def test_a_painter_is_looked_up_and_draws_nothing(name: str, answer: str) -> None:
    @in_virtual_time
    async def scenario() -> None:
        tags = {"org/painter": "text-to-image", "org/sorter": "text-classification"}
        its = house()

        async def pipeline_of(model: str) -> str:
            return tags.get(model, "")

        object.__setattr__(its.services, "pipeline_of", pipeline_of)
        assert answer in await said(its, f"/model {name} --for imagine", BOB)
        assert its.backend.asked == []
        assert bool(its.settings.changes) is ("sorter" not in name)

    scenario()


@in_virtual_time
async def test_who_answers_and_where_that_comes_from() -> None:
    its = house()
    assert "- chat: `org/model` (as configured)" in await said(its, "/model", BOB)
    await said(its, "/model qwen3-32b --scope everywhere", OWNER)
    assert "- chat: `Qwen/Qwen3-32B` (the owners' choice)" in await said(its, "/model", BOB)
    text = await said(its, "/model gpt-oss-20b --scope here", ADMIN)
    assert "- chat: `openai/gpt-oss-20b` (this chat's choice)" in await said(its, "/model", BOB)
    assert "- tweetify: `openai/gpt-oss-20b` (this chat's choice)" in await said(its, "/model", BOB)
    assert "- chat: `Qwen/Qwen3-32B` (the owners' choice)" in await said(its, "/model", BOB, chat=ELSEWHERE)
    assert "still get" not in text
    assert "You yourself still get `openai/gpt-oss-20b`, which was chosen in this chat." in await said(
        its, "/model org/model --scope everywhere", OWNER
    )


@in_virtual_time
async def test_undo_and_undo_again() -> None:
    its = house()
    for name in ("gpt-oss-20b", "qwen3-32b"):
        await said(its, f"/model {name}", BOB)
    back = await said(its, "/model undo", BOB)
    assert "`openai/gpt-oss-20b` is chosen for chat for you again. It was `Qwen/Qwen3-32B`." in back
    assert await said(its, "chat hi", BOB) == "I am openai/gpt-oss-20b"
    assert "`Qwen/Qwen3-32B` is chosen" in await said(its, "/model undo", BOB)
    assert "No model for chat is chosen for you any more" in (text := await said(its, "/model reset", BOB))
    assert "You get `org/model` (as configured)" in text
    assert "`Qwen/Qwen3-32B` is chosen" in await said(its, "/model undo", BOB)
    assert [each[3] for each in made(its)] == [
        "openai/gpt-oss-20b", "Qwen/Qwen3-32B", "openai/gpt-oss-20b", "Qwen/Qwen3-32B", "", "Qwen/Qwen3-32B",
    ]  # fmt: skip


@in_virtual_time
async def test_undo_keeps_to_its_scope_and_task() -> None:
    its = house()
    await said(its, "/model qwen3-32b --scope here", ADMIN)
    assert "never been changed for you" in await said(its, "/model undo", ADMIN)
    assert "never been changed in this chat" in await said(its, "/model undo --scope here --for imagine", ADMIN)
    assert "No model for chat is chosen in this chat" in await said(its, "/model undo --scope here", ADMIN)


@in_virtual_time
async def test_the_history_says_who_when_from_what_to_what() -> None:
    its = house()
    await said(its, "/model qwen3-32b --scope here", ADMIN)
    await said(its, "/model deny openai/*", ADMIN)
    lines = (await said(its, "/model history --scope here", BOB)).splitlines()[1:]
    assert lines[0].endswith("`fake:adam`: models.deny: none → openai/*")
    assert lines[1].endswith("`fake:adam`: model for chat: none → Qwen/Qwen3-32B")


@in_virtual_time
async def test_the_same_again_is_no_change() -> None:
    its = house()
    await said(its, "/model qwen3-32b", BOB)
    assert "already, and works" in await said(its, "/model qwen3-32b", BOB)
    assert len(its.settings.changes) == 1


@in_virtual_time
async def test_the_choice_is_bounded_by_patterns() -> None:
    its = house()
    assert "Only these may be chosen in this chat: `Qwen/*`." in await said(its, "/model allow Qwen/*", ADMIN)
    assert "`Qwen/*`, `org/*`" in await said(its, "/model allow org/*", ADMIN)
    assert "may not be chosen here" in await said(its, "/model gpt-oss-20b", BOB)
    assert "works" in await said(its, "/model org/model", BOB)
    assert "not be chosen in this chat: `org/*`" in await said(its, "/model deny org/*", ADMIN)
    assert "may not be chosen here" in await said(its, "/model org/model", BOB)
    assert "works" in await said(its, "/model gpt-oss-20b", BOB, chat=ELSEWHERE)
    assert "in this chat: `Qwen/*`." in await said(its, "/model allow -org/*", ADMIN)
    assert "Any model may be chosen in this chat." in await said(its, "/model allow off", ADMIN)
    assert "No model is forbidden in this chat." in await said(its, "/model deny -org/*", ADMIN)
    assert "everywhere: `x/*`" in await said(its, "/model deny x/*", OWNER, chat=IN_PRIVATE)
    assert "everywhere: `x/*`" in await said(its, "/model deny --scope everywhere", OWNER)


@in_virtual_time
async def test_own_choices_are_switched_off_and_on() -> None:
    its = house()
    await said(its, "/model qwen3-32b", BOB)
    assert "chosen for all in this chat" in await said(its, "/model own off", ADMIN)
    assert "do not choose models for themselves" in await said(its, "/model gpt-oss-20b", BOB)
    assert await said(its, "chat hi", BOB) == "I am org/model"
    assert "may choose models" in await said(its, "/model own on", ADMIN)
    assert await said(its, "chat hi", BOB) == "I am Qwen/Qwen3-32B"


@in_virtual_time
async def test_a_model_that_vanished_is_replaced_and_told_of_once() -> None:
    its = house()
    await said(its, "/model qwen3-32b", BOB)
    its.services.models.catalogue = Catalogue({"org/model": (Offer("p", live=True),)})
    notes = []
    for _ in range(2):
        _, screen = await its.answered(an_event("hi", author=BOB))
        assert screen.text == "I am org/model"
        notes.append("Qwen/Qwen3-32B is no longer served" in screen.note)
    assert notes == [True, False]


@in_virtual_time
async def test_offline_there_are_two_names() -> None:
    its = house(catalogue=Catalogue())
    object.__setattr__(its.services, "offline", True)
    its.services.selection._defaults["chat"] = lambda: ("offline guide", "offline echo")  # type: ignore[index]
    assert "only `offline guide` or `offline echo`" in await said(its, "/model org/model", BOB)
    assert "nothing to choose from" in await said(its, "/model org/model --for sentiment", BOB)
    assert "`offline echo` works" in await said(its, "/model offline echo", BOB)
    assert "built-in counterparts answer" in await said(its, "/model", BOB)
    models = await said(its, "/models", BOB)
    assert "`offline echo` **← answers you**" in models
    assert "none of them is a language model" in models
