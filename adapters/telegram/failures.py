"""What Telegram's and its library's errors mean for us: one table.

Telegram says most of what went wrong in the words of a 400 (Bot API server 10.0, python-telegram-bot 22.8; read
2026-11-20). What is done about it is the concern of `gate`, `surface` and `polling`.
"""

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Literal

import httpx
from telegram import error as errors
from telegram.error import NetworkError, RetryAfter, TelegramError

from bot.errors import Barred, Gone, ParleyError, Unavailable, Unreachable


class Moved(Unreachable):
    """The group became a supergroup, with another id."""

    def __init__(self, chat: int) -> None:
        super().__init__("The group has another id now.", detail=f"moved to {chat}")
        self.chat = chat


Trouble = Literal[
    "flood",  # wait; the call was not carried out
    "unsent",  # the call never left, or Telegram itself failed: it may be repeated
    "unknown",  # nobody knows whether the call was carried out
    "unmodified",  # the message shows exactly this already
    "captioned",  # the message carries a file and has a caption instead of a text
    "entities",  # the formatting is refused, not the text
    "reply",  # the message to reply to is gone, where Telegram insists on it
    "late",  # a press that cannot be answered any more
    "fixed",  # the message stands there, and is to stay as it is
    "gone",  # the message to write to, or its topic, was deleted
    "unreachable",  # blocked, forbidden, closed: this chat will not take our words
    "conflict",  # somebody else receives this bot's updates
    "login",  # the token is refused
    "refused",  # we asked for something that Telegram does not do
]

CLASSES: Mapping[type[TelegramError], Trouble] = {
    errors.RetryAfter: "flood",
    errors.NetworkError: "unsent",
    errors.TimedOut: "unknown",
    errors.BadRequest: "refused",
    errors.Forbidden: "unreachable",
    errors.ChatMigrated: "unreachable",
    errors.Conflict: "conflict",
    errors.InvalidToken: "login",
    errors.EndPointNotFound: "refused",
    errors.PassportDecryptionError: "refused",
    errors.TelegramError: "unknown",  # an answer that could not be read
}

WORDS: tuple[tuple[str, Trouble], ...] = (  # of a 400; the first that is found counts
    (r"message is not modified", "unmodified"),
    (r"there is no text in the message", "captioned"),
    (r"can't parse .*entit|^\W*(bad request: )?entity |entit(y|ies)_", "entities"),
    (r"message to be replied not found|reply message not found|replied message", "reply"),
    (r"query is too old|query_id_invalid|query id is invalid", "late"),
    (r"message to (edit|delete) not found", "gone"),
    (r"message can't be (edited|deleted)", "fixed"),
    (r"message_id_invalid|message identifier is not specified", "gone"),
    (r"chat not found|peer_id_invalid|user not found|deactivated|kicked|blocked", "unreachable"),
    (r"not enough rights|no rights|need administrator|chat_write_forbidden|chat_restricted", "unreachable"),
    (r"topic_deleted|message thread not found", "gone"),
    (r"chat_send_\w+_forbidden|topic_closed", "unreachable"),
    (r"group chat was upgraded|chat_admin_required|user_is_blocked", "unreachable"),
)

STATUSES: Mapping[int, Trouble] = {  # of answers but 400; all others are Telegram's own trouble
    401: "login",
    403: "unreachable",
    404: "login",
    409: "conflict",
    413: "refused",
    429: "flood",
    504: "unknown",
}

NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
FLOOD_SECONDS = 30.0  # for a 429 that does not say how long
RETRY_SECONDS = 5.0


def trouble_of(error: TelegramError) -> Trouble:
    """What an error means. Raises KeyError for a class that the table lacks (a test keeps it complete)."""
    trouble = CLASSES[type(error)]
    if type(error) is errors.BadRequest:
        return _by_words(error.message, trouble)
    if isinstance(error, NetworkError):
        return _network_trouble(error)
    return trouble


def trouble_of_answer(status: int, answer: bytes) -> Trouble:
    """What an answer means of which the library makes an error: the same, without making one."""
    if status != 400:
        return STATUSES.get(status, "unsent")
    try:
        said = json.loads(answer)
    except ValueError:
        return "refused"
    return _by_words(str(said.get("description", "")) if isinstance(said, dict) else "", "refused")


def retry_after(error: TelegramError) -> float | None:
    """Seconds until the chat may be written to again; None where this is no flood limit."""
    if trouble_of(error) != "flood":
        return None
    if not isinstance(error, RetryAfter):
        return FLOOD_SECONDS
    wait = error.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)


def translate(error: TelegramError) -> ParleyError:
    """The same in our words."""
    if isinstance(error, errors.ChatMigrated):
        return Moved(error.new_chat_id)
    detail = describe(error)
    trouble = trouble_of(error)
    if trouble in ("flood", "unsent", "unknown", "conflict", "login"):
        wait = retry_after(error)
        return Unavailable(
            "Telegram does not answer at the moment.",
            retry_after=RETRY_SECONDS if wait is None else wait,
            detail=detail,
        )
    kinds: Mapping[Trouble, type[Unreachable]] = {"gone": Gone, "unreachable": Barred}
    return kinds.get(trouble, Unreachable)("Telegram does not take the answer.", detail=detail)


def describe(error: TelegramError) -> str:
    """For logs: what happened, without what was sent or received."""
    if isinstance(error, errors.InvalidToken):
        return type(error).__name__  # its message may quote the token
    words = error.message.partition(". Parsing the server response")[0].partition(" The server response contained")[0]
    return f"{type(error).__name__}: {words[:200]}"


def _by_words(words: str, otherwise: Trouble) -> Trouble:
    return next((each for pattern, each in WORDS if re.search(pattern, words.lower())), otherwise)


def _network_trouble(error: NetworkError) -> Trouble:
    cause = error.__cause__
    if isinstance(cause, NEVER_LEFT):
        return "unsent"
    if isinstance(cause, Exception) and not isinstance(cause, TelegramError):
        return "unknown"  # the line broke after the call had left, or an answer could not be read
    words = error.message.lower()
    if "too many requests" in words:
        return "flood"
    if "entity too large" in words:  # a 413
        return "refused"
    return "unknown" if isinstance(error, errors.TimedOut) or "gateway time" in words else "unsent"
