"""Discord: the gateway tells us what people ask (`client.py`), and their answers are written by REST (`surface.py`).

`events.py` turns the library's objects into events, `menu.py` our commands into Discord's menu, `formatting.py` a
model's Markdown into Discord's; `wire.py` is every request to Discord with the manners that the library lacks, and
`failures.py` what its refusals mean.
"""
