from datetime import UTC, datetime

import pytest

from bot.commands.audit import line, what
from bot.settings import Change

AT = datetime(2026, 11, 20, 9, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "before", "after", "text"),
    [
        ("grant|person:discord:1|", "", "allow", "`discord:1`: as everybody → let in"),
        ("grant|name:discord:ada|", "asked", "deny", "`discord:@ada`: unknown → denied"),
        ("grant|role:discord:7|imagine", "deny", "allow", "`discord:role:7` /imagine: denied → let in"),
        ("grant|role:discord:7|imagine", "", "ban", "`discord:role:7` from /imagine: as everybody → banned"),
        ("grant|everyone|imagine", "", "deny", "/imagine switched off"),
        ("grant|everyone|imagine", "deny", "", "/imagine switched on"),
        ("owners", "[]", '["person:discord:1"]', "became an owner"),
        ("open", "", "yes", "opened"),
        ("open", "yes", "no", "closed"),
        ("limit.tokens.day", "", "5000", "budget, as configured → 5,000 tokens a day"),
        ("cap.micros.month", "1500000", "off", "budget by an admin, $1.50 a month → no limit"),
        ("each.pictures.day", "3", "", "budget of each person, 3 pictures a day → as configured"),
        ("model.chat", "", "a/b", "model for chat: none → a/b"),
        ("models.own", "", "off", "models.own: none → off"),
        ("persona.prompt", "You are secret.", "You are hidden.", "persona changed"),
        ("personas.pirate", "You are secret.", "", "persona taken away"),
        ("streaming", "on", "off", "streaming: on → off"),
    ],
)
def test_how_a_change_reads(name: str, before: str, after: str, text: str) -> None:
    assert what(Change("person:discord:9", "instance", name, before, after, AT)) == text


def test_who_and_when() -> None:
    assert line(Change("person:discord:9", "instance", "open", "", "yes", AT)) == "- 20 Nov 09:05 `discord:9`: opened"
    assert "config: " in line(Change("config", "instance", "open", "", "yes", AT))
