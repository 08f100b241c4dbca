"""Prompts as the models' own published chat templates write them, rendered with Jinja and checked on 2026-11-20.

- llama2: meta-llama/Llama-2-7b-chat-hf, tokenizer_config.json (chat_template), without its first <s>
- chatml: teknium/OpenHermes-2.5-Mistral-7B, tokenizer_config.json
- zephyr: HuggingFaceH4/zephyr-7b-beta, tokenizer_config.json
- mistral: mistralai/Mistral-7B-Instruct-v0.2, tokenizer_config.json (the "v1" template, which knows a system message),
  without its first <s>
- vicuna: lmsys/vicuna-7b-v1.5, as fastchat/conversation.py of lm-sys/FastChat writes "vicuna_v1.1"
- falcon: tiiuae/falcon-7b-instruct, tokenizer_config.json
"""

from collections.abc import AsyncGenerator, Mapping
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.inference.config import InferenceConfig, TemplateName
from bot.inference.templates import TEMPLATES, Templated
from bot.replies import Delta

SYSTEM = {"role": "system", "content": "Be brief."}
CHAT = [
    {"role": "user", "content": "Hello"},
    {"role": "assistant", "content": "Hi there"},
    {"role": "user", "content": "Who are you?"},
]
PUBLISHED = {
    "llama2": (
        "[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\nHello [/INST] Hi there </s><s>[INST] Who are you? [/INST]",
        "[INST] Hello [/INST] Hi there </s><s>[INST] Who are you? [/INST]",
    ),
    "chatml": (
        "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\nHi there"
        "<|im_end|>\n<|im_start|>user\nWho are you?<|im_end|>\n<|im_start|>assistant\n",
        "<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\nHi there<|im_end|>\n<|im_start|>user\nWho are you?"
        "<|im_end|>\n<|im_start|>assistant\n",
    ),
    "zephyr": (
        "<|system|>\nBe brief.</s>\n<|user|>\nHello</s>\n<|assistant|>\nHi there</s>\n<|user|>\nWho are you?</s>\n"
        "<|assistant|>\n",
        "<|user|>\nHello</s>\n<|assistant|>\nHi there</s>\n<|user|>\nWho are you?</s>\n<|assistant|>\n",
    ),
    "mistral": (
        " [INST] Be brief.\n\nHello [/INST] Hi there</s> [INST] Who are you? [/INST]",
        " [INST] Hello [/INST] Hi there</s> [INST] Who are you? [/INST]",
    ),
    "vicuna": (
        "Be brief. USER: Hello ASSISTANT: Hi there</s>USER: Who are you? ASSISTANT:",
        "USER: Hello ASSISTANT: Hi there</s>USER: Who are you? ASSISTANT:",
    ),
    "falcon": (
        "Be brief.\n\nUser: Hello\n\nAssistant: Hi there\n\nUser: Who are you?\n\nAssistant:",
        "\n\nUser: Hello\n\nAssistant: Hi there\n\nUser: Who are you?\n\nAssistant:",
    ),
}


def user(text: str) -> dict[str, str]:
    return {"role": "user", "content": text}


def test_every_name_of_the_settings_has_its_template_and_its_published_text() -> None:
    assert set(get_args(TemplateName)) == {"", *TEMPLATES}
    assert set(PUBLISHED) == set(TEMPLATES)


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_conversation_is_written_as_published(name: str) -> None:
    with_system, without_system = PUBLISHED[name]
    assert TEMPLATES[name].prompt([SYSTEM, *CHAT]) == with_system
    assert TEMPLATES[name].prompt(CHAT) == without_system


@pytest.mark.parametrize("name", PUBLISHED)
def test_turns_alternate_whatever_was_lost_between_them(name: str) -> None:
    write = TEMPLATES[name].prompt
    assert write([user("Hello"), user("again")]) == write([user("Hello\n\nagain")])
    assert write(CHAT[1:]) == write([user(""), *CHAT[1:]])
    assert write([{"role": "user", "content": [{"type": "text", "text": "Hello"}, {"type": "image_url"}]}]) == write(
        [user(" Hello ")]
    )


@pytest.mark.parametrize("name", PUBLISHED)
@given(data=st.data())
def test_what_a_person_writes_never_passes_for_a_mark(name: str, data: st.DataObject) -> None:
    template = TEMPLATES[name]
    pieces = st.sampled_from([*template.marks, *template.stops, "<", ">", "User:", " x ", "\n"])
    text = "".join(data.draw(st.lists(st.text(max_size=3) | pieces, max_size=8)))
    written, plain = template.prompt([SYSTEM, user(text)]), template.prompt([SYSTEM, user("x")])
    for mark in template.marks:
        assert written.count(mark) == plain.count(mark)


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_model_would_stop_where_the_next_turn_begins(name: str) -> None:
    template = TEMPLATES[name]
    behind = template.prompt([*CHAT, {"role": "assistant", "content": "Done"}, user("Next")]).split("Done")[1]
    assert any(stop in behind for stop in template.stops)


class Fake:
    def __init__(self) -> None:
        self.asked: list[Mapping[str, Any]] = []

    async def stream(self, model: str, task: Mapping[str, Any]) -> AsyncGenerator[Delta, None]:
        self.asked.append(task)
        yield Delta("yes", finish="stop", model=model)


async def test_chat_goes_out_as_a_text_to_be_continued() -> None:
    fake = Fake()
    chat = Templated(fake, TEMPLATES["chatml"], InferenceConfig(temperature=0.5, max_tokens=77, stop=("END",)))
    deltas = [delta async for delta in chat.stream("m", {"messages": CHAT, "top_p": 0.9, "temperature": 1.5})]
    assert deltas == [Delta("yes", finish="stop", model="m")]
    assert fake.asked == [
        {
            "task": "text-generation",
            "inputs": PUBLISHED["chatml"][1],
            "parameters": {
                "temperature": 1.5,
                "top_p": 0.9,
                "max_new_tokens": 77,
                "stop": ["END", "<|im_end|>", "<|im_start|>"],
            },
        }
    ]


async def test_any_other_task_is_passed_on() -> None:
    fake, task = Fake(), {"task": "summarization", "inputs": "x"}
    assert [delta async for delta in Templated(fake, TEMPLATES["falcon"], InferenceConfig()).stream("m", task)]
    assert fake.asked == [task]
