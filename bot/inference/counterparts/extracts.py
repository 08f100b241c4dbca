"""Sentences taken from a text: its gist, and what may answer a question. Nothing is put into other words (pure)."""

from collections import Counter
from collections.abc import Sequence

from bot.inference.backend import Label
from bot.inference.counterparts.language import ENGLISH, FOREIGN, sentences, words
from bot.inference.counterparts.vectors import likeness, vector

SENTENCES = 3  # of a summary
MOST_SENTENCES = 2000
DOUBT = 0.1  # so that no name is ruled out


def summary(text: str) -> str:
    """The sentences with the text's most frequent words, in their order."""
    all_sentences = sentences(text)[:MOST_SENTENCES]
    bags = [_telling(each) for each in all_sentences]
    counts = Counter(word for bag in bags for word in bag)
    weights = [sum(counts[word] for word in bag) / (len(bag) + 2) for bag in bags]  # +2: a short one is not best
    best = sorted(range(len(bags)), key=lambda at: (-weights[at], at))[:SENTENCES]
    return " ".join(all_sentences[at] for at in sorted(best))


def answer(question: str, context: str) -> Label | None:
    """The sentence that shares most with the question, and which part of the question's words. None: none does."""
    asked = _telling(question)
    shares = [(len(asked & _telling(each)) / len(asked), each) for each in sentences(context)[:MOST_SENTENCES] if asked]
    share, best = max(shares, key=lambda each: each[0], default=(0.0, ""))
    return Label(best, share) if share else None


def sort(text: str, names: Sequence[str]) -> tuple[Label, ...]:
    """How much of the text's words and their parts is in each name, largest first; the shares add up to 1."""
    given = vector(text)
    near = {name: DOUBT + max(0.0, likeness(given, vector(name))) for name in names}
    whole = sum(near.values())
    return tuple(sorted((Label(name, share / whole) for name, share in near.items()), key=lambda each: -each.score))


def _telling(text: str) -> set[str]:
    """Its words without the little ones, and without the ends that grammar puts to them."""
    return {word[: max(4, len(word) - 2)] for word in words(text) if word not in ENGLISH and word not in FOREIGN}
