"""Posts without a model: the weightiest sentences of a text, as they stand and in their order (pure).

Nothing here makes a sentence of its own.
"""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from bot.commands.posts.counting import weight
from bot.commands.posts.draft import Draft, Post
from bot.commands.posts.fitting import fitted
from bot.commands.posts.sentences import sentences

LONGEST = 3000  # characters of one sentence
HEADLINE = 100  # characters
SHORTEST = 20  # weight of a sentence that says something by itself
WORD = re.compile(r"[^\W\d_]{4,}")
MARKUP = re.compile(r"^\s*(?:#{1,6}\s+|[-*+•]\s+|>\s*)|\*\*|__|`")
LINK = re.compile(r"\[([^\[\]\n]+)\]\(([^()\s]+)\)")
GREETING = 3  # words: what is as short may say no more than "Dear neighbours,"
NO_SENTENCE = ("|", "```", "~~~", "---")  # begins a table, code or a rule


def extracted(text: str, count: int, limit: int) -> Draft | None:
    """At most `count` posts, fewer where the text has not as many sentences. None: it has none."""
    found = [
        plain for each in sentences(text) if not each.startswith(NO_SENTENCE) and (plain := _plain(each[:LONGEST]))
    ]
    if not found:
        return None
    headline = next((each for each in found if len(each.split()) > GREETING), found[0])
    body = [each for each in found[1:] if weight(each) >= SHORTEST] or found
    words = Counter(word for each in body for word in _words(each))
    parts = _parts(body, count)
    posts = (Post(_weightiest(part, words, limit), _hashtags(part, words)) for part in parts)
    return Draft(tuple(posts), fitted(headline, HEADLINE).rstrip(".:"))


def _plain(sentence: str) -> str:
    """Without Markdown's marks; an address stays where it leads somewhere."""
    named = LINK.sub(lambda link: f"{link[1]} {link[2]}" if "://" in link[2] else link[1], sentence)
    return MARKUP.sub("", named).strip()


def _parts(found: Sequence[str], count: int) -> Sequence[Sequence[str]]:
    """As many runs of sentences, of about the same size and none of them empty."""
    count = min(count, len(found))
    borders = [number * len(found) // count for number in range(count + 1)]
    return [found[start:end] for start, end in pairwise(borders)]


def _weightiest(part: Sequence[str], words: Counter[str], limit: int) -> str:
    """The best sentences that fit together, in the order of the text."""
    ranked = sorted(range(len(part)), key=lambda at: -_value(part[at], words))
    kept: list[int] = []
    for at in ranked:
        longer = " ".join(part[each] for each in sorted([*kept, at]))
        if weight(longer) <= limit:
            kept.append(at)
    return " ".join(part[at] for at in sorted(kept)) or fitted(part[ranked[0]], limit)


def _value(sentence: str, words: Counter[str]) -> float:
    own = _words(sentence)
    return sum(words[word] for word in own) / (len(own) + 3)  # long sentences are not better for being long


def _hashtags(part: Sequence[str], words: Counter[str]) -> tuple[str, ...]:
    """The commonest name-like word of these sentences that is common in the whole text too."""
    inside = [word for each in part for word in WORD.findall(each)[1:] if word[0].isupper() and words[word.lower()] > 1]
    return tuple(word for word, _ in Counter(inside).most_common(1))


def _words(sentence: str) -> list[str]:
    return [word.lower() for word in WORD.findall(sentence)]
