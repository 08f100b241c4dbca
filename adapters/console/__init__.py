"""The terminal, and lines that are piped in: the way to try the bot before there is a token."""
