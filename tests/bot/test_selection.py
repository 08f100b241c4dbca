from collections.abc import Callable, Mapping, Sequence
from typing import get_args

import pytest

from bot.inference.catalogue import Catalogue, Models, Offer
from bot.selection import Choice, Preferences, Selection, Task
from bot.settings import INSTANCE, scopes_of
from tests.fakes import Settings, an_event

EVENT = an_event()
ME, HERE, EVERYWHERE = scopes_of(EVENT)
LIST = Catalogue({name: (Offer("", live=True),) for name in ("a/one", "a/two", "b/three")})


def selection(made: Settings | None = None, catalogue: Catalogue = LIST) -> Selection:
    async def read() -> Catalogue:
        return catalogue

    defaults: dict[Task, Callable[[], Sequence[str]]] = {task: lambda: ("a/one", "a/two") for task in get_args(Task)}
    return Selection(made or Settings(), defaults, Models(read, 1, catalogue))


async def chosen(values: Mapping[tuple[str, str], str], task: Task = "chat", catalogue: Catalogue = LIST) -> Choice:
    its = selection(Settings(dict(values)), catalogue)
    return its.choice(task, await its.preferences(EVENT))


@pytest.mark.parametrize(
    ("values", "choice"),
    [
        ({}, Choice("a/one", "config")),
        ({(EVERYWHERE, "model.chat"): "a/two"}, Choice("a/two", "everywhere")),
        ({(EVERYWHERE, "model.chat"): "a/two", (HERE, "model.chat"): "b/three"}, Choice("b/three", "here")),
        ({(HERE, "model.chat"): "b/three", (ME, "model.chat"): "a/two"}, Choice("a/two", "me")),
        ({(ME, "model.imagine"): "a/two"}, Choice("a/one", "config")),
        ({(ME, "model.chat"): "a/two", (HERE, "models.own"): "off"}, Choice("a/one", "config")),
        ({(ME, "model.chat"): "a/two", (EVERYWHERE, "models.own"): "off"}, Choice("a/one", "config")),
        ({(ME, "model.chat"): "a/two", (ME, "models.own"): "off"}, Choice("a/two", "me")),
        ({(ME, "model.chat"): "a/two", (HERE, "models.deny"): "B/* A/T*"}, Choice("a/one", "config")),
        ({(ME, "model.chat"): "a/two", (HERE, "models.allow"): "b/*"}, Choice("a/one", "config")),
        ({(ME, "model.chat"): "a/two", (HERE, "models.allow"): "b/* a/two"}, Choice("a/two", "me")),
        ({(ME, "model.chat"): "x/gone"}, Choice("a/one", "config", "x/gone", ME)),
        ({(ME, "model.chat"): "x/gone", (HERE, "model.chat"): "a/two"}, Choice("a/two", "here", "x/gone", ME)),
    ],
)
async def test_the_nearest_choice_that_holds(values: Mapping[tuple[str, str], str], choice: Choice) -> None:
    assert await chosen(values) == choice


async def test_without_a_list_nothing_has_vanished() -> None:
    assert await chosen({(ME, "model.chat"): "x/y"}, catalogue=Catalogue()) == Choice("x/y", "me")


async def test_other_tasks_are_not_in_the_list() -> None:
    assert await chosen({(ME, "model.imagine"): "x/painter"}, "imagine") == Choice("x/painter", "me")


@pytest.mark.parametrize(
    ("values", "choice"),
    [
        ({(ME, "model.chat"): "a/two"}, Choice("a/two", "me")),
        ({(ME, "model.chat"): "a/two", (HERE, "model.tweetify"): "b/three"}, Choice("b/three", "here")),
        ({(ME, "model.chat"): "a/two", (ME, "model.tweetify"): "x/gone"}, Choice("a/two", "me", "x/gone", ME)),
    ],
)
async def test_the_chats_model_writes_posts_unless_another_was_chosen(
    values: Mapping[tuple[str, str], str], choice: Choice
) -> None:
    assert await chosen(values, "tweetify") == choice


async def test_a_model_that_vanished_is_told_of_once() -> None:
    its = selection(Settings({(ME, "model.chat"): "x/gone"}))
    choice = its.choice("chat", await its.preferences(EVENT))
    assert await its.farewell("chat", choice) == "The model x/gone is no longer served; a/one stands in. See /model."
    assert await its.farewell("chat", choice) == ""
    assert await its.farewell("chat", Choice("a/one", "config")) == ""


def preferences(**values: str) -> Preferences:
    """Names like `me_reasoning`; two underscores are a dot."""
    scopes = {"me": ME, "here": HERE, "everywhere": EVERYWHERE}
    found: dict[str, dict[str, str]] = {}
    for name, value in values.items():
        scope, _, setting = name.partition("_")
        found.setdefault(scopes[scope], {})[setting.replace("__", ".")] = value
    return Preferences((ME, HERE, INSTANCE), found)


@pytest.mark.parametrize(
    ("its", "temperature"),
    [
        (preferences(), None),
        (preferences(here_temperature="0.5"), 0.5),
        (preferences(me_persona__prompt="p", me_persona__temperature="1.5"), 1.5),
        (preferences(me_persona__prompt="p", me_persona__temperature="1.5", here_temperature="0"), 0.0),
        (preferences(me_persona__prompt="p", here_persona__prompt="q", here_persona__temperature="1.5"), None),
        (preferences(here_persona__prompt="q", here_persona__temperature="1.5"), 1.5),
    ],
)
def test_the_temperature_is_ones_own_or_that_of_the_persona_in_force(its: Preferences, temperature: float) -> None:
    assert its.temperature == temperature


def test_how_somebody_wants_to_be_answered() -> None:
    plain = preferences()
    assert (plain.persona, plain.thoughts, plain.grows) == ("", "folded", True)
    its = preferences(
        me_reasoning="shown", here_reasoning="hidden", here_streaming="off", everywhere_persona__prompt="p"
    )
    assert (its.persona, its.thoughts, its.grows) == ("p", "shown", False)
    assert its.from_where("streaming") == ("off", "here")
    assert preferences(me_reasoning="sung").thoughts == "folded"


@pytest.mark.parametrize(
    ("name", "patterns", "model", "permitted"),
    [
        ("models.deny", "bad/model", "bad/model:provider", False),
        ("models.deny", "bad/*", "BAD/other:fastest", False),
        ("models.deny", "good/model:dear", "good/model:cheap", True),
        ("models.deny", "good/model:dear", "good/model:dear", False),
        ("models.allow", "good/model", "good/model:provider", True),
        ("models.allow", "good/model", "good/modelling", False),
    ],
)
def test_a_pattern_means_a_model_at_every_provider(name: str, patterns: str, model: str, permitted: bool) -> None:
    assert Preferences((ME, HERE, INSTANCE), {HERE: {name: patterns}}).permits(model) is permitted
