from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from functools import partial
from typing import Annotated

from bot.commands.bars import bar, chart, escaped, percent, shortened
from bot.commands.batches import Outcome, Texts, footer, outcomes, texts_of
from bot.commands.call import Call
from bot.commands.command import About, command
from bot.events import Attachment
from bot.inference.backend import Label
from bot.replies import Delta, Reply

SHOWN = 60  # characters of each text of a batch
TOP = 5  # labels that are asked for


@command("/sentiment I love how fast this is!", on_message="Sentiment")
async def sentiment(
    call: Call,
    text: Annotated[str, About("The text, or several, a line each; left out: the message replied to", rest=True)] = "",
    file: Annotated[Attachment | None, About("A text file, a text on each line")] = None,
) -> Reply:
    """Tell whether a text, or each of several lines, is positive or negative."""
    texts = await texts_of(call, text, file)
    model = call.services.selection.choice("sentiment", await call.preferences()).model
    return Reply(_judged(call, model, texts))


async def _judged(call: Call, model: str, texts: Texts) -> AsyncGenerator[Delta, None]:
    known: list[Outcome] = []
    async with aclosing(outcomes(texts.texts, partial(_ask, call, model))) as told:
        async for each in told:
            if isinstance(each, Delta):
                yield each
                continue
            known.append(each)
            if len(texts.texts) == 1:
                yield Delta(chart(each.result))
            else:
                yield Delta(f"{len(known)}. {_line(each)}\n")
    if len(texts.texts) > 1:
        yield Delta(f"\n{_summary(known)}")
    yield Delta(note=footer(model, texts, known), finish="stop")


def _ask(call: Call, model: str, text: str) -> AsyncGenerator[Delta, None]:
    return call.ask(model, {"task": "text-classification", "inputs": text, "parameters": {"top_k": TOP}})


def _line(outcome: Outcome) -> str:
    text = escaped(shortened(outcome.asked, SHOWN))
    if outcome.trouble:
        return f"“{text}” – could not be read"
    best = _best(outcome)
    return f"{bar(best.score)} **{escaped(best.name)}** {percent(best.score)} – “{text}”"


def _summary(known: Sequence[Outcome]) -> str:
    """How many have each label, the mean confidence, and what went wrong."""
    best = [_best(each) for each in known if not each.trouble]
    counts = Counter(label.name for label in best).most_common()
    parts = [f"{count} {escaped(name)}" for name, count in counts]
    trouble = [each.trouble for each in known if each.trouble]
    mean = percent(sum(label.score for label in best) / len(best))
    lines = [f"**{len(known)} texts**: {', '.join(parts)}; mean confidence {mean}"]
    if trouble:
        lines.append(f"{len(trouble)} could not be read: {trouble[0].message}")
    return "\n".join(lines)


def _best(outcome: Outcome) -> Label:
    best: Label = max(outcome.result, key=lambda label: label.score)
    return best
