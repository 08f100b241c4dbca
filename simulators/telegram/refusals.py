"""How the Bot API says no. The words are the real server's where they are known (tdlib/telegram-bot-api 10.0)."""

from typing import Any

DURING = "during retry_after"
"""The verdict over a call that came although its chat had been told to wait."""


class Refusal(Exception):
    """An answer that is not ok. `verdict` is what the ledger says of it, where that is more than the description."""

    def __init__(
        self, code: int, description: str, *, verdict: str = "", parameters: dict[str, Any] | None = None
    ) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.verdict = verdict or description
        self.parameters = parameters or {}

    @property
    def hold(self) -> float:
        return float(self.parameters.get("retry_after", 0.0))

    @property
    def json(self) -> dict[str, Any]:
        answer: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        return {**answer, "parameters": self.parameters} if self.parameters else answer


def bad(description: str, **parameters: int) -> Refusal:
    return Refusal(400, f"Bad Request: {description}", parameters=parameters)


def forbidden(description: str) -> Refusal:
    return Refusal(403, f"Forbidden: {description}")


def conflict(description: str) -> Refusal:
    return Refusal(409, f"Conflict: {description}")


def too_many(retry_after: float, verdict: str) -> Refusal:
    """`retry_after` in seconds, as announced: whole ones stay integers on the wire."""
    return Refusal(
        429,
        f"Too Many Requests: retry after {retry_after:g}",
        verdict=verdict,
        parameters={"retry_after": retry_after},
    )
