"""What a model wrote as posts: read out of its answer, held against the rules, brought to them (pure)."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.commands.posts.counting import weight
from bot.commands.posts.fitting import composed, fitted, without_hashtags

LONGEST = 32_768  # characters of an answer that are looked at, from its end
OPENINGS = 200  # brackets that are tried: each one that leads nowhere may cost a fraction of a millisecond
POST_LONGEST = 1500  # characters; a longer one is no post
_THOUGHT_END = re.compile(r"</(?:think|thinking|thought|reasoning)>")
_NUMBER = r"^[ \t]*\**(?:post[ \t]+)?\d{1,2}[ \t]*(?:/[ \t]*\d{1,2})?[ \t]*[.):]\**[ \t]"
_NUMBERED = re.compile(rf"{_NUMBER}(.*?)(?={_NUMBER}|\Z)", re.DOTALL | re.MULTILINE | re.IGNORECASE)
_OPENING = re.compile(r"[{\[]")
_DECODER = json.JSONDecoder(strict=False)  # models put line ends into their strings as they are


@dataclass(frozen=True, slots=True)
class Post:
    text: str
    hashtags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    posts: tuple[Post, ...]
    headline: str = ""


def read(answer: str) -> Draft | None:
    """The last object or list in the answer that holds posts, whatever stands around it; or else a numbered list."""
    answer = _THOUGHT_END.split(answer[-LONGEST:])[-1]
    found = [(isinstance(value, Mapping), draft) for value in _values(answer) if (draft := _draft(value))]
    if found:
        return max(enumerate(found), key=lambda each: (each[1][0], each[0]))[1][1]  # an object rather than a list
    return _drafted("", [found[1] for found in _NUMBERED.finditer(answer)])


def faults(draft: Draft, count: int, limit: int) -> Sequence[str]:
    """Which rules it breaks, in words that a model can act on; hashtags are left out before a post is too long."""
    found = []
    if len(draft.posts) != count:
        found.append(f"There must be exactly {count} posts, not {len(draft.posts)}.")
    for number, post in enumerate(draft.posts, 1):
        if (heavy := weight(without_hashtags(post.text))) > limit:
            found.append(f"Post {number} counts {heavy} characters; at most {limit} are allowed.")
    return found


def finished(draft: Draft, count: int, limit: int) -> Sequence[str]:
    """At most `count` posts, none of them over the limit."""
    texts = (_unnumbered(post.text, number, len(draft.posts)) for number, post in enumerate(draft.posts, 1))
    composed_ = (composed(text, post.hashtags, limit) for text, post in zip(texts, draft.posts, strict=True))
    return [fitted(post, limit) for post in composed_][:count]


def _values(answer: str) -> Iterator[Any]:
    """Every JSON object or list in the text that is not part of another."""
    at = 0
    for _ in range(OPENINGS):
        start = _OPENING.search(answer, at)
        if start is None:
            return
        try:
            value, at = _DECODER.raw_decode(answer, start.start())
        except (json.JSONDecodeError, RecursionError):
            at = start.end()
        else:
            yield value


def _draft(value: Any) -> Draft | None:
    if isinstance(value, list):
        return _drafted("", value)
    if not isinstance(value, Mapping):
        return None
    lists = [posts for name in ("posts", "tweets") if isinstance(posts := value.get(name), list)]
    return _drafted(_text(value.get("headline")), lists[0]) if lists else None


def _drafted(headline: str, values: Sequence[Any]) -> Draft | None:
    posts = tuple(post for value in values if (post := _post(value)))
    return Draft(posts, headline) if posts else None


def _post(value: Any) -> Post | None:
    fields = value if isinstance(value, Mapping) else {"text": value}
    text = next((text for name in ("text", "post", "tweet", "content") if (text := _text(fields.get(name)))), "")
    hashtags = fields.get("hashtags")
    tags = hashtags.split() if isinstance(hashtags, str) else hashtags if isinstance(hashtags, list) else []
    return Post(text[:POST_LONGEST], tuple(_text(tag) for tag in tags)) if text else None


def _text(value: Any) -> str:
    return value.replace("\r\n", "\n").replace("\f", "\n").strip() if isinstance(value, str) else ""


def _unnumbered(text: str, number: int, count: int) -> str:
    """Without the “2/3” that some models begin a post with."""
    return re.sub(rf"^\(?{number}\s*/\s*{count}\)?[:.]?\s+", "", text)
