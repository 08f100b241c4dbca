"""python -m simulators.discord --port N"""

from simulators.discord import DiscordSimulator
from simulators.simulator import serve

serve(DiscordSimulator, 8701)
