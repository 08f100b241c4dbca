"""`python -m bot [run|console|playground|check|docs]`: read the configuration, open what is needed, wire it, run it.

With `checkup.py`, the one that knows every room; no room imports it. Exit codes: 0 done, 1 `docs --check` found a
difference, 78 the operator must mend something, and was told what.
"""

import argparse
import asyncio
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import aiohttp
from dotenv import dotenv_values

from adapters import PLATFORMS
from adapters.adapter import Adapter
from adapters.console.config import ConsoleConfig
from adapters.discord.config import DiscordConfig
from adapters.telegram.config import TelegramConfig
from adapters.web.config import WebConfig
from adapters.web.hooks import refuse_without_port
from adapters.web.metrics import Metrics
from adapters.web.readiness import Check, writable
from adapters.web.server import open_web
from bot.access import Access, AccessConfig
from bot.admission import Admission, AdmissionConfig
from bot.budgets import BudgetConfig, Budgets
from bot.checkup import Checkup
from bot.commands import COMMANDS
from bot.commands.call import Services
from bot.commands.help import document
from bot.config import HF_TOKEN_NAMES, LogConfig, PlaygroundConfig, RunConfig, Secrets, load, read_secrets, survey
from bot.conversation.chat import Chat, ChatConfig
from bot.dispatcher import Dispatcher
from bot.errors import Misconfigured
from bot.inference.config import InferenceConfig, TasksConfig
from bot.inference.tokens import stored_token
from bot.lanes import Lanes
from bot.log import hide, set_up
from bot.meter import SILENT, Meter
from bot.notices import Notices
from bot.opening import Inference
from bot.section import Section
from bot.selection import Selection
from bot.supervise import Report, supervised
from storage.config import DEFAULT_DATABASE_URL, StorageConfig
from storage.store import Store, open_store

CONFIG = Path("config.toml")
COMMANDS_DOC = Path("docs/commands.md")
EX_CONFIG = 78  # of sysexits.h: starting again would not help

log = logging.getLogger("bot")


class Config(Section):
    """Every section of `config.toml`, each defined in the package that it belongs to."""

    run: RunConfig = RunConfig()
    log: LogConfig = LogConfig()
    chat: ChatConfig = ChatConfig()
    admission: AdmissionConfig = AdmissionConfig()
    inference: InferenceConfig = InferenceConfig()
    tasks: TasksConfig = TasksConfig()
    access: AccessConfig = AccessConfig()
    budgets: BudgetConfig = BudgetConfig()
    storage: StorageConfig = StorageConfig()
    web: WebConfig = WebConfig()
    discord: DiscordConfig = DiscordConfig()
    telegram: TelegramConfig = TelegramConfig()
    console: ConsoleConfig = ConsoleConfig()
    playground: PlaygroundConfig = PlaygroundConfig()


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


@dataclass(frozen=True, slots=True)
class House:
    dispatcher: Dispatcher
    store: Store
    access: Access
    inference: Inference
    lanes: Lanes


def environment() -> Mapping[str, str]:
    """The process's environment, and what the file .env adds to it."""
    file = dotenv_values(".env", interpolate=False)
    return {name: value for name, value in file.items() if value is not None} | dict(os.environ)


def play(config: Config, secrets: Secrets, file: Path | None) -> int:
    """The playground; the console where its port is taken, or where it was left out. Raises `Misconfigured`."""
    if find_spec("playground") is None:
        if not sys.stdin.isatty():
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
        if not sys.stdin.isatty():
            raise
        print(f"{taken.message}\nUntil then, this is the console.\n", file=sys.stderr)  # noqa: T201
        return asyncio.run(serve(config, secrets, ("console",)))


def _is_newcomer(config: Config, secrets: Secrets) -> bool:
    """Nothing says whom to serve, and somebody sits at a terminal."""
    return not config.run.adapters and not _with_tokens(secrets) and sys.stdin is not None and sys.stdin.isatty()


async def serve(config: Config, secrets: Secrets, only: Sequence[str] = ()) -> int:
    """Run the adapters until they have ended or SIGTERM comes. Returns the exit code; raises `Misconfigured`."""
    names = only or config.run.adapters or _with_tokens(secrets) or ("console",)
    stopping = asyncio.Event()
    metrics = Metrics() if config.web.port and not only else None
    meter = metrics or SILENT
    async with open_house(config, secrets, meter) as house, AsyncExitStack() as stack:
        dispatcher = house.dispatcher
        adapters = {name: make_adapter(name, config, secrets, house.store, meter) for name in names}
        troubles = dict.fromkeys(names, "It has not started yet.")
        platforms = {name: _check_of(name, adapter, troubles, stopping) for name, adapter in adapters.items()}
        hooks = [hook for adapter in adapters.values() for hook in adapter.hooks]
        if metrics is not None:  # not for a terminal, which may be opened beside the bot that holds the port
            checks = {"database": writable(house.store.settings), **platforms}
            metrics.watch("open_questions", "Questions that are being answered or wait", house.lanes.__len__)
            metrics.watch("queued_questions", "Questions that wait for their turn", lambda: house.lanes.queued)
            await stack.enter_async_context(open_web(config.web, checks, metrics, hooks))
            looking = asyncio.create_task(supervised("the look at the event loop", metrics.watch_loop))
            stack.callback(looking.cancel)
        else:
            refuse_without_port(hooks)
        _offer_ownership(house.access, names, already_open=config.access.open)
        _listen_to_signals(stopping, adapters, house.inference)
        running = [
            asyncio.create_task(_run(name, adapter, dispatcher, partial(troubles.__setitem__, name)))
            for name, adapter in adapters.items()
        ]
        for task in running:
            task.add_done_callback(lambda _: stopping.set() if all(each.done() for each in running) else None)
        await stopping.wait()
        for task in running:
            task.cancel()
        outcomes = await asyncio.gather(*running, return_exceptions=True)
        await dispatcher.drain(config.run.grace_seconds)
        for adapter in reversed(adapters.values()):
            await adapter.close()
    return EX_CONFIG if all(outcome is False for outcome in outcomes) else 0


@asynccontextmanager
async def open_house(config: Config, secrets: Secrets, meter: Meter = SILENT) -> AsyncIterator[House]:
    """Everything but the adapters, opened; closed in reverse."""
    url = secrets.database_url or DEFAULT_DATABASE_URL
    async with open_store(url, config.storage) as store, aiohttp.ClientSession(trust_env=False) as session:
        for notice in store.notices:
            log.warning(notice)
        notices, access = Notices(), Access(config.access, store.settings)
        await access.refresh()

        def tell(key: str, text: str) -> None:
            notices.tell(access.owners, key, text)

        token = secrets.hf_token or stored_token()
        inference = Inference(config.inference, config.tasks, session, tell, token, secrets.api_key, meter)
        await inference.begin()
        selection = Selection(store.settings, inference.defaults, inference.models)
        most = config.inference.max_tokens
        budgets = Budgets(
            config.budgets, store.ledger, store.settings, inference.models, most, inference.offline, tell, meter
        )
        chat = Chat(config.chat, inference.backend, store.archive, selection, budgets, inference.models, most)
        lanes = Lanes()
        services = Services(
            chat=chat,
            archive=store.archive,
            inbox=store.inbox,
            lanes=lanes,
            commands={command.name: command for command in COMMANDS},
            offline=inference.offline,
            backend=inference.backend,
            models=inference.models,
            selection=selection,
            access=access,
            budgets=budgets,
            ledger=store.ledger,
            settings=store.settings,
            votes=store.votes,
            memory=store.memory,
            notices=notices,
            pipeline_of=inference.pipeline_of,
        )
        refreshing = asyncio.create_task(supervised("the list of models", inference.models.keep_fresh))
        try:
            dispatcher = Dispatcher(services, Admission(config.admission, lanes), meter)
            yield House(dispatcher, store, access, inference, lanes)
        finally:
            refreshing.cancel()
            await asyncio.gather(refreshing, return_exceptions=True)
            await notices.close()


def make_adapter(name: str, config: Config, secrets: Secrets, store: Store, meter: Meter) -> Adapter:
    if name not in PLATFORMS:
        raise Misconfigured(f"run.adapters names {name}, which is not one of {', '.join(PLATFORMS)}.")
    made: Adapter = import_module(PLATFORMS[name]).ADAPTER(
        getattr(config, name), getattr(secrets, f"{name}_token", ""), COMMANDS, store.settings, meter
    )
    return made


def check(file: Path | None, environ: Mapping[str, str], live: str) -> int:
    """Say for each part whether it is fine, or how to mend it."""
    config, secrets, mistakes = survey(Config, file, environ)
    set_up("ERROR", secrets.values())
    platforms = {name: getattr(config, name) for name in PLATFORMS}
    parts = (config.run, config.inference, config.tasks, config.storage, config.web, platforms)
    return 0 if asyncio.run(Checkup(*parts, secrets, mistakes).run_all(live)) else EX_CONFIG


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


async def _run(name: str, adapter: Adapter, dispatcher: Dispatcher, report: Report) -> bool:
    """False: this adapter cannot start; the others go on."""
    try:
        await supervised(name, lambda: adapter.run(dispatcher), report)
    except Misconfigured as remedy:
        log.error("%s is not running: %s", name, remedy.message)
        return False
    return True


def _offer_ownership(access: Access, names: Sequence[str], *, already_open: bool) -> None:
    if access.owners or set(names) == {"console"}:
        return
    said = f"Nobody owns this bot yet. Send it in a private chat: /claim {access.new_code()}"
    closed = "" if already_open else "\nUntil then, and until /open, it answers nobody."
    print(said + closed, flush=True)  # noqa: T201 - for the operator's eyes, not for a log collector


def _check_of(name: str, adapter: Adapter, troubles: Mapping[str, str], stopping: asyncio.Event) -> Check:
    async def check() -> str:
        return "It is stopping." if stopping.is_set() else troubles[name] or adapter.trouble

    return check


def _with_tokens(secrets: Secrets) -> tuple[str, ...]:
    return tuple(name for name in PLATFORMS if getattr(secrets, f"{name}_token", ""))


def _listen_to_signals(stopping: asyncio.Event, adapters: Mapping[str, Adapter], inference: Inference) -> None:
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, lambda: loop.create_task(_renew(inference)))
    loop.add_signal_handler(signal.SIGTERM, stopping.set)
    alone = next(iter(adapters.values())) if list(adapters) == ["console"] else None
    loop.add_signal_handler(signal.SIGINT, getattr(alone, "interrupt", stopping.set))


async def _renew(inference: Inference) -> None:
    """Take up the token that stands in the environment's files now."""
    try:
        secrets = read_secrets(environment())
        hide(secrets.values())
        await inference.renew(secrets.hf_token, secrets.api_key)
    except Misconfigured as remedy:
        log.error("no new token was taken up: %s", remedy.message)


if __name__ == "__main__":
    sys.exit(main())
