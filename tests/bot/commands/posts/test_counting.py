import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.posts.counting import pieces, weight


@pytest.mark.parametrize(
    ("text", "weighs"),
    [
        ("", 0),
        ("hello", 5),
        ("Grüße, “Ulm” – naïve", 20),
        ("\u10ff\u1100", 3),  # 4351 is the last light one
        ("\u2000\u200d\u2010\u201f\u2032\u2037", 6),
        ("\u200e\u200f\u2020\u2031\u2038…", 12),
        ("日本語", 6),
        ("e\u0301", 1),  # one letter in NFC
        ("ẞⴀ", 4),  # small and large letters of one name stand in different ranges
        ("a\nb", 3),
        ("HTTPS://EXAMPLE.COM/A", 23),
        ("https://example.com#top", 27),
        ("https://example.com/?q=a#top", 23),
        # links
        ("https://example.com", 23),
        ("http://example.com/a/very/long/path?with=everything&and=more#also-this-that-goes-on", 23),
        ("see https://example.com/a, or (https://example.com/b).", 58),
        ("https://de.wikipedia.org/wiki/Ulm_(Donau)", 23),
        ("https://example.com中文", 27),
        ("example.com", 23),
        ("пример.рф", 23),
        ("ada@example.com", 15),
        ("v3.5, e.g. 10.000", 17),
        # emoji
        ("🙂", 2),
        ("👍🏽", 2),
        ("❤️", 2),
        ("👨‍👩‍👧‍👦", 2),
        ("🏳️‍🌈", 2),
        ("🇩🇪🇫🇷", 4),
        ("1️⃣", 2),
        ("🏴󠁧󠁢󠁥󠁮󠁧󠁿", 2),
        ("©", 1),
        ("©️", 2),
        ("a🙂b", 4),
    ],
)
def test_as_x_counts(text: str, weighs: int) -> None:
    assert weight(text) == weighs


@given(st.text())
def test_the_pieces_are_the_text(text: str) -> None:
    assert "".join(piece for piece, _ in pieces(text)) == unicodedata.normalize("NFC", text)


@given(st.text(), st.text())
def test_what_a_blank_parts_weighs_the_sum(one: str, other: str) -> None:
    assert weight(f"{one} {other}") == weight(one) + 1 + weight(other)


@given(st.text(st.characters(max_codepoint=126).filter(lambda letter: letter != ".")))
def test_plain_letters_weigh_one(text: str) -> None:
    assert weight(text) == len(text)


@given(st.text(st.sampled_from("ab.-/@:#🙂👨‍👩️🏽🇩1⃣ 中")))
def test_nothing_weighs_nothing(text: str) -> None:
    assert weight(text) >= len(text.split())
    assert all(weighs in (1, 2, 23) for _, weighs in pieces(text))
