"""The media of an answer, kept from its conclusion until its question's end, so that they can be shown again."""

import json
from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, delete, select

from bot.replies import Media
from storage.accounts import KEY_COLUMNS, Accounts
from storage.encryption import DataKey
from storage.tables import data_keys, media

_OF_THIS = media.c.question == bindparam("of_question")
_FIND = (
    select(media, *KEY_COLUMNS)
    .join(data_keys, data_keys.c.id == media.c.key_id)
    .where(_OF_THIS)
    .order_by(media.c.place)
)
_DELETE = delete(media).where(_OF_THIS)


def add_media(connection: Connection, question: str, key: DataKey, shown: Sequence[Media]) -> None:
    rows = [
        {
            "question": question,
            "place": place,
            "key_id": key.id,
            "about": key.seal(_about(each), _place("about", question, place)),
            "data": key.seal_bytes(each.data, _place("data", question, place)),
        }
        for place, each in enumerate(shown)
    ]
    connection.execute(media.insert(), rows)


def find_media(connection: Connection, question: str, accounts: Accounts) -> Sequence[Media]:
    found = []
    for row in connection.execute(_FIND, {"of_question": question}):
        key = accounts.key_of(row)
        about = json.loads(key.unseal(row.about, _place("about", question, row.place)))
        found.append(Media(key.unseal_bytes(row.data, _place("data", question, row.place)), **about))
    return tuple(found)


def delete_media(connection: Connection, question: str) -> None:
    connection.execute(_DELETE, {"of_question": question})


def _about(each: Media) -> str:
    return json.dumps(
        {"media_type": each.media_type, "name": each.name, "caption": each.caption, "spoiler": each.spoiler}
    )


def _place(column: str, question: str, place: int) -> str:
    return f"media.{column}:{question}:{place}"
