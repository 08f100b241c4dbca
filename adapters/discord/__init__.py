"""Discord: what people ask comes by the gateway, their answers are written by REST.

`client.py` logs in and keeps the connection (`watch.py`); `reception.py` takes what comes, which `events.py` turns into
events, and acknowledges it (`interactions.py`); `asking.py` is what is asked of a message through its own menu. An
answer is a `surface.py`: pages, set as Discord's Markdown (`composing.py`, `formatting.py`, `escaping.py`), and files
(`media.py`, `attachments.py` those of people) in messages (`messages.py`) whose place survives a restart (`place.py`).
`wire.py` is every request to Discord, with the manners that the library lacks (`budget.py`), and `failures.py` what its
refusals mean. `menu.py` is our commands as Discord's menus.
"""
