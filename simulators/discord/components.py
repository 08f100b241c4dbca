"""Rules for what stands below or makes up a message: action rows, buttons, selects, and components v2. Pure."""

import copy
from itertools import count
from typing import Any

from simulators.discord.refusals import Refusal, bad_length, invalid, too_long
from simulators.discord.world import walk

Json = dict[str, Any]
ROW, BUTTON, SELECT = 1, 2, 3
SELECTS = (3, 5, 6, 7, 8)
TEXT = 10
V2_TOP = (1, 9, 10, 12, 13, 14, 17)
LINK, PREMIUM = 5, 6
DEFAULTS: dict[int, Json] = {14: {"spacing": 1, "divider": True}, 17: {"accent_color": None, "spoiler": False}}


def check(components: Any, *, v2: bool) -> None:
    """Raises 50035 where Discord would."""
    if not isinstance(components, list) or not all(isinstance(each, dict) for each in components):
        raise invalid("components", "Only iterables may be used in a ListType", "LIST_TYPE_CONVERT")
    everything = walk(components)
    if v2:
        _check_v2(components, everything)
    else:
        if len(components) > 5:
            raise invalid("components", "Must be 5 or fewer in length.", "BASE_TYPE_BAD_LENGTH")
        for index, each in enumerate(components):
            if each.get("type") != ROW:
                raise _one_of(f"components.{index}.type", (ROW,))
    _check_rows(components, "components")
    ids = [each["custom_id"] for each in everything if each.get("custom_id")]
    if len(ids) != len(set(ids)):
        raise invalid("components", "Component custom id cannot be duplicated", "COMPONENT_CUSTOM_ID_DUPLICATED")


def _check_v2(components: list[Json], everything: list[Json]) -> None:
    for index, each in enumerate(components):
        if each.get("type") not in V2_TOP:
            raise _one_of(f"components.{index}.type", V2_TOP)
    if len(everything) > 40:
        raise invalid("components", "The total number of components must be 40 or fewer.", "COMPONENT_MAX_TOTAL")
    texts = [each.get("content") for each in everything if each.get("type") == TEXT]
    if any(not isinstance(each, str) or not each for each in texts):
        raise invalid("components", "This field is required", "BASE_TYPE_REQUIRED")
    if sum(size(str(each)) for each in texts) > 4000:
        raise invalid("components", "The total text must be 4000 or fewer in length.", "COMPONENT_MAX_TOTAL_TEXT")


def _check_rows(components: list[Json], path: str) -> None:
    for index, each in enumerate(components):
        here = f"{path}.{index}"
        inner = each.get("components")
        if each.get("type") == ROW:
            _check_row(inner, here)
        elif each.get("type") == BUTTON:
            _check_button(each, here)
        elif each.get("type") in SELECTS:
            _check_select(each, here)
        if isinstance(inner, list):
            _check_rows(inner, f"{here}.components")
        if isinstance(each.get("accessory"), dict) and each["accessory"].get("type") == BUTTON:
            _check_button(each["accessory"], f"{here}.accessory")


def _check_row(inner: Any, path: str) -> None:
    if not isinstance(inner, list) or not 1 <= len(inner) <= 5:
        raise bad_length(f"{path}.components", 1, 5)
    kinds = [each.get("type") for each in inner]
    if any(kind not in (BUTTON, *SELECTS) for kind in kinds):
        raise _one_of(f"{path}.components", (BUTTON, *SELECTS))
    if any(kind in SELECTS for kind in kinds) and len(kinds) > 1:
        raise invalid(f"{path}.components", "A select menu fills its row", "COMPONENT_LAYOUT_WIDTH_EXCEEDED")


def _check_button(button: Json, path: str) -> None:
    style, label = button.get("style"), button.get("label") or ""
    if style not in range(1, 7):
        raise _one_of(f"{path}.style", tuple(range(1, 7)))
    if size(label) > 80:
        raise too_long(f"{path}.label", 80)
    if style == LINK:
        if not button.get("url") or button.get("custom_id"):
            raise invalid(f"{path}.url", "A url is required", "BUTTON_COMPONENT_URL_REQUIRED")
        if len(button["url"]) > 512:
            raise too_long(f"{path}.url", 512)
    elif style != PREMIUM:
        if not label and not button.get("emoji"):
            raise invalid(path, "A label or emoji is required", "BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED")
        _check_custom_id(button, path)


def _check_select(select: Json, path: str) -> None:
    _check_custom_id(select, path)
    options = select.get("options", [])
    if select["type"] == SELECT and not 1 <= len(options) <= 25:
        raise bad_length(f"{path}.options", 1, 25)


def _check_custom_id(component: Json, path: str) -> None:
    custom_id = component.get("custom_id")
    if not isinstance(custom_id, str):
        raise invalid(f"{path}.custom_id", "A custom id is required", "COMPONENT_CUSTOM_ID_REQUIRED")
    if not 1 <= size(custom_id) <= 100:
        raise bad_length(f"{path}.custom_id", 1, 100)


def _one_of(path: str, values: tuple[int, ...]) -> Refusal:
    return invalid(path, f"Value must be one of {{{', '.join(map(str, values))}}}.", "BASE_TYPE_CHOICES")


def numbered(components: list[Json]) -> list[Json]:
    """A copy as Discord shows it: every component has an id (1, 2, ... where the request has none), and defaults."""
    copied = copy.deepcopy(components)
    taken = {each["id"] for each in walk(copied) if each.get("id")}
    free = (number for number in count(1) if number not in taken)
    for each in walk(copied):
        if not each.get("id"):
            each["id"] = next(free)
        each |= {name: value for name, value in DEFAULTS.get(each["type"], {}).items() if name not in each}
    return copied


def size(text: str) -> int:
    """Discord does not say what a character is: the larger of code points and UTF-16 units."""
    return max(len(text), len(text.encode("utf-16-le", errors="surrogatepass")) // 2)
