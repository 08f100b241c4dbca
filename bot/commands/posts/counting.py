"""How long a post is, as X counts it (pure).

Weights: version 3 of X's published configuration (docs.x.com, "Counting characters"; config/v3.json of its library
twitter-text), checked 2026-11-20: a post weighs at most 280; characters of the four ranges below weigh 1, all others 2;
a link weighs 23, whatever its length; an emoji weighs 2 with everything that is joined to it. The text is counted in
Unicode's form NFC.

Where X would have to look a thing up, this counts rather too much: a name with a dot (`config.toml`) is taken for a
link whether there is such a top-level domain or not.
"""

import re
import unicodedata
from collections.abc import Iterator

LIMIT = 280
LINK = 23
WEIGHTS = {"link": LINK, "emoji": 2, "light": 1, "heavy": 2}

# Unicode's property Extended_Pictographic (emoji-data.txt, version 16), by blocks: what is not assigned in them is
# heavy anyway, and so weighs the same.
_PICTURE = (
    "\u203c\u2049\u2139\u2194-\u2199\u21a9\u21aa\u231a\u231b\u2328\u23cf\u23e9-\u23f3\u23f8-\u23fa\u24c2\u25aa\u25ab"
    "\u25b6\u25c0\u25fb-\u25fe\u2600-\u27bf\u2934\u2935\u2b05-\u2b07\u2b1b\u2b1c\u2b50\u2b55\u3030\u303d\u3297\u3299"
    "\U0001f000-\U0001f1e5\U0001f200-\U0001f3fa\U0001f400-\U0001faff"
)
_ONE = f"(?:[{_PICTURE}]\ufe0f?|[\u00a9\u00ae\u2122]\ufe0f)[\U0001f3fb-\U0001f3ff]?"
_EMOJI = (
    f"(?:[0-9#*]\ufe0f?\u20e3|[\U0001f1e6-\U0001f1ff]{{2}}|{_ONE}[\U000e0020-\U000e007e]+\U000e007f"
    f"|{_ONE}(?:\u200d{_ONE}){{0,3}}|[\U0001f3fb-\U0001f3ff])"
)
# Neither stands behind a letter or a sign that makes it part of something else, such as the @ of an e-mail address.
_HOST = r"(?:[^\W_](?:[\w-]*[^\W_])?\.)+(?:[a-z]{2,}|[^\W\d_a-z]{2,})"
_SIGNS = r"[\w!*';:=+,.$/%#\[\]~@|&?-]"
_PATH = rf"(?:[/?](?a:(?:{_SIGNS}|\({_SIGNS}+\))*(?:[\w=/#-]|\({_SIGNS}+\)))?)?"
_LINK = rf"(?<![\w@#$.-])(?:https?://)?{_HOST}(?::\d+)?{_PATH}"
_LIGHT = "[\u0000-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]"
_PIECE = re.compile(f"(?P<link>(?i:{_LINK}))|(?P<emoji>{_EMOJI})|(?P<light>{_LIGHT})|(?P<heavy>.)", re.DOTALL)


def pieces(text: str) -> Iterator[tuple[str, int]]:
    """The text, in NFC, as links, emoji and single characters, each with its weight."""
    for match in _PIECE.finditer(unicodedata.normalize("NFC", text)):
        yield match[0], WEIGHTS[match.lastgroup or "heavy"]


def weight(text: str) -> int:
    """To be held against `LIMIT`."""
    return sum(weight for _, weight in pieces(text))
