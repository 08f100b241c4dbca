"""A post and its hashtags, brought below a limit without breaking a word (pure)."""

import re
from collections.abc import Iterable
from itertools import islice

from bot.commands.posts.counting import pieces, weight
from bot.commands.posts.sentences import sentences

ELLIPSIS = "…"
HASHTAG = re.compile(r"#\w+")
HASHTAGS = 10  # of one post that are tried


def hashtag(word: str) -> str:
    """As X takes one: letters, digits and underscores, not digits alone; "" where nothing is left."""
    made = "".join(re.findall(r"\w+", word))
    return f"#{made}" if made and not made.isdigit() else ""


def composed(text: str, hashtags: Iterable[str], limit: int) -> str:
    """The text with as many of the hashtags behind it as fit and are not in it yet. May be over the limit itself."""
    post = text.strip()
    for tag in islice(filter(None, map(hashtag, hashtags)), HASHTAGS):
        there = {each.lower() for each in HASHTAG.findall(post)}
        if tag.lower() not in there and weight(longer := f"{post} {tag}") <= limit:
            post = longer
    return post


def without_hashtags(post: str) -> str:
    """Without those at its end."""
    kept = post.strip()
    while (at := max(kept.rfind(" "), kept.rfind("\n"))) >= 0 and HASHTAG.fullmatch(kept, at + 1):
        kept = kept[:at].rstrip()
    return kept


def fitted(post: str, limit: int) -> str:
    """At most `limit`: hashtags at its end go first, then sentences, then words. `limit` is 3 or more."""
    post = post.strip()
    if weight(post) <= limit:
        return post
    body = without_hashtags(post)
    if weight(body) <= limit:
        return composed(body, HASHTAG.findall(post, len(body)), limit)
    post = body or post
    kept = ""
    for sentence in sentences(post):
        longer = f"{kept} {sentence}".strip()
        if weight(longer) > limit:
            break
        kept = longer
    return kept if weight(kept) >= limit // 2 else _words(post, limit)


def _words(post: str, limit: int) -> str:
    """As many words as fit before an ellipsis; of a single word that does not, as many letters."""
    words = post.split()
    kept = ""
    for word in words:
        longer = f"{kept} {word}".strip()
        if weight(longer + ELLIPSIS) > limit:
            break
        kept = longer
    if kept:
        return kept.rstrip(",;:-–") + ELLIPSIS
    for piece, _ in pieces(words[0]):
        if weight(kept + piece + ELLIPSIS) > limit:
            break
        kept += piece
    return kept + ELLIPSIS
