"""When the next edit should go, as far as the reader is concerned (pure).

What a platform allows is its surface's own concern (`Surface.wait`).
"""


def gap(age: float) -> float:
    """Seconds between two edits of an answer whose text began `age` seconds ago.

    Readers notice delay most at the start, so edits come quickly at first and slow down to one a second. Within 1.25 of
    the best possible spacing on average (reckoned for 20 to 100 tokens/s; see benchmarks/).
    """
    return min(1.0, 0.15 + age / 2)
