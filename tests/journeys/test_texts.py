"""What members have models read, over the wire: feelings, names, continuations, and any model of the Hub."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from simulators.huggingface import Script, TaskScript
from simulators.media import png, wav
from tests.journeys.members import ask, everywhere, files, newest, said, told
from tests.journeys.people import BOTH, People, Seen
from tests.journeys.stored import states, until_ended
from tests.journeys.world import World, a_world
from tests.polling import until

BATCH = b"The parcel came early, great!\n\n  Der Kaffee war schlecht.  \nIt is a table."
SLOW = {"discord": "facebook/bart-large-cnn", "telegram": "Helsinki-NLP/opus-mt-en-de"}
CLASSIFIER, VIT, SQUAD = "facebook/bart-large-mnli", "google/vit-base-patch16-224", "deepset/roberta-base-squad2"


def lines(seen: Seen) -> Sequence[str]:
    """As they are read on either platform."""
    return seen.text.replace("*", "").splitlines()


async def test_feelings_of_words_lines_files_and_messages(tmp_path: Path) -> None:
    async with a_world(tmp_path, *BOTH) as world:
        for hands in everywhere(world):
            await feelings(world, hands)
        await until_ended(world, 10)
        assert states(world.database) == {"answered": 6, "failed-told": 4}


async def feelings(world: World, hands: People) -> None:
    alice, home, asked = hands.alice, hands.home(hands.alice), world.hf.task_requests
    asked.clear()
    one = lines(await told(hands, alice, home, "sentiment", text="I love this wonderful bot"))
    assert [line.split()[1] for line in one[:3]] == ["positive", "neutral", "negative"]
    assert one[0].endswith("85 %")
    assert "lxyuan/distilbert" in one[-1]
    several = lines(await told(hands, alice, home, "sentiment", file=("reviews.txt", BATCH)))
    assert [line.split()[2] for line in several[:3]] == ["positive", "negative", "neutral"]
    assert "3 texts: 1 positive, 1 negative, 1 neutral; mean confidence 67 %" in several
    assert asked[0].body["inputs"] == "I love this wonderful bot"
    texts = {"Der Kaffee war schlecht.", "It is a table.", "The parcel came early, great!"}
    assert {each.body["inputs"] for each in asked[1:]} == texts
    spoken = await said(hands, hands.bob, hands.here, "We hate the rain\nand the bad soup")
    quoted = await told(hands, alice, hands.here, "sentiment", reply_to=spoken)
    assert "negative" in lines(quoted)[0]
    assert asked[-1].body["inputs"] == "We hate the rain\nand the bad soup"
    nothing = await told(hands, alice, home, "sentiment")
    assert "write the text, attach a text file, or reply" in nothing.text
    binary = await told(hands, alice, home, "sentiment", file=("noise.bin", b"\x00\xff\xfe"))
    assert binary.text.startswith("noise.bin is not a text file")
    assert len(asked) == 5


async def test_a_model_that_loads_is_said_and_waited_for(tmp_path: Path) -> None:
    async with a_world(tmp_path, *BOTH) as world:
        for hands in everywhere(world):
            await loading(world, hands)


async def loading(world: World, hands: People) -> None:
    alice, home, asked = hands.alice, hands.home(hands.alice), world.hf.task_requests
    asked.clear()
    world.hf.task_scripts += [TaskScript(loading=4), TaskScript(loading=4)]
    seen = await told(hands, alice, home, "sentiment", text="what a happy day")
    assert any("The model is loading" in text for text in seen.message.history)
    assert "positive" in lines(seen)[0]
    assert "loading" not in seen.text
    looks = [entry.at for entry in world.hf.seen("/hf-inference/")[-3:]]
    assert all(later - sooner >= 0.4 for sooner, later in pairwise(looks))
    world.hf.task_scripts.append(TaskScript(loading=36_000))
    hopeless = await told(hands, alice, home, "try", model=SLOW[hands.name], input="what a happy evening")
    assert "is loading" in hopeless.text
    assert "in 60 min" in hopeless.text
    world.hf.task_scripts.append(TaskScript(loading=600))
    answer = await ask(hands, alice, home, "entities", text="Ada is not patient")
    await until(lambda: (growing := answer()) and "The model is loading, about" in growing.text)
    growing = answer()
    assert growing
    await hands.press(alice, growing, "stop")
    await until(lambda: (stopped := answer()) and "Stopped." in stopped.text)
    assert len(asked) == 5


async def test_what_was_said_is_found_by_its_meaning(tmp_path: Path) -> None:
    async with a_world(tmp_path, *BOTH) as world:
        for hands in everywhere(world):
            await conversations(hands)
        await until_ended(world, 8)
        for hands in everywhere(world):
            await recalled(world, hands)
        await world.restart()
        for hands in everywhere(world):
            world.hf.task_requests.clear()
            await told(hands, hands.alice, hands.home(hands.alice), "recall", words="Minka the cat")
            assert [each.body["inputs"] for each in world.hf.task_requests] == [["query: Minka the cat"]]


async def conversations(hands: People) -> None:
    for user, text in (
        (hands.alice, "the train to the harbour leaves at nine"),
        (hands.alice, "my cat is called Minka"),
        (hands.bob, "the train of somebody else is a secret"),
        (hands.alice, "what is the square root of two"),
    ):
        count = len(hands.shown(hands.home(user)))
        await said(hands, user, hands.home(user), text)
        await newest(hands, hands.home(user), count)


async def recalled(world: World, hands: People) -> None:
    alice, home, asked = hands.alice, hands.home(hands.alice), world.hf.task_requests
    asked.clear()
    found = await told(hands, alice, home, "recall", words="a train at the harbour", count=2)
    entries = [line for line in found.text.splitlines() if "harbour" in line]
    assert "the train to the harbour leaves at nine" in entries[0]
    assert "secret" not in found.text
    assert "you said" in found.text
    assert asked[0].body["inputs"] == ["query: a train at the harbour"]
    read = {text for request in asked[1:] for text in request.body["inputs"]}
    assert "passage: my cat is called Minka" in read
    assert not any("secret" in text for text in read)
    before = len(asked)
    if hands.name == "telegram":
        assert "words is missing" in (await told(hands, alice, home, "recall")).text
    cat = await told(hands, alice, home, "recall", words="Minka the cat")
    assert "my cat is called Minka" in cat.text
    assert len(asked) == before + 1
    if hands.name == "telegram":
        many = await told(hands, alice, home, "recall", count=99, words="cat")
        assert "count must be a whole number from 1 to 10" in many.text
        return
    assert f"/channels/@me/{home.id}/" in cat.text
    with pytest.raises(ValueError, match="count"):
        await ask(hands, alice, home, "recall", words="cat", count=99)
    hidden = await hands.sim.slash(alice, hands.here, "recall", words="Minka the cat")
    await until(lambda: hidden.response and "Minka" in hidden.response.text)
    assert hidden.response.ephemeral


async def test_names_are_marked_and_texts_go_on(tmp_path: Path) -> None:
    async with a_world(tmp_path, *BOTH) as world:
        for hands in everywhere(world):
            await names(hands)
            await continuations(world, hands)
            await trouble_with_continuations(world, hands)


async def names(hands: People) -> None:
    alice, home = hands.alice, hands.home(hands.alice)
    found = await told(hands, alice, home, "entities", text="yesterday Ada Lovelace met Alice in London")
    assert "People: Ada Lovelace 99 %, Alice 99 %" in found.text.replace("*", "")
    assert bold(hands, found)[-3:] == ["Ada Lovelace", "Alice", "London"]
    several = await told(hands, alice, home, "entities", text="no names here\nand Paris there")
    assert "no names found" in several.text
    assert "2 texts: 1 place" in lines(several)


def bold(hands: People, seen: Seen) -> Sequence[str]:
    if hands.name == "discord":
        return seen.text.split("**")[1::2]
    text = seen.text.encode("utf-16-le")
    marks = (each for each in seen.message.entities if each["type"] == "bold")
    return [text[2 * each["offset"] : 2 * (each["offset"] + each["length"])].decode("utf-16-le") for each in marks]


async def continuations(world: World, hands: People) -> None:
    alice, home = hands.alice, hands.home(hands.alice)
    world.hf.task_scripts.append(Script(" ".join(["lantern"] * 40), rate=40))
    wanted = {"temperature": 0.9, "top_p": 0.5, "top_k": 40, "max_tokens": 64, "frequency_penalty": 0.5}
    grown = await told(hands, alice, home, "complete", prompt="Once upon a time", stop="moon|sun", echo=True, **wanted)
    assert grown.text.startswith("Once upon a time")
    assert grown.text.count("lantern") == 40
    assert len([text for text in grown.message.history if "lantern" in text]) >= 3
    assert grown.buttons == {"complete_again"}
    body = world.hf.task_requests[-1].body
    assert body["prompt"] == "Once upon a time"
    assert body["stop"] == ["moon", "sun"]
    assert {name: body[name] for name in wanted} == wanted
    count = len(hands.shown(home))
    await hands.press(alice, grown, "complete_again")
    assert (await newest(hands, home, count)).text.startswith("Once upon a time")
    assert world.hf.task_requests[-1].body == body


async def trouble_with_continuations(world: World, hands: People) -> None:
    alice, home, before = hands.alice, hands.home(hands.alice), world.hf.cancelled
    world.hf.task_scripts.append(Script("word " * 2000, rate=40))
    answer = await ask(hands, alice, home, "complete", prompt="It goes on and on")
    await until(lambda: (growing := answer()) and growing.text.count("word") > 5)
    growing = answer()
    assert growing
    await hands.press(alice, growing, "stop")
    await until(lambda: (stopped := answer()) and "Stopped." in stopped.text)
    assert (world.hf.open_streams, world.hf.cancelled) == (0, before + 1)
    asked = len(world.hf.task_requests)
    too_many = await told(hands, alice, home, "complete", prompt="on", stop="a|b|c|d|e")
    assert "up to 4 places" in too_many.text
    unknown = await told(hands, alice, home, "complete", prompt="on", model="no/such-model")
    assert "no/such-model" in unknown.text
    if hands.name == "discord":
        with pytest.raises(ValueError, match="temperature"):
            await ask(hands, alice, home, "complete", prompt="on", temperature=3.0)
    else:
        hot = await told(hands, alice, home, "complete", prompt="on", temperature=3)
        assert "temperature must be a number from 0 to 2" in hot.text
    assert len(world.hf.task_requests) == asked


async def test_any_model_of_the_hub_is_tried_in_its_natural_form(tmp_path: Path) -> None:
    async with a_world(tmp_path, *BOTH) as world:
        for hands in everywhere(world):
            await tried(world, hands)
            await tried_wrongly(world, hands)


async def tried(world: World, hands: People) -> None:
    alice, home, asked = hands.alice, hands.home(hands.alice), world.hf.task_requests
    complaint = {"model": CLASSIFIER, "input": "a complaint: the parcel never came"}
    by_labels = await told(hands, alice, home, "try", **complaint, labels="praise, complaint")
    assert lines(by_labels)[0].split()[1:] == ["complaint", "90", "%"]
    assert asked[-1].body["parameters"] == {"candidate_labels": ["praise", "complaint"]}
    cat = png("cat")
    picture = await told(hands, alice, home, "try", model=VIT, file=("cat.png", cat))
    assert "tabby cat" in picture.text
    assert asked[-1].body == cat
    tower = {"input": "When was the tower built?", "context": "It is tall. The tower was built in 1889."}
    answer = await told(hands, alice, home, "try", model=SQUAD, **tower)
    assert "The tower was built in 1889" in answer.text
    assert asked[-1].body["inputs"] == {"question": tower["input"], "context": tower["context"]}
    summed = await told(hands, alice, home, "try", model="facebook/bart-large-cnn", input="It rains. We stay in.")
    assert lines(summed)[0] == "It rains."
    spoken = await told(hands, alice, home, "try", model="facebook/mms-tts-eng", input="Good morning to you")
    await until(lambda: files(hands, spoken))
    assert files(hands, spoken) == [wav('{"inputs": "Good morning to you", "parameters": {}}')]


async def tried_wrongly(world: World, hands: People) -> None:
    alice, home, before = hands.alice, hands.home(hands.alice), len(world.hf.task_requests)
    wrong: dict[str, dict[str, Any]] = {
        "--labels one,other": {"model": CLASSIFIER, "input": "a complaint"},
        "cat.txt is no picture": {"model": VIT, "file": ("cat.txt", b"a cat")},
        "attach one": {"model": VIT, "input": "a cat"},
        "--context": {"model": SQUAD, "file": ("tower.txt", b"It is tall.")},
        "nobody/nothing": {"model": "nobody/nothing", "input": "hello there"},
        "/imagine draws with it": {"model": "black-forest-labs/FLUX.1-schnell", "input": "a cat"},
        "What can be tried": {"model": "BAAI/bge-m3", "input": "a cat"},
    }
    for words, given in wrong.items():
        assert words in (await told(hands, alice, home, "try", **given)).text
    if hands.name == "telegram":
        nothing = await told(hands, alice, home, "try")
        assert "model is missing" in nothing.text
    assert len(world.hf.task_requests) == before
