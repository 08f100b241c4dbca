"""What would ping and what would preview: pure rules."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.discord.mentions import REGULAR, WEBHOOK, allowed, links, pings
from simulators.discord.refusals import Refusal

EVERYTHING = "@everyone @here <@1> <@!2> <@&3>"


@pytest.mark.parametrize(
    ("given", "default", "expected"),
    [
        (None, REGULAR, ["@everyone", "@here", "<@1>", "<@!2>", "<@&3>", "<@9>"]),
        (None, WEBHOOK, ["<@1>", "<@!2>", "<@9>"]),
        ({"parse": []}, REGULAR, []),
        ({}, REGULAR, []),
        ({"parse": [], "replied_user": True}, REGULAR, ["<@9>"]),
        ({"parse": ["everyone"]}, WEBHOOK, ["@everyone", "@here"]),
        ({"parse": ["roles"], "users": ["1"]}, WEBHOOK, ["<@1>", "<@&3>"]),
        ({"users": [2], "roles": [3]}, WEBHOOK, ["<@!2>", "<@&3>"]),
    ],
)
def test_pings(given: Any, default: Any, expected: list[str]) -> None:
    assert pings(EVERYTHING, allowed(given, default), "9") == expected


@pytest.mark.parametrize(
    "given",
    [
        {"parse": ["all"]},
        {"parse": "users"},
        {"parse": ["users"], "users": ["1"]},
        {"roles": [str(each) for each in range(101)]},
        [],
    ],
)
def test_refused(given: Any) -> None:
    with pytest.raises(Refusal) as refusal:
        allowed(given, REGULAR)
    assert refusal.value.code == 50035


WORDS = ["@", "<", ">", "&", "!", "1", " ", "`", "everyone", "@everyone", "@here", "<@1>", "<@&2>"]


@given(st.lists(st.sampled_from(WORDS)).map("".join))
def test_nothing_pings_where_nothing_is_allowed(content: str) -> None:
    assert pings(content, allowed({"parse": []}, REGULAR), "9") == []
    assert set(pings(content, REGULAR)) >= {word for word in ("@everyone", "@here", "<@1>", "<@&2>") if word in content}


def test_links_that_show_a_preview() -> None:
    content = "see https://a.example/x, [b](http://b.example) but not <https://c.example> or `https://d.example`"
    assert links(content) == ["https://a.example/x,", "http://b.example"]
    assert links("```\nhttps://e.example\n") == []
