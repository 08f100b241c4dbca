"""What `python -m bot check` looks at, wired. Part of the composition root: it knows the rooms, and no room imports it.

Each part knows by itself what can be the matter with it (`diagnosis.py` in its room); `checking.py` runs them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any

import aiohttp

from adapters import DIAGNOSES, PLATFORMS
from adapters.looking import Look
from adapters.web import diagnosis as web
from bot.checking import Look as Part
from bot.checking import look_at, tell
from bot.config import Secrets
from bot.errors import Misconfigured, Unavailable
from bot.finding import Clocks, Finding, Place
from bot.inference.diagnosis import Diagnosis
from bot.inference.tokens import stored_token
from bot.sections import Config
from storage import diagnosis as storage
from storage.config import DEFAULT_DATABASE_URL

CONFIGURATION = "Configuration"
LIVE = "--live takes a platform and a chat: discord:CHANNEL_ID or telegram:CHAT_ID."


@dataclass(frozen=True, slots=True)
class Checkup:
    config: Config
    secrets: Secrets
    mistakes: Sequence[str] = ()  # in the configuration: sentences for the operator

    async def run(self, live: str = "") -> bool:
        """Look at everything, tell, and send one real message to the chat that `live` names. Whether all is well."""
        clocks = Clocks()
        async with aiohttp.ClientSession(trust_env=False) as session:
            places = await self._places()
            found = [*self._configuration(), *await look_at(self._parts(session, clocks, places)), clocks.finding()]
            if live:
                found += await look_at({"--live": partial(self._live, live, Look(session, clocks))})
        return tell(found)

    @property
    def _database(self) -> str:
        return self.secrets.database_url or DEFAULT_DATABASE_URL

    def _configuration(self) -> Sequence[Finding]:
        unknown = [name for name in self.config.run.adapters if name not in PLATFORMS]
        said = [*self.mistakes, *(f"run.adapters names {each}: it can be {', '.join(PLATFORMS)}." for each in unknown)]
        return [Finding("mend", CONFIGURATION, each) for each in said] or [
            Finding("fine", CONFIGURATION, "every setting can be read.")
        ]

    async def _places(self) -> Sequence[Place]:
        """None where the database cannot be read, which is found by itself."""
        try:
            return await storage.places(self._database)
        except (Misconfigured, Unavailable):
            return ()

    def _parts(self, session: aiohttp.ClientSession, clocks: Clocks, places: Sequence[Place]) -> Mapping[str, Part]:
        token = self.secrets.hf_token or stored_token()
        answering = Diagnosis(session, self.config.inference, self.config.tasks, token, self.secrets.api_key, clocks)
        return {
            storage.DATABASE: partial(storage.diagnose, self._database, self.config.storage),
            "Hugging Face": answering.findings,
            **{
                name.capitalize(): partial(
                    self._platform, name, Look(session, clocks, [each for each in places if each.platform == name])
                )
                for name in PLATFORMS
            },
            web.PART: partial(web.diagnose, self.config.web, session),
        }

    async def _platform(self, name: str, look: Look) -> Sequence[Finding]:
        wanted, token = name in self.config.run.adapters, self._token(name)
        part = name.capitalize()
        if name not in DIAGNOSES:
            return [Finding("fine", part, f"it needs nothing: python -m bot {name}.")]
        if not wanted and self.config.run.adapters:
            return [Finding("off", part, "run.adapters does not name it.")]
        if not wanted and not token:
            return [Finding("off", part, f"{name.upper()}_TOKEN is not set; docs/{name}.md says where to get it.")]
        return await _diagnosis(name).diagnose(getattr(self.config, name), token, look)  # type: ignore[no-any-return]

    async def _live(self, where: str, look: Look) -> Sequence[Finding]:
        name, _, chat = where.removeprefix("chat:").partition(":")  # as /whoami shows it
        if name not in DIAGNOSES or not chat:
            return [Finding("mend", "--live", LIVE)]
        if not self._token(name):
            return [Finding("mend", "--live", f"{name.upper()}_TOKEN is not set, so nothing was sent.")]
        return [await _diagnosis(name).send(getattr(self.config, name), self._token(name), look, chat)]

    def _token(self, name: str) -> str:
        return str(getattr(self.secrets, f"{name}_token", ""))


def _diagnosis(name: str) -> Any:
    """Imported only when it is used, for the sake of its SDK."""
    return import_module(DIAGNOSES[name])
