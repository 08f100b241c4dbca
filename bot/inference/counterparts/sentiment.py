"""The feeling of an English text, by VADER's list of words: "unsure" where it would be a guess.

VADER itself takes the German "die Party war gut" for a death in a war, and three flames for anger (tried 2026-11-20).
"""

from math import sqrt
from unicodedata import category

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer  # type: ignore[import-untyped]

from bot.inference.backend import Label
from bot.inference.counterparts.language import looks_english, sentences, words

UNSURE = (Label("unsure", 1.0),)
MOST_SENTENCES, SENTENCE_LENGTH = 200, 1000  # VADER's time grows with the square of a sentence
MIXED = 0.5  # the weaker of two feelings, as a share of the stronger, from which on a text contradicts itself
ENOUGH = 0.5  # of the words of an exclamation, without any little word that tells its language, must be on the list
GLAD, SORRY = "😀😃😄😁😆😊🙂😍🥰😘🤩❤♥💖👍🎉😻🥳", "😢😭😡😠👎💔🤮🤬😞☹🙁😩😖"
EMOJI = str.maketrans({**dict.fromkeys(GLAD, " :) "), **dict.fromkeys(SORRY, " :( ")})


class WordList:
    def __init__(self) -> None:
        """Reads the list: 40 ms."""
        self._vader = SentimentIntensityAnalyzer()

    def labels(self, text: str) -> tuple[Label, ...]:
        """positive, neutral, negative, the largest first; or only "unsure". Scores are strengths, no probabilities."""
        plain = "".join(" " if category(sign) == "So" else sign for sign in text.translate(EMOJI))
        if not self._readable(plain):
            return UNSURE
        scores = [
            self._vader.polarity_scores(each[:SENTENCE_LENGTH]) | {"size": min(len(each), SENTENCE_LENGTH)}
            for each in sentences(plain)[:MOST_SENTENCES]
        ]
        glad, sorry = (sum(each[name] * each["size"] for each in scores) for name in ("pos", "neg"))
        if min(glad, sorry) > MIXED * max(glad, sorry):
            return UNSURE
        felt = [each["compound"] for each in scores if each["compound"]]
        return _labels(sum(felt) / len(felt) if felt else 0.0)

    def _readable(self, text: str) -> bool:
        found = words(text)
        if not found:
            return ":)" in text or ":(" in text
        english = looks_english(found)
        if english is None:
            return sum(word in self._vader.lexicon for word in found) >= ENOUGH * len(found)
        return english


def _labels(feeling: float) -> tuple[Label, ...]:
    """`feeling` is from -1 to 1; the root makes half of it out of a quarter, so that a weak one is called neutral."""
    strength = sqrt(abs(feeling))
    named, other = ("positive", "negative") if feeling >= 0 else ("negative", "positive")
    made = (Label(named, strength), Label("neutral", 1 - strength), Label(other, 0.0))
    return tuple(sorted(made, key=lambda each: -each.score))
