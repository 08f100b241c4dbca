"""Dates, addresses, quantities, and what is written like a name, found by rules (pure)."""

import re
from collections.abc import Iterator

from bot.inference.backend import Entity
from bot.inference.counterparts.language import ENGLISH, FOREIGN

MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?"
    r"|Nov(?:ember)?|Dec(?:ember)?)\b\.?"
)
NUMBER = r"\d[\d.,]{0,20}(?<=\d)"  # bounded, like all that is tried at every place of a long text
UNIT = (
    r"(?:%|°[CF]|[€£$¥]|[kcm]?m\b|[km]?g\b|ml|k?Hz|[kMGT]i?B|[kM]?W(?:h)?|km/h|mph|USD|EUR|GBP|dollars?|euros?|cents?"
    r"|seconds?|minutes?|hours?|days?|weeks?|months?|years?|metres?|meters?|miles?|kilometres?|kilograms?|tons?|litres?"
    r"|people|percent)(?!\w)"
)
CAPITALISED = r"[^\W\d_a-z][\w’'&-]*"
PATTERNS = {  # where two overlap, the one that stands first here
    "LINK": r"(?:https?://|www\.)[^\s<>\"]*[^\s<>\".,;:!?)\]]",
    "EMAIL": r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+",
    "DATE": rf"\d{{4}}-\d\d-\d\d|\d{{1,2}}[./]\d{{1,2}}[./]\d{{2,4}}|\d{{1,2}}\.? {MONTH}(?: \d{{4}})?"
    rf"|{MONTH} \d{{1,2}}(?:st|nd|rd|th)?(?:,? \d{{4}})?\b|{MONTH} \d{{4}}\b|\b\d{{1,2}}:\d\d\b",
    "QUANTITY": rf"(?<![\w.])(?:[€£$¥] ?{NUMBER}|{NUMBER} ?{UNIT})",
    "NAME": rf"\b{CAPITALISED}(?: (?:(?:of|the|de|da|van|von|der|und|and) )?{CAPITALISED})*",
}
ANY = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in PATTERNS.items()))
STARTS = re.compile(r"(?:^|[.!?…:]|\n)[\s\"'“‘(*>#-]*$")  # what stands before a sentence's first word
LITTLE = ENGLISH | FOREIGN
CERTAIN, LIKELY = 1.0, 0.5


def entities(text: str) -> tuple[Entity, ...]:
    """In the order of the text; a NAME is `LIKELY` only."""
    return tuple(
        Entity(str(found.lastgroup), found[0], found.start(), found.end(), score) for found, score in _found(text)
    )


def _found(text: str) -> Iterator[tuple[re.Match[str], float]]:
    """One capitalised word says nothing where a sentence begins, unless it comes again within one."""
    everything = list(ANY.finditer(text))
    within = {found[0] for found in everything if not _begins(found, text)}
    for found in everything:
        name = found[0]
        if found.lastgroup != "NAME":
            yield found, CERTAIN
        elif len(name) > 1 and name.lower() not in LITTLE and (" " in name or name in within):
            yield found, LIKELY


def _begins(found: re.Match[str], text: str) -> bool:
    return STARTS.search(text[max(0, found.start() - 20) : found.start()]) is not None
