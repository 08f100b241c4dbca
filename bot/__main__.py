"""`python -m bot [run|console|playground|check|docs]`: the command line of the composition root.

The configuration is read (`sections.py`), then the bot is run (`serving.py`), the playground opened, or everything
looked at (`checkup.py`). These four know every room, and no room imports them. Exit codes: 0 done, 1 `docs --check`
found a difference, 78 the operator must mend something, and was told what.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from bot.checkup import Checkup
from bot.commands import COMMANDS
from bot.commands.help import document
from bot.config import EX_CONFIG, HF_TOKEN_NAMES, Secrets, environment, load, read_secrets, survey
from bot.errors import Misconfigured
from bot.inference.tokens import stored_token
from bot.log import set_up
from bot.sections import Config
from bot.serving import serve, with_tokens

CONFIG = Path("config.toml")
COMMANDS_DOC = Path("docs/commands.md")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bot", description="Parley: Hugging Face models in your chats.")
    parser.add_argument("command", nargs="?", default="run", choices=("run", "console", "playground", "check", "docs"))
    parser.add_argument("--config", type=Path, help=f"the configuration file; {CONFIG} if left out")
    parser.add_argument(
        "--live", metavar="CHAT", default="", help="with check: send a message to discord:ID, telegram:ID"
    )
    parser.add_argument("--check", action="store_true", help="with docs: only say whether they are up to date")
    options = parser.parse_args(arguments)
    if options.command == "docs":
        return write_docs(only_check=options.check)
    environ = environment()
    for name, value in environ.items():
        if name.startswith("HF_") and name not in HF_TOKEN_NAMES:  # what huggingface_hub reads when it is imported
            os.environ.setdefault(name, value)
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    file = options.config or (CONFIG if CONFIG.exists() else None)
    if options.command == "check":
        return check(file, environ, options.live)
    try:
        config = load(Config, file, environ)
        secrets = read_secrets(environ)
        set_up(config.log.level, secrets.values(), as_json=config.log.format == "json")
        only = ("console",) if options.command == "console" else ()
        if options.command == "playground" or (options.command == "run" and _is_newcomer(config, secrets)):
            return play(config, secrets, options.config)
        return asyncio.run(serve(config, secrets, only))
    except Misconfigured as remedy:
        print(remedy.message, file=sys.stderr)  # noqa: T201
        return EX_CONFIG


def play(config: Config, secrets: Secrets, file: Path | None) -> int:
    """The playground; the console where its port is taken, or where it was left out. Raises `Misconfigured`."""
    if find_spec("playground") is None:
        if not _at_a_terminal():
            raise Misconfigured("The playground is not part of this installation: it runs in a checkout of Parley.")
        return asyncio.run(serve(config, secrets, ("console",)))
    # Only here: nobody who serves a platform needs the simulators.
    from playground.door import Upstream
    from playground.opening import PortTaken
    from playground.opening import play as open_playground

    inference = config.inference
    token = secrets.hf_token or stored_token()
    upstream = Upstream(inference.base_url, token, secrets.api_key, inference.bill_to)
    arguments = ("--config", str(file)) if file else ()
    try:
        return asyncio.run(open_playground(config.playground.port, upstream, arguments))
    except PortTaken as taken:
        if not _at_a_terminal():
            raise
        print(f"{taken.message}\nUntil then, this is the console.\n", file=sys.stderr)  # noqa: T201
        return asyncio.run(serve(config, secrets, ("console",)))


def _is_newcomer(config: Config, secrets: Secrets) -> bool:
    """Nothing says whom to serve, and somebody sits at a terminal."""
    return not config.run.adapters and not with_tokens(secrets) and _at_a_terminal()


def _at_a_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


def check(file: Path | None, environ: Mapping[str, str], live: str) -> int:
    """Say for each part whether it is fine, or how to mend it."""
    config, secrets, mistakes = survey(Config, file, environ)
    set_up("ERROR", secrets.values())
    return 0 if asyncio.run(Checkup(config, secrets, mistakes).run(live)) else EX_CONFIG


def write_docs(*, only_check: bool) -> int:
    """docs/commands.md, from the commands' definitions."""
    fresh = document(COMMANDS)
    if COMMANDS_DOC.exists() and COMMANDS_DOC.read_text("utf-8") == fresh:
        return 0
    if only_check:
        print(f"{COMMANDS_DOC} is out of date: run `make fix`.", file=sys.stderr)  # noqa: T201
        return 1
    COMMANDS_DOC.write_text(fresh, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
