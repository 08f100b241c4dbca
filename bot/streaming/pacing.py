"""When the next edit should go, as far as the reader is concerned, and when what is shown is kept (pure).

What a platform allows is its surface's own concern (`Surface.wait`).
"""

CHECKPOINT_SECONDS = 2.0  # what a crash may take of a shown text


def gap(age: float) -> float:
    """Seconds between two edits of an answer whose text began `age` seconds ago.

    Readers notice delay most at the start, so edits come quickly at first and slow down to one a second. Within 1.25 of
    the best possible spacing on average (reckoned for 20 to 100 tokens/s; see benchmarks/).
    """
    return min(1.0, 0.15 + age / 2)


def checkpoint_gap(age: float) -> float:
    """Seconds between two checkpoints of an answer that appeared `age` seconds ago.

    A crash takes the screen back to the last one: by half of a young answer and a little, later by two seconds.
    """
    return min(CHECKPOINT_SECONDS, 0.25 + age / 2)
