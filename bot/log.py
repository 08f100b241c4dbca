"""Log records: one line each, with the question's id, secrets blotted out, and never a person's text.

A bug's traceback is logged with its frames but without the exception's message, which may quote what a person wrote.
"""

import json
import logging
import re
import sys
import traceback
from collections.abc import Iterable
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType

from bot.errors import ParleyError

question_id: ContextVar[str] = ContextVar("question_id", default="-")

# What tokens look like, should one appear that we were not told of (checked 2026-11-20): Hugging Face, Telegram,
# Discord bots, and the token inside a Discord interaction's address.
TOKENS = re.compile(
    r"\bhf_[A-Za-z0-9]{8,}"
    r"|\b\d{8,10}:[A-Za-z0-9_-]{30,}"
    r"|\b[A-Za-z0-9_-]{23,28}\.[A-Za-z0-9_-]{6,7}\.[A-Za-z0-9_-]{27,}"
    r"|(?<=/webhooks/)\d+/[A-Za-z0-9_-]{20,}"
    r"|(?<=/interactions/)\d+/[A-Za-z0-9_-]{20,}"
)
BLOT = "[secret]"

# Libraries that print addresses with tokens in them, or bodies, below this level (checked 2026-11-20).
LOUD = (
    "httpx",
    "httpx2",
    "httpcore",
    "httpcore2",
    "telegram",
    "discord",
    "aiohttp",
    "asyncio",
    "alembic",
    "sqlalchemy",
)

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class Formatter(logging.Formatter):
    def __init__(self, secrets: Iterable[str], *, as_json: bool = False) -> None:
        super().__init__()
        self._secrets = TOKENS
        self._as_json = as_json
        self.hide(secrets)

    def hide(self, secrets: Iterable[str]) -> None:
        """Blot these out from now on, besides those known already."""
        known = [re.escape(secret) for secret in secrets if len(secret) >= 8]
        self._secrets = re.compile("|".join([*known, self._secrets.pattern]))

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        said = record.getMessage()
        trace = self.formatException(record.exc_info) if record.exc_info else ""
        question = question_id.get()
        if self._as_json:
            fields = {"at": at, "level": record.levelname, "logger": record.name, "question": question, "message": said}
            return self._blot(json.dumps({**fields, "trace": trace} if trace else fields))
        line = _one_line(f"{at} {record.levelname} {record.name} [{question}] {said}")
        return self._blot(f"{line}\n{trace}" if trace else line)

    def formatException(self, ei: ExcInfo) -> str:  # noqa: N802 - the name that logging gives it
        kind, error, trace = ei
        if kind is None:
            return ""
        what = f": {error.message} {error.detail}" if isinstance(error, ParleyError) else ""
        return "".join(traceback.format_tb(trace)) + kind.__qualname__ + _one_line(what)

    def _blot(self, text: str) -> str:
        return self._secrets.sub(BLOT, text)


def set_up(level: str, secrets: Iterable[str], *, as_json: bool = False) -> None:
    """Send everything that is logged in this process to stderr, through one formatter."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Formatter(secrets, as_json=as_json))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.raiseExceptions = False  # a full disk under the log must not reach the bot
    for name in LOUD:
        logging.getLogger(name).setLevel(logging.WARNING)


def hide(secrets: Iterable[str]) -> None:
    """Blot these out too, from now on."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler.formatter, Formatter):
            handler.formatter.hide(secrets)


def _one_line(text: str) -> str:
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)
