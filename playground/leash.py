"""`python -m playground.leash ARGUMENTS`: `python -m bot ARGUMENTS`, but it ends when whoever started it is gone.

The playground holds the other end of its standard input. However the playground ends, no bot is left behind.
"""

import os
import runpy
import signal
import sys
import threading


def watch() -> None:
    """Returns when the other end is closed."""
    while os.read(sys.stdin.fileno(), 1024):
        continue
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    threading.Thread(target=watch, daemon=True).start()
    runpy.run_module("bot", run_name="__main__", alter_sys=True)
