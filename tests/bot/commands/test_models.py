import pytest

from bot.access import AccessConfig
from bot.commands.facts import facts
from bot.inference.catalogue import Catalogue, Offer, Traits
from tests.bot.commands.test_grants import ADMIN, BOB, said
from tests.house import House, in_virtual_time

MANY: dict[str, tuple[Offer, ...]] = {f"many/model-{number:02}": (Offer("p", live=True),) for number in range(30)}
FULL: dict[str, tuple[Offer, ...]] = {
    "org/model": (Offer("p", live=True, window=8192, price=(0.1, 0.4), structured=True),)
}


def house(offers: dict[str, tuple[Offer, ...]]) -> House:
    return House(catalogue=Catalogue(offers), access=AccessConfig(open=True))


@in_virtual_time
async def test_the_first_twenty_with_the_one_that_answers_first() -> None:
    lines = (await said(house(MANY | FULL), "/models", BOB)).splitlines()
    assert lines[0] == (
        "- `org/model` – 8,192 tokens · $0.10 in, $0.40 out a million · structured output · 1 provider "
        "**← answers you**"
    )
    assert lines[1] == "- `many/model-00` – 1 provider"
    assert len([line for line in lines if line.startswith("- ")]) == 20
    assert "and 11 more" in lines[20]


@in_virtual_time
async def test_the_one_that_answers_is_marked_whichever_provider_was_chosen() -> None:
    its = house(MANY)
    await said(its, "/model many/model-07:p", BOB)
    assert "- `many/model-07` – 1 provider **← answers you**" in await said(its, "/models", BOB)


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("/models model 07", "- `many/model-07`"),
        ("/models MODEL-07", "- `many/model-07`"),
        ("/models orgmodel", "Near: `org/model`"),
        ("/models zzz", "No model that you may choose has “zzz” in its name."),
        ("/models rank", "Nobody has voted yet"),
    ],
)
def test_a_search(line: str, answer: str) -> None:
    @in_virtual_time
    async def scenario() -> None:
        assert answer in await said(house(MANY | FULL), line, BOB)

    scenario()


@in_virtual_time
async def test_what_may_not_be_chosen_is_not_offered() -> None:
    its = house(MANY | FULL)
    await said(its, "/model deny many/*", ADMIN)
    assert "many/" not in await said(its, "/models", BOB)


@in_virtual_time
async def test_without_a_list_that_is_said() -> None:
    text = await said(house({}), "/models", BOB)
    assert "no list of models" in text
    assert "- `org/model` **← answers you**" in text


@in_virtual_time
async def test_what_people_preferred() -> None:
    its = house(FULL)
    for question, (winner, loser) in enumerate([("a/a", "b/b"), ("a/a", "b/b"), ("b/b", "c/c")]):
        await its.votes.cast(str(question), "somebody", winner, [loser])
    lines = (await said(its, "/models Rank", BOB)).splitlines()[1:]
    assert lines == [
        "1. `a/a` – 2 votes, in 2 comparisons",
        "2. `b/b` – 1 vote, in 3 comparisons",
        "3. `c/c` – 0 votes, in 1 comparison",
    ]


def test_what_is_known_of_a_model() -> None:
    known = Traits(32_768, (0.1, 0.4), ("a", "b"), ("image",), True, True, True, 0.25, 90.5)
    assert facts(known) == (
        "32,768 tokens · $0.10 in, $0.40 out a million, free at one provider · image, tools, structured output · "
        "0.2 s to the first word · 90 tokens a second · 2 providers"
    )
    assert facts(Traits(None, None, (), (), False, False, True, None, None)) == "free at one provider"
    assert facts(None) == ""
