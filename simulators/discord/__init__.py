"""A loopback Discord that real discord.py logs into and that refuses what Discord refuses.

Point discord.py at it: `discord.http.Route.BASE = simulator.api_url` and
`discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(simulator.gateway_url)`.
"""

from simulators.discord.places import Channel, Role, User
from simulators.discord.rights import Right
from simulators.discord.simulator import DiscordSimulator
from simulators.discord.world import Attachment, Interaction, Message, Modal

__all__ = ["Attachment", "Channel", "DiscordSimulator", "Interaction", "Message", "Modal", "Right", "Role", "User"]
