"""What Hugging Face says when it refuses: the router's objects, and hf-inference's plain sentences (2026-11-20)."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from simulators.simulator import ENTRY

ERRORS: Mapping[int, tuple[str, str]] = {  # status -> (message, code): what the router says
    400: ("The requested model '{model}' is not supported by any provider you have enabled.", "model_not_supported"),
    401: ("Invalid username or password.", "unauthorized"),
    402: ("You have exceeded your monthly included credits for Inference Providers.", "payment_required"),
    403: ("This authentication method does not have sufficient permissions.", "forbidden"),
    404: ("The model '{model}' does not exist.", "model_not_found"),
    413: ("The request is too large.", "payload_too_large"),
    422: ("Unprocessable request.", "validation_error"),
    429: ("Too many requests.", "rate_limit_exceeded"),
    500: ("Internal server error.", "internal_error"),
    502: ("Bad gateway.", "bad_gateway"),
    503: ("The model is overloaded.", "overloaded"),
    504: ("The request took too long; use streaming.", "gateway_timeout"),
}


def error(status: int, model: str = "", message: str = "", code: str = "") -> dict[str, Any]:
    words, usual = ERRORS.get(status, ("Something went wrong.", "error"))
    said = message or words.format(model=model)
    return {"error": {"message": said, "type": "invalid_request_error", "code": code or usual}}


def refuse(
    request: web.Request, status: int, model: str = "", *, message: str = "", code: str = ""
) -> web.StreamResponse:
    """As the router does for chat and for most providers."""
    made = error(status, model, message, code)
    request[ENTRY].verdict = made["error"]["message"]
    return web.json_response(made, status=status, headers={"X-Request-Id": "sim-request"})


def refuse_plainly(request: web.Request, status: int, said: str, **more: Any) -> web.StreamResponse:
    """As hf-inference and the hub do: a sentence, and what else belongs to it (estimated_time)."""
    request[ENTRY].verdict = said
    return web.json_response({"error": said, **more}, status=status, headers={"X-Request-Id": "sim-request"})
