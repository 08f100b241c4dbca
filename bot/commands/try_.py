from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Annotated, Any

from bot.commands.bars import chart
from bot.commands.batches import Outcome, outcomes
from bot.commands.call import Call
from bot.commands.command import About, command
from bot.commands.entities import one
from bot.commands.permits import permitted
from bot.errors import Mistaken
from bot.events import Attachment
from bot.replies import Delta, Reply

FILE_BYTES = 10 * 2**20  # of a picture or a sound that is handed over
LABELS = 20
WRITTEN = 200  # tokens with which a model goes on with a text
CHAT = "chat"
CHATS = ("text-generation", "image-text-to-text", "any-to-any")  # the Hub's tags of models that chat
POSSIBLE: Mapping[str, str] = {  # tag -> what such a model does
    "text-classification": "sorting a text",
    "zero-shot-classification": "sorting by your own labels",
    "token-classification": "finding names",
    "summarization": "summaries",
    "translation": "translation",
    "question-answering": "questions about a text",
    "fill-mask": "missing words",
    "image-classification": "sorting a picture",
    "image-to-text": "describing a picture",
    "automatic-speech-recognition": "writing down speech",
    "text-to-speech": "reading aloud",
    "text-generation": "chat and going on with a text",
}
NEEDED = {"image-classification": "image", "image-to-text": "image", "automatic-speech-recognition": "audio"}
OFFLINE = (
    "Offline no model can be looked up. What I can show without one: --labels one,other sorts a text, and --context "
    "answers a question out of a text."
)
MASKS = ("[MASK]", "<mask>", "___")


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person handed over for the model."""

    input: str
    labels: Sequence[str]
    context: str
    languages: Mapping[str, str]
    file: Attachment | None


@command("/try --labels praise,complaint facebook/bart-large-mnli The parcel never came.")
async def try_(
    call: Call,
    model: Annotated[str, About("A model of the Hub, OWNER/NAME", completes="models")],
    input: Annotated[str, About("What it is given; left out: the file or the message replied to", rest=True)] = "",
    labels: Annotated[str, About("For sorting by your own labels: these, separated by commas")] = "",
    context: Annotated[str, About("For a question: the text that holds the answer")] = "",
    from_: Annotated[str, About("For translation: the language of the text, as the model calls it")] = "",
    to: Annotated[str, About("For translation: the language to translate to")] = "",
    file: Annotated[Attachment | None, About("A picture, a sound or a text")] = None,
) -> Reply:
    """Try any model of the Hub: sorting, answers, summaries, translations, pictures, speech."""
    name = permitted(await call.preferences(), model)
    named = [each.strip() for each in labels.split(",") if each.strip()]
    attached = file or next(iter(call.event.attachments), None)
    wish = Wish(input.strip(), named, context.strip(), _languages(from_.strip(), to.strip()), attached)
    tag = await _tag(call, name, wish)
    chats = tag == CHAT
    if chats or tag == "text-generation":
        text = await call.material(wish.input, wish.file)
        chat = {"messages": [{"role": "user", "content": text}]}
        going_on = {"task": tag, "inputs": text, "parameters": {"max_new_tokens": WRITTEN}}
        return Reply(_written(call, name, chat if chats else going_on))
    if tag not in POSSIBLE:
        raise Mistaken(OFFLINE if call.services.offline else _impossible(name, tag))
    inputs, parameters = await _form(call, tag, wish)
    return Reply(_tried(call, name, {"task": tag, "inputs": inputs, "parameters": parameters}))


async def _tag(call: Call, model: str, wish: Wish) -> str:
    """What the model is for: `CHAT`, or the Hub's pipeline tag."""
    catalogue = call.services.models.catalogue
    if catalogue.live(model):
        return CHAT
    if call.services.offline:  # no model can be looked up; what was handed over says what is wanted
        return "zero-shot-classification" if wish.labels else "question-answering" if wish.context else ""
    tag = await call.services.pipeline_of(model.partition(":")[0])
    listed = tag == "text-generation" and catalogue.offers  # and this one is not on the list: a base model
    return CHAT if tag in CHATS and not listed else tag


async def _form(call: Call, tag: str, wish: Wish) -> tuple[Any, Mapping[str, Any]]:
    """Inputs and parameters of the task. Raises `Mistaken` with what the model needs besides."""
    if kind := NEEDED.get(tag):
        return await _attached(call, wish.file, kind), {}
    if tag == "question-answering":
        if not wish.input:
            raise Mistaken("Write your question; the text that holds the answer is --context, a file or a reply.")
        return {"question": wish.input, "context": await call.material(wish.context, wish.file)}, {}
    text = await call.material(wish.input, wish.file)
    if tag == "zero-shot-classification":
        if not 2 <= len(wish.labels) <= LABELS:
            raise Mistaken(f"This model sorts by labels that you name: --labels one,other (2 to {LABELS}).")
        return text, {"candidate_labels": list(wish.labels)}
    if tag == "fill-mask" and not any(mask in text for mask in MASKS):
        raise Mistaken("This model finds a missing word: put ___ where it is missing.")
    return text, wish.languages if tag == "translation" else {}


async def _attached(call: Call, file: Attachment | None, kind: str) -> bytes:
    sort = {"image": "picture", "audio": "sound"}[kind]
    if file is None:
        raise Mistaken(f"This model takes a {sort}: attach one to the command.")
    if not file.media_type.startswith(f"{kind}/"):
        raise Mistaken(f"{file.name} is no {sort}, which is what this model takes.")
    return await call.read(file, FILE_BYTES)


def _languages(source: str, target: str) -> Mapping[str, str]:
    if bool(source) != bool(target):
        raise Mistaken("Name both languages, --from and --to, or neither.")
    return {"src_lang": source, "tgt_lang": target} if source else {}


def _impossible(model: str, tag: str) -> str:
    known = ", ".join(f"{words} ({tag})" for tag, words in POSSIBLE.items())
    why = f"{model} is for {tag}, which I cannot show here." if tag else f"I could not find out what {model} is for."
    hint = " /imagine draws with it." if tag == "text-to-image" else ""
    return f"{why}{hint}\nWhat can be tried: {known}."


async def _written(call: Call, model: str, task: Mapping[str, Any]) -> AsyncGenerator[Delta, None]:
    async with aclosing(call.ask(model, {**task, "alone": True})) as deltas:
        async for delta in deltas:
            yield replace(delta, note=delta.note or model) if delta.finish else delta


async def _tried(call: Call, model: str, task: Mapping[str, Any]) -> AsyncGenerator[Delta, None]:
    inputs = task["inputs"]
    said = inputs if isinstance(inputs, str) else ""
    empty = task["task"] == "token-classification"
    ask = outcomes([said], lambda _: call.ask(model, {**task, "alone": True}), nothing_is_an_answer=empty)
    async with aclosing(ask) as told:
        async for each in told:
            yield each if isinstance(each, Delta) else _shown(task["task"], model, each)


def _shown(tag: str, model: str, outcome: Outcome) -> Delta:
    """The outcome in its natural form."""
    text = outcome.text
    if tag == "token-classification":
        text = one(outcome.asked, outcome.result)
    elif outcome.result is not None:
        text = chart(outcome.result)
    return Delta(text, media=outcome.media, note=outcome.note or outcome.model or model, finish="stop")
