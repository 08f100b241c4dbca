"""The bot that runs: everything is opened and wired, and the adapters are run until they have ended.

Part of the composition root: it knows every room, and no room imports it.
"""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from importlib import import_module

import aiohttp

from adapters import PLATFORMS
from adapters.adapter import Adapter
from adapters.web.hooks import refuse_without_port
from adapters.web.metrics import Metrics
from adapters.web.readiness import Check, writable
from adapters.web.server import open_web
from bot.access import Access
from bot.admission import Admission
from bot.budgets import Budgets
from bot.commands import COMMANDS
from bot.commands.call import Services
from bot.config import EX_CONFIG, Secrets, environment, read_secrets
from bot.conversation.chat import Chat
from bot.dispatcher import Dispatcher
from bot.errors import Misconfigured
from bot.inference.tokens import stored_token
from bot.lanes import Lanes
from bot.log import hide
from bot.meter import SILENT, Meter
from bot.notices import Notices
from bot.opening import Inference
from bot.sections import Config
from bot.selection import Selection
from bot.supervise import Report, supervised
from storage.config import DEFAULT_DATABASE_URL
from storage.store import Store, open_store

log = logging.getLogger("bot")


@dataclass(frozen=True, slots=True)
class House:
    dispatcher: Dispatcher
    store: Store
    access: Access
    inference: Inference
    lanes: Lanes


async def serve(config: Config, secrets: Secrets, only: Sequence[str] = ()) -> int:
    """Run the adapters until they have ended or SIGTERM comes. Returns the exit code; raises `Misconfigured`."""
    names = only or config.run.adapters or with_tokens(secrets) or ("console",)
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


def with_tokens(secrets: Secrets) -> tuple[str, ...]:
    return tuple(name for name in PLATFORMS if getattr(secrets, f"{name}_token", ""))


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
