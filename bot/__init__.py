"""The shared core: what a chatbot does, whatever the platform.

An event comes in through the one door (`dispatcher.py`), which lets it in and commits it to the inbox (`reception.py`),
queues it in its conversation's lane (`lanes.py`), and asks a command (`commands/`) or the conversation
(`conversation/`) for a reply (`replying.py`). A reply may be a stream from a backend (`inference/`); it is stored
(`answers.py`), and `streaming/` shows it as it grows. The vocabulary that every room shares is `events.py`,
`replies.py`, `errors.py` and `commands/command.py`. Nothing here knows a platform, a database or an SDK of either; only
`__main__.py`, which wires everything, does.
"""
