"""What the offline guide does besides looking things up: it remembers the conversation and streams long texts. Pure."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from bot.inference.guide import Guide

Message = Mapping[str, Any]

QUOTE = "[Quoted from"  # begins a prompt that quotes somebody (prompt.py)
END_OF_QUOTE = "[End of the quote]"  # the person's own words follow the last one
LETTER = r"(?:[^\W_]|['’-])"  # nothing that a platform could take for a mention or for markup
NAMED = rf"\b(?i:my name(?: is|['’]s)|i(?: am|['’]m) called) +([^\W\d_]{LETTER}{{0,39}}(?: [A-Z]{LETTER}{{0,39}})?)"
MEETS = re.compile(rf"(?:\w+\W+)?{NAMED}\W*")
ASKS_NAME = re.compile(r"\bwhat(?:['’]s| is) my name\b|\bwho am i\b|\bmy name\?|\bwhat am i called\b", re.IGNORECASE)
ASKS_BEFORE = re.compile(
    r"\bwhat (?:did|have|had) i (?:just |already )?(?:say|said|ask|asked|tell|told|write|wrote|written)\b"
    r"|\bmy (?:first|last|previous|earlier) (?:message|question)s?\b|\bdo you remember\b",
    re.IGNORECASE,
)
RECALLED, RECALLED_LENGTH = 5, 200  # messages, and characters of each

COUNTS = re.compile(r"\bcount (?:from (?:1|one) )?(?:up )?to (\d{1,9})\b", re.IGNORECASE)
COUNT_LIMIT = 1000
WANTS_LONG = re.compile(r"^(?:please |now )?(?:write|say|tell|give|show)\b.*\b(?:long|longer|lengthy)\b", re.IGNORECASE)
TOUR_LENGTH, TOUR_PASSAGE = 6000, 800  # characters: a few messages on Discord, two on Telegram
TOUR = """\
# A long answer 📖

This text is long on purpose. It grows while you read and goes on in a further message when one is full. Stop ends it \
at once, Continue takes it up again. 🛑

## What to look for 👀

1. The message is edited as the words arrive.
2. A full message stays as it is, and the next one begins.
3. Code stays whole, also where a message ends:

```python
for number in range(1, 4):
    print("Parley", number)  # 🎈
```

What follows is read out from the documentation."""


def remember(question: str, before: Sequence[Message]) -> str | None:
    """An answer from the conversation's earlier messages. None: the question is about something else."""
    given = f"I was given {len(before)} earlier message{'' if len(before) == 1 else 's'} of this conversation"
    if ASKS_NAME.search(question):
        names = re.findall(NAMED, "\n".join([*_said(before), question]))
        return f"Your name is {names[-1]}. {given}." if names else f"{given}, and none tells me your name."
    if ASKS_BEFORE.search(question):
        said = _said(before)
        if not said:
            return f"{given}, and none is from you."
        quotes = "\n".join(f"- “{_brief(each)}”" for each in said[-RECALLED:])
        return f"{given}. What you said{' last' if len(said) > RECALLED else ''}:\n\n{quotes}"
    if found := MEETS.fullmatch(question):
        return f"Hello {found[1]}. Ask me later “What is my name?”, and I answer from this conversation."
    return None


def perform(question: str, guide: Guide) -> str | None:
    """A text long enough to watch it grow. None: the question is about something else."""
    if found := COUNTS.search(question):
        numbers = ", ".join(str(number) for number in range(1, min(int(found[1]), COUNT_LIMIT) + 1))
        return f"{numbers or 0}." if int(found[1]) <= COUNT_LIMIT else f"{numbers}. That is as far as I count."
    if WANTS_LONG.search(question):
        parts = [TOUR]
        for passage in guide.passages:
            if passage.text and sum(map(len, parts)) < TOUR_LENGTH:
                parts.append(guide.show(passage, TOUR_PASSAGE))
        return "\n\n".join(parts)
    return None


def own_words(message: Message) -> str:
    """What the person wrote, without what they quoted."""
    content: str = message["content"]
    return content.rpartition(END_OF_QUOTE)[2].strip() if content.startswith(QUOTE) else content


def _said(before: Sequence[Message]) -> list[str]:
    return [own_words(each) for each in before if each["role"] == "user"]


def _brief(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= RECALLED_LENGTH else f"{line[:RECALLED_LENGTH].rstrip()} …"
