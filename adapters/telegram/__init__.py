"""Telegram: long polling in, growing messages and files out, with `telegram.Bot` and nothing else of its library.

`client` holds the adapter; `polling` takes updates in, `pasting` finds those that belong together, `events` and
`context` read them; `surface` shows answers, `formatting` and `shipping` lay them out, `writing` and `uploads` get them
through; every request to a chat passes `gate`, which keeps the times that `pace` reckons.
"""
