import pytest

from bot.commands.tweetify import SHORTER, TONES
from bot.errors import Refused, Unavailable
from bot.replies import Button
from bot.settings import INSTANCE
from tests.bot.commands.authors import BUTTONS, NEWS, PICTURE, THREE, Author, posted, posts_of
from tests.fakes import an_event
from tests.house import House, in_virtual_time, press


@in_virtual_time
async def test_again_shorter_and_other_tone_are_new_answers_to_the_same() -> None:
    house = House(backend=(backend := Author(THREE)))
    question, _ = await house.answered(an_event(f"--tone playful {NEWS}", command="tweetify"))
    again, _ = await house.answered(press("posts_again", question))
    shorter, _ = await house.answered(press("posts_shorter", again))
    tone, _ = await house.answered(press("posts_tone", shorter))
    tone2, _ = await house.answered(press("posts_tone", tone))
    _, screen = await house.answered(press("posts_shorter", tone2))
    asked = [(limit, tone) for limit, tone in map(_wanted, backend.prompts)]
    assert asked == [
        (260, "playful"),
        (260, "playful"),
        (180, "playful"),
        (180, TONES[0]),
        (180, TONES[1]),
        (SHORTER[2] - 14, TONES[1]),
    ]
    assert "playful" in TONES
    assert screen.buttons == BUTTONS
    assert f"Tone: {TONES[1]}." in screen.note
    assert all(NEWS in prompt for prompt in backend.prompts)


def _wanted(prompt: str) -> tuple[int, str]:
    limit = int(prompt.partition("at most ")[2].partition(" ")[0])
    return limit, prompt.partition("Tone: ")[2].partition(".\n")[0]


@in_virtual_time
async def test_shorter_ends_at_the_shortest() -> None:
    house = House(backend=(backend := Author(THREE)))
    question, _ = await house.answered(an_event(NEWS, command="tweetify"))
    for _ in range(len(SHORTER) + 1):
        question, screen = await house.answered(press("posts_shorter", question))
    assert _wanted(backend.prompts[-1])[0] == 90
    assert posts_of(screen)


@in_virtual_time
async def test_retry_after_a_failure_keeps_what_was_pressed() -> None:
    backend = Author(THREE, Unavailable("It is away."), THREE)
    house = House(backend=backend)
    question, _ = await house.answered(an_event(NEWS, command="tweetify"))
    failed, screen = await house.answered(press("posts_shorter", question))
    assert screen.buttons == (Button("retry", "Retry"),)
    _, screen = await house.answered(press("retry", failed))
    assert posts_of(screen)
    assert _wanted(backend.prompts[-1])[0] == 180


@in_virtual_time
async def test_a_header_picture_is_made_from_the_headline() -> None:
    backend = Author(THREE)
    house = House(backend=backend)
    question, screen = await house.answered(an_event(f"--picture {NEWS}", command="tweetify"))
    assert list(screen.media) == [PICTURE]
    assert posts_of(screen)[0] == "The move"
    model, task = backend.asked[1]
    assert (model, task["task"]) == ("org/model", "text-to-image")
    assert task["inputs"].endswith(": The move")
    assert house.end(question) == "answered"


@pytest.mark.parametrize("trouble", [Unavailable("The painter is away."), Refused("It was flagged.")])
def test_a_picture_that_fails_does_not_lose_the_posts(trouble: Exception) -> None:
    @in_virtual_time
    async def scenario() -> None:
        _, screen = await posted(Author(THREE, picture=trouble), f"--picture {NEWS}")
        assert len(posts_of(screen)) == 4
        assert f"There is no picture: {trouble}" in screen.note
        assert "org/model" in screen.note
        assert screen.buttons == BUTTONS

    scenario()


@in_virtual_time
async def test_no_picture_where_pictures_are_switched_off() -> None:
    house = House(backend=(backend := Author(THREE)))
    await house.services.access.grant("person:fake:o", INSTANCE, "everyone", "imagine", "deny")
    _, screen = await house.answered(an_event(f"--picture {NEWS}", command="tweetify"))
    assert "There is no picture: That is switched off" in screen.note
    assert len(backend.asked) == 1
