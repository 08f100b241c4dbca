"""Answers in chats that the bot need not be in: inline queries (`@bot question`), and guest mode (Bot API 10.0).

Both are one message, which is known by its inline id alone and grows by edits. An inline message shows its question as
well, for it stands in its author's name; what does not fit is behind a button, in the private chat. To ask again is to
write again: only Stop stands under it. Fields: Bot API 10.1 (read 2026-11-29).

A person who types `@bot question` is offered one article. That it was chosen Telegram tells only where inline feedback
is switched on (@BotFather, /setinlinefeedback, 100 %); without it the message stays as it is, with its button into the
private chat.
"""

from collections.abc import Sequence
from dataclasses import replace

from telegram import InlineQuery, InlineQueryResultArticle, InlineQueryResultsButton, InputTextMessageContent

from adapters.telegram.formatting import harmless
from adapters.telegram.messages import Messages
from adapters.telegram.rich import TEXT_LIMIT, clip, cut, join, marked
from adapters.telegram.writing import NO_PREVIEW, Shown, entities, keyboard
from bot.replies import WHOLE, Button, Page

QUESTION_LIMIT = 256  # characters of an inline query (Bot API 10.1)
SHOWN_LIMIT = 100  # units of the article's description; clients show two lines
WAITS = "The answer appears here …"
ELSEWHERE = "Ask in private"
START = "inline"  # what /start gets behind that button
REST = "This is the beginning: more does not fit into one message."
ALL_OF_IT = "All of it"
OURS = (1,)  # the one message, which has no number


class InlineMessages(Messages):
    """One message, whatever the number of pages."""

    async def open(self, pages: Sequence[Page], buttons: Sequence[Button]) -> None:
        one = _beginning(pages)
        if self.place.inline:
            await super().open(one, buttons)
            return
        shown = self._laid_out(one, 0, buttons, growing=True)
        inline = await self._writer.answer_guest(self.place, article("Answer", "", shown))
        self.place = replace(self.place, inline=inline, pages=OURS)
        self._shown = [shown]

    async def preview(self, pages: Sequence[Page], buttons: Sequence[Button]) -> bool:
        return await super().preview(_beginning(pages), buttons)

    async def finish(self, pages: Sequence[Page], buttons: Sequence[Button], turned: bool = False) -> None:
        await super().finish(_beginning(pages), buttons, turned)

    def _laid_out(self, pages: Sequence[Page], number: int, buttons: Sequence[Button], growing: bool) -> Shown:
        shown = super()._laid_out(pages, number, [each for each in buttons if each.action == "stop"], growing)
        question = marked("blockquote", harmless(self.place.asked))
        more = pages[number].note.endswith(REST)
        link = link_to(self._writer.bot.username, f"{WHOLE}{self._question}" if more else START)
        # Without any button Telegram would not tell the message's inline id.
        row = shown.buttons or ((ALL_OF_IT if more else ELSEWHERE, link),)
        return Shown(clip(join((question, shown.rich)), TEXT_LIMIT), row)


def link_to(username: str, payload: str) -> str:
    """Leads into the private chat with the bot, where /start gets the payload."""
    return f"https://t.me/{username}?start={payload}"


def offer(query: InlineQuery, username: str) -> tuple[Sequence[InlineQueryResultArticle], InlineQueryResultsButton]:
    """What a person may choose who has typed this, and the button above it."""
    above = InlineQueryResultsButton(ELSEWHERE, start_parameter=START)
    text = query.query.strip()
    if not text:
        return (), above
    question = join((marked("blockquote", harmless(text)), marked("italic", WAITS)))
    shown = Shown(question, ((ELSEWHERE, link_to(username, START)),))
    return (article(f"Ask @{username}", text, shown),), above


def article(title: str, description: str, shown: Shown) -> InlineQueryResultArticle:
    content = InputTextMessageContent(shown.rich.text, entities=entities(shown.rich), link_preview_options=NO_PREVIEW)
    about = cut(description, SHOWN_LIMIT) or None
    return InlineQueryResultArticle("answer", title, content, keyboard(shown.buttons), description=about)


def _beginning(pages: Sequence[Page]) -> Sequence[Page]:
    first = pages[0]
    if len(pages) == 1:
        return pages
    return [replace(first, note="\n".join(filter(None, (pages[-1].note, REST))))]
