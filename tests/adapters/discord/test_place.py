"""Places survive a restart as JSON."""

from dataclasses import replace

import pytest

from adapters.discord.place import TOKEN_SECONDS, Place, Sent
from bot.errors import Unreachable
from bot.events import Handle


def test_a_place_survives_as_text() -> None:
    place = Place("20", "2001", asked="5", sent=[Sent("channel", "6"), Sent("followup", "7")])
    assert Place.load(place.dump()) == place


def test_a_token_is_fresh_for_less_than_a_quarter_of_an_hour() -> None:
    place = Place.of_interaction("20", "2001", False, "1", "token", posts=True, personal=False)
    assert place.fresh
    assert not replace(place, born=place.born - TOKEN_SECONDS - 1).fresh
    assert not Place("20", "2001").fresh


@pytest.mark.parametrize("handle", ["", "[]", "{}", '{"channel": "1"}', '{"sent": [], "colour": 1}', '{"sent": [1]}'])
def test_a_foreign_handle_leads_nowhere(handle: str) -> None:
    with pytest.raises(Unreachable):
        Place.load(Handle(handle))
