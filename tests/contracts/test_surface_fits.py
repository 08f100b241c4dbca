"""The Surface contract: what measures as fitting is taken by the platform, at its very border."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.replies import Page, Surface
from tests.contracts.platforms import Platform
from tests.contracts.surfaces import RETRY, STOP, once_each, words

pytestmark = pytest.mark.asyncio(loop_scope="module")

LONG, STEPS = 10_000, 20  # pieces
PIECES = {
    "letters": "x", "emoji": "👍🏽", "families": "👩‍👩‍👧‍👦 ", "surrogates": "𝔘", "signs": "漢字 é ", "bold": "**b** ",
    "marks": "*_`~|<>\\&# ", "names": "@everyone <@1> ", "code": "`c`, ", "lines": "- item\n", "quotes": "> q\n\n",
    "nested": "- _**a** `b`_ ~~c~~\n", "headings": "# h\n\n", "addresses": "https://x.test/a_b ",
    "links": "[a](https://x.test/b) ",
}  # fmt: skip


def largest(surface: Surface, made: Callable[[int], str]) -> str:
    """A text that is said to fit, where one with one piece more hardly is; of a place without limits, a long one.

    Where the border lies is guessed from two short texts first: measuring a large one takes its time.
    """

    def left(count: int) -> int:
        return surface.can.limit - surface.measure(made(count))

    each = (left(10) - left(20)) // 10
    if each <= 0:  # pieces that are not seen
        return made(20)
    count = min(20 + left(20) // each, LONG)
    while count > 1 and left(count) < 0:
        count = max(1, count + min(-1, left(count) // each))
    for more in range(1, STEPS):
        if count + more > LONG or left(count + more) < 0:
            return made(count + more - 1)
    return made(count + STEPS - 1)


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

    @settings(max_examples=6, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.sampled_from(list(PIECES.values())) | st.text(max_size=20), min_size=1, max_size=12))
    async def test_whatever_it_is_made_of(self, platform: Platform, parts: list[str]) -> None:
        surface = await platform.asked()
        piece = "".join(parts)
        text = await taken(platform, surface, largest(surface, lambda count: piece * count + "\n\nTHE-END"))
        assert "THE-END" in text
