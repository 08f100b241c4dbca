"""Where a Space may be, and what its errors mean: sentences as people reported them, 2024 to 2026."""

from typing import Any

import pytest

from bot.inference.failures import ModelUnavailable
from bot.inference.safety import Withheld
from bot.inference.space_failures import of_error, of_status
from bot.inference.spaces import stage_of, trusted


@pytest.mark.parametrize(
    ("host", "official", "good"),
    [
        ("https://sim-painter.hf.space", True, True),
        ("https://sim-painter.hf.space/", True, True),
        ("http://sim-painter.hf.space", True, False),
        ("https://sim-painter.hf.space.evil.example", True, False),
        ("https://evil.example/.hf.space", True, False),
        ("https://a@evil.hf.space", True, False),
        ("https://127.0.0.1", True, False),
        ("http://127.0.0.1:8432", False, True),
        ("https://me@127.0.0.1", False, False),
        ("file:///etc/passwd", False, False),
        (None, False, False),
        (["https://sim-painter.hf.space"], True, False),
    ],
)
def test_a_host_is_believed_only_where_it_can_be_right(host: Any, official: bool, good: bool) -> None:
    if good:
        assert trusted({"host": host}, "sim/painter", official) == host.rstrip("/")
    else:
        with pytest.raises(ModelUnavailable, match="at no known place"):
            trusted({"host": host}, "sim/painter", official)


@pytest.mark.parametrize(
    ("told", "stage"), [({"stage": "PAUSED"}, "PAUSED"), ({}, ""), ({"stage": None}, "None"), (None, "RUNNING")]
)
def test_the_stage_of_a_space(told: Any, stage: str) -> None:
    assert stage_of(told) == stage


QUOTA = "You have exceeded your GPU quota (60s requested vs. 56s left). Try again in "


@pytest.mark.parametrize(
    ("said", "wait"),
    [(f"{QUOTA}0:09:48", 588), (f"{QUOTA}1 day, 2:00:00", 93_600), ("You have exceeded your GPU quota.", None)],
)
def test_a_quota_says_when_it_is_renewed(said: str, wait: float | None) -> None:
    failure = of_error("a/b", said)
    assert isinstance(failure, ModelUnavailable)
    assert failure.retry_after == wait
    assert failure.again == ("later" if wait else "never"), "what it says is kept to by everybody"
    assert failure.sentence == "The Space a/b has no free GPU time left for this bot."


def test_other_errors_of_apps() -> None:
    assert isinstance(of_error("a/b", "NSFW content detected"), Withheld)
    assert of_error("a/b", "No GPU was available after 60s").message == "The Space a/b is busy."
    assert of_status("a/b", 429).message == "The Space a/b is busy."
    assert of_status("a/b", 401).message == "The Space a/b is open only to people who sign in there."
