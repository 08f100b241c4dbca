"""An answer that ends before certain words, as its pieces arrive: incremental, without I/O.

Servers differ: some leave the word that stopped them in the text (TGI), some know no such words at all (2026-11-20).
"""

from collections.abc import Sequence


class Stops:
    """`feed` gives as much of the text as cannot belong to a stop; `met` says that one came, and all is said."""

    def __init__(self, words: Sequence[str]) -> None:
        self.met = False
        self._words = tuple(word for word in words if word)
        self._held = ""  # might be the beginning of a stop

    def feed(self, text: str) -> str:
        if self.met:
            return ""
        text, self._held = self._held + text, ""
        cut = min((at for word in self._words if (at := text.find(word)) >= 0), default=-1)
        if cut >= 0:
            self.met = True
            return text[:cut]
        keep = len(text) - self._begun(text)
        self._held = text[keep:]
        return text[:keep]

    def end(self) -> str:
        """The text is over: what was held back after all."""
        held, self._held = self._held, ""
        return held

    def _begun(self, text: str) -> int:
        """How long the longest beginning of a stop at the text's end is."""
        longest = max(map(len, self._words), default=1) - 1
        lengths = range(min(longest, len(text)), 0, -1)
        return next((size for size in lengths if any(word.startswith(text[-size:]) for word in self._words)), 0)
