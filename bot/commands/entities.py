from collections import Counter
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import aclosing
from functools import partial
from typing import Annotated

from bot.commands.bars import escaped, percent
from bot.commands.batches import Outcome, Texts, footer, outcomes, texts_of
from bot.commands.call import Call
from bot.commands.command import About, command
from bot.events import Attachment
from bot.inference.backend import Entity
from bot.replies import Delta, Reply

SHOWN = 1500  # characters of one text with its entities marked
SHOWN_EACH = 300  # the same, of each text of a batch
NOTHING = "no names found"
KINDS: Mapping[str, tuple[str, str]] = {  # one, several; of CoNLL-2003, OntoNotes and the offline rules
    "PER": ("person", "people"),
    "PERSON": ("person", "people"),
    "ORG": ("organisation", "organisations"),
    "LOC": ("place", "places"),
    "GPE": ("place", "places"),
    "MISC": ("other name", "other names"),
    "NAME": ("name", "names"),
    "DATE": ("date", "dates"),
    "QUANTITY": ("quantity", "quantities"),
    "LINK": ("link", "links"),
    "EMAIL": ("address", "addresses"),
}


@command("/entities Ada Lovelace worked with Charles Babbage in London.")
async def entities(
    call: Call,
    text: Annotated[str, About("The text, or several, a line each; left out: the message replied to", rest=True)] = "",
    file: Annotated[Attachment | None, About("A text file, a text on each line")] = None,
) -> Reply:
    """Find the names of people, organisations and places in a text."""
    texts = await texts_of(call, text, file)
    model = call.services.selection.choice("entities", await call.preferences()).model
    return Reply(_found(call, model, texts))


async def _found(call: Call, model: str, texts: Texts) -> AsyncGenerator[Delta, None]:
    known: list[Outcome] = []
    alone = len(texts.texts) == 1
    asked = outcomes(texts.texts, partial(_ask, call, model), nothing_is_an_answer=True)
    async with aclosing(asked) as told:
        async for each in told:
            if isinstance(each, Delta):
                yield each
                continue
            known.append(each)
            yield Delta(one(each.asked, each.result) if alone else f"{len(known)}. {_line(each)}\n")
    if not alone:
        yield Delta(f"\n{_summary(known)}")
    yield Delta(note=footer(model, texts, known), finish="stop")


def _ask(call: Call, model: str, text: str) -> AsyncGenerator[Delta, None]:
    return call.ask(model, {"task": "token-classification", "inputs": text, "parameters": {}})


def one(text: str, found: Sequence[Entity]) -> str:
    """The names by kind, and the text with them marked."""
    if not found:
        return "I found no names of people, organisations or places in it."
    return f"{_by_kind(found)}\n\n{marked(text, found, SHOWN)}"


def marked(text: str, found: Iterable[Entity], limit: int) -> str:
    """Markdown of the text's first `limit` characters with the entities in bold; no other sign of it has a meaning.

    A mark stands next to a letter or digit only: elsewhere it would not be read as one.
    """
    parts, at = [], 0
    whole = len(text) <= limit
    for start, end in _spans(text, found):
        if start >= at and end <= limit:
            parts += [escaped(text[at:start]), f"**{escaped(text[start:end])}**"]
            at = end
    return "".join(parts) + escaped(text[at : None if whole else limit]) + ("" if whole else "…")


def _spans(text: str, found: Iterable[Entity]) -> Sequence[tuple[int, int]]:
    """From the first to the last letter of each entity; those that touch are one."""
    spans: list[tuple[int, int]] = []
    for each in sorted(found, key=lambda each: (each.start, each.end)):
        letters = [at for at in range(max(0, each.start), min(each.end, len(text))) if text[at].isalnum()]
        if not letters or "\n" in text[letters[0] : letters[-1]]:  # a mark ends with its paragraph
            continue
        start, end = letters[0], letters[-1] + 1
        if spans and start <= spans[-1][1]:
            start, end = spans[-1][0], max(end, spans.pop()[1])
        spans.append((start, end))
    return spans


def _by_kind(found: Iterable[Entity]) -> str:
    """A line a kind: each name once, with its best score."""
    kinds: dict[str, dict[str, float]] = {}
    for each in found:
        names = kinds.setdefault(_several(each.kind), {})
        name = " ".join(each.text.split())
        names[name] = max(each.score, names.get(name, 0.0))
    return "\n".join(f"- **{kind[0].upper()}{kind[1:]}**: {_names(names)}" for kind, names in kinds.items())


def _names(names: Mapping[str, float]) -> str:
    return ", ".join(f"{escaped(name)} {percent(score)}" for name, score in names.items())


def _line(outcome: Outcome) -> str:
    text = " ".join(outcome.asked.split())
    if outcome.trouble:
        return f"{marked(text, (), SHOWN_EACH)} – could not be read"
    kinds: dict[str, dict[str, float]] = {}
    for each in outcome.result:
        kinds.setdefault(_named(each.kind)[0], {})[" ".join(each.text.split())] = each.score
    listed = "; ".join(f"{kind}: {_names(names)}" for kind, names in kinds.items())
    return f"{marked(outcome.asked, outcome.result, SHOWN_EACH)} – {listed or NOTHING}"


def _summary(known: Sequence[Outcome]) -> str:
    found = [each for outcome in known if not outcome.trouble for each in outcome.result]
    counts = Counter(_named(each.kind) for each in found).most_common()
    listed = ", ".join(f"{count} {one if count == 1 else several}" for (one, several), count in counts)
    lines = [f"**{len(known)} texts**: {listed or NOTHING}"]
    if trouble := [each.trouble for each in known if each.trouble]:
        lines.append(f"{len(trouble)} could not be read: {trouble[0].message}")
    return "\n".join(lines)


def _several(kind: str) -> str:
    return _named(kind)[1]


def _named(kind: str) -> tuple[str, str]:
    """What the kind is called: one of it, and several."""
    plain = escaped(kind)
    return KINDS.get(kind.upper() or "NAME", (plain, plain))
