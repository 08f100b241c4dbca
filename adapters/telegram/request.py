"""The library's HTTP, made to keep our promises: one unreadable update never costs its batch, no text reaches a log."""

import json
import logging
import os
import re
from typing import Any

import httpx
from telegram import Update
from telegram.error import TelegramError
from telegram.request import HTTPXRequest

from adapters.telegram.failures import Trouble, trouble_of, trouble_of_answer
from bot.meter import SILENT, Meter

# methods after which people see something
WRITES = re.compile(r"send(?!ChatAction$|\w*Draft$)|answerGuestQuery|edit(Ephemeral)?Message")
WHERE = "telegram"  # in the figures
KEEP_ALIVE_SECONDS = 60.0  # the library's 5 s would mean a new connection for almost every message
CONNECTIONS = 256
READ_SECONDS = 20.0
UNREADABLE = (TypeError, ValueError, LookupError, AttributeError, ArithmeticError, OSError)

log = logging.getLogger(__name__)


class Request(HTTPXRequest):
    """`read_seconds` is for an ordinary call; a long poll waits for news on top of it."""

    def __init__(
        self, read_seconds: float = READ_SECONDS, connections: int = CONNECTIONS, meter: Meter = SILENT
    ) -> None:
        limits = httpx.Limits(
            max_connections=connections, max_keepalive_connections=64, keepalive_expiry=KEEP_ALIVE_SECONDS
        )
        super().__init__(
            read_timeout=read_seconds,
            write_timeout=READ_SECONDS,
            connect_timeout=10.0,
            pool_timeout=10.0,
            httpx_kwargs={"limits": limits},
        )
        self._meter = meter

    async def do_request(self, url: str, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        """As the library does it, and counted."""
        try:
            status, answer = await super().do_request(url, *args, **kwargs)
        except TelegramError as error:
            self._meter.failed(WHERE, trouble_of(error))
            raise
        if status >= 300:
            self._count(trouble_of_answer(status, answer))
        elif write := WRITES.match(url.rpartition("/")[2]):
            self._meter.wrote(WHERE, "edit" if write[0].startswith("edit") else "send")
        return status, answer

    def _count(self, trouble: Trouble) -> None:
        if trouble == "flood":
            self._meter.limited(WHERE)
        elif trouble != "unmodified":  # which is no error: the message shows what it should
            self._meter.failed(WHERE, trouble)

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """As the library does it, but what cannot be read is not logged: it may hold a person's words."""
        try:
            answer = json.loads(payload.decode("utf-8", "replace"))
        except ValueError:
            answer = None
        if not isinstance(answer, dict) or not ("result" in answer or "description" in answer):
            raise TelegramError("Telegram's answer could not be read")
        return answer


class UpdatesRequest(Request):
    """For getUpdates only."""

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """An update that the library cannot read is replaced by its bare id, to be confirmed with the others."""
        answer = Request.parse_json_payload(payload)
        if isinstance(answer.get("result"), list):
            answer["result"] = [readable(update) for update in answer["result"] if id_of(update) is not None]
        return answer


def quieten() -> None:
    """httpx logs every URL, in which the token stands; the library's debugging logs the texts."""
    for name in ("httpx", "httpcore", "telegram"):
        logging.getLogger(name).setLevel(logging.WARNING)
    os.environ.setdefault("PTB_TIMEDELTA", "true")  # what 22.8 asks for, lest every 429 is a deprecation warning


def id_of(update: Any) -> int | None:
    update_id = update.get("update_id") if isinstance(update, dict) else None
    return update_id if isinstance(update_id, int) else None


def readable(update: dict[str, Any]) -> dict[str, Any]:
    try:
        Update.de_json(update)
    except UNREADABLE as error:
        log.warning("update %d cannot be read (%s): passed over", update["update_id"], type(error).__name__)
        return {"update_id": update["update_id"]}
    return update
