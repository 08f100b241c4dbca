"""Writing, editing and deleting messages: what a checked draft does to the world, and who hears of it.

Whether the request may do so at all (whose message, which token) is the caller's concern.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from simulators.discord import announcing, drafts, mentions, message_payloads, payloads
from simulators.discord.access import Access
from simulators.discord.components import numbered
from simulators.discord.drafts import Draft
from simulators.discord.gateway import Gateway
from simulators.discord.places import Channel, User
from simulators.discord.refusals import invalid, unknown_message
from simulators.discord.rights import Right
from simulators.discord.world import Attachment, Flag, Intent, Interaction, Message, World, shown_text

NONCE_MEMORY = 180.0  # "the past few minutes"
EDITABLE_FLAGS = Flag.SUPPRESS_EMBEDS | Flag.IS_COMPONENTS_V2


class Messages:
    def __init__(self, world: World, gateway: Gateway, access: Access, url: Callable[[], str]) -> None:
        self.world = world
        self.gateway = gateway
        self.access = access
        self.url = url

    def find(self, channel_id: str, id: str) -> Message:
        """A message that the channel's members see; ephemeral ones are not among them."""
        found = self.world.messages.get(id)
        if found is None or found.deleted or found.ephemeral or found.channel_id != channel_id:
            raise unknown_message()
        return found

    def json(self, message: Message) -> dict[str, Any]:
        """As the application sees it over REST: without the intent, content is hidden there too."""
        granted = self.gateway.privileged & Intent.MESSAGE_CONTENT
        return (message_payloads.message if granted else message_payloads.redacted)(self.world, self.url(), message)

    def create(self, channel: Channel, draft: Draft, *, source: Interaction | None = None, type: int = 0) -> Message:
        """A message of the bot: in a channel, or (with `source`) as an interaction's response or follow-up."""
        fields = draft.fields
        default = mentions.REGULAR if source is None else mentions.WEBHOOK
        rules = mentions.allowed(fields.get("allowed_mentions"), default)
        reference = self._reference(channel, fields.get("message_reference"))
        content = fields.get("content") or ""
        drafts.require_something(
            content, fields.get("embeds"), fields.get("components"), draft.uploads, fields.get("poll")
        )
        repeated = self._repeated(draft)
        if repeated is not None:
            return repeated
        self._screen(channel, content, fields.get("components") or [], draft.flags)
        message = Message(self.world.new_id(), channel.id, self.world.bot.id, content, interaction=source)
        message.flags, message.nonce = draft.flags | self._privacy(source), fields.get("nonce")
        message.type = 19 if reference is not None else type
        message.reference = reference.id if reference is not None else None
        message.embeds, message.components = _rich(fields), numbered(fields.get("components") or [])
        message.attachments = self._uploaded(draft)
        self._parse(message, rules, reference)
        self._publish(message)
        return message

    def defer(self, channel: Channel, source: Interaction, flags: int) -> Message:
        """The message that says "thinking ..."."""
        message = Message(self.world.new_id(), channel.id, self.world.bot.id, interaction=source, type=20)
        message.flags = int(flags | Flag.LOADING | self._privacy(source))
        self._publish(message)
        return message

    def edit(self, message: Message, draft: Draft, default: mentions.Allowed) -> None:
        """Absent fields stay. New content without `allowed_mentions` is parsed by the route's `default`, whatever the
        first request said."""
        fields = draft.fields
        rules = mentions.allowed(fields.get("allowed_mentions"), default)
        flags = message.flags & ~Flag.LOADING
        if fields.get("flags") is not None:
            v2 = flags & Flag.IS_COMPONENTS_V2
            flags = flags & ~EDITABLE_FLAGS | draft.flags & EDITABLE_FLAGS | v2  # components v2 can't be taken back
        content = (fields["content"] or "") if "content" in fields else message.content
        embeds = _rich(fields) if "embeds" in fields else message.embeds
        components = numbered(fields["components"] or []) if "components" in fields else message.components
        if flags & Flag.IS_COMPONENTS_V2 and (content or embeds):
            raise invalid("flags", "The content and embeds must be cleared to use MessageFlags.IS_COMPONENTS_V2")
        kept = self._kept(message, fields)
        drafts.require_something(content, embeds, components, draft.uploads, kept)
        self._screen(self.world.channels[message.channel_id], content, components, int(flags))
        message.flags, message.content, message.embeds, message.components = int(flags), content, embeds, components
        message.attachments = kept + self._uploaded(draft)
        message.edits += 1
        message.edited = self.world.today()
        if "content" in fields or (flags & Flag.IS_COMPONENTS_V2 and "components" in fields):
            self._parse(message, rules, None)
        self._preview(message)
        self.announce("MESSAGE_UPDATE", message)

    def delete(self, message: Message, *, by_person: bool = False) -> None:
        message.deleted = True
        data = {"id": message.id, "channel_id": message.channel_id}
        channel = self.world.channels[message.channel_id]
        if not message.ephemeral and self._hears(channel):
            guild = {} if channel.private else {"guild_id": self.world.guild_id}
            self.gateway.dispatch("MESSAGE_DELETE", data | guild, _intent(channel), by_person=by_person)

    def spoken(
        self,
        user: User,
        channel: Channel,
        content: str,
        reply_to: Message | None,
        files: Sequence[tuple[str, bytes]],
    ) -> Message:
        """A message of a person (or of another bot), as their client sends it: every mention and the reply ping."""
        message = Message(self.world.new_id(), channel.id, user.id, content)
        if reply_to is not None:
            message.type, message.reference = 19, reply_to.id
        message.attachments = [self.world.add_file(name, data) for name, data in files]
        self._parse(message, mentions.REGULAR, reply_to)
        self._publish(message)
        return message

    def forwarded(self, user: User, channel: Channel, source: Message) -> Message:
        """A person forwards a message: its content as it is now, without its author."""
        message = Message(self.world.new_id(), channel.id, user.id, reference=source.id, elsewhere=source.channel_id)
        message.snapshot = source.snapshot or replace(source)
        self._publish(message)
        return message

    def service(self, user: User, channel: Channel, type: int, **fields: Any) -> Message:
        """A message that Discord writes in somebody's name."""
        message = Message(self.world.new_id(), channel.id, user.id, type=type, **fields)
        self._publish(message)
        return message

    def rewritten(self, message: Message, content: str) -> None:
        """A person edits their own message."""
        message.content, message.edited = content, self.world.today()
        message.edits += 1
        self._parse(message, mentions.REGULAR, self.world.messages.get(message.reference or ""))
        self._preview(message)
        self.announce("MESSAGE_UPDATE", message)

    def _publish(self, message: Message) -> None:
        message.history = message.history or [message.content]
        self._preview(message)
        channel = self.world.channels[message.channel_id]
        if channel.archived:
            announcing.archived(self.world, self.gateway, channel, False)
        if channel.thread:
            announcing.joined(self.world, self.gateway, channel, self.world.users[message.author_id])
        self.world.keep(message)
        self.announce("MESSAGE_CREATE", message)

    def _privacy(self, source: Interaction | None) -> int:
        """The flag that is forced upon answers of an app that its person may not show around."""
        shown = source is None or self.access.seen_by_all(source.channel, source.user)
        return 0 if shown else int(Flag.EPHEMERAL)

    def _screen(self, channel: Channel, content: str, components: list[dict[str, Any]], flags: int) -> None:
        """The guild's filters. Not documented, and so a choice here: what one person alone sees, they let pass."""
        if not channel.private and not flags & Flag.EPHEMERAL:
            self.access.screen(shown_text(content, components))

    def _hears(self, channel: Channel) -> bool:
        return channel.joined and self.access.has(channel, Right.VIEW_CHANNEL)

    def announce(self, name: str, message: Message) -> None:
        """To the bot's sessions; ephemeral messages are the person's alone, and the bot must see the channel."""
        channel = self.world.channels[message.channel_id]
        if message.ephemeral or not self._hears(channel):
            return
        extra: dict[str, Any] = {}
        if not channel.private:
            author, named = self.world.users[message.author_id], [self.world.users[each] for each in message.mentions]
            extra = {
                "guild_id": self.world.guild_id,
                "member": payloads.member(self.world, author),
                "mentions": [payloads.user(each) | {"member": payloads.member(self.world, each)} for each in named],
            }
        self.gateway.dispatch(
            name,
            message_payloads.message(self.world, self.url(), message) | extra,
            _intent(channel),
            hidden=message_payloads.redacted(self.world, self.url(), message) | extra,
            by_person=message.author_id != self.world.bot.id,
        )

    def _parse(self, message: Message, rules: mentions.Allowed, reference: Message | None) -> None:
        """Record what this content pings; a reply to a slash command's answer pings nobody."""
        replied_to = None if reference is None or reference.interaction else reference.author_id
        pinged = mentions.pings(message.text, rules, replied_to)
        message.pings += [each for each in pinged if each not in message.pings]
        message.mentions = [each for each in mentions.people(pinged) if each in self.world.users]
        message.history.append(message.content)

    def _preview(self, message: Message) -> None:
        if not message.flags & Flag.SUPPRESS_EMBEDS:
            message.previews += [each for each in mentions.links(message.text) if each not in message.previews]

    def _reference(self, channel: Channel, given: Any) -> Message | None:
        if given is None:
            return None
        if not isinstance(given, dict) or given.get("type", 0) != 0 or "message_id" not in given:
            raise invalid("message_reference", "Only replies are simulated")
        if str(given.get("channel_id", channel.id)) != channel.id:
            raise invalid(
                "message_reference", "Cannot reply to a message in another channel", "MESSAGE_REFERENCE_CHANNEL"
            )
        target = self.world.messages.get(str(given["message_id"]))
        if target is not None and not (target.deleted or target.ephemeral) and target.channel_id == channel.id:
            return target
        if given.get("fail_if_not_exists", True):
            raise invalid("message_reference", "Unknown message", "MESSAGE_REFERENCE_UNKNOWN_MESSAGE")
        return None

    def _repeated(self, draft: Draft) -> Message | None:
        """The message that an enforced nonce already made; per author, not per channel."""
        nonce = draft.fields.get("nonce")
        if nonce is None or not draft.fields.get("enforce_nonce"):
            return None
        oldest = self.world.clock.now() - NONCE_MEMORY
        for message in reversed(self.world.messages.values()):
            if message.created < oldest:
                break
            if message.author_id == self.world.bot.id and message.nonce == nonce:
                return message
        return None

    def _uploaded(self, draft: Draft) -> list[Attachment]:
        about = {str(each.get("id")): each for each in draft.fields.get("attachments") or []}
        return [
            self.world.add_file(
                about.get(number, {}).get("filename") or upload.name,
                upload.data,
                upload.media_type,
                about.get(number, {}).get("description") or "",
            )
            for number, upload in draft.uploads.items()
        ]

    def _kept(self, message: Message, fields: dict[str, Any]) -> list[Attachment]:
        """The attachments that an edit leaves: all, or those that its own array names."""
        if fields.get("attachments") is None:
            return message.attachments
        named = {str(each.get("id")) for each in fields["attachments"]}
        return [each for each in message.attachments if each.id in named]


def _rich(fields: dict[str, Any]) -> list[dict[str, Any]]:
    """The embeds of a request as Discord shows them."""
    return [{"type": "rich", **each} for each in fields.get("embeds") or []]


def _intent(channel: Channel) -> int:
    return Intent.DIRECT_MESSAGES if channel.private else Intent.GUILD_MESSAGES
