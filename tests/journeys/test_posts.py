"""A newsletter becomes posts, over the wire: however long it comes, whatever the model makes of it."""

from pathlib import Path
from typing import Any

import pytest

from simulators.huggingface import Script
from tests.journeys.members import ask, everywhere, files, newest, said, told
from tests.journeys.newsletter import HEADLINE, POSTS, answered, blocks, heaviest, newsletter
from tests.journeys.newsletter import told as material
from tests.journeys.people import BOTH, People, Seen
from tests.journeys.stored import until_ended
from tests.journeys.world import World, a_world
from tests.polling import until

TAGGED = [f"{post} #RiverGarden" for post in POSTS]
LONG = "A sentence that says a little about the garden and its trees. " * 9
NEWS = "The garden opens on Saturday at ten. There is soup for everybody. The choir sings at noon."


async def test_a_newsletter_of_6018_characters_however_it_comes(tmp_path: Path) -> None:
    async with a_world(tmp_path, *BOTH) as world:
        world.hf.default = lambda _: answered()
        for hands in everywhere(world):
            text = newsletter()
            assert len(text) == 6018
            for seen in (await pasted(hands, text), await attached(hands, text), await replied_to(hands, text)):
                assert text in material(world.hf.requests[-1])
                assert blocks(hands, seen) == TAGGED
                assert heaviest(blocks(hands, seen)) <= 280
                assert seen.buttons == {"posts_again", "posts_shorter", "posts_tone"}
        assert len(world.hf.requests) == 6
        await until_ended(world, 6)


async def pasted(hands: People, text: str) -> Seen:
    """Telegram's clients cut a long paste into messages, Discord's make a file of it."""
    home = hands.home(hands.alice)
    if hands.name == "discord":
        return await told(hands, hands.alice, home, "tweetify", file=("message.txt", text.encode()))
    count = len(hands.shown(home))
    parts = hands.sim.paste(hands.alice, home, f"/tweetify {text}")
    assert len(parts) == 2
    return await newest(hands, home, count)


async def attached(hands: People, text: str) -> Seen:
    return await told(hands, hands.alice, hands.here, "tweetify", file=("news.txt", text.encode()), count=3)


async def replied_to(hands: People, text: str) -> Seen:
    """Somebody else's file."""
    if hands.name == "discord":
        letter = await hands.sim.say(hands.bob, hands.here, "", files=[("message.txt", text.encode())])
    else:
        letter = hands.sim.send(hands.bob, hands.here, document=("letter.txt", text.encode(), "text/plain"))
    return await told(hands, hands.alice, hands.here, "tweetify", reply_to=letter)


async def test_what_the_model_does_wrong_is_repaired_or_asked_again(tmp_path: Path) -> None:
    async with a_world(tmp_path, *BOTH) as world:
        for hands in everywhere(world):
            await repaired(world, hands)
            await given_up(world, hands)


async def repaired(world: World, hands: People) -> None:
    home, asked = hands.home(hands.alice), world.hf.requests
    asked.clear()
    world.hf.scripts += [answered([LONG, *POSTS[1:]]), answered()]
    once_more = await told(hands, hands.alice, home, "tweetify", text=NEWS)
    assert blocks(hands, once_more) == TAGGED
    assert "Post 1 counts" in asked[1]["messages"][-1]["content"]
    world.hf.scripts += [answered([LONG] * 3)] * 2
    cut = await told(hands, hands.alice, home, "tweetify", text=NEWS)
    posts = blocks(hands, cut)
    assert len(posts) == 3
    assert 140 < heaviest(posts) <= 280
    assert all(LONG.startswith(post.removesuffix(" #RiverGarden")) for post in posts)
    fenced = Script(f"Of course!\n```json\n{answered().text}\n```\nShall I go on?", rate=0)
    world.hf.scripts += [Script("I would rather not.", rate=0), fenced]
    assert blocks(hands, await told(hands, hands.alice, home, "tweetify", text=NEWS)) == TAGGED
    assert len(asked) == 6


async def given_up(world: World, hands: People) -> None:
    """Never a fourth generation, and nothing over the limit."""
    home, asked = hands.home(hands.alice), world.hf.requests
    asked.clear()
    refusal = Script(status=422, body={"error": {"message": "response_format is not supported", "code": 422}})
    world.hf.scripts += [refusal, Script('{"posts": [', rate=0), Script("I am sorry.", rate=0), answered()]
    lost = await told(hands, hands.alice, home, "tweetify", text=NEWS)
    assert "wrote no posts" in lost.text
    assert ["response_format" in each for each in asked] == [True, False, False]
    world.hf.scripts.clear()
    wrong: dict[str, dict[str, Any]] = {
        "nothing to work on": {},
        "in up to 60 characters": {"text": NEWS, "tone": "very " * 20},
        "is not a text file": {"file": ("letter.bin", b"\x00\xff")},
    }
    for words, given in wrong.items():
        assert words in (await told(hands, hands.alice, home, "tweetify", **given)).text
    if hands.name == "discord":
        with pytest.raises(ValueError, match="count"):
            await ask(hands, hands.alice, home, "tweetify", text=NEWS, count=11)
    else:
        many = await told(hands, hands.alice, home, "tweetify", text=NEWS, count=11)
        assert "count must be a whole number from 1 to 10" in many.text
    assert len(asked) == 3


async def test_posts_are_made_anew_and_get_a_picture(tmp_path: Path) -> None:
    async with a_world(tmp_path, *BOTH) as world:
        world.hf.default = lambda _: answered()
        for hands in everywhere(world):
            await anew(world, hands)
            await with_a_picture(world, hands)


async def anew(world: World, hands: People) -> None:
    home = hands.home(hands.alice)
    letter = await said(hands, hands.bob, hands.here, NEWS)
    seen = await told(hands, hands.alice, hands.here, "tweetify", reply_to=letter)
    assert "260 characters" in rules(world)
    for action, told_to_model in (
        ("posts_again", "260 characters"),
        ("posts_shorter", "180 characters"),
        ("posts_shorter", "126 characters"),
        ("posts_tone", "Tone: matter-of-fact."),
    ):
        count = len(hands.shown(hands.here))
        await hands.press(hands.alice, seen, action)
        seen = await newest(hands, hands.here, count)
        assert told_to_model in rules(world)
        assert NEWS in material(world.hf.requests[-1])
    assert heaviest(blocks(hands, seen)) <= 140
    assert "Tone: matter-of-fact." in seen.text
    world.hf.scripts.append(answered([f"Post {number}" for number in range(5)]))
    five = await told(hands, hands.alice, home, "tweetify", text=NEWS, count=5, language="German", headline=True)
    assert blocks(hands, five) == [HEADLINE, *(f"Post {number} #RiverGarden" for number in range(5))]
    assert "exactly 5 posts" in rules(world)
    assert "Language: German." in rules(world)


def rules(world: World) -> str:
    return str(world.hf.requests[-1]["messages"][0]["content"])


async def with_a_picture(world: World, hands: People) -> None:
    home = hands.home(hands.bob)
    await told(hands, hands.bob, home, "tweetify", text=NEWS, picture=True)
    await until(lambda: any(files(hands, each) for each in hands.shown(home)))
    assert HEADLINE in world.hf.task_requests[-1].body["prompt"]
    seen = hands.shown(home)[0]
    assert blocks(hands, seen) == [HEADLINE, *TAGGED]
    (picture,) = [data for each in hands.shown(home) for data in files(hands, each)]
    assert picture.startswith(b"\x89PNG")
