"""The handle that brings an answer's place back."""

import json

import pytest

from adapters.telegram.place import Place, place_of
from bot.errors import Unreachable
from bot.events import Handle


@pytest.mark.parametrize(
    "place",
    [Place(7), Place(-100200, thread=3, reply=4, pages=(5, 6), repeated=(6,), media=(7,)), Place(-(2**52), reply=1)],
)
def test_a_place_comes_back_from_its_handle(place: Place) -> None:
    assert place_of(place.handle) == place


def test_beside_an_answer_is_the_same_place_without_its_messages() -> None:
    assert Place(-5, 3, 4, (5, 6), (6,), (7,)).beside == Place(-5, 3, 4)


def test_positive_chats_are_private() -> None:
    assert Place(7).private
    assert not Place(-7).private


@pytest.mark.parametrize("handle", ["", "{", "[]", "7", "{}", json.dumps({"chat": 1, "pages": [], "other": 1})])
def test_a_foreign_handle_is_unreachable(handle: str) -> None:
    with pytest.raises(Unreachable):
        place_of(Handle(handle))
