"""How large a picture is, read from its header (pure): PNG, JPEG, WebP."""

import struct

PNG = b"\x89PNG\r\n\x1a\n"
FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # markers of JPEG after which the size stands
ALONE = {0x01, *range(0xD0, 0xD9)}  # markers without a length


def size_of(data: bytes) -> tuple[int, int] | None:
    """(width, height) in pixels; None where this is no picture that Telegram shows as a photo."""
    try:
        if data.startswith(PNG):
            return _sides(*struct.unpack_from(">II", data, 16))
        if data.startswith(b"\xff\xd8"):
            return _jpeg(data)
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            return _webp(data)
    except (struct.error, IndexError):  # it ends within its header
        pass
    return None


def _jpeg(data: bytes) -> tuple[int, int] | None:
    at = 2
    while data[at : at + 1] == b"\xff":
        marker = data[at + 1]
        if marker in FRAMES:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return _sides(width, height)
        at += 2 if marker in ALONE else 2 + int(struct.unpack_from(">H", data, at + 2)[0])
    return None


def _webp(data: bytes) -> tuple[int, int] | None:
    kind = data[12:16]
    if kind == b"VP8X":
        return _sides(*(1 + int.from_bytes(each, "little") for each in struct.unpack_from("<3s3s", data, 24)))
    if kind == b"VP8L":
        bits = int(struct.unpack_from("<I", data, 21)[0])
        return _sides(1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF))
    width, height = struct.unpack_from("<HH", data, 26)
    return _sides(width & 0x3FFF, height & 0x3FFF)


def _sides(width: int, height: int) -> tuple[int, int] | None:
    return (width, height) if width and height else None
