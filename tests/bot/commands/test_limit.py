"""/limit and /usage."""

from datetime import UTC, datetime

import pytest

from bot.access import AccessConfig
from bot.budgets import BudgetConfig, renewal
from bot.events import Author
from bot.ledger import Amount
from bot.settings import INSTANCE, of_person, of_space
from tests.bot.commands.test_grants import ADMIN, BOB, ELSEWHERE, IN_PRIVATE, OWNER, may_ask, said
from tests.house import House, in_virtual_time

HERE = of_space("fake", "space")
BOBS = of_person("fake", "bob")
NONE = BudgetConfig(person=(), space=(), instance=())


def house(budget: BudgetConfig = NONE) -> House:
    return House(access=AccessConfig(open=True, owners=("fake:root",)), budget=budget)


@pytest.mark.parametrize(
    ("line", "author", "scope", "name", "value"),
    [
        ("/limit here 5000 tokens a day", OWNER, HERE, "limit.tokens.day", "5000"),
        ("/limit here 5000 tokens a day", ADMIN, HERE, "cap.tokens.day", "5000"),
        ("/limit each $2 a month", ADMIN, HERE, "each.micros.month", "2000000"),
        ("/limit each $2 a month", OWNER, HERE, "each.micros.month", "2000000"),
        ("/limit everyone 3 pictures", OWNER, INSTANCE, "each.pictures.day", "3"),
        ("/limit everywhere 3 pictures", OWNER, INSTANCE, "limit.pictures.day", "3"),
        ("/limit fake:bob 0 tokens", OWNER, BOBS, "limit.tokens.day", "0"),
        ("/limit <@7> 0 tokens", OWNER, of_person("fake", "7"), "limit.tokens.day", "0"),
        ("/limit me 1 token", OWNER, of_person("fake", "root"), "limit.tokens.day", "1"),
        ("/limit discord:chat:5 1 token", OWNER, of_space("discord", "5"), "limit.tokens.day", "1"),
    ],
)
def test_a_limit_is_set(line: str, author: Author, scope: str, name: str, value: str) -> None:
    @in_virtual_time
    async def scenario() -> None:
        its = house()
        assert "is now" in await said(its, line, author)
        assert [(each.who, each.scope, each.name, each.after) for each in its.settings.changes] == [
            (of_person("fake", author.id), scope, name, value)
        ]

    scenario()


@pytest.mark.parametrize(
    ("line", "author", "answer"),
    [
        ("/limit fake:bob 5 tokens", ADMIN, "Only this bot's owners"),
        ("/limit me 5 tokens", ADMIN, "Only this bot's owners"),
        ("/limit everywhere 5 tokens", ADMIN, "Only this bot's owners"),
        ("/limit everyone 5 tokens", ADMIN, "Only this bot's owners"),
        ("/limit here 5", ADMIN, "50000 tokens a day"),
        ("/limit here lots of tokens", ADMIN, "is no limit"),
        ("/limit here", ADMIN, "amount is missing"),
        ("/limit @bob 5 tokens", OWNER, "goes by the id"),
        ("/limit role:7 5 tokens", OWNER, "for a person, a chat"),
        ("/limit bob 5 tokens", OWNER, "whom you mean"),
    ],
)
def test_what_is_no_limit_changes_nothing(line: str, author: Author, answer: str) -> None:
    @in_virtual_time
    async def scenario() -> None:
        its = house()
        assert answer in await said(its, line, author)
        assert its.settings.changes == []

    scenario()


@in_virtual_time
async def test_a_limit_holds_at_once_and_can_be_taken_away() -> None:
    its = house(BudgetConfig(person=("1000000 tokens",), space=(), instance=()))
    await said(its, "/limit fake:bob 1 token", OWNER)
    assert "Your budget of 1 token a day" in await said(its, "chat hello", BOB)
    assert "no budget for `fake:bob`" in await said(its, "/limit fake:bob off", OWNER)
    assert await may_ask(its)
    assert await its.services.budgets.limits((BOBS, HERE, INSTANCE)) == []
    assert "configured budget" in await said(its, "/limit fake:bob default", OWNER)
    assert [each.most for each in await its.services.budgets.limits((BOBS, HERE, INSTANCE))] == [1_000_000]


@in_virtual_time
async def test_an_admin_loosens_nothing() -> None:
    its = house(BudgetConfig(person=("1 token",), space=("1 token",), instance=()))
    for line in ("/limit here 900000 tokens", "/limit each 900000 tokens", "/limit here off", "/limit each off"):
        await said(its, line, ADMIN)
        assert not await may_ask(its)


@in_virtual_time
async def test_a_limit_for_each_person_here_says_nothing_elsewhere() -> None:
    its = house()
    await said(its, "/limit each 1 token", ADMIN)
    assert not await may_ask(its)
    assert await may_ask(its, chat=ELSEWHERE)
    await said(its, "/limit each off", ADMIN)
    assert await may_ask(its)


@in_virtual_time
async def test_in_private_an_owner_limits_each_person_everywhere() -> None:
    its = house()
    await said(its, "/limit each 1 token", OWNER, chat=IN_PRIVATE)
    assert not await may_ask(its)
    await said(its, "/limit each off", OWNER, chat=IN_PRIVATE)
    assert await may_ask(its)


@in_virtual_time
async def test_my_use_against_my_limits() -> None:
    its = house(BudgetConfig(person=("2000 tokens a day", "9 pictures a month", "$1"), space=(), instance=()))
    now = datetime.now(UTC)
    its.ledger.spent = {(BOBS, now.date()): Amount(1234, 2, 250_000), (HERE, now.date()): Amount(5678, 3, 1)}
    text = await said(its, "/usage", BOB)
    assert "today: 1,234 of 2,000 tokens, 2 pictures, $0.25 of $1.00" in text
    assert "this month: 1,234 tokens, 2 of 9 pictures" in text
    for period in ("day", "month"):
        again = renewal(period, now)
        assert f"{again.day} {again:%B %Y} (UTC)" in text
    here = await said(its, "/usage here", BOB)
    assert "today: 5,678 tokens, 3 pictures." in here  # no dollars: none are limited


@in_virtual_time
async def test_the_strictest_of_several_limits_is_shown() -> None:
    its = house(BudgetConfig(person=("2000 tokens",), space=(), instance=()))
    await said(its, "/limit each 700 tokens", ADMIN)
    assert "0 of 700 tokens" in await said(its, "/usage", BOB)


@in_virtual_time
async def test_everybodys_use_is_for_owners_with_dollars() -> None:
    its = house()
    its.ledger.spent = {(INSTANCE, datetime.now(UTC).date()): Amount(10, 0, 1_500_000)}
    assert "Only this bot's owners" in await said(its, "/usage everywhere", ADMIN)
    assert "10 tokens, 0 pictures, $1.50." in await said(its, "/usage everywhere", OWNER)
    assert "whose must be one of" in await said(its, "/usage theirs", BOB)


@in_virtual_time
async def test_what_is_asked_is_counted() -> None:
    its = house()
    assert await may_ask(its)
    assert "today: 0 tokens" not in await said(its, "/usage", BOB)
    assert "today: 0 tokens" in await said(its, "/usage", ADMIN)
