"""What a server says went wrong, in any of the shapes that servers use (checked 2026-11-20; pure).

Its sentences may quote a prompt: they are looked at here and go no further. What follows from them is `failures.py`'s
concern.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, Literal

from bot.inference.safety import OBJECTION

About = Literal["", "context", "loading", "model", "money", "safety"]

CODE = re.compile(r"[\w.:;=/-]{1,80}", re.ASCII)  # what an error's code or a request's id may look like in a log
PATTERNS: Mapping[About, re.Pattern[str]] = {
    "context": re.compile(  # OpenAI and vLLM, llama.cpp, TGI, and others
        r"context.?(length|size|window)|exceed_context|too many tokens|(prompt|input)s? (is|are) too (long|large)"
        r"|tokens.{0,40}must be <=|less than \d+ tokens|reduce the length",
        re.IGNORECASE,
    ),
    "loading": re.compile(r"is currently loading|loading model|model is (still )?loading", re.IGNORECASE),  # llama.cpp
    "money": re.compile(r"insufficient_quota|not_enough_balance|insufficient.{0,10}(balance|credit)", re.IGNORECASE),
    "model": re.compile(
        r"model_not_(supported|found)|not supported by (any )?provider|not a chat model"
        r"|model.{0,200}(does not exist|not found|not supported)",
        re.IGNORECASE | re.DOTALL,
    ),
    "safety": OBJECTION,
}
STATUSES_OF_TGI = {"overloaded": 503, "validation": 422, "generation": 500, "incomplete_generation": 500}


@dataclass(frozen=True, slots=True)
class Complaint:
    about: About
    codes: str  # for the log
    status: int | None  # the HTTP status that it names itself
    seconds: float | None = None  # how long it says that its model still has to load


def read(body: Any) -> Complaint:
    """`{"error": {"message", "code", "type"}}`, `{"error": "...", "error_type"}`, `{"message", "code"}` or anything."""
    outer = body if isinstance(body, Mapping) else {}
    error = outer.get("error", body)
    inner = error if isinstance(error, Mapping) else {}
    said = error if isinstance(error, str) else inner.get("message") or inner.get("detail") or ""
    found = {"error_type": outer.get("error_type"), "code": inner.get("code"), "type": inner.get("type")}
    codes = {name: str(code) for name, code in found.items() if isinstance(code, str | int) and code}
    everything = f"{' '.join(codes.values())} {said}"
    return Complaint(
        next((about for about, pattern in PATTERNS.items() if pattern.search(everything)), ""),
        " ".join(f"{name}={clean(code)}" for name, code in codes.items()),
        next((status for code in codes.values() if (status := _status(code))), None),
        _seconds(outer.get("estimated_time")),
    )


def clean(code: str) -> str:
    return code if CODE.fullmatch(code) else "unreadable"


def _status(code: str) -> int | None:
    return int(code) if re.fullmatch(r"[45]\d\d", code, re.ASCII) else STATUSES_OF_TGI.get(code)


def _seconds(value: Any) -> float | None:
    known = isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value) and value >= 0
    return float(value) if known else None
