"""A look at the Hugging Face token when the bot starts. No part of a token ever leaves this file but to the hub."""

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import aiohttp

from bot.finding import Clocks, Finding
from bot.inference.endpoint import get_json, headers, look
from bot.inference.failures import FOREIGN

SECONDS = 5.0
BYTES = 2**20
NEEDED = ("inference.serverless.write", "inference.endpoints.infer.write")  # calls to models, not changes to anything
PERMISSION = re.compile(r"[a-zA-Z.]{1,60}")
SETTINGS = "https://huggingface.co/settings/tokens"

OLD = f"The Hugging Face token has the old form api_...; make a new one at {SETTINGS}."
UNUSUAL = (
    "HF_TOKEN does not look like a Hugging Face token (hf_...). If it is the key of your own server, "
    "INFERENCE_API_KEY is the better place for it."
)
PART = "Hugging Face"
LACKS = (
    'the token lacks the permission "Make calls to Inference Providers", so no model answers: give it at '
    f"{SETTINGS} (or make another token with the preset “Inference”)."
)
REFUSED = f"Hugging Face does not accept the token: make a new one at {SETTINGS}."
MAY_WRITE = (
    "The Hugging Face token may change things in its account ({what}), which Parley never needs: use a fine-grained "
    f'token that may only "Make calls to Inference Providers" ({SETTINGS}).'
)

log = logging.getLogger(__name__)


def stored_token() -> str:
    """The token that `hf auth login` keeps on this machine, or "". It may refresh a browser login over the network."""
    # Only here: the import takes 0.2 s, and reads the environment, which is set up by then.
    from huggingface_hub import get_token

    try:
        return get_token() or ""
    except (OSError, UnicodeDecodeError) as error:
        log.warning("the token that `hf auth login` keeps could not be read: %s", type(error).__name__)
        return ""


async def token_warnings(session: aiohttp.ClientSession, hub_url: str, token: str) -> tuple[str, ...]:
    """What an operator should know of this token. Where the hub does not answer, what can be seen without it."""
    if not token:
        return ()
    if not token.startswith(("hf_", "api_")):
        return (UNUSUAL,)  # somebody else's key: the hub is not asked about it
    form = (OLD,) if token.startswith("api_") else ()
    try:
        status, account = await get_json(session, f"{hub_url}/api/whoami-v2", headers(hub_url, token), SECONDS, BYTES)
    except FOREIGN as error:
        log.info("the token could not be looked at: %s", type(error).__name__)
        return form
    if status == 401:
        return (*form, REFUSED)
    powers = sorted(set(_powers(account)))
    return (*form, MAY_WRITE.format(what=", ".join(powers))) if powers else form


async def look_at_token(session: aiohttp.ClientSession, hub_url: str, token: str, clocks: Clocks) -> Sequence[Finding]:
    """For `check`: how old the token is, and what it may do, as far as the hub tells."""
    if not token.startswith(("hf_", "api_")):
        return [Finding("mend", PART, UNUSUAL)]  # somebody else's key: the hub is not asked about it
    try:
        seen = await look(session, f"{hub_url}/api/whoami-v2", headers(hub_url, token), SECONDS, BYTES)
    except FOREIGN as error:
        why = (
            f"{hub_url} cannot be reached ({type(error).__name__}): check this machine's network and inference.hub_url."
        )
        return [Finding("mend", PART, why)]
    clocks.hear("Hugging Face", seen.headers)
    if seen.status != 200:
        return [Finding("mend", PART, _refusal(seen.status))]
    access = _at(seen.body, "auth", "accessToken")
    if _at(access, "role") == "fineGrained" and NEEDED[0] not in set(_permissions(access)):
        return [Finding("mend", PART, LACKS)]
    found = [Finding("fine", PART, f"the token was {_age(_at(access, 'createdAt'))}, {_rights(access)}.")]
    if token.startswith("api_"):
        found.append(Finding("note", PART, OLD))
    if powers := sorted(set(_powers(seen.body))):
        found.append(Finding("note", PART, MAY_WRITE.format(what=", ".join(powers))))
    return found


def _refusal(status: int) -> str:
    if status == 401:
        return REFUSED
    return f"the hub answers with status {status}, so the token (HF_TOKEN) could not be looked at: try again later."


def _age(created: Any) -> str:
    try:
        made = datetime.fromisoformat(created)
    except (TypeError, ValueError):
        return "made nobody knows when"
    days = (datetime.now(UTC) - made.astimezone(UTC)).days
    return f"made on {made:%Y-%m-%d}, {days} days ago"


def _rights(access: Any) -> str:
    permissions = sorted({each for each in _permissions(access) if PERMISSION.fullmatch(each)})
    if permissions:
        return f"it may {', '.join(permissions)}"
    role = _at(access, "role")
    return f"its role is {role}" if role in ("read", "write", "fineGrained") else "its rights are not told"


def _permissions(access: Any) -> Iterator[str]:
    fine = _at(access, "fineGrained")
    scopes = _at(fine, "scoped")
    lists = [
        _at(fine, "global"),
        *(_at(scope, "permissions") for scope in (scopes if isinstance(scopes, list) else ())),
    ]
    for permissions in lists:
        for permission in permissions if isinstance(permissions, list) else ():
            if isinstance(permission, str):
                yield permission


def _powers(account: Any) -> Iterator[str]:
    """What a token may change, by whoami-v2's description of it (its shape checked 2026-11-20)."""
    access = _at(account, "auth", "accessToken")
    if _at(access, "role") == "write":
        yield "it has the role write"
    for permission in _permissions(access):
        if permission.endswith(".write") and permission not in NEEDED:
            yield permission if PERMISSION.fullmatch(permission) else "a write permission"


def _at(value: Any, *names: str) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
