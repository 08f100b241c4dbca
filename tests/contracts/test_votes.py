"""What `bot.votes.Votes` promises."""

from bot.votes import Standing
from tests.contracts.conftest import Remembering


async def test_nobody_has_voted_at_first(store: Remembering) -> None:
    assert list(await store.votes.rank()) == []


async def test_the_best_share_of_the_votes_comes_first(store: Remembering) -> None:
    for question, voter, model, *others in (
        ("1", "ada", "good", "fair", "bad"),
        ("1", "eve", "good", "fair", "bad"),
        ("1", "bob", "fair", "good", "bad"),
        ("2", "ada", "good", "fair"),
        ("3", "ada", "rare", "bad"),
    ):
        await store.votes.cast(question, f"person:fake:{voter}", model, others)
    assert list(await store.votes.rank()) == [
        Standing("rare", votes=1, shown=1),
        Standing("good", votes=3, shown=2),
        Standing("fair", votes=1, shown=2),
        Standing("bad", votes=0, shown=2),
    ]


async def test_a_later_vote_replaces_the_one_before(store: Remembering) -> None:
    for model, other in (("one", "two"), ("two", "one"), ("two", "one")):
        await store.votes.cast("1", "person:fake:ada", model, [other])
    assert list(await store.votes.rank()) == [Standing("two", 1, 1), Standing("one", 0, 1)]


async def test_equals_are_ranked_by_their_votes_and_then_by_name(store: Remembering) -> None:
    for question, voter, model, other in (("1", "a", "x", "w"), ("1", "b", "x", "w"), ("2", "a", "z", "v")):
        await store.votes.cast(question, f"person:fake:{voter}", model, [other])
    assert [each.model for each in await store.votes.rank()] == ["x", "z", "v", "w"]
