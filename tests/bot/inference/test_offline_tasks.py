import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.errors import Mistaken, Refused
from bot.inference.backend import Entity, Label
from bot.inference.offline_tasks import CANNOT, MODELS, OfflineTasks
from bot.inference.tasks import KNOWN_TASKS
from bot.replies import Delta

DOCS = [("docs/discord.md", "# Discord\n\nAdd the bot to a server: make an application, copy its token, invite it.\n")]
INPUTS: dict[str, tuple[Any, dict[str, Any]]] = {
    "text-classification": ("I love it", {}),
    "token-classification": ("we met Ada Lovelace", {}),
    "feature-extraction": (["a cat", "rain"], {}),
    "zero-shot-classification": ("a cat", {"candidate_labels": ["cat", "dog"]}),
    "summarization": ("One. Two.", {}),
    "question-answering": ({"question": "Who sat?", "context": "Ada sat."}, {}),
    "text-to-image": ("a cat", {"seed": 3, "width": 64, "height": 96}),
    "text-generation": ("How do I add Discord", {"max_new_tokens": 5}),
}


async def do(tag: str, inputs: Any = "x", parameters: Any = None, pace: float = 0) -> list[Delta]:
    task = {"task": tag, "inputs": inputs, "parameters": parameters or {}}
    return [delta async for delta in OfflineTasks(DOCS, pace).stream("any/model", task)]


@pytest.mark.parametrize("tag", INPUTS)
async def test_everything_says_honestly_what_it_is_and_is_always_the_same(tag: str) -> None:
    deltas = await do(tag, *INPUTS[tag])
    assert deltas[-1].finish
    assert deltas[-1].note.startswith("Offline: ")
    assert {delta.model for delta in deltas} == {MODELS[tag][0]}
    assert deltas == await do(tag, *INPUTS[tag])


def test_every_task_is_either_done_or_refused_in_its_own_words() -> None:
    assert {*MODELS, *CANNOT} == KNOWN_TASKS
    assert set(INPUTS) == set(MODELS)


async def test_the_results_are_of_the_same_kinds_as_a_models() -> None:
    results = {tag: (await do(tag, *INPUTS[tag]))[-1] for tag in INPUTS}
    assert results["text-classification"].result[0].name == "positive"
    assert results["token-classification"].result == (Entity("NAME", "Ada Lovelace", 7, 19, 0.5),)
    assert [len(each) for each in results["feature-extraction"].result] == [256, 256]
    assert results["zero-shot-classification"].result[0].name == "cat"
    assert results["summarization"].text == "One. Two."
    assert results["question-answering"].result == (Label("Ada sat.", 1.0),)
    (media,) = results["text-to-image"].media
    assert (media.media_type, media.caption) == ("image/png", "seed 3")


async def test_several_patterns_have_a_seed_each() -> None:
    (delta,) = await do("text-to-image", "a cat", {"count": 4, "seed": 7, "spoiler": True})
    assert [each.name for each in delta.media] == ["seed-7.png", "seed-8.png", "seed-9.png", "seed-10.png"]
    assert len({each.data for each in delta.media}) == 4
    assert all(each.spoiler for each in delta.media)


async def test_a_continuation_is_read_out_word_by_word_within_its_bounds() -> None:
    async def said(**parameters: Any) -> tuple[str, Any]:
        deltas = await do("text-generation", "How do I add Discord", parameters)
        return "".join(delta.text for delta in deltas), deltas[-1].finish

    assert await said(max_new_tokens=5) == ("Add the bot to a", "length")
    assert await said() == ("Add the bot to a server: make an application, copy its token, invite it.", "stop")
    assert (await said(stop=["server", "bot"]))[0] == "Add the "
    assert (await said(max_new_tokens=1, return_full_text=True))[0] == "How do I add Discord Add"
    deltas = await do("text-generation", "something else entirely")
    assert len(deltas) > 5


@pytest.mark.parametrize("tag", [*CANNOT, "object-detection"])
async def test_what_it_cannot_do_it_refuses_and_says_what_would_help(tag: str) -> None:
    with pytest.raises(Refused) as caught:
        await do(tag)
    assert caught.value.message.startswith("Offline I cannot ")
    assert "HF_TOKEN" in caught.value.message


async def test_no_answer_is_said_to_be_none() -> None:
    with pytest.raises(Mistaken, match="No sentence"):
        await do("question-answering", {"question": "Who?", "context": "It rains."})
    with pytest.raises(Refused, match="cannot go on"):
        await anext(OfflineTasks((), 0).stream("", {"task": "text-generation", "inputs": "x"}))


async def test_the_true_documentation_is_found() -> None:
    offline = OfflineTasks(Path(__file__).parents[3], 0)
    task = {"task": "text-generation", "inputs": "To get a Hugging Face token", "parameters": {}}
    async with asyncio.timeout(10):
        assert "huggingface.co" in "".join([delta.text async for delta in offline.stream("", task)])
