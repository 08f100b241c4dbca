"""Look-up in the project's own documentation by the words of a question. Pure.

Not a model: nothing here makes a sentence of its own. Who speaks with it is `offline.py`.
"""

import math
import re
from collections import Counter
from collections.abc import Container, Iterable

from bot.inference.passages import Passage, passages, shorten

WORD = re.compile(r"(?:(?<!\w)/)?[^\W_]{2,}")  # /try is the name of a command, no word like any other
ENDINGS = ("ings", "ing", "ions", "ion", "ies", "ed", "es", "s", "e", "y")
SILENT = frozenset(
    WORD.findall("""
    about all also am an and any are as at be been but by can could did do does explain find for from get gets give go
    had happen happens has have hello help hey hi how if in into is it its just know let like ll make many may me mean
    more much my need not of on one or our out parley please re see should show so some tell than thank thanks that
    the their them then there these they thing things this to up us use used uses using ve want was way we were what
    when where which who why will with work would you your
    """)
)
ALIKE = (
    "add connect setup set invite join",
    "data privacy private store save keep kept personal",
    "cost price money pay paid free credit billing expensive charge",
    "choose chosen choice select pick change switch",
    "secure security safe protect encrypt",
    "token key password",
    "command menu slash",
    "delete remove forget erase",
    "run launch install try",
    "start begin",
    "error fail failure problem trouble broken",
    "stop cancel abort",
)
EXACT = 0.1  # by so much a passage is better whose heading says just what is asked for
HEADING_WEIGHT = 5  # a word of its own heading says more of a passage than one of its text
ENOUGH = 0.4  # of what a question asks for, rare words counting more than common ones, must stand in a passage
SATURATION, LENGTH_WEIGHT = 1.2, 0.4  # BM25's k1, and its b: a short section is no better than a long one


class Guide:
    def __init__(self, docs: Iterable[tuple[str, str]]) -> None:
        """`docs` are (file name, Markdown text), in the order in which equally good passages win."""
        self.passages = tuple(passage for file, text in docs for passage in passages(file, text))
        self._bags = [_bag(passage) for passage in self.passages]
        self._mean = sum(bag.total() for bag in self._bags) / max(1, len(self._bags))
        self._holders = Counter(term for bag in self._bags for term in bag)

    def find(self, question: str) -> Passage | None:
        """The passage that fits best. None: no passage has `ENOUGH` of what the question asks for."""
        weights = {term: self._rarity(term) for term in dict.fromkeys(terms(question))}
        enough = sum(weights.values()) * ENOUGH
        scored = (
            (self._score(bag, weights) * (1 + EXACT * _share(passage, weights)), passage)
            for passage, bag in zip(self.passages, self._bags, strict=True)
            if weights and sum(weight for term, weight in weights.items() if term in bag) >= enough
        )
        return max(scored, key=lambda each: each[0], default=(0.0, None))[1]

    def answer(self, question: str, limit: int = 1500) -> str | None:
        """The best passage as Markdown of about `limit` characters, and where it stands. None: nothing fits."""
        passage = self.find(question)
        return self.show(passage, limit) if passage else None

    def show(self, passage: Passage, limit: int) -> str:
        head = f"**{passage.path[-1]}**\n\n" if passage.path else ""
        text = "\n\n".join(filter(None, (passage.text, self._outline(passage))))
        return f"{head}{shorten(text, limit)}\n\nMore: {passage.reference}"

    def _outline(self, passage: Passage) -> str:
        """The sections below this one, a line each."""
        below = (each for each in self.passages if each.file == passage.file and each.path[:-1] == passage.path)
        return "\n".join(f"- **{each.path[-1]}**{each.gist and ': '}{each.gist}" for each in below if each.path)

    def _score(self, bag: Counter[str], weights: dict[str, float]) -> float:
        length = SATURATION * (1 - LENGTH_WEIGHT + LENGTH_WEIGHT * bag.total() / self._mean)
        return sum(weight * bag[term] * (SATURATION + 1) / (bag[term] + length) for term, weight in weights.items())

    def _rarity(self, term: str) -> float:
        holders = self._holders[term]
        return math.log(1 + (len(self.passages) - holders + 0.5) / (holders + 0.5))


def terms(text: str) -> list[str]:
    """What a text is searched by: stems of its words, words of like meaning made one, filling words left out."""
    found = [word for word in WORD.findall(text.lower()) if word not in SILENT]
    return [_stem(word[1:]) if word[0] == "/" else _SAME.get(_stem(word), _stem(word)) for word in found]


def _stem(word: str) -> str:
    for ending in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word.removesuffix(ending)
            break
    return word[:-1] if len(word) > 2 and word[-1] == word[-2] else word  # running -> run


def _share(passage: Passage, weights: Container[str]) -> float:
    """How much of its heading is asked for, from 0 to 1."""
    heading = terms(" ".join(passage.path[-1:]))
    return sum(term in weights for term in heading) / max(1, len(heading))


_SAME = {_stem(word): _stem(group.split()[0]) for group in ALIKE for word in group.split()}


def _bag(passage: Passage) -> Counter[str]:
    above = f"{passage.file.removesuffix('.md')} {' '.join(passage.path[:-1])}"
    heading = terms(" ".join(passage.path[-1:])) * HEADING_WEIGHT
    return Counter([*terms(passage.text), *heading, *terms(above)])
