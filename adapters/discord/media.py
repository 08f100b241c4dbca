"""Pictures and sounds as the files of one message: which of them Discord takes, and how they go up (pure).

Limits: developers/reference and developers/resources/message, checked 2026-11-20.
"""

import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import discord

from adapters.discord.composing import cut
from bot.replies import Media, Page

FILES = 10  # of one message
FILE_BYTES = 10 * 2**20  # of each, where Discord does not say otherwise
REQUEST_BYTES = 25 * 2**20 - 2**16  # of all together; the rest of the request has the difference
CAPTION_LIMIT = 1024
NAME_LIMIT = 100


@dataclass(frozen=True, slots=True)
class Upload:
    name: str
    media_type: str
    data: bytes
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Album:
    """What goes up with an answer, and what its reader should know of the rest."""

    uploads: tuple[Upload, ...] = ()
    note: str = ""

    @property
    def array(self) -> list[dict[str, Any]]:
        """All that an edited message is to have: what was uploaded by an earlier try and is not in it goes."""
        return [
            {"id": number, "filename": each.name} | ({"description": each.caption} if each.caption else {})
            for number, each in enumerate(self.uploads)
        ]


NO_ALBUM = Album()


def album(media: Sequence[Media], file_bytes: int) -> Album:
    """As much of it as one message takes, where a file may have so many bytes."""
    taken: list[Media] = []
    for each in media:
        room = REQUEST_BYTES - sum(len(other.data) for other in taken)
        if len(taken) < FILES and len(each.data) <= min(file_bytes, room):
            taken.append(each)
    return Album(tuple(map(_upload, taken)), _note(len(media) - len(taken), file_bytes))


def noted(pages: Sequence[Page], note: str) -> Sequence[Page]:
    """The pages with this under the last one, besides what stands there."""
    if not note:
        return pages
    last = pages[-1]
    return [*pages[:-1], replace(last, note="\n".join(filter(None, (last.note, note))))]


def multipart(body: Any, uploads: Sequence[Upload]) -> dict[str, Any]:
    """What the library's request takes in place of `json`; good for one call."""
    files = [discord.File(io.BytesIO(each.data), each.name) for each in uploads]
    fields = [
        {"name": f"files[{number}]", "value": file.fp, "filename": each.name, "content_type": each.media_type}
        for number, (file, each) in enumerate(zip(files, uploads, strict=True))
    ]
    return {"form": [{"name": "payload_json", "value": json.dumps(body)}, *fields], "files": files}


def _upload(media: Media) -> Upload:
    name = re.sub(r"[^A-Za-z0-9_.-]+", "_", media.name)[-NAME_LIMIT:] or "file"
    return Upload(
        f"SPOILER_{name}" if media.spoiler else name, media.media_type, media.data, cut(media.caption, CAPTION_LIMIT)
    )


def _note(missing: int, file_bytes: int) -> str:
    if not missing:
        return ""
    subject = "One file has" if missing == 1 else f"{missing} files have"
    each, together = file_bytes // 2**20, REQUEST_BYTES // 2**20 + 1
    return f"{subject} no room here: Discord takes {FILES} of up to {each} MiB each, {together} MiB together."
