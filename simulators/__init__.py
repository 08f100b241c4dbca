"""Loopback Discord, Telegram and Hugging Face that enforce the platforms' rules and keep a ledger of every request.

For tests, benchmarks and the playground; nothing of the bot imports them.
"""
