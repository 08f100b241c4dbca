"""The routes of Discord's API that we use. What is named webhook_ in a path pays from a bucket of its own."""

from discord.http import Route

from adapters.discord.place import Place

HOOK = "/webhooks/{webhook_id}/{webhook_token}"


def callback(interaction: int, token: str) -> Route:
    path = "/interactions/{webhook_id}/{webhook_token}/callback"
    return Route("POST", path, webhook_id=interaction, webhook_token=token)


def original(method: str, place: Place) -> Route:
    """The message that answers an interaction."""
    path = f"{HOOK}/messages/@original"
    return Route(method, path, webhook_id=place.application, webhook_token=place.token)


def followups(place: Place) -> Route:
    return Route("POST", HOOK, webhook_id=place.application, webhook_token=place.token)


def followup(method: str, place: Place, message: str) -> Route:
    path = HOOK + "/messages/{message_id}"
    return Route(method, path, webhook_id=place.application, webhook_token=place.token, message_id=message)


def channel(method: str, id: str) -> Route:
    return Route(method, "/channels/{channel_id}", channel_id=id)


def messages(channel: str) -> Route:
    return Route("POST", "/channels/{channel_id}/messages", channel_id=channel)


def message(method: str, channel: str, id: str) -> Route:
    return Route(method, "/channels/{channel_id}/messages/{message_id}", channel_id=channel, message_id=id)


def history(channel: str, after: int, most: int) -> Route:
    """The messages that follow that one."""
    path = "/channels/{channel_id}/messages?after={after}&limit={limit}"
    return Route("GET", path, channel_id=channel, after=after, limit=most)


def member(guild: str, account: str) -> Route:
    return Route("GET", "/guilds/{guild_id}/members/{account}", guild_id=guild, account=account)


def thread_from(channel: str, message: str) -> Route:
    path = "/channels/{channel_id}/messages/{message_id}/threads"
    return Route("POST", path, channel_id=channel, message_id=message)


def thread_in(channel: str) -> Route:
    return Route("POST", "/channels/{channel_id}/threads", channel_id=channel)


def direct() -> Route:
    """Opens the private chat with somebody; the same one each time."""
    return Route("POST", "/users/@me/channels")


def typing(channel: str) -> Route:
    return Route("POST", "/channels/{channel_id}/typing", channel_id=channel)


def menu(application: str) -> Route:
    return Route("PUT", "/applications/{application_id}/commands", application_id=application)
