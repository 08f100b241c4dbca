"""What answers may cost: reserved before a model is asked, settled by what was used.

Limits hold for a person, a space and the whole instance, for each UTC day and month; the operator's stand in
`[budgets]`. Those made by command are settings: an owner's `limit.UNIT.PERIOD` of a scope stands instead of the
operator's; an admin's `cap.UNIT.PERIOD` of a space, and `each.UNIT.PERIOD` for each person who asks there, hold besides
it and can only be stricter. Where a process dies, what it had reserved stays counted: a crash never makes a budget
larger.
"""

import logging
import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from math import ceil
from typing import Annotated, Any, Protocol, get_args

from pydantic import AfterValidator, Field

from bot.errors import ParleyError, Refused, Unavailable
from bot.events import Event
from bot.inference.backend import Backend
from bot.ledger import Amount, Ledger, Limit, Period, Unit
from bot.meter import SILENT, Meter
from bot.reckoning import BYTES_PER_TOKEN, Reckoning
from bot.replies import Delta
from bot.section import Names, Section
from bot.settings import INSTANCE, Settings, scopes_of

UNITS: Mapping[str, Unit] = {"token": "tokens", "picture": "pictures", "dollar": "micros"}
MICROS = 1_000_000
LIMIT = re.compile(
    r"(?P<dollars>\$)?\s*(?P<number>\d[\d,_]*(?:\.\d+)?)\s*(?P<unit>tokens?|pictures?|dollars?)?"
    r"\s*(?:a|per|/)?\s*(?P<period>day|month)?",
    re.IGNORECASE,
)
OFF = "off"  # the value of a limit that an owner took away
RISE = 3.0  # times the mean of the days before: a sudden rise
RISE_DAYS = 7  # how many days before are looked at
RISE_FLOORS: Mapping[Unit, int] = {"tokens": 50_000, "pictures": 20, "micros": MICROS}  # a day; below, nobody is told

log = logging.getLogger(__name__)


def parse_limit(text: str) -> tuple[Unit, Period, int]:
    """ "50000 tokens a day", "10 pictures/day", "$2 a month". Raises ValueError."""
    match = LIMIT.fullmatch(text.strip())
    if match is None or (match["dollars"] and match["unit"]) or not (match["dollars"] or match["unit"]):
        raise ValueError("a limit goes like “50000 tokens a day”, “10 pictures a day” or “$2 a month”")
    unit = "micros" if match["dollars"] else UNITS[match["unit"].lower().rstrip("s")]
    number = float(re.sub("[,_]", "", match["number"]))
    period: Period = "month" if (match["period"] or "day").lower() == "month" else "day"
    return unit, period, round(number * MICROS) if unit == "micros" else round(number)


def _readable(limits: tuple[str, ...]) -> tuple[str, ...]:
    for each in limits:
        parse_limit(each)
    return limits


Limits = Annotated[Names, AfterValidator(_readable)]


class BudgetConfig(Section):
    person: Limits = Field(
        ("200000 tokens a day", "30 pictures a day"), description="what each person may use; also as “$2 a month”"
    )
    space: Limits = Field(
        ("2000000 tokens a day", "200 pictures a day"), description="what each server or chat may use"
    )
    instance: Limits = Field(("5000000 tokens a day", "500 pictures a day"), description="what all together may use")
    picture_dollars: float = Field(
        0.01, ge=0, description="what a picture is taken to cost, since no list has its price"
    )


class OverBudget(Refused):
    def __init__(self, limit: Limit, now: datetime) -> None:
        super().__init__(_sentence(limit, now))
        self.limit = limit


class Prices(Protocol):
    """What the budgets ask of the catalogue."""

    def price(self, model: str) -> tuple[float, float] | None:
        """US dollars per million tokens, in and out; None: unknown."""
        ...


@dataclass(slots=True)
class Spent:
    """What the holder of a reservation sets before it ends; at first, all that was reserved."""

    used: Amount


@dataclass(frozen=True, slots=True)
class Budgets:
    config: BudgetConfig
    ledger: Ledger
    settings: Settings
    prices: Prices
    max_tokens: int  # of an answer, where the task does not say
    free: bool = False  # the offline guide answers
    tell: Callable[[str, str], None] = lambda key, text: None  # noqa: ARG005 - (once a day for each key, sentence)
    meter: Meter = SILENT

    def purse(self, id: str, event: Event) -> "Purse":
        """`id` is the question's."""
        return Purse(self, id, scopes_of(event))

    async def limits(self, scopes: Sequence[str]) -> Sequence[Limit]:
        """Those that hold for a person, a space and the instance, in this order."""
        made = await self.settings.of(scopes)
        me, here, everywhere = (made.get(scope, {}) for scope in scopes)
        persons = _amounts(self.config.person) | _made(everywhere, "each") | _made(me, "limit")
        spaces = _amounts(self.config.space) | _made(here, "limit")
        instances = _amounts(self.config.instance) | _made(everywhere, "limit")
        amounts = zip(
            (0, 0, 1, 1, 2), (persons, _made(here, "each"), spaces, _made(here, "cap"), instances), strict=True
        )
        return [
            Limit(scopes[place], period, unit, most)
            for place, its in amounts
            for (unit, period), most in its.items()
            if most is not None
        ]

    def estimate(self, model: str, task: Mapping[str, Any]) -> tuple[int, Amount]:
        """The prompt's tokens, and the most that this task can use."""
        if task.get("task") == "text-to-image":
            pictures = int(task.get("parameters", {}).get("count", 1))
            return 0, Amount(pictures=pictures, micros=round(pictures * self.config.picture_dollars * MICROS))
        prompt = sum(_tokens(each["content"]) for each in task.get("messages", ())) + _tokens(task.get("inputs"))
        answer = self.max_tokens if "messages" in task else 0
        asked = task.get("max_tokens") or task.get("parameters", {}).get("max_new_tokens") or answer
        return prompt, self.amount(model, prompt, int(asked))

    def amount(self, model: str, prompt: int, completion: int, answered: str = "") -> Amount:
        """`answered`: the name by which the model that answered called itself, which the list may not know."""
        price = (self.prices.price(answered) if answered else None) or self.prices.price(model)
        price_in, price_out = price or (0.0, 0.0)  # dollars a million: millionths of one a token
        return Amount(prompt + completion, micros=ceil(prompt * price_in + completion * price_out))

    async def watch(self, now: datetime) -> None:
        """Tell the owner of a sudden rise."""
        today = now.date()
        days = dict(await self.ledger.days(INSTANCE, today - timedelta(days=RISE_DAYS)))
        used = days.pop(today, Amount())
        if not days:
            return
        before, length = sum(days.values(), Amount()), (today - min(days)).days
        for unit in get_args(Unit):
            usual, now_used = getattr(before, unit) / length, getattr(used, unit)
            if now_used > max(RISE_FLOORS[unit], RISE * usual):
                rise = f"Today's use is {in_words(unit, now_used)}; {in_words(unit, round(usual))} a day was usual."
                self.tell(f"rise {today}", f"{rise} `/usage everywhere` shows more, `/limit` sets bounds.")


@dataclass(slots=True)
class Purse:
    """One question's: everything that it asks of models is paid from here."""

    _budgets: Budgets
    _id: str
    _scopes: tuple[str, ...]
    _numbers: "count[int]" = field(default_factory=count)

    @asynccontextmanager
    async def spending(self, amount: Amount) -> AsyncIterator[Spent]:
        """Reserve this, and settle by what the body sets. Raises `OverBudget`, and then nothing was reserved."""
        spent = Spent(amount)
        if self._budgets.free:
            yield spent
            return
        now = datetime.now(UTC)
        reservation = f"{self._id}.{now:%H%M%S%f}.{next(self._numbers)}"  # another process may take up this question
        limits = await self._budgets.limits(self._scopes)
        over = await self._budgets.ledger.reserve(reservation, self._scopes, amount, limits, now)
        if over is not None:
            raise OverBudget(over, now)
        try:
            yield spent
        finally:
            await self._settle(reservation, spent.used, now)

    async def _settle(self, reservation: str, used: Amount, now: datetime) -> None:
        try:
            await self._budgets.ledger.settle(reservation, used)
            await self._budgets.watch(now)
        except Unavailable as away:  # the answer is there: it must not fail because of its bill
            log.warning("a reservation stays counted in full: %s", away.detail or away.message)

    async def stream(self, backend: Backend, model: str, task: Mapping[str, Any]) -> AsyncGenerator[Delta, None]:
        """The backend's stream, paid for. Raises `OverBudget` besides, before anything is asked."""
        prompt, most = self._budgets.estimate(model, task)
        begun = most if most.pictures else self._budgets.amount(model, prompt, 0)
        async with self.spending(most) as spent:
            reckoning = Reckoning(self._budgets.amount, model, prompt, begun)
            spent.used = begun  # whoever stops waiting before the first word may have caused that
            async with aclosing(backend.stream(model, task)) as deltas:
                try:
                    async for delta in deltas:
                        spent.used = reckoning.read(delta)
                        if reckoning.heard:
                            self._budgets.meter.heard(self._id)
                        yield delta
                except ParleyError as trouble:
                    spent.used = reckoning.broken(trouble)
                    raise
                finally:
                    if reckoning.heard and not self._budgets.free:
                        self._budgets.meter.used(*reckoning.tokens)


def _amounts(limits: Sequence[str]) -> dict[tuple[Unit, Period], int | None]:
    return {(unit, period): most for unit, period, most in map(parse_limit, limits)}


def _made(settings: Mapping[str, str], kind: str) -> dict[tuple[Unit, Period], int | None]:
    """Limits that were made by command; None: this one was taken away."""
    return {
        (unit, period): None if value == OFF else int(value)
        for unit in get_args(Unit)
        for period in get_args(Period)
        if (value := settings.get(f"{kind}.{unit}.{period}", ""))
    }


def in_words(unit: Unit, amount: int) -> str:
    if unit == "micros":
        return f"${amount / MICROS:,.2f}"
    return f"1 {unit[:-1]}" if amount == 1 else f"{amount:,} {unit}"


def renewal(period: Period, now: datetime) -> datetime:
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return day + timedelta(days=1) if period == "day" else (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _sentence(limit: Limit, now: datetime) -> str:
    whose = (
        "This bot's" if limit.subject == INSTANCE else "Your" if limit.subject.startswith("person:") else "This chat's"
    )
    again = renewal(limit.period, now)
    return (
        f"{whose} budget of {in_words(limit.unit, limit.most)} a {limit.period} is used up, or this would exceed it. "
        f"It begins anew on {again.day} {again:%B %Y} (UTC). /usage shows it."
    )


def _tokens(content: Any) -> int:
    """What a prompt is reckoned at, rather too much than too little."""
    if isinstance(content, str):
        return ceil(len(content.encode("utf-8", "surrogatepass")) / BYTES_PER_TOKEN) + 8
    if isinstance(content, Mapping):
        return sum(map(_tokens, content.values()))
    if isinstance(content, Sequence) and not isinstance(content, bytes):
        return sum(map(_tokens, content))
    return 0
