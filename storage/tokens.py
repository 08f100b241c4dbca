"""Ids that tell nothing and cannot be guessed."""

import secrets


def new_token() -> str:
    """72 random bits as 12 characters of A-Z a-z 0-9 _ -: fits into Telegram's 64 bytes of `action:id`."""
    return secrets.token_urlsafe(9)
