"""What pictures and sounds are, told from their first bytes: nothing is decoded here (pure).

The shapes are those of the formats' own specifications: PNG (W3C, 3rd edition), JPEG (ITU-T T.81, annex B), WebP (RFC
9649), GIF89a, WAV (RIFF), MP3 (ISO 11172-3, ID3v2), Ogg (RFC 3533), FLAC (RFC 9639); checked 2026-11-20.
"""

import re
from dataclasses import dataclass

from bot.inference.failures import ModelUnavailable
from bot.replies import Media

MOST_PIXELS = 50_000_000  # a picture that decodes to more would fill the memory of whoever opens it
LONGEST_SIDE = 10_000  # in pixels; Telegram takes no longer ones (Bot API, sendPhoto, 2026-11-20)
MARKUP = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|head|body|\?xml|!--)", re.IGNORECASE)
NO_SIZE_OF_JPEG = (0xC4, 0xC8, 0xCC)  # Huffman tables, an extension, arithmetic coding: not the start of a frame


@dataclass(frozen=True, slots=True)
class Header:
    media_type: str
    width: int = 0  # in pixels, as it is to be shown; a sound has none
    height: int = 0


def picture(data: bytes, model: str, limit: int, name: str = "picture") -> Media:
    """These bytes as a picture called `name` and its ending. Raises `ModelUnavailable`, which names what is wrong.

    `limit` is in bytes; `model` is whoever made it, as a sentence begins with it.
    """
    _bounded(data, model, limit, "a picture")
    header = recognised(data)
    if header is None or not header.media_type.startswith("image/"):
        raise _unfit(model, "something that is no PNG, JPEG, WebP or GIF picture", "unknown bytes")
    if not (header.width and header.height):
        raise _unfit(model, "an empty picture", "without pixels")
    if max(header.width, header.height) > LONGEST_SIDE or header.width * header.height > MOST_PIXELS:
        size = f"{header.width} × {header.height}"
        raise _unfit(model, f"a picture of {size} pixels, which is too large to be shown", f"pixels={size}")
    return _named(data, header, name)


def sound(data: bytes, model: str, limit: int, name: str = "sound") -> Media:
    """The same for a sound."""
    _bounded(data, model, limit, "a sound")
    header = recognised(data)
    if header is None or not header.media_type.startswith("audio/"):
        raise _unfit(model, "something that is no WAV, MP3, Ogg or FLAC sound", "unknown bytes")
    return _named(data, header, name)


def recognised(data: bytes) -> Header | None:
    """What these bytes are; None: nothing known here, or broken before its size is told."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return _png(data)
    if data.startswith(b"\xff\xd8\xff"):
        return _jpeg(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _webp(data)
    if data.startswith((b"GIF87a", b"GIF89a")):
        return Header("image/gif", _little(data[6:8]), _little(data[8:10])) if len(data) >= 10 else None
    return _sound(data)


def _sound(data: bytes) -> Header | None:
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        return Header("audio/wav")
    if data.startswith((b"OggS", b"fLaC")):
        return Header("audio/ogg" if data[0:1] == b"O" else "audio/flac")
    return Header("audio/mpeg") if data.startswith(b"ID3") or _mpeg_frame(data) else None


def _mpeg_frame(data: bytes) -> bool:
    """Eleven bits of synchronisation, then a version, a layer, a bit rate and a sampling rate that exist."""
    if len(data) < 3 or data[0] != 0xFF or data[1] & 0xE0 != 0xE0:
        return False
    return data[1] & 0x18 != 0x08 and data[1] & 0x06 != 0 and data[2] & 0xF0 != 0xF0 and data[2] & 0x0C != 0x0C


def _png(data: bytes) -> Header | None:
    if data[12:16] != b"IHDR" or len(data) < 24:
        return None
    return Header("image/png", int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big"))


def _webp(data: bytes) -> Header | None:
    kind, body = data[12:16], data[20:30]
    if kind == b"VP8X" and len(body) == 10:
        return Header("image/webp", _little(body[4:7]) + 1, _little(body[7:10]) + 1)
    if kind == b"VP8L" and body[:1] == b"\x2f" and len(body) >= 5:
        bits = _little(body[1:5])
        return Header("image/webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if kind == b"VP8 " and body[3:6] == b"\x9d\x01\x2a" and len(body) == 10:
        return Header("image/webp", _little(body[6:8]) & 0x3FFF, _little(body[8:10]) & 0x3FFF)
    return None


def _jpeg(data: bytes) -> Header | None:
    """Segment by segment to the start of the frame, which knows the size."""
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in NO_SIZE_OF_JPEG:
            height, width = data[at + 5 : at + 7], data[at + 7 : at + 9]
            return Header("image/jpeg", int.from_bytes(width, "big"), int.from_bytes(height, "big"))
        alone = marker == 0xFF or marker == 0x01 or 0xD0 <= marker <= 0xD8  # a fill byte, or without a length
        at += (1 if marker == 0xFF else 2) if alone else 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return None


def _little(data: bytes) -> int:
    return int.from_bytes(data, "little")


def _bounded(data: bytes, model: str, limit: int, what: str) -> None:
    if not data:
        raise _unfit(model, f"nothing instead of {what}", "0 bytes")
    if len(data) > limit:
        raise _unfit(model, f"{what} of more than {limit / 2**20:.3g} MB, which is too large", f"limit={limit}")
    if MARKUP.match(data):
        raise _unfit(model, f"a web page instead of {what}", "markup")


def _named(data: bytes, header: Header, name: str) -> Media:
    ending = header.media_type.partition("/")[2]
    return Media(data, header.media_type, f"{name}.{ {'jpeg': 'jpg', 'mpeg': 'mp3'}.get(ending, ending) }")


def _unfit(model: str, what: str, detail: str) -> ModelUnavailable:
    """The model worked, and is paid: so another one may be asked, but not often."""
    who = f"The model {model}" if model else "The model"
    return ModelUnavailable(f"{who} sent {what}.", starts=1, detail=f"no use: {detail}")
