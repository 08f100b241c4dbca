"""Telegram: updates in, growing messages and files out, with `telegram.Bot` and nothing else of its library.

`client` holds the adapter. Updates come by `polling`, or by `webhook` and `posting`; `pasting` finds those that belong
together, `events`, `elsewhere` and `context` read them, `reception` hands them over. `surface` shows answers: as
`messages`, which grow by edits, as `drafts`, or as the one message of `inline`; `formatting` and `shipping` lay them
out, `writing`, `whispers` and `uploads` get them through. Every request to a chat passes `gate`, which keeps the times
that `pace` reckons.
"""
