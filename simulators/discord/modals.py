"""Forms: what Discord refuses of one that is opened, and what comes of one that a person fills in. Pure.

developers/components/reference and the published OpenAPI, checked 2026-11-20. Of what may stand in a form, only text
inputs can be filled in here.
"""

from typing import Any

from simulators.discord.components import size
from simulators.discord.refusals import bad_length, invalid, too_long
from simulators.discord.world import Modal, walk

Json = dict[str, Any]
ROW, TEXT_INPUT, TEXT, LABEL = 1, 4, 10, 18
STYLES = (1, 2)
TEXT_LIMIT = 4000


def check(data: Json) -> None:
    """Raises 50035 where Discord would."""
    for name, low, high in (("custom_id", 1, 100), ("title", 1, 45)):
        _check_text(data, name, low, high, "data")
    components = data.get("components")
    if not isinstance(components, list) or not 1 <= len(components) <= 5:
        raise bad_length("data.components", 1, 5)
    for index, each in enumerate(components):
        here = f"data.components.{index}"
        if each.get("type") == LABEL:
            _check_text(each, "label", 1, 45, here)
            _check_input(each.get("component") or {}, f"{here}.component")
        elif each.get("type") == ROW and len(each.get("components") or []) == 1:
            _check_text(each["components"][0], "label", 1, 45, f"{here}.components.0")
            _check_input(each["components"][0], f"{here}.components.0")
        elif each.get("type") != TEXT:
            raise invalid(f"{here}.type", f"Value must be one of {{{ROW}, {TEXT}, {LABEL}}}.", "BASE_TYPE_CHOICES")
    ids = [each["custom_id"] for each in walk(components) if "custom_id" in each]
    if len(ids) != len(set(ids)):
        raise invalid("data.components", "Component custom id cannot be duplicated", "COMPONENT_CUSTOM_ID_DUPLICATED")


def filled(modal: Modal, text: str) -> Json:
    """The interaction data of a form whose first text input got this text; ValueError where a client refuses it."""
    first = next(each for each in walk(modal.components) if each.get("type") == TEXT_INPUT)
    low = first.get("min_length") or (1 if first.get("required", True) else 0)
    high = first.get("max_length") or TEXT_LIMIT
    if not low <= size(text) <= high:
        raise ValueError(f"{modal.title} takes {low} to {high} characters")

    def answered(each: Json) -> Json:
        if each["type"] == TEXT_INPUT:
            value = text if each is first else each.get("value") or ""
            return {"type": TEXT_INPUT, "id": 0, "custom_id": each["custom_id"], "value": value}
        if each["type"] == LABEL:
            return {"type": LABEL, "id": 0, "component": answered(each["component"])}
        return {"type": each["type"], "id": 0, "components": [answered(inner) for inner in each.get("components", ())]}

    components = [answered(each) for each in modal.components if each["type"] != TEXT]
    for number, each in enumerate(walk(components), 1):
        each["id"] = number
    return {"custom_id": modal.custom_id, "components": components}


def _check_input(one: Json, path: str) -> None:
    if one.get("type") != TEXT_INPUT:
        raise invalid(f"{path}.type", f"Only text inputs ({TEXT_INPUT}) are simulated", "BASE_TYPE_CHOICES")
    if one.get("style") not in STYLES:
        raise invalid(f"{path}.style", f"Value must be one of {STYLES}.", "BASE_TYPE_CHOICES")
    _check_text(one, "custom_id", 1, 100, path)
    for name, limit in (("value", TEXT_LIMIT), ("placeholder", 100)):
        if size(one.get(name) or "") > limit:
            raise too_long(f"{path}.{name}", limit)
    for name, low in (("min_length", 0), ("max_length", 1)):
        given = one.get(name)
        if given is not None and not (isinstance(given, int) and low <= given <= TEXT_LIMIT):
            raise invalid(f"{path}.{name}", f"Value should be between {low} and {TEXT_LIMIT}.", "NUMBER_TYPE_RANGE")


def _check_text(one: Json, name: str, low: int, high: int, path: str) -> None:
    if not isinstance(one.get(name), str) or not low <= size(one[name]) <= high:
        raise bad_length(f"{path}.{name}", low, high)
