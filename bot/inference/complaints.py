"""What a server says went wrong, in any of the shapes that servers use (checked 2026-11-20; pure).

Its sentences may quote a prompt: they are looked at here and go no further. What follows from them is `failures.py`'s
concern.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

About = Literal["", "context", "model", "money"]

CODE = re.compile(r"[\w.:;=/-]{1,80}", re.ASCII)  # what an error's code or a request's id may look like in a log
PATTERNS: Mapping[About, re.Pattern[str]] = {
    "context": re.compile(  # OpenAI and vLLM, llama.cpp, TGI, and others
        r"context.?(length|size|window)|exceed_context|too many tokens|(prompt|input)s? (is|are) too (long|large)"
        r"|tokens.{0,40}must be <=|less than \d+ tokens|reduce the length",
        re.IGNORECASE,
    ),
    "money": re.compile(r"insufficient_quota|not_enough_balance|insufficient.{0,10}(balance|credit)", re.IGNORECASE),
    "model": re.compile(
        r"model_not_(supported|found)|not supported by (any )?provider|not a chat model"
        r"|model.{0,200}(does not exist|not found|not supported)",
        re.IGNORECASE | re.DOTALL,
    ),
}
STATUSES_OF_TGI = {"overloaded": 503, "validation": 422, "generation": 500, "incomplete_generation": 500}


@dataclass(frozen=True, slots=True)
class Complaint:
    about: About
    codes: str  # for the log
    status: int | None  # the HTTP status that it names itself


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
    )


def clean(code: str) -> str:
    return code if CODE.fullmatch(code) else "unreadable"


def _status(code: str) -> int | None:
    return int(code) if re.fullmatch(r"[45]\d\d", code, re.ASCII) else STATUSES_OF_TGI.get(code)
