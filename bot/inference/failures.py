"""Foreign failures into ours: one table for HTTP statuses, one for aiohttp's exceptions.

Messages are for the person who asked and name no cause that only an operator can mend; that goes into `detail`. Nothing
that a server wrote reaches either of them as it stands, because servers quote prompts: only codes and ids do.
Statuses as the router and its providers use them, checked 2026-11-20.
"""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import ceil, isfinite
from typing import Any, Literal

import aiohttp

from bot.errors import ParleyError, Refused, Unavailable
from bot.inference.backend import ContextTooLong
from bot.inference.complaints import About, clean, read

Again = Literal["never", "once", "later"]
Scope = Literal["request", "model", "host"]

REQUEST_IDS = ("x-request-id", "x-amzn-trace-id")  # the headers in which the router names a request
FOREIGN = (aiohttp.ClientError, OSError)  # what a request may raise; TimeoutError and TLS errors are OSErrors


class ModelUnavailable(Unavailable):
    """What the policies tell apart.

    again: whether the same request may be repeated, "later" after `retry_after`; scope: what is out of order, so that
    another model may do better or not; alarm: only the operator can mend it; starts: how many generations may have been
    begun, and charged, in vain. The message is the sentence, and when to come back where that is known.
    """

    def __init__(
        self,
        sentence: str,
        *,
        again: Again = "never",
        scope: Scope = "model",
        alarm: bool = False,
        starts: int = 0,
        retry_after: float | None = None,
        detail: str = "",
        remedy: str = "",
        kind: str = "other",
    ) -> None:
        when = "" if alarm or retry_after is None else f" Please try again in {in_words(retry_after)}."
        super().__init__(sentence + when, retry_after=retry_after, detail=detail)
        self.sentence = sentence
        self.again = again
        self.scope = scope
        self.alarm = alarm
        self.starts = starts
        self.remedy = remedy  # for whoever runs the bot
        self.kind = kind  # one word, for figures


class ModelLoading(ModelUnavailable):
    """The model is brought into memory; `retry_after` says how long that may still take."""


@dataclass(frozen=True, slots=True)
class Row:
    kind: str  # one word, for figures
    sentence: str  # {model}: "The model NAME"
    again: Again = "never"
    scope: Scope = "model"
    alarm: bool = False
    starts: int = 0
    remedy: str = ""  # for the log


BUSY = "busy"  # the kind of a 429
TROUBLE = "{model} has a problem at the moment."
GONE = Row("gone", "{model} is not available now.")
FAILING = Row("failing", TROUBLE, again="once")
LOADING = Row("loading", "{model} is loading.", again="later")
LOADING_SECONDS = 10.0  # where the server does not say how long
LATE = Row("late", "{model} did not answer in time.", starts=1)
BROKEN = Row("broken", TROUBLE, again="once", starts=1)
AWAY = Row("away", "The model's server cannot be reached at the moment.", again="once", scope="host")
INSECURE = Row(
    "insecure",
    "The model's server cannot be trusted, so it was not asked.",
    scope="host",
    alarm=True,
    remedy="its TLS certificate is not valid: renew it, or mend inference.base_url (of other tasks: tasks_url)",
)
ASTRAY = Row(
    "astray",
    "The model's server is not set up correctly. Only this bot's operator can mend that.",
    scope="host",
    remedy="mend inference.base_url (of other tasks: tasks_url): it must be the final address of a model's server",
)
BUDGET = Row(
    "no credit",
    "The budget for models is used up. Hugging Face's monthly credit returns on {renewal}.",
    scope="host",
    alarm=True,
    remedy="buy credit at https://huggingface.co/settings/billing, set inference.bill_to, or wait for the new month",
)

STATUSES: Mapping[int, Row] = {
    401: Row(
        "token refused",
        "The access to models is not set up correctly. Only this bot's operator can mend that.",
        scope="host",
        alarm=True,
        remedy="the token was refused: set a valid HF_TOKEN (or INFERENCE_API_KEY for an own server)",
    ),
    402: BUDGET,
    403: Row(
        "forbidden",
        "{model} may not be used by this bot. Only its operator can mend that.",
        alarm=True,
        remedy='give the token the permission "Make calls to Inference Providers", ask for access to a gated model',
    ),
    404: GONE,
    405: ASTRAY,
    408: LATE,
    410: GONE,
    429: Row(BUSY, "{model} is busy.", again="later"),
    500: FAILING,
    502: FAILING,
    503: FAILING,
    504: LATE,
    529: FAILING,
}

KINDS: tuple[tuple[Row, tuple[type[BaseException], ...]], ...] = (
    (
        AWAY,
        (
            OSError,
            aiohttp.ClientConnectionError,
            aiohttp.ClientConnectionResetError,
            aiohttp.ClientConnectorDNSError,
            aiohttp.ClientConnectorError,
            aiohttp.ClientConnectorSSLError,
            aiohttp.ClientOSError,
            aiohttp.ClientProxyConnectionError,
            aiohttp.ClientSSLError,
            aiohttp.ServerConnectionError,
            aiohttp.ServerDisconnectedError,
        ),
    ),
    (LATE, (TimeoutError, aiohttp.ConnectionTimeoutError, aiohttp.ServerTimeoutError, aiohttp.SocketTimeoutError)),
    (
        BROKEN,
        (
            aiohttp.ClientError,
            aiohttp.ClientPayloadError,
            aiohttp.ClientResponseError,
            aiohttp.ContentTypeError,
            aiohttp.UploadAbortedError,
            aiohttp.WSServerHandshakeError,
        ),
    ),
    (
        INSECURE,
        (
            ssl.SSLCertVerificationError,
            aiohttp.ClientConnectorCertificateError,
            aiohttp.ServerFingerprintMismatch,
        ),
    ),
    (
        ASTRAY,
        (
            aiohttp.ClientHttpProxyError,
            aiohttp.InvalidURL,
            aiohttp.InvalidUrlClientError,
            aiohttp.InvalidUrlRedirectClientError,
            aiohttp.NonHttpUrlClientError,
            aiohttp.NonHttpUrlRedirectClientError,
            aiohttp.RedirectClientError,
            aiohttp.TooManyRedirects,
        ),
    ),
)
EXCEPTIONS = {kind: row for row, kinds in KINDS for kind in kinds}


def of_status(status: int, headers: Mapping[str, str], body: Any, model: str) -> ParleyError:
    """The failure that an answer with this status is. `body` is decoded JSON, or None where it was none."""
    complaint = read(body)
    request = next((headers[name] for name in REQUEST_IDS if name in headers), "")
    detail = " ".join(filter(None, (f"status={status}", complaint.codes, request and f"request={clean(request)}")))
    wait = retry_after(headers, datetime.now(UTC))
    if status == 503 and (complaint.about == "loading" or complaint.seconds is not None):
        return _failure(LOADING, model, detail, wait or complaint.seconds or LOADING_SECONDS, ModelLoading)
    return _judge(status, complaint.about, model, detail, wait)


def of_error(error: Any, model: str) -> ParleyError:
    """The failure that an error inside of a stream is: an object, or a sentence with an `error_type` beside it."""
    complaint = read(error)
    detail = f"error inside of the stream {complaint.codes}".rstrip()
    failure = _judge(complaint.status or 500, complaint.about, model, detail, None)
    if isinstance(failure, ModelUnavailable):
        failure.starts = 1
    return failure


def of_exception(error: BaseException, model: str) -> ModelUnavailable:
    """The failure that one of `FOREIGN` is."""
    row = next(EXCEPTIONS[kind] for kind in type(error).__mro__ if kind in EXCEPTIONS)
    return _failure(row, model, type(error).__name__)


def broken(model: str, detail: str) -> ModelUnavailable:
    """An answer that was begun and makes no sense, or that ended too early."""
    return _failure(BROKEN, model, detail)


def astray(model: str, detail: str) -> ModelUnavailable:
    """Whatever answered is no model's server."""
    return _failure(ASTRAY, model, detail)


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds from `now`, of a header in either of its forms: a number, or an HTTP date."""
    value = headers.get("retry-after", "").strip()
    try:
        seconds = float(value)
    except ValueError:
        try:
            at = parsedate_to_datetime(value)
        except (ValueError, OverflowError):
            return None
        seconds = (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() - now.timestamp()
    return max(0.0, seconds) if isfinite(seconds) else None


def in_words(seconds: float) -> str:
    """How a person is told of a waiting time."""
    if seconds < 100:
        return f"{max(1, ceil(seconds))} s"
    return f"{ceil(seconds / 60)} min"


def _judge(status: int, about: About, model: str, detail: str, wait: float | None) -> ParleyError:
    if status == 413 or (status in (400, 422) and about == "context"):
        return ContextTooLong("This is too long for the model. Shorten it, or begin anew with /new.", detail=detail)
    if about == "safety" and status < 500:
        return Refused(f"{_named(model)} refused this: a safety check objects to it.", detail=detail)
    if about == "money":
        return _failure(BUDGET, model, detail)
    if status == 400 and about == "model":
        return _failure(GONE, model, detail)
    if 300 <= status < 400:
        return _failure(ASTRAY, model, detail)
    if status not in STATUSES and status < 500:
        return Refused(f"{_named(model)} refused the request as it was put.", detail=detail)
    return _failure(STATUSES.get(status, FAILING), model, detail, wait)


def _failure(
    row: Row, model: str, detail: str, wait: float | None = None, kind: type[ModelUnavailable] = ModelUnavailable
) -> ModelUnavailable:
    again: Again = "later" if wait is not None and row.again == "once" else row.again
    return kind(
        row.sentence.format(model=_named(model), renewal=_renewal(datetime.now(UTC))),
        again=again,
        scope=row.scope,
        alarm=row.alarm,
        starts=row.starts,
        retry_after=wait,
        detail=f"{detail} ({row.remedy})" if row.remedy else detail,
        remedy=row.remedy,
        kind=row.kind,
    )


def _named(model: str) -> str:
    return f"The model {model}" if model else "The model"


def _renewal(now: datetime) -> str:
    """The first day of the next month, when included credits are renewed."""
    month = now.replace(day=1, year=now.year + now.month // 12, month=now.month % 12 + 1)
    return f"{month:%d %B %Y}".lstrip("0")
