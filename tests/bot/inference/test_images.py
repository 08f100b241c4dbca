"""Headers as the formats' specifications have them; the real files are 7 × 5 pixels."""

import base64
import struct
import zlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.inference.failures import ModelUnavailable
from bot.inference.images import Header, picture, recognised, sound

LIMIT = 1_000_000
REAL = {  # written by Pillow 13
    "image/jpeg": (
        "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAP//////////////////////////////////////////////////////////////////////////"
        "////////////2wBDAf//////////////////////////////////////////////////////////////////////////////////////wAAR"
        "CAAFAAcDASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAL/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFQEBAQAAAAAAAAAAAAAAAAAA"
        "AQP/xAAUEQEAAAAAAAAAAAAAAAAAAAAA/9oADAMBAAIRAxEAPwCQAo//2Q=="
    ),
    "image/gif": "R0lGODdhBwAFAIEAAP8AAAAAAAAAAAAAACwAAAAABwAFAAAIDAABCBxIsKDBgwcDAgA7",
    "image/webp": "UklGRjwAAABXRUJQVlA4IDAAAADQAQCdASoHAAUAAUAmJaACdLoB+AADsAD+8ut//NgVzXPv9//S4P0uD9Lg/9KQAAA=",
    "image/png": "iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFCAIAAAAG+GGPAAAAEklEQVR4nGP8z4AFMGETpIIoAG8nAQn9lm0cAAAAAElFTkSuQmCC",
}


def png(width: int, height: int, rest: bytes = b"") -> bytes:
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head)) + rest


def jpeg(width: int, height: int, before: bytes = b"", marker: int = 0xC0) -> bytes:
    return b"\xff\xd8" + before + bytes([0xFF, marker]) + struct.pack(">HBHHB", 17, 8, height, width, 3) + bytes(9)


def webp(kind: bytes, body: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", len(body) + 12) + b"WEBP" + kind + struct.pack("<I", len(body)) + body


def lossless(width: int, height: int) -> bytes:
    return webp(b"VP8L", b"\x2f" + struct.pack("<I", (width - 1) | (height - 1) << 14) + bytes(5))


def segment(marker: int, size: int) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", size + 2) + bytes([0xFF] * size)


FORMS = {
    "png": (png(7, 5), "image/png"),
    "jpeg": (jpeg(7, 5), "image/jpeg"),
    "progressive jpeg": (jpeg(7, 5, marker=0xC2), "image/jpeg"),
    "jpeg behind an exif and tables": (jpeg(7, 5, segment(0xE1, 900) + segment(0xC4, 30)), "image/jpeg"),
    "jpeg with fill bytes": (jpeg(7, 5, b"\xff\xff" + segment(0xE0, 14)), "image/jpeg"),
    "lossy webp": (webp(b"VP8 ", b"\x30\x01\x00\x9d\x01\x2a" + struct.pack("<HH", 7 | 0x4000, 5)), "image/webp"),
    "lossless webp": (lossless(7, 5), "image/webp"),
    "extended webp": (webp(b"VP8X", bytes(4) + b"\x06\x00\x00\x04\x00\x00"), "image/webp"),
    "gif": (b"GIF87a" + struct.pack("<HH", 7, 5), "image/gif"),
}


@pytest.mark.parametrize(("data", "kind"), FORMS.values(), ids=FORMS)
def test_the_type_and_the_size_stand_in_the_first_bytes(data: bytes, kind: str) -> None:
    assert recognised(data) == Header(kind, 7, 5)


@pytest.mark.parametrize("kind", REAL)
def test_real_files(kind: str) -> None:
    made = picture(base64.b64decode(REAL[kind]), "m", LIMIT, "seed-1")
    assert (made.media_type, made.name) == (kind, f"seed-1.{kind[6:].replace('jpeg', 'jpg')}")
    assert recognised(made.data) == Header(kind, 7, 5)


@pytest.mark.parametrize(("data", "kind"), FORMS.values(), ids=FORMS)
def test_a_header_that_is_cut_is_no_picture(data: bytes, kind: str) -> None:
    for length in range(len(data)):
        found = recognised(data[:length])
        assert found in (None, Header(kind, 7, 5))
    assert recognised(data[:9]) is None


@given(st.integers(1, 2**31 - 1), st.integers(1, 2**31 - 1))
def test_any_size_of_a_png_is_read(width: int, height: int) -> None:
    assert recognised(png(width, height)) == Header("image/png", width, height)


@given(st.integers(1, 2**14), st.integers(1, 2**14))
def test_any_size_of_a_webp_is_read(width: int, height: int) -> None:
    assert recognised(lossless(width, height)) == Header("image/webp", width, height)


STARTS = [data[:12] for data, _ in FORMS.values()] + [b"", b"ID3", b"OggS", b"fLaC", b"\xff\xfb", b"RIFF1234WAVE", b"<"]


@given(st.sampled_from(STARTS), st.binary(max_size=200))
def test_any_bytes_are_a_picture_or_a_refusal(start: bytes, rest: bytes) -> None:
    for check, family in ((picture, "image/"), (sound, "audio/")):
        with suppress(ModelUnavailable):
            media = check(start + rest, "m", LIMIT)
            assert media.media_type.startswith(family)
            assert media.data == start + rest


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "The model m sent nothing instead of a picture."),
        (b"\n <!DOCTYPE html><html>", "The model m sent a web page instead of a picture."),
        (b"<html><body>Welcome", "The model m sent a web page instead of a picture."),
        (b'{"error": "busy"}', "The model m sent something that is no PNG, JPEG, WebP or GIF picture."),
        (b"fLaC", "The model m sent something that is no PNG, JPEG, WebP or GIF picture."),
        (png(7, 5, bytes(LIMIT)), "The model m sent a picture of more than 0.954 MB, which is too large."),
        (png(0, 5), "The model m sent an empty picture."),
        (
            png(30_000, 20_000),
            "The model m sent a picture of 30000 × 20000 pixels, which is too large to be shown.",
        ),
        (png(10_001, 1), "The model m sent a picture of 10001 × 1 pixels, which is too large to be shown."),
        (png(8_000, 8_000), "The model m sent a picture of 8000 × 8000 pixels, which is too large to be shown."),
    ],
)
def test_what_is_no_fit_picture_is_named(data: bytes, said: str) -> None:
    with pytest.raises(ModelUnavailable) as caught:
        picture(data, "m", LIMIT)
    assert caught.value.message == said
    assert caught.value.starts == 1  # it was made, and may have been charged


def test_the_largest_that_may_be_shown() -> None:
    assert picture(png(10_000, 5_000), "", LIMIT).name == "picture.png"


@pytest.mark.parametrize(
    ("data", "kind", "name"),
    [
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "audio/wav", "sound.wav"),
        (b"ID3\x04\x00", "audio/mpeg", "sound.mp3"),
        (b"\xff\xfb\x90\x64", "audio/mpeg", "sound.mp3"),
        (b"\xff\xf3\x40\xc4", "audio/mpeg", "sound.mp3"),
        (b"OggS\x00\x02", "audio/ogg", "sound.ogg"),
        (b"fLaC\x00\x00", "audio/flac", "sound.flac"),
    ],
)
def test_sounds_have_signatures(data: bytes, kind: str, name: str) -> None:
    made = sound(data, "m", LIMIT)
    assert (made.media_type, made.name) == (kind, name)


@pytest.mark.parametrize("data", [b"\xff\xd8\xff\xe0", b"\xff\xff\xff", b"\xff\xe9\x00", b"text", png(7, 5)])
def test_what_is_no_sound(data: bytes) -> None:
    with pytest.raises(ModelUnavailable, match=r"is no WAV, MP3, Ogg or FLAC sound\.$"):
        sound(data, "m", LIMIT)
