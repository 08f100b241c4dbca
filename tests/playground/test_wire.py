"""The ledger as people read it."""

import pytest

from playground.wire import KEPT, MOST_LINES, REFUSED_SECONDS, Wire
from simulators.discord import DiscordSimulator
from simulators.simulator import HUNG_UP, Entry
from simulators.telegram import TelegramSimulator


@pytest.fixture
def sim() -> DiscordSimulator:
    return DiscordSimulator()


def lines(sim: DiscordSimulator, *entries: Entry) -> list[dict[str, str]]:
    sim.ledger.extend(entries)
    return [*Wire({"discord": sim}).lines()]


@pytest.mark.parametrize(
    ("request_line", "said"),
    [
        ("PATCH /api/v10/channels/1234567/messages/7654321", "PATCH messages/…4321"),
        ("POST /api/v10/channels/1234567/messages", "POST messages"),
        ("POST /api/v10/interactions/1234567/a-secret-token/callback", "POST callback"),
        ("PATCH /api/v10/webhooks/1234567/a-secret-token/messages/@original", "PATCH messages/@original"),
        ("PUT /api/v10/applications/1234567/commands", "PUT commands"),
        ("GET /api/v10/users/@me", "GET users/@me"),
        ("POST /bot123456:a-secret-token/sendMessage", "POST sendMessage"),
        (f"POST /{'a-secret' * 4}/v1/chat/completions", "POST chat/completions"),
    ],
)
def test_a_request_is_short_and_tells_no_token(sim: DiscordSimulator, request_line: str, said: str) -> None:
    [line] = lines(sim, Entry(sim.clock.now(), request_line, None, 200))
    assert line["request"] == said
    assert "secret" not in str(line)


def test_a_line_says_what_became_of_it(sim: DiscordSimulator) -> None:
    now = sim.clock.now()
    made = lines(
        sim,
        Entry(now, "PATCH /api/v10/channels/1/messages/2", {"content": "the text so far"}, 200),
        Entry(now, "PATCH /api/v10/channels/1/messages/2", {}, 429, "rate limited (user)", 2.0),
        Entry(now, "POST /bot1:x/sendMessage", {}, 429, "fault: status"),
        Entry(now, "POST /bot1:x/getUpdates", {}, 0),
        Entry(now, "POST /bot1:x/getUpdates", {}, 0, HUNG_UP),
        Entry(now, "PATCH /api/v10/channels/1/messages/2", {}, 403, "Missing Access"),
    )
    assert [each["note"] for each in made] == [
        "", "waits 2 s", f"waits {REFUSED_SECONDS:g} s", "", HUNG_UP, "Missing Access",
    ]  # fmt: skip
    assert [each["tone"] for each in made] == ["good", "wait", "wait", "open", "quiet", "bad"]
    assert made[0]["more"] == "the text so far"


def test_the_newest_lines_of_all_are_shown_and_old_entries_go(sim: DiscordSimulator) -> None:
    other = TelegramSimulator()
    wire = Wire({"discord": sim, "telegram": other})
    for number in range(KEPT * 2):
        sim.ledger.append(Entry(float(number), f"GET /{number}", None, 200))
    other.ledger.append(Entry(KEPT * 2 - 1.5, "POST /bot1:x/getMe", None, 200))
    first = wire.lines()
    assert len(first) == MOST_LINES
    assert [each["request"] for each in first[-3:]] == [f"GET {KEPT * 2 - 2}", "POST getMe", f"GET {KEPT * 2 - 1}"]
    assert len(sim.ledger) == KEPT
    sim.ledger.append(Entry(KEPT * 2.0, "GET /last", None, 200))
    second = wire.lines()
    assert [each["id"] for each in second[:-1]] == [each["id"] for each in first[1:]], "a line keeps its number"
