"""Files of this computer: those that a line names are read, those of an answer are saved."""

import mimetypes
import re
from pathlib import Path

from bot.errors import Mistaken
from bot.events import Attachment
from bot.replies import Media

NAMED = re.compile(r"""(?:^|(?<=\s))(?:(--file)(?:\s+|=)|@)(?:"([^"\n]+)"|'([^'\n]+)'|(\S+))""")
LIKE_A_PATH = re.compile(r"[./~\\]")


def named_files(line: str) -> tuple[str, tuple[Attachment, ...]]:
    """The line without `@path` and `--file path`, and the files. An @name that is no path stays where it is."""
    found: list[Attachment] = []

    def taken(match: re.Match[str]) -> str:
        option, path = match.group(1), next(filter(None, match.groups()[1:]))
        if not option and not LIKE_A_PATH.search(path) and not Path(path).exists():
            return match.group()
        found.append(_attachment(Path(path).expanduser()))
        return ""

    rest = NAMED.sub(taken, line)
    return (re.sub(r"[ \t]{2,}", " ", rest).strip() if found else line), tuple(found)


def read(attachment: Attachment, limit: int) -> bytes:
    """Raises `Mistaken` where there is no such file, or a larger one."""
    path = Path(attachment.ref)
    try:
        if not path.is_file():
            raise Mistaken(f"{attachment.ref} is not a file.")
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise Mistaken(f"{attachment.ref} cannot be read: {error.strerror}.") from error
    if len(data) > limit:
        raise Mistaken(f"{attachment.name} is too large: I can read files of up to {limit // 2**20} MB.")
    return data


def save(media: Media, folder: Path) -> str:
    """A line that says where it is now. Never overwrites anything."""
    caption = f" ({media.caption})" if media.caption else ""
    wanted = Path(Path(media.name).name or "file")
    ending = wanted.suffix or mimetypes.guess_extension(media.media_type) or ""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number in range(1, 10_000):
            path = folder / (f"{wanted.stem}-{number}{ending}" if number > 1 else f"{wanted.stem}{ending}")
            try:
                with path.open("xb") as file:
                    file.write(media.data)
            except FileExistsError:
                continue
            return f"saved: {path}{caption}"
    except OSError as error:
        return f"{wanted} could not be saved in {folder}: {error.strerror}"
    return f"{wanted} could not be saved in {folder}: too many of that name"


def _attachment(path: Path) -> Attachment:
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    try:
        size = path.stat().st_size
    except OSError:  # told when it is fetched
        size = 0
    return Attachment(path.name, media_type, size, str(path))
