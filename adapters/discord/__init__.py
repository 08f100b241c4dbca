"""Discord: what people ask comes by the gateway, their answers are written by REST.

`client.py` logs in and keeps the connection (`watch.py`). Plain messages come to `hearing.py`, which asks `homes.py`
whether they are for us without a mention; those that were missed are read by `catching_up.py`, as far as `marks.py`
says. Interactions come to `reception.py`, which acknowledges them (`interactions.py`); `asking.py` is what is asked of
a message through its own menu. Both make events of what they get with `events.py`.

An answer is a `surface.py`: pages, set as Discord's Markdown (`composing.py`, `formatting.py`, `escaping.py`), and
files (`media.py`, `attachments.py` those of people) in messages (`messages.py`) whose place survives a restart
(`place.py`); `threads.py` opens and wakes threads. `wire.py` is every request to Discord, with the manners that the
library lacks (`budget.py`), and `failures.py` what its refusals mean. `menu.py` is our commands as Discord's menus.
"""
