"""What apps say of themselves: the shapes of gradio 6.31 (the simulator's), of older ones, and of none at all."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.inference.gradio import Endpoint, bar, drawn, endpoint, file_url, fill, prefix, progress
from simulators.space_app import config, info

BASE = "https://sim-painter.hf.space"
TEMPLATE = endpoint(config(), info())
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(["image", "state"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    *(
                        "components",
                        "dependencies",
                        "id",
                        "type",
                        "props",
                        "label",
                        "value",
                        "inputs",
                        "outputs",
                        "msg",
                    ),
                    *("choices", "minimum", "named_endpoints", "/None", "parameters", "parameter_name", "api_prefix"),
                    *("progress_data", "index", "length", "progress", "rank", "queue_size", "rank_eta", "data", "path"),
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=30,
)


def app(inputs: list[dict[str, Any]], output: str = "image", **function: Any) -> dict[str, Any]:
    """A config with one function."""
    components = [{"id": number, "type": "textbox", "props": {}, **each} for number, each in enumerate(inputs, 1)]
    wires = {"id": 4, "inputs": [each["id"] for each in components], "outputs": [98, 99], **function}
    outputs = [{"id": 98, "type": "textbox", "props": {}}, {"id": 99, "type": output, "props": {}}]
    return {"protocol": "sse_v2", "components": [*components, *outputs], "dependencies": [wires]}


def labelled(label: str, kind: str = "textbox", **props: Any) -> dict[str, Any]:
    return {"type": kind, "props": {"label": label, **props}}


def found(config: Any, info: Any = None) -> Endpoint:
    chosen = endpoint(config, info)
    assert chosen is not None
    return chosen


@pytest.mark.parametrize("info", [info(), None])
def test_the_template_is_understood_by_its_names_and_by_its_labels_alone(info: Any) -> None:
    chosen = found(config(), info)
    assert (chosen.index, chosen.picture, chosen.prefix) == (0, 0, "/gradio_api")
    roles = [slot.role for slot in chosen.slots]
    assert roles == [
        *("prompt", "negative_prompt", "seed", "random", "width", "height", "guidance_scale", "num_inference_steps")
    ]


def test_parameters_go_where_they_belong_and_defaults_elsewhere() -> None:
    assert TEMPLATE is not None
    data, used = fill(TEMPLATE, "a fox", {"seed": 42, "width": 512, "scheduler": "DDIM", "guidance_scale": None})
    assert data == ["a fox", None, 42, False, 512, 32, 0.0, 2]
    assert used == {"seed": 42, "width": 512}


def test_numbers_are_kept_within_the_bounds_of_the_app() -> None:
    assert TEMPLATE is not None
    data, used = fill(TEMPLATE, "a fox", {"width": 4000, "height": 1, "num_inference_steps": 51.0})
    assert (data[4], data[5], data[7]) == (1024, 16, 50)
    assert used == {"width": 1024, "height": 16, "num_inference_steps": 50}
    assert data[3] is True  # without a seed of ours the app draws one


def test_a_choice_must_be_one_of_the_choices() -> None:
    pick = labelled("Sampler", "dropdown", choices=[["DDIM", "ddim"], ["Euler a", "euler"]], value="ddim")
    chosen = found(app([labelled("Prompt"), pick]))
    assert fill(chosen, "x", {"scheduler": "euler"}) == (["x", "euler"], {"scheduler": "euler"})
    assert fill(chosen, "x", {"scheduler": "magic"})[0] == ["x", "ddim"]


def test_hidden_state_keeps_its_place_in_the_data() -> None:
    state = {"type": "state", "skip_api": True}
    told = {"named_endpoints": {"/go": {"parameters": [{"parameter_name": "prompt"}, {"parameter_name": "cfg"}]}}}
    chosen = found(app([state, labelled("Describe it"), labelled("Strength", "slider")], api_name="go"), told)
    assert fill(chosen, "x", {"guidance_scale": 3})[0] == [None, "x", 3]


def test_the_first_text_is_the_prompt_where_none_is_called_so() -> None:
    chosen = found(app([labelled("Negative prompt"), labelled("Was soll es sein?")]))
    assert [slot.role for slot in chosen.slots] == ["negative_prompt", "prompt"]


def test_the_use_of_a_negative_prompt_is_switched_on_with_it() -> None:
    chosen = found(app([labelled("Prompt"), labelled("Negative prompt"), labelled("Use negative prompt", "checkbox")]))
    assert fill(chosen, "x", {"negative_prompt": "gore"})[0] == ["x", "gore", True]
    assert fill(chosen, "x", {})[0] == ["x", None, False]


def test_a_function_that_changes_a_picture_is_not_preferred() -> None:
    both = app([labelled("Prompt"), labelled("Seed", "number"), labelled("Picture", "image")])
    both["dependencies"].append({"id": 7, "inputs": [1], "outputs": [99]})
    assert found(both).index == 7


@pytest.mark.parametrize(
    "config",
    [
        None,
        [],
        {},
        "<html>",
        {**config(), "protocol": "ws"},  # Gradio 3
        app([labelled("Prompt")], output="audio"),
        app([labelled("Picture", "image")]),
        app([labelled("Prompt")], backend_fn=False),
        app([labelled("Prompt")], queue=False),
    ],
)
def test_what_draws_no_pictures_of_words(config: Any) -> None:
    assert endpoint(config) is None


@pytest.mark.parametrize(
    ("said", "taken"),
    [
        ("/gradio_api", "/gradio_api"),
        ("/gradio_api/", "/gradio_api"),
        (None, ""),
        ("@evil.example/", ""),
        (".evil.example", ""),
        ("/..", ""),
        (["/a"], ""),
    ],
)
def test_a_prefix_leads_nowhere_else(said: Any, taken: str) -> None:
    assert prefix({"api_prefix": said}) == taken


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (
            {"msg": "estimation", "rank": 2, "queue_size": 7, "rank_eta": 39.6},
            "Place 3 of 7 in the Space's queue, about 40 s …",
        ),
        ({"msg": "estimation", "rank": 0, "queue_size": 1, "rank_eta": None}, "Place 1 of 1 in the Space's queue …"),
        ({"msg": "estimation", "rank": None, "queue_size": 3}, "In the Space's queue …"),
        ({"msg": "process_starts", "eta": 130.0}, "The Space is drawing, about 3 min …"),
        ({"msg": "process_starts"}, "The Space is drawing …"),
        ({"msg": "progress", "progress_data": [{"index": 2, "length": 5}]}, "▓▓▓▓░░░░░░ 40 %"),
        ({"msg": "progress", "progress_data": [{"index": 1, "length": None}, {"progress": 1.0}]}, "▓▓▓▓▓▓▓▓▓▓ 100 %"),
        ({"msg": "progress", "progress_data": [{"index": 1, "length": 0, "desc": "your prompt"}]}, ""),
        ({"msg": "progress", "progress_data": None}, ""),
        ({"msg": "log", "log": "your prompt"}, ""),
        ({"msg": "heartbeat"}, ""),
    ],
)  # fmt: skip
def test_the_queue_in_words(message: Any, said: str) -> None:
    assert progress(message) == said


@given(st.floats(0, 1))
def test_a_bar_is_always_as_long(share: float) -> None:
    drawn_bar, _ = bar(share).split(" ", 1)
    assert len(drawn_bar) == 10
    assert drawn_bar == drawn_bar.count("▓") * "▓" + drawn_bar.count("░") * "░"


FILE = {"path": "/tmp/gradio/a/image.webp", "url": f"{BASE}/gradio_api/file=/tmp/gradio/a/image.webp"}


@pytest.mark.parametrize(
    "value",
    [FILE, [{"image": FILE, "caption": "1"}], [[FILE, "1"], None], {"__type__": "update", "value": FILE}, [FILE]],
)
def test_a_picture_in_any_wrapping(value: Any) -> None:
    assert drawn({"data": ["seed", value]}, 1) == (FILE["url"], FILE["path"])


@pytest.mark.parametrize(
    "output", [None, {}, {"data": []}, {"data": ["x"]}, {"data": ["x", None]}, {"data": ["x", []]}]
)
def test_no_picture(output: Any) -> None:
    assert drawn(output, 1) == ()


@pytest.mark.parametrize(
    ("file", "url"),
    [
        (FILE["url"], FILE["url"]),
        ("/tmp/a b/ü.png", f"{BASE}/gradio_api/file=/tmp/a%20b/%C3%BC.png"),
        ("http://localhost:7860/file=/tmp/a.png", None),
        (f"{BASE}.evil.example/a.png", None),
        (f"{BASE}@evil.example/a.png", None),
        ("file:///etc/passwd", None),
        ("//evil.example/a.png", f"{BASE}/gradio_api/file=//evil.example/a.png"),
        ("", None),
    ],
)
def test_files_come_from_the_app_itself(file: str, url: str | None) -> None:
    assert file_url(BASE, "/gradio_api", file) == url


NUMBER = st.integers(0, 3)
COMPONENT = st.fixed_dictionaries(
    {"id": NUMBER | JSON, "type": st.sampled_from(["textbox", "image", "slider", "state"]) | JSON},
    optional={"props": JSON, "skip_api": JSON},
)
FUNCTION = st.fixed_dictionaries(
    {"inputs": st.lists(NUMBER | JSON, max_size=4) | JSON, "outputs": st.lists(NUMBER, max_size=3) | JSON},
    optional={"id": JSON, "api_name": JSON, "backend_fn": JSON},
)
APP = st.fixed_dictionaries(
    {
        "protocol": st.just("sse_v3") | JSON,
        "components": st.lists(COMPONENT, max_size=5) | JSON,
        "dependencies": st.lists(FUNCTION, max_size=3) | JSON,
    },
    optional={"api_prefix": JSON},
)


@given(APP | JSON, JSON)
def test_nothing_that_an_app_says_of_itself_breaks_us(config: Any, info: Any) -> None:
    chosen = endpoint(config, info)
    if chosen is not None:
        data, _ = fill(chosen, "a fox", {"seed": 1, "width": 9})
        assert "a fox" in [each.get("text") if isinstance(each, dict) else each for each in data]


@given(JSON, st.sampled_from(["estimation", "process_starts", "progress"]))
def test_nothing_that_its_queue_says_breaks_us(said: Any, kind: str) -> None:
    assert isinstance(progress({**(said if isinstance(said, dict) else {}), "msg": kind}), str)
    assert all(isinstance(each, str) for each in drawn(said, 0))
