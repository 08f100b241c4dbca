"""A model that a person names for one question."""

import re

from bot.errors import Mistaken, Refused
from bot.selection import Preferences

# An address would make us call whomever a person likes: those are for the operator's configuration.
NAME = re.compile(r"[\w.-]{1,96}(?:/[\w.-]{1,96})?(?::[\w-]{1,40})?", re.ASCII)


def permitted(preferences: Preferences, model: str) -> str:
    """Its name. Raises `Mistaken` where that is none, and `Refused` where `/model deny` or `allow` is against it."""
    name = model.strip()
    if name and not NAME.fullmatch(name):
        raise Mistaken("A model is named like its page at huggingface.co, OWNER/NAME.")
    if name and not preferences.permits(name):
        raise Refused(f"{name} may not be used here. /models shows which may.")
    return name
