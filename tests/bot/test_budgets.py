import asyncio
import logging
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import aclosing, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.budgets import OFF, BudgetConfig, Budgets, OverBudget, Purse, in_words, parse_limit, renewal
from bot.errors import Mistaken, ParleyError, Refused, Unavailable
from bot.inference.failures import broken, of_status
from bot.ledger import Amount
from bot.meter import Silent
from bot.replies import Delta, Media
from bot.settings import INSTANCE, scopes_of
from tests.fakes import Ledger, Settings, an_event
from tests.virtual_time import run

EVENT = an_event()
ME, HERE, _ = scopes_of(EVENT)
CHAT = {"messages": [{"role": "user", "content": "x" * 30}]}  # 18 tokens, as it is reckoned
PROMPT = 18
PICTURE = {"task": "text-to-image", "inputs": "a cat"}
PRICES = {"org/model": (1.0, 3.0), "org/dear": (100.0, 300.0)}
A_PICTURE = Media(b"", "image/png", "a.png")


class Prices:
    def price(self, model: str) -> tuple[float, float] | None:
        return PRICES.get(model)


class Plays:
    """A backend that plays these deltas, and then raises."""

    def __init__(self, *deltas: Delta, error: ParleyError | None = None) -> None:
        self.deltas = deltas
        self.error = error

    async def stream(self, model: str, task: Mapping[str, Any]) -> AsyncGenerator[Delta, None]:
        for delta in self.deltas:
            await asyncio.sleep(1)
            yield delta
        if self.error is not None:
            raise self.error


def budgets(ledger: Ledger | None = None, made: Settings | None = None, **config: Any) -> Budgets:
    none: dict[str, Any] = {"person": (), "space": (), "instance": ()}
    return Budgets(BudgetConfig(**(none | config)), ledger or Ledger(), made or Settings(), Prices(), 1000)


async def drain(purse: Purse, backend: Plays, task: Mapping[str, Any] = CHAT, model: str = "org/model") -> None:
    async with aclosing(purse.stream(backend, model, task)) as deltas:
        async for _ in deltas:
            pass


def spent(ledger: Ledger, subject: str = ME) -> Amount:
    return sum((amount for (whose, _), amount in ledger.spent.items() if whose == subject), Amount())


class Counted(Silent):
    """Keeps what is said of tokens and first words."""

    def __init__(self) -> None:
        self.tokens: list[tuple[int, int]] = []
        self.first: list[str] = []

    def heard(self, *said: object) -> None:
        self.first.append(str(said[0]))

    def used(self, *said: object) -> None:
        prompt, completion = said
        self.tokens.append((int(str(prompt)), int(str(completion))))


@pytest.mark.parametrize(
    ("backend", "tokens"),
    [
        (Plays(Delta("a"), Delta("b", tokens=(7, 2), finish="stop")), [(7, 2)]),
        (Plays(Delta("x" * 9)), [(PROMPT, 3)]),  # as it is reckoned where nobody counts
        (Plays(Delta("abc"), error=broken("m", "")), [(PROMPT, 1)]),
        (Plays(Delta(progress="waiting"), error=broken("m", "")), []),
    ],
)
def test_the_figures_get_the_tokens_of_a_stream_once(backend: Plays, tokens: list[tuple[int, int]]) -> None:
    counted = Counted()
    purse = Budgets(BudgetConfig(), Ledger(), Settings(), Prices(), 1000, meter=counted).purse("q1", EVENT)
    with suppress(ParleyError):
        run(drain(purse, backend))
    assert counted.tokens == tokens
    assert set(counted.first) == ({"q1"} if tokens else set())


def test_the_offline_guide_uses_no_tokens() -> None:
    counted = Counted()
    free = Budgets(BudgetConfig(), Ledger(), Settings(), Prices(), 1000, free=True, meter=counted)
    run(drain(free.purse("q1", EVENT), Plays(Delta("word"))))
    assert (counted.tokens, counted.first) == ([], ["q1"])


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("50000 tokens a day", ("tokens", "day", 50_000)),
        (" 50,000 tokens ", ("tokens", "day", 50_000)),
        ("1_000 token/month", ("tokens", "month", 1000)),
        ("10 Pictures per day", ("pictures", "day", 10)),
        ("0 pictures", ("pictures", "day", 0)),
        ("$2 a month", ("micros", "month", 2_000_000)),
        ("$0.05", ("micros", "day", 50_000)),
        ("2 dollars a month", ("micros", "month", 2_000_000)),
    ],
)
def test_a_limit_is_read(text: str, limit: tuple[str, str, int]) -> None:
    assert parse_limit(text) == limit


@pytest.mark.parametrize(
    "text", ["", "50", "many tokens", "-5 tokens", "5 tokens a week", "$5 tokens", "5 tokens day x"]
)
def test_what_is_no_limit(text: str) -> None:
    with pytest.raises(ValueError, match="50000 tokens a day"):
        parse_limit(text)


@pytest.mark.parametrize("field", ["person", "space", "instance"])
def test_a_limit_that_cannot_be_read_stops_the_start(field: str) -> None:
    with pytest.raises(ValidationError, match="50000 tokens a day"):
        BudgetConfig.model_validate({field: ["lots"]})


async def limits(made: Settings, **config: Any) -> dict[tuple[str, str, str], list[int]]:
    found: dict[tuple[str, str, str], list[int]] = {}
    for limit in await budgets(made=made, **config).limits(scopes_of(EVENT)):
        found.setdefault((limit.subject, limit.unit, limit.period), []).append(limit.most)
    return found


async def test_an_owners_limits_stand_instead_of_the_operators_of_the_same_unit_and_period() -> None:
    made = Settings(
        {(ME, "limit.tokens.day"): "7", (HERE, "limit.micros.month"): "9", (INSTANCE, "limit.tokens.day"): "1"}
    )
    assert await limits(made, person=("5 tokens", "3 pictures"), space=("6 tokens",), instance=("8 tokens",)) == {
        (ME, "tokens", "day"): [7],
        (ME, "pictures", "day"): [3],
        (HERE, "tokens", "day"): [6],
        (HERE, "micros", "month"): [9],
        (INSTANCE, "tokens", "day"): [1],
    }


async def test_a_limit_that_was_taken_away_is_none() -> None:
    made = Settings({(ME, "limit.tokens.day"): OFF})
    assert await limits(made, person=("5 tokens",), space=("6 tokens",)) == {(HERE, "tokens", "day"): [6]}


async def test_an_admins_limits_hold_besides_so_that_they_never_loosen_the_owners() -> None:
    made = Settings(
        {(HERE, "cap.tokens.day"): "900", (HERE, "each.tokens.day"): "4", (INSTANCE, "each.tokens.day"): "6"}
    )
    assert await limits(made, person=("5 tokens",), space=("60 tokens",)) == {
        (ME, "tokens", "day"): [6, 4],
        (HERE, "tokens", "day"): [60, 900],
    }


@pytest.mark.parametrize(
    ("deltas", "tokens", "micros"),
    [
        ((Delta("abc" * 4), Delta(finish="stop", tokens=(100, 10))), 110, 130),  # as the backend counted
        ((Delta("abc" * 4), Delta(finish="stop")), PROMPT + 4, PROMPT + 12),  # nobody counted
        ((Delta(thought="abc"), Delta("abc"), Delta(finish="length")), PROMPT + 2, PROMPT + 6),
        ((Delta("abc"),), PROMPT + 1, PROMPT + 3),  # cut off
        (
            (Delta("abc", model="org/dear"), Delta(finish="stop", tokens=(1, 1), model="org/dear")),
            2,
            400,
        ),  # another did
        ((Delta("abc", model="inner-name"), Delta(finish="stop", tokens=(1, 1))), 2, 4),
        ((Delta(finish="stop"),), PROMPT, PROMPT),  # asked for all the same
        ((Delta(starts=1), Delta(finish="stop", tokens=(1, 1))), PROMPT + 2, PROMPT + 4),  # once in vain
        ((), PROMPT, PROMPT),
    ],
)
def test_what_was_used_is_counted_for_everybody_concerned(deltas: Iterable[Delta], tokens: int, micros: int) -> None:
    ledger = Ledger()
    run(drain(budgets(ledger).purse("q1", EVENT), Plays(*deltas)))
    for subject in scopes_of(EVENT):
        assert spent(ledger, subject) == Amount(tokens, 0, micros)
    assert ledger.reserved == {}


@pytest.mark.parametrize(
    ("before", "error", "tokens"),
    [
        ((), of_status(503, {}, None, "m"), 0),  # refused before anything was begun
        ((), Mistaken("too long"), 0),
        ((), broken("m", "it closed the connection"), PROMPT),  # begun in vain
        ((), Refused("flagged"), PROMPT),
        ((Delta("abc"),), broken("m", "it closed the connection"), PROMPT + 1),
        ((Delta("abc", tokens=(40, 2)),), Unavailable("away"), 42),
    ],
)
def test_what_fails_costs_what_it_has_caused(before: Iterable[Delta], error: ParleyError, tokens: int) -> None:
    async def scenario() -> None:
        with pytest.raises(type(error)):
            await drain(budgets(ledger).purse("q1", EVENT), Plays(*before, error=error))

    ledger = Ledger()
    run(scenario())
    assert spent(ledger).tokens == tokens
    assert ledger.reserved == {}


@pytest.mark.parametrize(("seconds", "tokens"), [(0.5, PROMPT), (1.5, PROMPT + 1)])
def test_who_stops_waiting_pays_for_what_was_begun(seconds: float, tokens: int) -> None:
    async def scenario() -> None:
        asked = asyncio.create_task(drain(budgets(ledger).purse("q1", EVENT), Plays(*[Delta("abc")] * 9)))
        await asyncio.sleep(seconds)
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)

    ledger = Ledger()
    run(scenario())
    assert spent(ledger).tokens == tokens
    assert ledger.reserved == {}


@pytest.mark.parametrize(
    ("deltas", "pictures"),
    [
        ((Delta(progress="painting"), Delta(media=(A_PICTURE,), finish="stop")), 1),
        ((Delta(media=(A_PICTURE, A_PICTURE)), Delta(finish="stop")), 2),
        ((Delta(progress="painting"),), 1),  # cut: it may have been made
        ((Delta(finish="stop"),), 0),
    ],
)
def test_pictures_are_counted(deltas: Iterable[Delta], pictures: int) -> None:
    ledger = Ledger()
    run(drain(budgets(ledger).purse("q1", EVENT), Plays(*deltas), PICTURE))
    assert spent(ledger) == Amount(0, pictures, 10_000)


def test_a_limit_refuses_before_anything_is_asked_and_says_when_it_begins_anew() -> None:
    async def scenario() -> None:
        purse = budgets(Ledger(), person=("2000 tokens a day",)).purse("q1", EVENT)
        await drain(purse, Plays(Delta(finish="stop", tokens=(900, 900))))
        backend = Plays(error=Mistaken("this was asked"))
        with pytest.raises(OverBudget, match="Your budget of 2,000 tokens a day") as refusal:
            await drain(purse, backend)
        tomorrow = datetime.now(UTC) + timedelta(days=1)
        assert f"{tomorrow.day} {tomorrow:%B %Y} (UTC)" in refusal.value.message

    run(scenario())


@pytest.mark.parametrize(
    ("limit", "sentence"),
    [
        ({"person": ("5 pictures a month",)}, "Your budget of 5 pictures a month"),
        ({"space": ("1 picture",)}, "This chat's budget of 1 picture a day"),
        ({"instance": ("$0.02",)}, r"This bot's budget of \$0.02 a day"),
    ],
)
def test_whose_budget_it_was_is_said(limit: dict[str, Any], sentence: str) -> None:
    async def scenario() -> None:
        with pytest.raises(OverBudget, match=sentence):
            await drain(budgets(**limit).purse("q1", EVENT), Plays(), PICTURE | {"parameters": {"count": 6}})

    run(scenario())


def test_questions_that_race_never_overrun_a_limit_together() -> None:
    async def scenario() -> None:
        shared = budgets(ledger, person=("5000 tokens a day",))
        whole = Plays(Delta("abc"), Delta(finish="stop", tokens=(PROMPT, 1000)))
        asked = [drain(shared.purse(f"q{number}", EVENT), whole) for number in range(10)]
        ended = await asyncio.gather(*asked, return_exceptions=True)
        assert sum(isinstance(each, OverBudget) for each in ended) == 6
        assert spent(ledger).tokens == 4 * (PROMPT + 1000) <= 5000

    ledger = Ledger()
    run(scenario())


def test_what_a_dead_process_had_reserved_stays_counted() -> None:
    async def scenario() -> None:
        purse = budgets(ledger).purse("q1", EVENT)
        dies = purse.spending(Amount(100))
        await dies.__aenter__()
        async with purse.spending(Amount(100)) as settled:
            settled.used = Amount(1)
        assert spent(ledger).tokens == 101

    ledger = Ledger()
    run(scenario())


def test_a_bill_that_cannot_be_written_does_not_spoil_the_answer(caplog: pytest.LogCaptureFixture) -> None:
    class Away(Ledger):
        async def settle(self, id: str, used: Amount) -> None:
            raise Unavailable("The database is away.")

    ledger = Away()
    with caplog.at_level(logging.WARNING):
        run(drain(budgets(ledger).purse("q1", EVENT), Plays(Delta("abc"), Delta(finish="stop"))))
    assert spent(ledger).tokens == PROMPT + 1000
    assert "stays counted" in caplog.text


def test_the_offline_guide_costs_nothing() -> None:
    ledger = Ledger()
    free = Budgets(BudgetConfig(person=("0 tokens",)), ledger, Settings(), Prices(), 1000, free=True)
    run(drain(free.purse("q1", EVENT), Plays(Delta("abc"), Delta(finish="stop"))))
    assert ledger.spent == {}


STEP = st.tuples(st.integers(0, 50), st.integers(0, 80), st.sampled_from(["settled", "failed", "crash"]))


@given(st.lists(STEP))
@settings(max_examples=100)
def test_whatever_happens_the_counters_never_fall_below_what_was_used(steps: list[tuple[int, int, str]]) -> None:
    async def scenario() -> None:
        shared, used, above = budgets(ledger, person=("500 tokens",)), 0, 0
        for number, (reserved, really, end) in enumerate(steps):
            spending = shared.purse(f"q{number % 3}", EVENT).spending(Amount(reserved))
            try:
                slip = await spending.__aenter__()
            except OverBudget:
                continue
            cost = min(really, reserved) if end == "crash" else really  # a reservation is the most that can be used
            slip.used = Amount(cost)
            if end == "settled":
                await spending.__aexit__(None, None, None)
            elif end == "failed":
                await spending.__aexit__(Refused, Refused("no"), None)
            used, above = used + cost, above + max(0, cost - reserved)
            assert used <= spent(ledger).tokens <= 500 + above

    ledger = Ledger()
    run(scenario())


@pytest.mark.parametrize(
    ("history", "today", "told"),
    [
        ({}, Amount(1_000_000), False),  # the first day is no rise
        ({1: Amount(1000), 2: Amount(1000)}, Amount(49_000), False),
        ({1: Amount(1000), 2: Amount(1000)}, Amount(51_000), True),
        ({1: Amount(20_000)}, Amount(59_000), False),  # a bot of two days: the one day before is the measure
        ({1: Amount(20_000)}, Amount(61_000), True),
        ({7: Amount(700_000)}, Amount(290_000), False),
        ({7: Amount(700_000)}, Amount(310_000), True),
        ({9: Amount(1000)}, Amount(310_000), False),  # too long ago
        ({1: Amount(pictures=1)}, Amount(pictures=21), True),
        ({1: Amount(micros=1)}, Amount(micros=1_500_000), True),
    ],
)
def test_a_sudden_rise_is_told(history: Mapping[int, Amount], today: Amount, told: bool) -> None:
    now, heard = datetime.now(UTC), list[str]()
    past = {(INSTANCE, (now - timedelta(days=ago)).date()): amount for ago, amount in history.items()}
    ledger = Ledger(past | {(INSTANCE, now.date()): today})
    watching = Budgets(
        BudgetConfig(), ledger, Settings(), Prices(), 1000, tell=lambda key, text: heard.append(f"{key}: {text}")
    )
    run(watching.watch(now))
    assert bool(heard) is told
    assert all(f"rise {now.date()}" in text and "/limit" in text for text in heard)


def test_how_amounts_and_dates_read() -> None:
    assert [in_words("tokens", 1200), in_words("micros", 1_250_000)] == ["1,200 tokens", "$1.25"]
    assert renewal("day", datetime(2026, 12, 31, 23, 59, tzinfo=UTC)) == datetime(2027, 1, 1, tzinfo=UTC)
    assert renewal("month", datetime(2026, 12, 5, 3, tzinfo=UTC)) == datetime(2027, 1, 1, tzinfo=UTC)
