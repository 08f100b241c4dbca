"""The platforms: each a package that knows its own SDK, the core's vocabulary, and nothing else of the house.

Each package `adapters/NAME` holds `config.py` with its section (it imports no SDK) and `client.py` with its adapter:
`ADAPTER(config, token, commands, settings, meter)`.
"""

PLATFORMS = {
    "discord": "adapters.discord.client",
    "telegram": "adapters.telegram.client",
    "console": "adapters.console.client",
}
"""Where each platform's ADAPTER is: imported only when the platform is switched on, for the sake of its SDK."""

DIAGNOSES = {"discord": "adapters.discord.diagnosis", "telegram": "adapters.telegram.diagnosis"}
"""Where `check` finds out what is the matter with a platform (`looking.py`); one that needs nothing has none."""
