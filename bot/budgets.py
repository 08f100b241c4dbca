"""What answers may cost: reserved before a model is asked, settled by what was used.

Limits hold for a person, a space and the whole instance, for each UTC day and month; the operator's stand in
`[budgets]`, those made by command in the settings (`limit.UNIT.PERIOD` of a scope). Where a process dies, what it had
reserved stays counted: a crash never makes a budget larger.
"""

import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from math import ceil
from typing import Annotated, Any, Protocol

from pydantic import AfterValidator, Field

from bot.errors import Refused
from bot.events import Event
from bot.inference.backend import Backend
from bot.ledger import Amount, Ledger, Limit, Period, Unit
from bot.replies import Delta
from bot.section import Names, Section
from bot.settings import INSTANCE, Settings, scopes_of

UNITS: Mapping[str, Unit] = {"token": "tokens", "picture": "pictures", "dollar": "micros"}
MICROS = 1_000_000
BYTES_PER_TOKEN = 3  # as `conversation/context.py` reckons
LIMIT = re.compile(
    r"(?P<dollars>\$)?\s*(?P<number>\d[\d,_]*(?:\.\d+)?)\s*(?P<unit>tokens?|pictures?|dollars?)?"
    r"\s*(?:a|per|/)?\s*(?P<period>day|month)?",
    re.IGNORECASE,
)
RISE = 3.0  # times the mean of the week before: a sudden rise
RISE_FLOOR = 50_000  # tokens a day below which no rise is worth a message


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

    def purse(self, id: str, event: Event) -> "Purse":
        """`id` is the question's."""
        return Purse(self, id, scopes_of(event))

    async def limits(self, scopes: Sequence[str]) -> Sequence[Limit]:
        """Those of a person, a space and the instance, in this order; made by command before the operator's."""
        made = await self.settings.of(scopes)
        configured = (self.config.person, self.config.space, self.config.instance)
        found: list[Limit] = []
        for scope, texts in zip(scopes, configured, strict=True):
            amounts = {(unit, period): most for unit, period, most in map(parse_limit, texts)}
            for name, value in made.get(scope, {}).items():
                if name.startswith("limit."):
                    _, unit, period = name.split(".")
                    amounts[unit, period] = int(value)  # type: ignore[index] # written by /limit from these very words
            found += [Limit(scope, period, unit, most) for (unit, period), most in amounts.items() if most >= 0]
        return found

    def estimate(self, model: str, task: Mapping[str, Any]) -> tuple[int, Amount]:
        """The prompt's tokens, and the most that this task can use."""
        if task.get("task") == "text-to-image":
            pictures = int(task.get("count", 1))
            return 0, Amount(pictures=pictures, micros=round(pictures * self.config.picture_dollars * MICROS))
        prompt = sum(_tokens(each["content"]) for each in task.get("messages", ())) + _tokens(task.get("inputs"))
        answer = self.max_tokens if "messages" in task else 0
        asked = task.get("max_tokens") or task.get("parameters", {}).get("max_new_tokens") or answer
        return prompt, self.amount(model, prompt, int(asked))

    def amount(self, model: str, prompt: int, completion: int) -> Amount:
        price_in, price_out = self.prices.price(model) or (0.0, 0.0)  # dollars a million: millionths of one a token
        return Amount(prompt + completion, micros=ceil(prompt * price_in + completion * price_out))

    async def watch(self, now: datetime) -> None:
        """Tell the owner of a sudden rise."""
        days = await self.ledger.days(INSTANCE, (now - timedelta(days=7)).date())
        today = days.get(now.date(), Amount()).tokens
        before = [amount.tokens for day, amount in days.items() if day != now.date()]
        usual = sum(before) / 7
        if before and today > max(RISE_FLOOR, RISE * usual):
            text = f"Today {today:,} tokens were used, where {usual:,.0f} a day were usual last week. See /usage here."
            self.tell(f"rise {now.date()}", text)


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
            await self._budgets.ledger.settle(reservation, spent.used)
            await self._budgets.watch(now)

    async def stream(self, backend: Backend, model: str, task: Mapping[str, Any]) -> AsyncGenerator[Delta, None]:
        """The backend's stream, paid for. Raises `OverBudget` besides, before anything is asked."""
        prompt, most = self._budgets.estimate(model, task)
        async with self.spending(most) as spent:
            used, text, begun = replace(most), 0, False
            spent.used = Amount()
            async with aclosing(backend.stream(model, task)) as deltas:
                async for delta in deltas:
                    text += len((delta.text + delta.thought).encode("utf-8", "surrogatepass"))
                    begun = begun or bool(delta.text or delta.thought or delta.media or delta.result is not None)
                    if begun and most.pictures:
                        used = replace(most, pictures=spent.used.pictures + len(delta.media))
                    elif begun:
                        used = self._budgets.amount(delta.model or model, prompt, ceil(text / BYTES_PER_TOKEN))
                    if delta.tokens:
                        used = self._budgets.amount(delta.model or model, *delta.tokens)
                    if begun or delta.tokens:
                        spent.used = used
                    yield delta


def in_words(unit: Unit, amount: int) -> str:
    return f"${amount / MICROS:,.2f}" if unit == "micros" else f"{amount:,} {unit}"


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
