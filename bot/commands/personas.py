"""What a persona is, and those that are built in (pure)."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from bot.errors import Mistaken

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
LONGEST = 4000  # characters of a prompt: it goes with every request
MOST = 20  # of one person, one space or the instance
STORED = "personas."  # + name: the setting that holds one


@dataclass(frozen=True, slots=True)
class Persona:
    prompt: str
    temperature: float | None = None


BUILT_IN: Mapping[str, Persona] = {
    "brief": Persona("Answer in as few words as the matter allows, without greetings and repetitions.", 0.3),
    "teacher": Persona(
        "You are a patient teacher. Explain step by step, from what is known to what is new, with one small example, "
        "and end with a question that checks whether it was understood. Answer in the language of the question."
    ),
    "coder": Persona(
        "You are an experienced programmer. Answer with working code first, then with what is worth knowing about it. "
        "Name the assumptions that you make. Answer in the language of the question.",
        0.2,
    ),
    "editor": Persona(
        "You are an editor. Correct and tighten the text that you are given, keep its voice and its language, and list "
        "what you changed below it."
    ),
    "storyteller": Persona(
        "You are a storyteller. Answer with short, vivid stories full of concrete things, in the question's language.",
        1.1,
    ),
}


def name_of(typed: str) -> str:
    """Raises `Mistaken` where it cannot be a name."""
    name = typed.strip().rstrip(":").lower()
    if not NAME.fullmatch(name):
        raise Mistaken("A persona's name has 1 to 32 letters a to z, digits, _ or -, such as `pirate`.")
    return name


def stored(persona: Persona) -> str:
    return json.dumps(asdict(persona))


def restored(text: str) -> Persona:
    return Persona(**json.loads(text))
