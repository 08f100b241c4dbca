"""The Surface contract: what measures as fitting is taken by the platform, at its very border."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.replies import Page, Surface
from tests.contracts.platforms import Platform
from tests.contracts.surfaces import RETRY, STOP, once_each, words

pytestmark = pytest.mark.asyncio(loop_scope="module")

PIECES = {
    "letters": "x", "emoji": "👍🏽", "families": "👩‍👩‍👧‍👦 ", "surrogates": "𝔘", "signs": "漢字 é ", "bold": "**b** ",
    "marks": "*_`~|<>\\&# ", "names": "@everyone <@1> ", "code": "`c`, ", "lines": "- item\n", "quotes": "> q\n\n",
    "nested": "- _**a** `b`_ ~~c~~\n", "headings": "# h\n\n", "addresses": "https://x.test/a_b ",
    "links": "[a](https://x.test/b) ",
}  # fmt: skip


def largest(surface: Surface, made: Callable[[int], str]) -> str:
    """The longest of these texts that is said to fit."""
    high = 8
    while surface.measure(made(high)) <= surface.can.limit and high < 10_000:
        high *= 2
    low = 1
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if surface.measure(made(middle)) <= surface.can.limit else (low, middle - 1)
    return made(low)


async def taken(platform: Platform, surface: Surface, markdown: str) -> str:
    """What is shown of a page that is as large as it may be, with a note and buttons."""
    assert surface.measure(markdown) <= surface.can.limit
    page = Page(markdown, note="This is where the answer reached the length limit.")
    await surface.open([page], [STOP])
    await surface.finish([page], [RETRY])
    (shown,) = platform.shown()
    assert "lengthlimit" in words(shown.text)
    assert shown.buttons == ("retry",)
    return words(shown.text)


@once_each
class TestWhatFits:
    @pytest.mark.parametrize("kind", PIECES)
    async def test_what_measures_as_fitting_is_taken_whole(self, platform: Platform, kind: str) -> None:
        surface = await platform.asked()
        text = await taken(platform, surface, largest(surface, lambda count: PIECES[kind] * count + "\n\nTHE-END"))
        assert "THE-END" in text

    async def test_code_up_to_the_border(self, platform: Platform) -> None:
        surface = await platform.asked()
        code = largest(surface, lambda count: "```python\n" + "print('🎈')  # `*_\n" * count + "```")
        text = await taken(platform, surface, code)
        assert text.count("print('🎈')#`*_") == code.count("🎈")

    @settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.sampled_from(list(PIECES.values())) | st.text(max_size=20), min_size=1, max_size=12))
    async def test_whatever_it_is_made_of(self, platform: Platform, parts: list[str]) -> None:
        surface = await platform.asked()
        piece = "".join(parts)
        text = await taken(platform, surface, largest(surface, lambda count: piece * count + "\n\nTHE-END"))
        assert "THE-END" in text
