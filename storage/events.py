"""An event as JSON and back, without its handle, which is kept apart because it is wiped at the question's end."""

import json
from dataclasses import asdict, fields, is_dataclass
from datetime import datetime
from typing import Any

from bot.events import Attachment, Author, Chat, Event, Handle


def encode(event: Event) -> str:
    kept = {each.name: getattr(event, each.name) for each in fields(event) if each.name != "handle"}
    return json.dumps(kept, default=_plain)


def decode(text: str, handle: Handle) -> Event:
    """The event as it was. What an older version of Parley did not write has its default."""
    kept = json.loads(text)
    kept["author"] = _author(kept["author"])
    kept["chat"] = Chat(**kept["chat"])
    kept["at"] = datetime.fromisoformat(kept["at"])
    kept["press"] = tuple(kept["press"]) if kept["press"] else None
    kept["quotes"] = tuple((author, quoted) for author, quoted in kept["quotes"])
    kept["attachments"] = tuple(Attachment(**each) for each in kept["attachments"])
    kept["people"] = tuple(map(_author, kept.get("people", ())))
    kept["supersedes"] = tuple(kept.get("supersedes", ()))
    if kept["values"] is not None:
        kept["values"] = {name: _value(value) for name, value in kept["values"].items()}
    return Event(**kept, handle=handle)


def _author(kept: dict[str, Any]) -> Author:
    return Author(**{**kept, "roles": tuple(kept.get("roles", ()))})


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, datetime):
        return value.isoformat()
    return dict(value)  # a mapping that is no dict; anything else is a TypeError, as it should be


def _value(value: Any) -> Any:
    """A command's value: the only one that is not plain in JSON is a file."""
    return Attachment(**value) if isinstance(value, dict) else value


def place_of(column: str, id: str) -> str:
    """What a text of the inbox is sealed together with."""
    return f"inbox.{column}:{id}"
