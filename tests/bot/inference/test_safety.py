"""Answers as the providers' documentation shows them (2026-11-20)."""

from typing import Any

import pytest

from bot.inference.safety import Withheld, flagged, objects

FAL: dict[str, Any] = {"images": [{"url": "https://v3.fal.media/a.png"}], "seed": 1, "has_nsfw_concepts": [True]}
WAVESPEED: dict[str, Any] = {"code": 200, "data": {"status": "completed", "outputs": [], "has_nsfw_contents": [True]}}


@pytest.mark.parametrize("body", [FAL, WAVESPEED, {"data": [{"b64_json": "", "nsfw": True}]}])
def test_a_marked_picture(body: Any) -> None:
    assert flagged(body)


@pytest.mark.parametrize(
    "body",
    [
        {**FAL, "has_nsfw_concepts": [False]},
        {**FAL, "has_nsfw_concepts": None},
        {"data": {**WAVESPEED["data"], "has_nsfw_contents": [False, False]}},
        {"prompt": "has_nsfw_concepts"},
        {"data": [{"b64_json": ""}]},
        None,
        [],
        "true",
    ],
)
def test_an_unmarked_one(body: Any) -> None:
    assert not flagged(body)


@pytest.mark.parametrize(
    ("said", "about_safety"),
    [
        ("NSFW content detected. Try running it again, or try a different prompt.", True),
        ("The prompt was blocked by our content policy", True),
        ("Unsafe prompt", True),
        ("CUDA out of memory", False),
        ("", False),
    ],
)
def test_a_sentence_about_safety(said: str, about_safety: bool) -> None:
    assert objects(said) is about_safety


def test_the_reader_is_told_what_may_help() -> None:
    assert "Another prompt may do" in Withheld().message
