"""What keeps the bot from working on Telegram, as far as Telegram tells without being disturbed.

getUpdates is never called: it would take the updates away from a bot that runs. So whether somebody else polls with the
same token is not known here; the bot itself notices, and says so. Fields as Bot API 10.1 describes them (2026-11-29).
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from adapters.looking import FOREIGN, LIVE, Answer, Look, field, host
from adapters.telegram.config import TelegramConfig
from bot.finding import Finding, Place

PART = "Telegram"
TOKEN = re.compile(r"\d{5,16}:[A-Za-z0-9_-]{30,}")
COPY = "Copy it anew from @BotFather (/mybots, your bot, API Token) into .env."
LATELY_SECONDS = 3600.0  # an older error of the webhook is over

NOT_SET = "TELEGRAM_TOKEN is not set: docs/telegram.md says where to get it."
REFUSED = f"Telegram refuses TELEGRAM_TOKEN. {COPY}"
MALFORMED = f"TELEGRAM_TOKEN is no token (123456789:AA...){{hint}}. {COPY}"
WEBHOOK = (
    "a webhook ({host}) is set for this bot, so Telegram sends its updates there and not to us. One that Parley set is "
    "removed at the next start; if nothing else uses this bot, remove any other: "
    "curl {api_url}$TELEGRAM_TOKEN/deleteWebhook"
)
PRIVATE = (
    "privacy mode is on, so that at home (/here, chat {chats}) it hears nothing without a mention: make it an "
    "administrator there, or switch privacy mode off with @BotFather (/setprivacy, Disable), then remove it from the "
    "group and add it again."
)
NO_GROUPS = "it cannot be added to groups: @BotFather, /setjoingroups, Enable."
NO_INLINE = "inline queries (@{name} in any chat) are off: @BotFather, /setinline, switches them on."
NOT_WRITING = (
    "it may not write in the chat {chat}: make it an administrator there, or let members (or the bot) send messages."
)
NOT_THERE = "it is no member of the chat {chat} any more, which is one of its homes (/here): add it again."
UNREACHABLE = "{url} cannot be reached ({error}): check this machine's network, and telegram.api_url."
STRANGE = "what answers at {url} is no Bot API (status {status}): mend telegram.api_url."

Ask = Callable[..., Awaitable[Answer]]

_fine = partial(Finding, "fine", PART)
_note = partial(Finding, "note", PART)
_mend = partial(Finding, "mend", PART)


@dataclass(frozen=True, slots=True)
class Standing:
    """What the bot is in a group."""

    place: Place
    member: bool = True
    in_charge: bool = False  # who is hears everything, whatever the privacy mode
    findings: Sequence[Finding] = ()


async def diagnose(config: TelegramConfig, token: str, look: Look) -> Sequence[Finding]:
    if not TOKEN.fullmatch(token):
        return [_mend(MALFORMED.format(hint=_hint(token)) if token else NOT_SET)]
    ask = _asking(config, token, look)
    try:
        me = await ask("getMe")
        if field(me.body, "result", "is_bot") is not True:
            return [_mend(_refusal(config, me))]
        webhook = field((await ask("getWebhookInfo")).body, "result")
        groups = [place for place in look.places if place.chat.startswith("-")]
        standings = [await _standing(ask, field(me.body, "result", "id"), place) for place in groups]
    except FOREIGN as error:
        return [_mend(UNREACHABLE.format(url=host(config.api_url), error=type(error).__name__))]
    own = field(me.body, "result")
    homes = [each.place.chat for each in standings if each.place.home and each.member and not each.in_charge]
    lacking = [found for each in standings for found in each.findings]
    return judge(config, own, webhook, homes, datetime.now(UTC)) + lacking


def judge(
    config: TelegramConfig, me: Mapping[str, Any], webhook: Any, homes: Sequence[str], now: datetime
) -> list[Finding]:
    """What getMe and getWebhookInfo say, for a bot that is at home in these groups and not in charge there (pure)."""
    found = [_fine(f"signed in as @{me.get('username')}."), *_of_webhook(config, webhook, now)]
    if me.get("can_join_groups") is False:
        found.append(_note(NO_GROUPS))
    if me.get("can_read_all_group_messages") is False and homes:
        found.append(_mend(PRIVATE.format(chats=", ".join(homes))))
    if me.get("supports_inline_queries") is False:
        found.append(_note(NO_INLINE.format(name=me.get("username"))))
    return found


async def send(config: TelegramConfig, token: str, look: Look, chat: str) -> Finding:
    """One real message to a chat, by its id or @name."""
    body = {"chat_id": chat, "text": LIVE, "link_preview_options": {"is_disabled": True}}
    try:
        answer = await _asking(config, token, look)("sendMessage", body)
    except FOREIGN as error:
        return _mend(UNREACHABLE.format(url=host(config.api_url), error=type(error).__name__))
    if answer.status == 200:
        return _fine(f"a message arrived in the chat {chat}.")
    return _mend(f"the chat {chat} took no message: {_why_not(config, answer)}")


def _asking(config: TelegramConfig, token: str, look: Look) -> Ask:
    async def ask(method: str, body: Mapping[str, Any] | None = None) -> Answer:
        return await look.ask(PART, f"{config.api_url}{token}/{method}", body=body)

    return ask


def _hint(token: str) -> str:
    if re.search(r"\s", token):
        return ": a blank stands in it"
    if token.isdecimal():
        return ", only the part before the colon"
    if token.startswith("@"):
        return ", but the bot's name"
    if token.startswith("bot") and TOKEN.fullmatch(token[3:]):
        return ": leave out the “bot” before it"
    return ""


def _refusal(config: TelegramConfig, answer: Answer) -> str:
    if field(answer.body, "ok") is False and answer.status in (401, 404):
        return REFUSED
    if field(answer.body, "ok") is False or answer.status >= 500:
        return f"Telegram has trouble of its own (status {answer.status}): try again later."
    return STRANGE.format(url=host(config.api_url), status=answer.status)


def _of_webhook(config: TelegramConfig, webhook: Any, now: datetime) -> Sequence[Finding]:
    url, waiting = field(webhook, "url") or "", field(webhook, "pending_update_count") or 0
    some = f" {waiting} updates wait." if waiting else ""
    if not config.webhook_url:
        if url:
            return [_mend(WEBHOOK.format(host=host(url), api_url=config.api_url))]
        return [_fine(f"updates are asked for (polling).{some}")]
    if url != config.webhook_url:
        set_now = f"now it is {host(url)}" if url else "now there is none"
        return [_note(f"the next start sets the webhook that telegram.webhook_url names; {set_now}.{some}")]
    last = field(webhook, "last_error_date")
    if isinstance(last, int) and now.timestamp() - last < LATELY_SECONDS:
        said = _plain(field(webhook, "last_error_message"))
        return [
            _mend(
                f"Telegram could not post to telegram.webhook_url ({said}).{some} Does the reverse proxy run, with a "
                "certificate that Telegram can check, and does it lead to the web port ([web] port)?"
            )
        ]
    return [_fine(f"updates come by webhook.{some}")]


async def _standing(ask: Ask, bot: int, place: Place) -> Standing:
    member = await ask("getChatMember", {"chat_id": place.chat, "user_id": bot})
    status = field(member.body, "result", "status")
    if status in ("administrator", "creator"):
        return Standing(place, in_charge=True)
    if status == "member":
        chat = await ask("getChat", {"chat_id": place.chat})
        writes = field(chat.body, "result", "permissions", "can_send_messages") is not False
    elif status == "restricted":
        writes = field(member.body, "result", "can_send_messages") is not False
    else:  # left, kicked, or a chat that is not there: where it is not at home, nobody minds
        lost = (_mend(NOT_THERE.format(chat=place.chat)),) if place.home else ()
        return Standing(place, member=False, findings=lost)
    return Standing(place, findings=() if writes else (_mend(NOT_WRITING.format(chat=place.chat)),))


def _why_not(config: TelegramConfig, answer: Answer) -> str:
    said = str(field(answer.body, "description") or "").lower()
    if answer.status == 429:
        return f"Telegram asks to wait {field(answer.body, 'parameters', 'retry_after') or 'a while'} s."
    if "chat not found" in said or "peer_id_invalid" in said:
        return (
            "Telegram knows no such chat of this bot. A person has to press Start in the private chat first; a group "
            "has to have the bot as a member, and its id begins with -."
        )
    if "blocked" in said or "deactivated" in said:
        return "this person has blocked the bot, or is gone. Only they can change that."
    if answer.status == 403 or "kicked" in said:
        return "the bot is no member there: add it."
    if "topic" in said or "thread" in said:
        return "its topic is closed: open it, or make the bot an administrator."
    if "rights" in said or "forbidden" in said or "restricted" in said:
        return "the bot may not write there: make it an administrator, or let members send messages."
    if answer.status == 400:
        return f"Telegram refuses it ({_plain(said)})."
    return _refusal(config, answer)


def _plain(said: Any) -> str:
    return "".join(char for char in str(said or "no reason") if char.isprintable())[:120]
