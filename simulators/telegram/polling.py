"""The methods by which a bot says how it wants its updates: by polling, or posted to a webhook."""

import re

from simulators.telegram.parameters import Parameters
from simulators.telegram.refusals import bad
from simulators.telegram.updates import ACTIVE
from simulators.telegram.values import Json
from simulators.telegram.webhook import Webhook, trouble_with
from simulators.telegram.world import World

CONNECTIONS, DEFAULT_CONNECTIONS = range(1, 101), 40


async def get_updates(world: World, call: Parameters) -> list[Json]:
    if world.webhook.get("url"):
        raise await world.updates.refuse(ACTIVE)
    _choose_kinds(world, call)
    timeout = float(call.integer("timeout"))
    return list(await world.updates.get(call.integer("offset"), call.integer("limit", 100), timeout))


async def set_webhook(world: World, call: Parameters) -> bool:
    """An empty url takes the webhook away. What stands in the queue stays, unless it is to be dropped."""
    url, secret = call.text("url"), call.text("secret_token")
    if url and (trouble := trouble_with(url)):
        raise bad(f"bad webhook: {trouble}")
    if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", secret):
        raise bad("secret token contains unallowed characters")
    await _take_away(world)
    world.updates.end_poll()
    _choose_kinds(world, call)
    _drop_pending(world, call)
    if url:
        wanted = call.integer("max_connections", DEFAULT_CONNECTIONS)
        connections = min(max(wanted, CONNECTIONS.start), CONNECTIONS.stop - 1)
        world.webhook = {"url": url, "max_connections": connections}
        world.delivery = Webhook(
            url=url,
            secret=secret,
            connections=connections,
            scale=world.scale,
            clock=world.clock,
            updates=world.updates,
            remove=world.webhook.clear,
            find=world.findings.append,
        )
        world.delivery.wake()
    return True


async def delete_webhook(world: World, call: Parameters) -> bool:
    await _take_away(world)
    _drop_pending(world, call)
    return True


def get_webhook_info(world: World, _: Parameters) -> Json:
    info = {"url": "", "has_custom_certificate": False, "pending_update_count": len(world.updates.pending)}
    failure = world.delivery.failure if world.delivery and world.webhook else None
    failed = {"last_error_date": failure.date, "last_error_message": failure.message} if failure else {}
    kinds = {"allowed_updates": list(world.updates.allowed)} if world.updates.allowed else {}
    return {**info, **world.webhook, **failed, **kinds}


def _choose_kinds(world: World, call: Parameters) -> None:
    if "allowed_updates" in call:  # otherwise those of the last time stay
        world.updates.allowed = tuple(call.array("allowed_updates"))


def _drop_pending(world: World, call: Parameters) -> None:
    if call.flag("drop_pending_updates"):
        world.updates.clear()


async def _take_away(world: World) -> None:
    world.webhook = {}
    if world.delivery is not None:
        await world.delivery.close()
        world.delivery = None
