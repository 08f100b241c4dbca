from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated

from bot.commands.bars import shortened, signature
from bot.commands.call import Call
from bot.commands.command import About, Press, command
from bot.commands.parse import bind
from bot.commands.posts.counting import LIMIT
from bot.commands.posts.draft import Draft, finished
from bot.commands.posts.extract import extracted
from bot.commands.posts.layout import shown
from bot.commands.posts.request import Wanted, messages
from bot.commands.posts.sentences import beginning
from bot.commands.posts.writing import Writer
from bot.commands.presses import origin
from bot.conversation.context import budget, size
from bot.errors import Mistaken, ParleyError
from bot.events import Attachment, Question
from bot.replies import Delta, Reply

SHORTER = (LIMIT, 200, 140, 100)  # what one press after the other makes of the limit
TONES = ("matter-of-fact", "friendly", "playful", "enthusiastic", "dry and ironic")
LEAST_BYTES = 1000  # of the material, however small the window is
OFFLINE_MOST = 50_000  # characters that are looked at without a model
TITLE = 150  # characters of a headline
WISH_LIMIT = 60  # characters of a tone or a language
OFFLINE = "Offline: sentences picked from the text as they stand, not written by a model"


@dataclass(frozen=True, slots=True)
class Job:
    material: str
    wanted: Wanted
    headline: bool  # shown apart from the posts
    picture: bool


async def _anew(call: Call, target: Question) -> Reply:
    first = await origin(call, target)
    values = bind(tweetify, first.call.event)
    limit = SHORTER[min(first.pressed.count("posts_shorter"), len(SHORTER) - 1)]
    if turns := first.pressed.count("posts_tone"):
        others = [tone for tone in TONES if tone != values["tone"].strip().lower()]
        values["tone"] = others[(turns - 1) % len(others)]
    return await _reply(first.call, limit, **values)


@command(
    "/tweetify --count 4 --tone friendly This month we moved our servers to Ulm. …",
    on_message="Tweetify",
    presses={
        "posts_again": Press(_anew, "Again"),
        "posts_shorter": Press(_anew, "Shorter"),
        "posts_tone": Press(_anew, "Other tone"),
    },
)
async def tweetify(
    call: Call,
    text: Annotated[str, About("The newsletter; left out: the file or the message replied to", rest=True)] = "",
    count: Annotated[int, About("How many posts", bounds=(1, 10))] = 3,
    headline: Annotated[bool, About("Give a headline too, apart from the posts")] = False,
    picture: Annotated[bool, About("Add a header picture made from the headline")] = False,
    language: Annotated[str, About("The language of the posts; left out: that of the text")] = "",
    tone: Annotated[str, About("Such as: friendly, playful, matter-of-fact")] = "",
    file: Annotated[Attachment | None, About("The newsletter as a text file")] = None,
) -> Reply:
    """Turn a newsletter into posts for X, each ready to copy."""
    return await _reply(call, LIMIT, text, count, headline, picture, language, tone, file)


async def _reply(
    call: Call,
    limit: int,
    text: str,
    count: int,
    headline: bool,
    picture: bool,
    language: str,
    tone: str,
    file: Attachment | None,
) -> Reply:
    for name, wish in (("language", language), ("tone", tone)):
        if len(wish) > WISH_LIMIT:
            raise Mistaken(f"Say the {name} in up to {WISH_LIMIT} characters.")
    wanted = Wanted(count, limit, tone.strip(), language.strip())
    return Reply(_posts(call, Job(await call.material(text, file), wanted, headline, picture)))


async def _posts(call: Call, job: Job) -> AsyncGenerator[Delta, None]:
    """The posts, and behind them the picture, which may fail without them."""
    notes: list[str] = []
    draft: Draft | None = None
    if call.services.offline:
        draft, notes = _picked(job)
    else:
        async with aclosing(_written(call, job)) as told:
            async for each in told:
                if isinstance(each, Delta):
                    yield each
                else:
                    draft, notes = each
    if draft is None:
        raise Mistaken("I found no sentences in that text. Give me a longer one.")
    posts = finished(draft, job.wanted.count, job.wanted.limit)
    if len(posts) < job.wanted.count:
        notes.append(f"There was enough for {len(posts)} of {job.wanted.count} posts.")
    title = shortened(draft.headline or posts[0], TITLE)
    apart = title if job.headline or job.picture else ""
    yield Delta(shown(posts, LIMIT, apart), note="\n".join(notes), finish="stop")
    if job.picture:
        async with aclosing(_picture(call, title, notes)) as drawn:
            async for delta in drawn:
                yield delta


async def _written(call: Call, job: Job) -> AsyncGenerator[Delta | tuple[Draft | None, list[str]], None]:
    """By the model that was chosen: progress, then the draft and what is to be said of it."""
    selection = call.services.selection
    choice = selection.choice("tweetify", await call.preferences())
    material = beginning(job.material, _room(call, choice.model, job.wanted))
    writer = Writer(partial(call.ask, choice.model), material, job.wanted)
    yield Delta(progress=f"Writing {job.wanted.count} posts …")
    async with aclosing(writer.write()) as told:
        async for delta in told:
            yield delta
    notes = [signature(writer.model or choice.model, writer.tokens), await selection.farewell("tweetify", choice)]
    if job.wanted.tone:
        notes.append(f"Tone: {job.wanted.tone}.")
    notes += _left_out(job.material, writer.material)
    yield writer.draft, [note for note in notes if note]


def _room(call: Call, model: str, wanted: Wanted) -> int:
    """Bytes of the material that fit into the model's window beside everything else."""
    rules = sum(size(each["content"]) for each in messages("", wanted))
    return max(LEAST_BYTES, budget(call.services.models.window(model), call.services.budgets.max_tokens) - rules)


def _picked(job: Job) -> tuple[Draft | None, list[str]]:
    """Without a model."""
    wishes = [name for name, wish in (("tone", job.wanted.tone), ("language", job.wanted.language)) if wish]
    unmet = f"; another {' or '.join(wishes)} needs one" if wishes else ""
    material = job.material[:OFFLINE_MOST]
    draft = extracted(material, job.wanted.count, job.wanted.limit)
    return draft, [f"{OFFLINE}{unmet}.", *_left_out(job.material, material)]


def _left_out(material: str, seen: str) -> list[str]:
    if len(seen) >= len(material):
        return []
    return [f"The text is too long: its first {len(seen):,} of {len(material):,} characters were read."]


async def _picture(call: Call, headline: str, notes: list[str]) -> AsyncGenerator[Delta, None]:
    prompt = f"Header picture for an article, without any letters or words in it: {headline}"
    try:
        await call.services.access.require(call.event, "ask", "here", "imagine", call.surface)
        model = call.services.selection.choice("imagine", await call.preferences()).model
        yield Delta(progress="Drawing the header picture …")
        async with aclosing(call.ask(model, {"task": "text-to-image", "inputs": prompt, "parameters": {}})) as deltas:
            async for delta in deltas:
                yield replace(delta, text="", note="\n".join(filter(None, (*notes, delta.note))))
    except ParleyError as trouble:
        yield Delta(note="\n".join([*notes, f"There is no picture: {trouble.message}"]))
