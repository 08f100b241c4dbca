"""What providers answer to tasks, into our values (pure). They are believed nothing: shapes differ, and servers err.

The shapes are those of the hub's task pages, of text-embeddings-inference (TEI) and of huggingface_hub 2.4's helpers,
checked 2026-11-20.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from typing import Any

from bot.inference.backend import Entity, Label

TEXTS = ("generated_text", "summary_text", "translation_text", "text")
NAMED = ("label", "answer", "token_str", "sequence")
PREFIX = re.compile(r"^[BIES]-")  # of a kind, where the server did not put the pieces of a name together
PIECE = "##"  # begins a piece of a word


class Malformed(Exception):
    """The answer is not what this task answers; the message is for the log and quotes nothing of it."""


def labels(answer: Any) -> tuple[Label, ...]:
    """Of classifications, questions and missing words: largest first. TEI's flat list and zero-shot's two lists too."""
    answer = _unwrapped(answer)
    if isinstance(answer, Mapping) and isinstance(answer.get("labels"), list):
        scores = answer.get("scores")
        if not isinstance(scores, list) or len(scores) != len(answer["labels"]):
            raise Malformed("labels without scores")
        answer = [{"label": name, "score": score} for name, score in zip(answer["labels"], scores, strict=True)]
    made = [_label(each) for each in ([answer] if isinstance(answer, Mapping) else _list(answer))]
    return tuple(sorted(made, key=lambda each: -each.score))


def entities(answer: Any, text: str) -> tuple[Entity, ...]:
    """In the order of the text. Offsets that do not fit are found anew; what is not in the text is left out."""
    made: list[Entity] = []
    for each in _list(_unwrapped(answer)):
        fields = _mapping(each)
        kind = _text(fields.get("entity_group") or fields.get("entity") or fields.get("label"))
        word = _text(fields.get("word") or fields.get("text"))
        place = _place(text, word, fields.get("start"), fields.get("end"), made[-1].end if made else 0)
        if place is not None:
            entity = Entity(PREFIX.sub("", kind), text[slice(*place)], *place, _score(fields.get("score")))
            whole = "entity_group" in fields or (kind.startswith("B-") and not word.startswith(PIECE))
            if whole or not made or not _joined(made, entity, text):
                made.append(entity)
    return tuple(sorted(made, key=lambda each: (each.start, each.end)))


def vectors(answer: Any, count: int) -> list[list[float]]:
    """One a text. Of a model that gives one for every token, their mean."""
    found = _list(answer)
    if count == 1 and (len(found) != 1 or not isinstance(found[0], list)):
        found = [found]  # flat, or the tokens of the only text
    made = [_pooled(each) for each in found]
    if len(made) != count or len({len(each) for each in made}) != 1:
        raise Malformed(f"{len(made)} vectors of {len({len(each) for each in made})} lengths for {count} texts")
    return made


def text(answer: Any) -> str:
    """Of generations, summaries, translations, transcriptions and captions."""
    answer = _unwrapped(answer)
    first = answer[0] if isinstance(answer, list) and answer else answer
    if isinstance(first, str):
        return _whole(first)
    fields = _mapping(first)
    if isinstance(fields.get("choices"), list):
        return text(fields["choices"])
    return _whole(_text(next((fields[name] for name in TEXTS if name in fields), None)))


def address(answer: Any) -> str:
    """Where a picture or a sound is: `images[0].url`, `audio.url`, `output` or `output[0]`."""
    fields = _mapping(answer)
    found = fields.get("images") or fields.get("audio") or fields.get("audio_file") or fields.get("output")
    first = found[0] if isinstance(found, list) and found else found
    return _text(first.get("url") if isinstance(first, Mapping) else first)


READERS: Mapping[str, Callable[[Any, Any], Any]] = {  # by task: (answer, inputs) -> `Delta.result`
    "text-classification": lambda answer, _: labels(answer),
    "zero-shot-classification": lambda answer, _: labels(answer),
    "image-classification": lambda answer, _: labels(answer),
    "question-answering": lambda answer, _: labels(answer),
    "fill-mask": lambda answer, _: labels(answer),
    "token-classification": entities,
    "feature-extraction": lambda answer, inputs: vectors(answer, 1 if isinstance(inputs, str) else len(inputs)),
}


def _label(value: Any) -> Label:
    fields = _mapping(value)
    name = _text(next((fields[each] for each in NAMED if each in fields), None))
    return Label(_whole(name).strip(), _score(fields.get("score")))


def _unwrapped(answer: Any) -> Any:
    """Without the list around a list that some servers put there, one for each text (or missing word)."""
    return answer[0] if isinstance(answer, list) and answer and isinstance(answer[0], list) else answer


def _place(text: str, word: str, start: Any, end: Any, after: int) -> tuple[int, int] | None:
    """Where this word is: as the server says, if it is there (it may count bytes, or not at all), or next after."""
    told = type(start) is int and type(end) is int and 0 <= start < end <= len(text)
    if told and _bare(text[start:end]) == _bare(word):
        return start, end
    wanted = word.removeprefix(PIECE).strip()
    at = (
        text.casefold().find(wanted.casefold(), after)
        if len(text.casefold()) == len(text)
        else text.find(wanted, after)
    )
    if wanted and at >= 0:
        return at, at + len(wanted)
    return (start, end) if told else None


def _bare(word: str) -> str:
    return "".join(word.removeprefix(PIECE).split()).casefold()


def _joined(made: list[Entity], entity: Entity, text: str) -> bool:
    """Put a further piece of the last name to it, if it is one."""
    last = made[-1]
    if last.kind != entity.kind or entity.start < last.end or text[last.end : entity.start].strip():
        return False
    score = min(last.score, entity.score)
    made[-1] = Entity(last.kind, text[last.start : entity.end], last.start, entity.end, score)
    return True


def _pooled(value: Any) -> list[float]:
    rows = _list(value)
    if not rows:
        raise Malformed("an empty vector")
    if isinstance(rows[0], list):
        inner = [_pooled(each) for each in rows]
        if len({len(each) for each in inner}) != 1:
            raise Malformed("vectors of several lengths")
        return [sum(column) / len(inner) for column in zip(*inner, strict=True)]
    if not all(type(each) in (float, int) and isfinite(each) for each in rows):
        raise Malformed("a vector that is not of numbers")
    return [float(each) for each in rows]


def _score(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise Malformed("a score that is no number")
    return min(1.0, max(0.0, float(value)))


def _list(value: Any) -> Sequence[Any]:
    if not isinstance(value, list):
        raise Malformed("no list")
    return value


def _mapping(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise Malformed("no object")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Malformed("no text")
    return value


def _whole(text: str) -> str:
    """Text that can be encoded: halves of surrogate pairs are joined or replaced."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
