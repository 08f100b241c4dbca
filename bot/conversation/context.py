"""Which turns fit into the model's window (pure).

Sizes are reckoned in bytes of UTF-8, three to a token: low for English, right for many languages, and safe. A server
that still finds the request too long is asked once more with half of the history (`chat.py`).
"""

from collections.abc import Sequence

from bot.conversation.turns import Turn

BYTES_PER_TOKEN = 3
TURN_OVERHEAD = 8 * BYTES_PER_TOKEN  # what a chat template wraps around each turn


def budget(window: int, max_tokens: int) -> int:
    """Bytes that a prompt may have in a window of so many tokens, with room left for the answer."""
    return (window - min(max_tokens, window // 2)) * BYTES_PER_TOKEN


def size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass")) + TURN_OVERHEAD


def fitting(turns: Sequence[Turn], room: int) -> Sequence[Turn]:
    """The newest exchanges that fit into `room` bytes, oldest first. An exchange begins with a user's turn."""
    kept = len(turns)
    for start in range(len(turns) - 1, -1, -1):
        room -= size(turns[start].text)
        if room < 0:
            break
        if turns[start].role == "user":
            kept = start
    return turns[kept:]
