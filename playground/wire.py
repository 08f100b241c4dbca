"""The ledger as people read it: what went over the wire, and what was said to it."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from playground.door import SLOW
from playground.shapes import Json
from simulators.simulator import HUNG_UP, Entry, Simulator

MOST_LINES = 80
KEPT = 400  # entries of one simulator; the page shows the newest only
REFUSED_SECONDS = 2.0  # what the buttons' 429 asks for

ROOT = re.compile(r" (?:/api/v\d+|/bot[^/]*|/[\w-]{32}/v1)(?=/)")
TOKEN = re.compile(r"((?:webhooks|interactions)/\d+)/[^/]+")
PLACE = re.compile(r" (?:channels|applications|webhooks|interactions)/…\w+/(?=\D)(?:…/)?")
ID = re.compile(r"/\d{6,}(?=/|$)")
QUIET = re.compile(r"(?:getUpdates|/typing|sendChatAction|/users/@me|getMe)$|^GET ")


class Wire:
    """Numbers every entry once, so that the page knows its lines again; old entries are let go."""

    def __init__(self, parts: Mapping[str, Simulator]) -> None:
        self._parts = parts
        self._dropped = dict.fromkeys(parts, 0)

    def lines(self) -> Sequence[Json]:
        """The newest last."""
        found: list[tuple[float, Json]] = []
        for name, sim in self._parts.items():
            surplus = max(0, len(sim.ledger) - KEPT)
            del sim.ledger[:surplus]
            self._dropped[name] += surplus
            first = max(0, len(sim.ledger) - MOST_LINES)
            for number, entry in enumerate(sim.ledger[first:], self._dropped[name] + first):
                found.append((entry.at, _line(f"{name}-{number}", name, sim, entry)))
        return [line for _, line in sorted(found, key=lambda each: each[0])[-MOST_LINES:]]


def _line(id: str, where: str, sim: Simulator, entry: Entry) -> Json:
    happened = datetime.fromtimestamp(sim.clock.wall() - (sim.clock.now() - entry.at), UTC).astimezone()
    return {
        "id": id,
        "where": where,
        "at": f"{happened:%H:%M:%S}",
        "request": _said(entry.request),
        "status": entry.status,
        "note": _note(sim, entry),
        "tone": _tone(entry),
        "more": _more(entry.body),
    }


def _said(request: str) -> str:
    """Without the root, tokens and most of the ids."""
    short = TOKEN.sub(r"\1/…", ROOT.sub(" ", request).replace(" /", " ", 1).replace("  ", " "))
    return PLACE.sub(" ", ID.sub(lambda found: f"/…{found[0][-4:]}", short))


def _note(sim: Simulator, entry: Entry) -> str:
    if entry.status == 429:
        return f"waits {entry.hold or REFUSED_SECONDS * sim.scale:.3g} s"
    return entry.verdict


def _tone(entry: Entry) -> str:
    if entry.status == 429 or entry.verdict == SLOW:
        return "wait"
    if entry.verdict == HUNG_UP:
        return "quiet"
    if entry.verdict or entry.status >= 400:
        return "bad"
    return "open" if not entry.status else "quiet" if QUIET.search(entry.request) else "good"


def _more(body: Any) -> str:
    """The text that was written, its beginning: what people look for in a line."""
    if not isinstance(body, Mapping):
        return ""
    data = body.get("data")
    inner = data if isinstance(data, Mapping) else body
    text = next((inner[name] for name in ("content", "text", "caption") if isinstance(inner.get(name), str)), "")
    return text[-80:].strip()
