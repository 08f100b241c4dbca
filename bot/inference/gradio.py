"""What a Gradio app tells of itself, and of a picture that it draws: its configuration, its queue, its files (pure).

The queue as Gradio 4 to 6 speak it (protocols sse_v1 to sse_v3), tried against 4.44 and 6.31 on 2026-11-20. Talking to
the app is `spaces.py`'s concern. Nothing that an app sends is believed to have any shape.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from bot.inference.failures import in_words

ROLES: Mapping[str, tuple[str, ...]] = {  # a parameter of ours -> how apps call it, or label it
    "prompt": ("prompt", "text", "input_text", "text_prompt", "positive_prompt", "prompt_text", "caption"),
    "negative_prompt": ("negative_prompt", "neg_prompt", "negative", "n_prompt", "enter_a_negative_prompt"),
    "width": ("width", "image_width"),
    "height": ("height", "image_height"),
    "num_inference_steps": (
        *("num_inference_steps", "number_of_inference_steps", "inference_steps", "steps", "num_steps"),
        *("sampling_steps", "number_of_steps", "number_inference_steps"),
    ),
    "guidance_scale": ("guidance_scale", "guidance", "cfg", "cfg_scale"),
    "seed": ("seed",),
    "scheduler": ("scheduler", "sampler"),
    "random": ("randomize_seed", "random_seed", "use_random_seed", "randomise_seed"),
    "negated": ("use_negative_prompt",),
}
NAMES = {name: role for role, names in ROLES.items() for name in names}
PICTURES = ("image", "gallery")  # kinds of components that show one
TEXTS = ("textbox", "text", "textarea", "multimodaltextbox")
FILES = ("image", "gallery", "file", "audio", "video", "imageeditor", "model3d", "uploadbutton", "imageslider")
PREFIX = re.compile(r"(?:/[\w-]+)+/?", re.ASCII)
CELLS = 10  # of a progress bar
NESTED = 5  # a file in a picture in a gallery in an update
MOST = 1e15


@dataclass(frozen=True, slots=True)
class Slot:
    """One thing that an endpoint asks for. Least and most bound a number, `choices` a choice."""

    role: str  # one of ROLES; "" is not ours to fill
    kind: str
    default: Any = None
    least: float | None = None
    most: float | None = None
    choices: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The function of an app that makes a picture of a prompt."""

    index: int
    slots: tuple[Slot, ...]
    picture: int  # which of the outputs it is
    prefix: str  # of the app's addresses


def endpoint(config: Any, info: Any = None) -> Endpoint | None:
    """The endpoint of an app that is likeliest to draw; None: there is none, or no app.

    `config` is its /config, `info` its /info, which knows the names of parameters where there is one.
    """
    if not str(_field(config, "protocol", "")).startswith("sse_v"):
        return None
    components = {str(each.get("id")): each for each in _mappings(_field(config, "components"))}
    found = []
    for place, function in enumerate(_mappings(_field(config, "dependencies"))):
        index = function.get("id")
        slots = tuple(_slots(function, components, info))
        kinds = [_field(components.get(str(each)), "type") for each in _list(function.get("outputs"))]
        picture = next((at for at, kind in enumerate(kinds) if kind in PICTURES), None)
        if _callable(function) and picture is not None and any(slot.role == "prompt" for slot in slots):
            found.append(Endpoint(index if type(index) is int else place, slots, picture, prefix(config)))
    return max(found, key=_likely, default=None)  # of equally likely ones the first


def prefix(config: Any) -> str:
    """What stands before the app's addresses: "/gradio_api", or "" for Gradio 4. Nothing that leads elsewhere."""
    said = _field(config, "api_prefix")
    return said.rstrip("/") if isinstance(said, str) and PREFIX.fullmatch(said) else ""


def fill(endpoint: Endpoint, prompt: str, parameters: Mapping[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """The values for an endpoint's slots, and those of our parameters that the app will really use."""
    wanted = {
        **{name: value for name, value in parameters.items() if value is not None},
        "prompt": prompt,
        "random": parameters.get("seed") is None,
        "negated": bool(parameters.get("negative_prompt")),
    }
    data, used = [], {}
    for slot in endpoint.slots:
        value = _fitting(slot, wanted[slot.role]) if slot.role in wanted else slot.default
        data.append(value)
        if slot.role in parameters and slot.role in wanted:
            used[slot.role] = value
    return data, used


def progress(message: Mapping[str, Any]) -> str:
    """What a message of the queue tells the person who waits, or "". The app's own words are left out."""
    kind = message.get("msg")
    if kind == "estimation":
        return _place(message)
    if kind == "process_starts":
        return f"The Space is drawing{_about(message.get('eta'))} …"
    if kind == "progress":
        share = next((share for unit in _mappings(message.get("progress_data")) if (share := _share(unit)) >= 0), -1)
        return bar(share) if share >= 0 else ""
    return ""


def bar(share: float) -> str:
    """▓▓▓▓░░░░░░ 40 %"""
    full = int(share * CELLS)
    return f"{'▓' * full}{'░' * (CELLS - full)} {share * 100:.0f} %"


def drawn(output: Any, picture: int) -> tuple[str, ...]:
    """The picture in a finished process's output, as the versions of Gradio write it: addresses and paths of one file.

    A gallery's first picture counts.
    """
    data = _list(_field(output, "data"))
    value = data[picture] if picture < len(data) else None
    for _ in range(NESTED):
        if isinstance(value, str):
            return (value,)
        if isinstance(value, list):
            value = value[0] if value else None
        elif inner := _field(value, "value") or _field(value, "image"):
            value = inner
        else:
            return tuple(each for name in ("url", "path") if isinstance(each := _field(value, name), str))
    return ()


def file_url(base: str, prefix: str, file: str) -> str | None:
    """Where the app at `base` serves this file; None: somewhere else, where we do not go."""
    home = "/".join(base.split("/", 3)[:3]) + "/"
    if re.match(r"[a-z]+:", file, re.IGNORECASE):
        return file if file.startswith(home) else None
    return f"{base}{prefix}/file={quote(file, safe='/')}" if file else None


def _callable(function: Mapping[str, Any]) -> bool:
    return function.get("backend_fn", True) is not False and function.get("queue", True) is not False


def _slots(function: Mapping[str, Any], components: Mapping[str, Mapping[str, Any]], info: Any) -> Iterator[Slot]:
    inputs = [components.get(str(each), {}) for each in _list(function.get("inputs"))]
    shown = [each for each in inputs if not _field(each, "skip_api", False) and _field(each, "type") != "state"]
    named = _field(_field(info, "named_endpoints"), f"/{function.get('api_name')}")
    names = [str(each.get("parameter_name", "")) for each in _mappings(_field(named, "parameters"))]
    known = dict(zip((id(each) for each in shown), names, strict=False)) if len(names) == len(shown) else {}
    roles = [_role(known.get(id(each), ""), each) for each in inputs]
    if "prompt" not in roles:  # whatever it is called: the first text that is nothing else
        at = next((at for at, each in enumerate(inputs) if _is_text(each) and not roles[at]), None)
        roles = [role if place != at else "prompt" for place, role in enumerate(roles)]
    taken: set[str] = set()
    for component, role in zip(inputs, roles, strict=True):
        yield _slot(component, "" if role in taken else role)
        taken.add(role)


def _role(name: str, component: Mapping[str, Any]) -> str:
    label = re.sub(r"\W+", "_", str(_field(_field(component, "props"), "label", "")).lower()).strip("_")
    role = NAMES.get(name.lower()) or NAMES.get(label, "")
    return role if _is_text(component) or role not in ("prompt", "negative_prompt") else ""


def _is_text(component: Mapping[str, Any]) -> bool:
    return _field(component, "type") in TEXTS


def _slot(component: Mapping[str, Any], role: str) -> Slot:
    props = _field(component, "props")
    choices = tuple(each[-1] if isinstance(each, list) and each else each for each in _list(_field(props, "choices")))
    least, most = (_number(_field(props, name)) for name in ("minimum", "maximum"))
    return Slot(role, str(_field(component, "type", "")), _field(props, "value"), least, most, choices)


def _fitting(slot: Slot, value: Any) -> Any:
    """The value as this slot can take it."""
    if slot.choices:
        return value if value in slot.choices else slot.default
    if slot.kind == "multimodaltextbox":
        return {"text": value, "files": []}
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    low = value if slot.least is None else max(value, slot.least)
    fit = low if slot.most is None else min(low, slot.most)
    return int(fit) if float(fit).is_integer() else fit


def _likely(endpoint: Endpoint) -> tuple[bool, int]:
    """Endpoints that want a file first, to change it, are for something else."""
    return not any(slot.kind in FILES for slot in endpoint.slots), sum(bool(slot.role) for slot in endpoint.slots)


def _place(message: Mapping[str, Any]) -> str:
    rank, size = message.get("rank"), message.get("queue_size")
    if type(rank) is not int or type(size) is not int or not 0 <= rank < size:
        return "In the Space's queue …"
    return f"Place {rank + 1} of {size} in the Space's queue{_about(message.get('rank_eta'))} …"


def _about(seconds: Any) -> str:
    known = _number(seconds)
    return f", about {in_words(known)}" if known is not None and 0 < known < 86_400 else ""


def _share(unit: Mapping[str, Any]) -> float:
    """From 0 to 1; -1: unknown."""
    share, index, length = (_number(unit.get(name)) for name in ("progress", "index", "length"))
    if share is None and index is not None and length:
        share = index / length
    return -1.0 if share is None else min(max(share, 0.0), 1.0)


def _field(of: Any, name: str, default: Any = None) -> Any:
    return of.get(name, default) if isinstance(of, Mapping) else default


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else []


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    return [each for each in _list(value) if isinstance(each, Mapping)]


def _number(value: Any) -> float | None:
    """A number of a size that can be meant; JSON, as Python reads it, also knows NaN and integers without end."""
    known = isinstance(value, int | float) and not isinstance(value, bool) and -MOST < value < MOST
    return value if known else None
