"""How files go out: which kind of Telegram message each becomes, and what stands under it (pure).

Limits: Bot API 10.1, read 2026-11-20. Whether a picture can be a photo for its sides, Telegram says itself: what it
refuses goes as a document.
"""

import mimetypes
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from adapters.telegram.formatting import compose, render
from adapters.telegram.rich import CAPTION_LIMIT, Rich, clip, join
from bot.replies import Media, Page
from bot.streaming.markdown import parse

Kind = Literal["photo", "audio", "voice", "document"]

FILE_LIMIT = 50 * 2**20  # bytes
PHOTO_LIMIT = 10 * 2**20  # bytes
ALBUM_LIMIT = 10  # files

PLAIN: Kind = "document"
KINDS: dict[str, Kind] = {
    "image/jpeg": "photo",
    "image/png": "photo",
    "image/webp": "photo",
    "audio/mpeg": "audio",
    "audio/mp3": "audio",
    "audio/mp4": "audio",
    "audio/x-m4a": "audio",
    "audio/ogg": "voice",
    "audio/opus": "voice",
}
ENDINGS = {"audio/ogg": ".ogg", "audio/opus": ".ogg", "audio/mp3": ".mp3", "audio/x-m4a": ".m4a", "audio/mp4": ".m4a"}


@dataclass(frozen=True, slots=True)
class Item:
    """One file as it goes out."""

    media: Media
    kind: Kind
    caption: Rich

    @property
    def name(self) -> str:
        """With an ending that says what it is: Telegram goes by that."""
        name, media_type = self.media.name or "file", self.media.media_type
        guessed = mimetypes.guess_type(name)[0] or ""
        known = guessed == media_type or (guessed in KINDS and KINDS[guessed] == KINDS.get(media_type))
        return name if known else name + (ENDINGS.get(media_type) or mimetypes.guess_extension(media_type) or "")


def kind_of(media: Media) -> Kind:
    kind = KINDS.get(media.media_type.partition(";")[0].strip().lower(), PLAIN)
    return PLAIN if kind == "photo" and len(media.data) > PHOTO_LIMIT else kind


def shipment(media: Sequence[Media]) -> Sequence[Item]:
    """All in one message or album: where an album of their kinds is impossible, all are documents."""
    kinds = {kind_of(each) for each in media}
    alike = len(kinds) == 1 and (len(media) == 1 or not kinds & {"voice"})
    return [
        Item(each, kind_of(each) if alike else PLAIN, clip(render(parse(each.caption)), CAPTION_LIMIT))
        for each in media
    ]


def under(item: Item, pages: Sequence[Page]) -> Rich | None:
    """The whole answer as the caption of its only file. None: it does not fit there, or this kind cannot take it."""
    if item.kind == "voice" or len(pages) != 1:
        return None
    page = pages[0]
    body = join((render(parse(page.markdown)), item.caption))
    if compose(body, page.note).size > CAPTION_LIMIT:
        return None
    return compose(body, page.note, page.thought, unfolded=page.unfolded, limit=CAPTION_LIMIT)
