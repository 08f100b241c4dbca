"""Which model does a task, and how its person wants to be answered: the nearest of me, here, everywhere, config.

What is known of models is `inference/catalogue.py`'s concern; how a choice is made and undone, `commands/model.py`'s.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal, Protocol, get_args

from bot.events import Event
from bot.replies import Thoughts
from bot.settings import Settings, scopes_of

Task = Literal["chat", "imagine", "sentiment", "entities", "tweetify", "complete", "recall"]
Source = Literal["me", "here", "everywhere", "config"]

SOURCES: tuple[Source, ...] = ("me", "here", "everywhere")  # as `settings.scopes_of` has them
OWN_CHOICE = "models.own"  # "off": people may not choose for themselves
ALLOW, DENY = "models.allow", "models.deny"  # patterns, separated by blanks
GONE = "model.gone."  # + task: the vanished model whose readers have been told


def setting_of(task: Task) -> str:
    """The name under which a choice is stored."""
    return f"model.{task}"


@dataclass(frozen=True, slots=True)
class Choice:
    model: str
    source: Source
    gone: str = ""  # the model that was chosen, but is no longer served
    gone_scope: str = ""


class Known(Protocol):
    """What the selection asks of the catalogue."""

    def vanished(self, model: str) -> bool:
        """Whether there is a list of models and this one is not served any more."""
        ...


@dataclass(frozen=True, slots=True)
class Preferences:
    """The settings that hold for one event, of me, here and everywhere."""

    scopes: tuple[str, ...]
    found: Mapping[str, Mapping[str, str]]

    def value(self, name: str) -> str:
        return self.from_where(name)[0]

    def from_where(self, name: str) -> tuple[str, Source]:
        """The nearest value, and where it was set; "" from "config" where nobody did."""
        for scope, source in zip(self.scopes, SOURCES, strict=True):
            if value := self.found.get(scope, {}).get(name, ""):
                return value, source
        return "", "config"

    def in_force(self, name: str) -> Sequence[str]:
        """Every value of a setting that only those in charge make: here and everywhere."""
        return [value for scope in self.scopes[1:] if (value := self.found.get(scope, {}).get(name, ""))]

    def permits(self, model: str) -> bool:
        """Whether `/model allow` and `/model deny` let people choose this model."""
        allowed = self.in_force(ALLOW)
        if any(_matches(model, patterns) for patterns in self.in_force(DENY)):
            return False
        return all(_matches(model, patterns) for patterns in allowed)

    @property
    def own_choice(self) -> bool:
        return "off" not in self.in_force(OWN_CHOICE)

    @property
    def persona(self) -> str:
        """The system prompt that was chosen instead of the configured one, or ""."""
        return self.value("persona.prompt")

    @property
    def temperature(self) -> float | None:
        """That of /settings, else that of the persona in force."""
        personas = (its for scope in self.scopes if (its := self.found.get(scope, {})).get("persona.prompt"))
        value = self.value("temperature") or next(personas, {}).get("persona.temperature", "")
        return float(value) if value else None

    @property
    def thoughts(self) -> Thoughts:
        value = self.value("reasoning")
        return next((each for each in get_args(Thoughts) if each == value), "folded")

    @property
    def grows(self) -> bool:
        return self.value("streaming") != "off"


class Selection:
    def __init__(
        self, settings: Settings, defaults: Mapping[Task, Callable[[], Sequence[str]]], catalogue: Known
    ) -> None:
        """`defaults` gives for each task the configured models, the first of which stands for the others."""
        self._settings = settings
        self._defaults = defaults
        self._catalogue = catalogue

    async def preferences(self, event: Event) -> Preferences:
        scopes = scopes_of(event)
        return Preferences(scopes, await self._settings.of(scopes))

    def defaults(self, task: Task) -> Sequence[str]:
        return self._defaults[task]()

    def choice(self, task: Task, preferences: Preferences) -> Choice:
        """Who does it: a choice that is forbidden by now is passed over, one that has vanished is told of."""
        gone = gone_scope = ""
        for scope, source in zip(preferences.scopes, SOURCES, strict=True):
            model = preferences.found.get(scope, {}).get(setting_of(task), "")
            if not model or (source == "me" and not preferences.own_choice) or not preferences.permits(model):
                continue
            if task in ("chat", "tweetify") and self._catalogue.vanished(model):
                gone, gone_scope = gone or model, gone_scope or scope
                continue
            return Choice(model, source, gone, gone_scope)
        if task == "tweetify":  # the chat's model writes, unless one was chosen for it
            chosen = self.choice("chat", preferences)
            return Choice(chosen.model, chosen.source, gone or chosen.gone, gone_scope or chosen.gone_scope)
        return Choice(next(iter(self.defaults(task)), ""), "config", gone, gone_scope)

    async def farewell(self, task: Task, choice: Choice) -> str:
        """The sentence about a model that has vanished, the first time; "" after that."""
        if not choice.gone:
            return ""
        if await self._settings.read(choice.gone_scope, GONE + task) == choice.gone:
            return ""
        await self._settings.write(choice.gone_scope, GONE + task, choice.gone)
        return f"The model {choice.gone} is no longer served; {choice.model or 'the default'} stands in. See /model."


def _matches(model: str, patterns: str) -> bool:
    """A pattern means a model at every provider, unless it names one itself: org/model is also org/model:provider."""
    names = {model.lower(), model.lower().partition(":")[0]}
    return any(fnmatchcase(name, pattern.lower()) for pattern in patterns.split() for name in names)
