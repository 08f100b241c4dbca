from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from bot.commands.try_ import POSSIBLE
from bot.errors import Unavailable
from bot.events import Attachment
from bot.inference.backend import Entity, Label
from bot.inference.catalogue import Catalogue, Offer
from bot.replies import Delta, Media
from bot.settings import INSTANCE
from tests.bot.commands.scripted import Scripted, offline
from tests.fakes import Screen, an_event
from tests.house import House, in_virtual_time

PICTURE = Attachment("cat.png", "image/png", 3, "picture")
SOUND = Attachment("hi.ogg", "audio/ogg", 3, "sound")
TEXT = Attachment("facts.txt", "text/plain", 3, "text")
FILES = {"picture": b"png", "sound": b"ogg", "text": b"Ulm is on the Danube."}
SPOKEN = Media(b"wav", "audio/wav", "speech.wav")
LABELS = (Label("cat", 0.8), Label("dog", 0.2))
CHART = "▰▰▰▰▱ **cat** 80 %\n▰▱▱▱▱ dog 20 %"
TAGS = {f"org/{tag}": tag for tag in POSSIBLE}


def answer(model: str, task: Mapping[str, Any]) -> Iterable[Delta | Exception]:
    match task.get("task", "chat"):
        case "chat" | "text-generation":
            yield Delta("written", model=model)
            yield Delta(finish="stop")
        case "token-classification":
            yield Delta(result=(Entity("LOC", "Ulm", 0, 3, 1.0),), finish="stop", model=model)
        case "summarization" | "translation" | "image-to-text" | "automatic-speech-recognition":
            yield Delta("in words", finish="stop", model=model)
        case "text-to-speech":
            yield Delta(media=(SPOKEN,), finish="stop", model=model)
        case _:
            yield Delta(result=LABELS, finish="stop", model=model)


async def tried(
    line: str, *, house: House | None = None, files: tuple[Attachment, ...] = (), **changes: Any
) -> tuple[Scripted, Screen]:
    house = house or House(backend=Scripted(answer), tags=TAGS)
    await house.ask(an_event(line, command="try", attachments=files, **changes), screen := Screen(files=FILES))
    await house.quiet()
    return house.backend, screen


@pytest.mark.parametrize(
    ("line", "inputs", "parameters", "shown"),
    [
        ("org/text-classification a cat", "a cat", {}, CHART),
        (
            "--labels cat,dog, org/zero-shot-classification it barks",
            "it barks",
            {"candidate_labels": ["cat", "dog"]},
            CHART,
        ),
        ("org/token-classification Ulm", "Ulm", {}, "- **Places**: Ulm 100 %\n\n**Ulm**"),
        ("org/summarization long text", "long text", {}, "in words"),
        ("org/translation hello", "hello", {}, "in words"),
        (
            "--from eng_Latn --to deu_Latn org/translation hello",
            "hello",
            {"src_lang": "eng_Latn", "tgt_lang": "deu_Latn"},
            "in words",
        ),
        (
            "--context 'Ulm is on the Danube.' org/question-answering Where is Ulm?",
            {"question": "Where is Ulm?", "context": "Ulm is on the Danube."},
            {},
            CHART,
        ),
        ("org/fill-mask Ulm is on the ___.", "Ulm is on the ___.", {}, CHART),
    ],
)
def test_texts_go_to_models_by_their_tag(line: str, inputs: Any, parameters: dict[str, Any], shown: str) -> None:
    @in_virtual_time
    async def scenario() -> None:
        backend, screen = await tried(line)
        model = next(word for word in line.split() if word.startswith("org/"))
        expected = {"task": TAGS[model], "inputs": inputs, "parameters": parameters, "alone": True}
        assert backend.asked == [(model, expected)]
        assert (screen.text, screen.note) == (shown, model)

    scenario()


@pytest.mark.parametrize(
    ("tag", "file", "data", "shown"),
    [
        ("image-classification", PICTURE, b"png", CHART),
        ("image-to-text", PICTURE, b"png", "in words"),
        ("automatic-speech-recognition", SOUND, b"ogg", "in words"),
    ],
)
def test_files_go_to_models_by_their_tag(tag: str, file: Attachment, data: bytes, shown: str) -> None:
    @in_virtual_time
    async def scenario() -> None:
        backend, screen = await tried(f"org/{tag}", files=(file,))
        assert [task["inputs"] for task in backend.tasks] == [data]
        assert screen.text == shown

    scenario()


@in_virtual_time
async def test_a_text_is_read_aloud() -> None:
    backend, screen = await tried("org/text-to-speech hello")
    assert list(screen.media) == [SPOKEN]
    assert backend.tasks[0]["inputs"] == "hello"


@in_virtual_time
async def test_the_context_of_a_question_may_be_a_file_or_the_message_replied_to() -> None:
    backend, _ = await tried("org/question-answering Where?", files=(TEXT,))
    assert backend.tasks[0]["inputs"]["context"] == "Ulm is on the Danube."
    backend, _ = await tried("org/question-answering Where?", quotes=(("bob", "In Ulm."),))
    assert backend.tasks[0]["inputs"] == {"question": "Where?", "context": "In Ulm."}


@in_virtual_time
async def test_a_model_that_chats_is_chatted_with_and_a_base_model_goes_on() -> None:
    both = House(backend=Scripted(answer), tags={"org/base": "text-generation"})
    both.services.models.catalogue = Catalogue({"org/chats": (Offer("sim", live=True),)})
    await tried("org/chats:sim hello", house=both)  # it is on the list: the Hub is not asked
    backend, screen = await tried("org/base hello", house=both)
    assert backend.asked == [
        ("org/chats:sim", {"messages": [{"role": "user", "content": "hello"}], "alone": True}),
        (
            "org/base",
            {"task": "text-generation", "inputs": "hello", "parameters": {"max_new_tokens": 200}, "alone": True},
        ),
    ]
    assert (screen.text, screen.note) == ("written", "org/base")


@pytest.mark.parametrize(
    ("line", "files", "said"),
    [
        ("org/unheard-of x", (), "I could not find out what org/unheard-of is for"),
        ("org/draws x", (), "/imagine draws with it"),
        ("http://10.0.0.1/x y", (), "OWNER/NAME"),
        ("bad/model x", (), "bad/model may not be used here"),
        ("org/zero-shot-classification x", (), "--labels one,other"),
        ("--from en org/translation x", (), "--from and --to"),
        ("org/question-answering", (), "Write your question"),
        ("org/question-answering Where?", (), "nothing to work on"),
        ("org/fill-mask nothing is missing", (), "put ___ where it is missing"),
        ("org/image-to-text", (), "takes a picture: attach one"),
        ("org/automatic-speech-recognition", (PICTURE,), "cat.png is no sound"),
        ("org/summarization", (), "nothing to work on"),
        ("org/summarization", (PICTURE,), "cat.png is not a text file"),
    ],
)
def test_what_does_not_fit_is_said_and_costs_nothing(line: str, files: tuple[Attachment, ...], said: str) -> None:
    @in_virtual_time
    async def scenario() -> None:
        house = House(backend=Scripted(answer), tags={**TAGS, "org/draws": "text-to-image"})
        await house.settings.write(INSTANCE, "models.deny", "bad/*")
        house.services.models.catalogue = Catalogue()
        event = an_event(line, command="try", attachments=files)
        await house.ask(event, screen := Screen(files={**FILES, "picture": b"\x89PNG\xff"}))
        await house.quiet()
        assert said in screen.text
        assert house.backend.asked == []

    scenario()


@in_virtual_time
async def test_a_model_must_be_named() -> None:
    assert "model is missing" in await House().refused(an_event(command="try"))


@in_virtual_time
async def test_trouble_is_told() -> None:
    house = House(backend=Scripted(lambda *_: [Unavailable("It is away.")]), tags=TAGS)
    _, screen = await tried("org/summarization x", house=house)
    assert (screen.text, screen.note) == ("", "It is away.")


@in_virtual_time
async def test_where_there_is_no_list_a_model_that_writes_is_chatted_with() -> None:
    backend, _ = await tried("org/text-generation hello")
    assert "messages" in backend.tasks[0]


@in_virtual_time
async def test_offline_what_was_handed_over_says_what_is_wanted() -> None:
    house = offline(House(backend=Scripted(answer)))
    await tried("--labels cat,dog any/model it barks", house=house)
    backend, _ = await tried("--context 'In Ulm.' any/model Where?", house=house)
    assert [task["task"] for task in backend.tasks] == ["zero-shot-classification", "question-answering"]
    _, screen = await tried("any/model hello", house=house)
    assert screen.text.startswith("Offline no model can be looked up.")
