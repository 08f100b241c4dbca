"""Telegram: long polling in, growing messages out, with `telegram.Bot` and nothing else of its library.

`client` holds the adapter; `polling` takes updates in, `events` reads them; `surface` shows answers, `formatting`
renders them; every request to a chat passes `gate`, which keeps the times that `pace` reckons.
"""
