"""Thinking apart from answer, as text arrives (pure).

Many models write their reasoning into the text itself, between `<think>` and `</think>`. A text that begins inside a
thought without saying so cannot be told from an answer before it is too late; that is not this file's concern.
"""

NAMES = ("think", "thinking", "thought", "reasoning")


class Reasoning:
    """Splits one text. Thoughts stand before the answer only: an answer may speak of `<think>` as it likes.

    How the text is cut into fragments makes no difference. White space before a thought or before the answer is
    dropped; a thought that is never closed stays one.
    """

    def __init__(self) -> None:
        self._held = ""  # may be the beginning of a tag
        self._closing = ""  # the tag that ends the present thought; "" outside of one
        self._answering = False

    def feed(self, text: str) -> tuple[str, str]:
        """What is now known to be (thought, answer)."""
        thought = ""
        text = self._held + text
        self._held = ""
        while text and not self._answering:
            if self._closing:
                inside, text = self._leave(text)
                thought += inside
            else:
                text = self._enter(text.lstrip())
        return thought, text

    def end(self) -> tuple[str, str]:
        """What was held back: (thought, answer)."""
        held, self._held = self._held, ""
        return (held, "") if self._closing else ("", held)

    def _enter(self, text: str) -> str:
        """Look for a thought at the very start. Returns the text that is left to look at."""
        start = text[: len("</reasoning>")]
        for name in NAMES:
            if start.startswith(f"<{name}>"):
                self._closing = f"</{name}>"
                return text[len(name) + 2 :]
            if start.startswith(f"</{name}>"):  # some servers swallow the opening tag of an empty thought
                return text[len(name) + 3 :]
        if any(tag.startswith(start) for name in NAMES for tag in (f"<{name}>", f"</{name}>")):
            self._held = text
            return ""
        self._answering = True
        return text

    def _leave(self, text: str) -> tuple[str, str]:
        """Look for the end of the thought. Returns (thought, the text that is left to look at)."""
        closing = self._closing
        at = text.find(closing)
        if at >= 0:
            self._closing = ""
            return text[:at], text[at + len(closing) :]
        held = next((size for size in range(len(closing) - 1, 0, -1) if text.endswith(closing[:size])), 0)
        cut = len(text) - held
        self._held = text[cut:]
        return text[:cut], ""
