"""How Discord says no: a status, its JSON error code and message (developers/topics/opcodes-and-status-codes)."""

from typing import Any


class Refusal(Exception):
    """Raised by a rule, turned into a response at the one place where REST answers."""

    def __init__(
        self,
        status: int,
        code: int,
        message: str,
        errors: dict[str, Any] | None = None,
        retry_after: float | None = None,  # of a 429 with a code of its own: seconds to wait
    ) -> None:
        super().__init__(f"{code} {message}")
        self.status = status
        self.code = code
        self.message = message
        self.errors = errors
        self.retry_after = retry_after

    @property
    def body(self) -> dict[str, Any]:
        wait = {} if self.retry_after is None else {"retry_after": self.retry_after, "global": False}
        return {"message": self.message, "code": self.code, **({"errors": self.errors} if self.errors else {}), **wait}

    @property
    def verdict(self) -> str:
        """The refusal for the ledger: code, message and, of a form, the field and its fault."""
        return " ".join([str(self), *leaves(self.errors or {})])


def leaves(errors: dict[str, Any], path: str = "") -> list[str]:
    if "_errors" in errors:
        return [f"[{path}: {each['message']}]" for each in errors["_errors"]]
    return [line for key, inner in errors.items() for line in leaves(inner, f"{path}.{key}".lstrip("."))]


def invalid(path: str, message: str, code: str = "INVALID") -> Refusal:
    """50035: `path` names the field with dots, as in "components.0.components"."""
    errors: dict[str, Any] = {"_errors": [{"code": code, "message": message}]}
    for key in reversed(path.split(".")):
        errors = {key: errors}
    return Refusal(400, 50035, "Invalid Form Body", errors)


def too_long(path: str, limit: int) -> Refusal:
    return invalid(path, f"Must be {limit} or fewer in length.", "BASE_TYPE_MAX_LENGTH")


def bad_length(path: str, low: int, high: int) -> Refusal:
    return invalid(path, f"Must be between {low} and {high} in length.", "BASE_TYPE_BAD_LENGTH")


def unauthorized() -> Refusal:
    return Refusal(401, 0, "401: Unauthorized")


def not_found() -> Refusal:
    return Refusal(404, 0, "404: Not Found")


def method_not_allowed() -> Refusal:
    return Refusal(405, 0, "405: Method Not Allowed")


def unknown_channel() -> Refusal:
    return Refusal(404, 10003, "Unknown Channel")


def unknown_guild() -> Refusal:
    return Refusal(404, 10004, "Unknown Guild")


def unknown_message() -> Refusal:
    return Refusal(404, 10008, "Unknown Message")


def unknown_user() -> Refusal:
    return Refusal(404, 10013, "Unknown User")


def unknown_webhook() -> Refusal:
    return Refusal(404, 10015, "Unknown Webhook")


def unknown_interaction() -> Refusal:
    return Refusal(404, 10062, "Unknown interaction")


def slow_mode(wait: float) -> Refusal:
    return Refusal(429, 20016, "This action cannot be performed due to slowmode rate limit.", retry_after=wait)


def too_old_to_edit(wait: float) -> Refusal:
    message = "Maximum number of edits to messages older than 1 hour reached. Try again later."
    return Refusal(429, 30046, message, retry_after=wait)


def too_large() -> Refusal:
    return Refusal(413, 40005, "Request entity too large")


def too_many_creates(limit: int) -> Refusal:
    return Refusal(400, 30034, f"Max number of daily application command creates has been reached ({limit})")


def already_acknowledged() -> Refusal:
    return Refusal(400, 40060, "Interaction has already been acknowledged.")


def too_many_followups() -> Refusal:
    return Refusal(400, 40094, "This interaction has reached its maximum number of follow up messages")


def missing_access() -> Refusal:
    return Refusal(403, 50001, "Missing Access")


def not_the_author() -> Refusal:
    return Refusal(403, 50005, "Cannot edit a message authored by another user")


def takes_no_messages() -> Refusal:
    return Refusal(403, 50007, "Cannot send messages to this user")


def invalid_recipients() -> Refusal:
    return Refusal(400, 50033, "Invalid Recipient(s)")


def empty_message() -> Refusal:
    return Refusal(400, 50006, "Cannot send an empty message")


def missing_permissions() -> Refusal:
    return Refusal(403, 50013, "Missing Permissions")


def wrong_kind_of_channel() -> Refusal:
    return Refusal(400, 50024, "Cannot execute action on this channel type")


def thread_archived() -> Refusal:
    return Refusal(400, 50083, "Thread is archived")


def no_common_guild() -> Refusal:
    return Refusal(403, 50278, "Cannot send messages to this user due to having no mutual guilds")


def cannot_reply() -> Refusal:
    return Refusal(400, 160002, "Cannot reply without permission to read message history")


def has_a_thread() -> Refusal:
    return Refusal(400, 160004, "A thread has already been created for this message")


def thread_locked() -> Refusal:
    return Refusal(400, 160005, "Thread is locked")


def invalid_webhook_token() -> Refusal:
    return Refusal(401, 50027, "Invalid Webhook Token")


def invalid_json() -> Refusal:
    return Refusal(400, 50109, "The request body contains invalid JSON.")
