"""What the simulated models answer to a task: functions of what they are given, so that a test knows beforehand. Pure.

Shapes as hf-inference sends them (huggingface_hub 2.4 and the task pages of the hub, read 2026-11-20).
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any
from zlib import crc32

GOOD = frozenset(
    re.findall(r"\w+", "good great love lovely wonderful happy gut toll liebe super bon bien adore bueno 好 爱")
)
BAD = frozenset(
    re.findall(r"\w+", "bad awful hate terrible sad schlecht hasse furchtbar mauvais déteste malo odio 坏 恨")
)
PLACES = frozenset({"Berlin", "London", "Paris", "Rome", "Tokyo", "Ulm", "Europe"})
FIRMS = frozenset({"Hugging Face", "Discord", "Telegram", "Parley", "United Nations"})
DIMENSIONS = 64
BINARY = frozenset({"image-classification", "image-to-text", "automatic-speech-recognition"})  # given as bytes
MASK = "[MASK]"


def wrong(task: str, body: Any) -> str | None:
    """What hf-inference says to a request for this task that it cannot read, or None."""
    if task in BINARY and isinstance(body, bytes):
        return None if body else "No file was sent"
    if not isinstance(body, dict) or "inputs" not in body:
        return "Field required: inputs"
    inputs, parameters = body["inputs"], body.get("parameters") or {}
    if task == "question-answering":
        fits = isinstance(inputs, dict) and {"question", "context"} <= inputs.keys()
    elif task == "feature-extraction":
        fits = isinstance(inputs, str) or (isinstance(inputs, list) and all(isinstance(each, str) for each in inputs))
    else:
        fits = isinstance(inputs, str) and bool(inputs)
    if not fits:
        return "inputs: Input should be a valid string"
    if task == "zero-shot-classification" and not parameters.get("candidate_labels"):
        return "parameters.candidate_labels: Field required"
    if task == "fill-mask" and MASK not in inputs:
        return f"No mask_token ({MASK}) found on the input"
    return None


def sentiment(text: str, _: Mapping[str, Any]) -> Any:
    words = set(re.findall(r"\w", text)) | set(re.findall(r"\w+", text.lower()))
    good, bad = 1 + 8 * len(words & GOOD), 1 + 8 * len(words & BAD)
    weights = {"positive": good, "neutral": 2, "negative": bad}
    return [_ranked({name: weight / sum(weights.values()) for name, weight in weights.items()})]


def entities(text: str, parameters: Mapping[str, Any]) -> Any:
    """Runs of capitalised words, those that open a sentence too; each word by itself without aggregation."""
    alone = parameters.get("aggregation_strategy") == "none"
    return [
        {
            ("entity" if alone else "entity_group"): f"I-{_kind(run[0])}" if alone else _kind(run[0]),
            "score": 0.99,
            "word": run[0],
            "start": run.start(),
            "end": run.end(),
        }
        for run in re.finditer(r"[A-ZÄÖÜ][\w-]+" if alone else r"[A-ZÄÖÜ]\w+(?: [A-ZÄÖÜ]\w+)*", text)
    ]


def vectors(inputs: str | Sequence[str], _: Mapping[str, Any]) -> list[list[float]]:
    """Hashed bags of words, of length 1: texts that share words are near each other."""
    return [_vector(text) for text in ([inputs] if isinstance(inputs, str) else inputs)]


def zero_shot(text: str, parameters: Mapping[str, Any]) -> Any:
    given = set(re.findall(r"\w+", text.lower()))
    weights = {label: 1 + 8 * len(given & set(label.lower().split())) for label in parameters["candidate_labels"]}
    return _ranked({label: weight / sum(weights.values()) for label, weight in weights.items()})


def summary(text: str, _: Mapping[str, Any]) -> Any:
    return [{"summary_text": re.split(r"(?<=[.!?])\s", text.strip())[0]}]


def translation(text: str, parameters: Mapping[str, Any]) -> Any:
    return [{"translation_text": f"[{parameters.get('tgt_lang', 'translated')}] {text}"}]


def answer(inputs: Mapping[str, str], _: Mapping[str, Any]) -> Any:
    asked = set(re.findall(r"\w+", inputs["question"].lower()))
    sentences = re.findall(r"[^.!?]+", inputs["context"])
    best = max(sentences, key=lambda each: len(asked & set(re.findall(r"\w+", each.lower()))), default="")
    start = inputs["context"].find(best.strip())
    return {"score": 0.9, "start": start, "end": start + len(best.strip()), "answer": best.strip()}


def filled(text: str, _: Mapping[str, Any]) -> Any:
    scores = {"good": 0.6, "new": 0.3, "old": 0.1}
    return [
        {"score": score, "token": number, "token_str": word, "sequence": text.replace(MASK, word)}
        for number, (word, score) in enumerate(scores.items())
    ]


def of_bytes(task: str, data: bytes) -> Any:
    """What is seen or heard in a file."""
    digest = sha256(data).hexdigest()[:4]
    if task == "image-classification":
        return [{"label": "tabby cat", "score": 0.8}, {"label": f"thing {digest}", "score": 0.2}]
    if task == "image-to-text":
        return [{"generated_text": f"a picture of {len(data)} bytes"}]
    return {"text": f"words heard in {len(data)} bytes"}


ANSWERS: Mapping[str, Callable[[Any, Mapping[str, Any]], Any]] = {
    "text-classification": sentiment,
    "token-classification": entities,
    "feature-extraction": vectors,
    "zero-shot-classification": zero_shot,
    "summarization": summary,
    "translation": translation,
    "question-answering": answer,
    "fill-mask": filled,
}


def _kind(name: str) -> str:
    return "LOC" if name in PLACES else "ORG" if name in FIRMS else "PER"


def _ranked(scores: Mapping[str, float]) -> list[dict[str, Any]]:
    ranked = sorted(scores.items(), key=lambda each: -each[1])
    return [{"label": label, "score": score} for label, score in ranked]


def _vector(text: str) -> list[float]:
    bag = [0.0] * DIMENSIONS
    for word in re.findall(r"\w+", text.lower()):
        bag[crc32(word.encode()) % DIMENSIONS] += 1.0
    length = math.sqrt(sum(each * each for each in bag)) or 1.0
    return [each / length for each in bag]
