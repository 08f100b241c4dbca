"""Everything that answers, wired: models on the network, or their offline counterparts.

Called by the composition root alone; what a backend or a policy does is not this file's concern.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from bot.inference.backend import Backend
from bot.inference.catalogue import Catalogue, Models, Offer, ordered, read_catalogue
from bot.inference.completing import Completer
from bot.inference.config import InferenceConfig, TasksConfig
from bot.inference.hub import Hub
from bot.inference.huggingface import HuggingFace
from bot.inference.loading import task_chain
from bot.inference.offline import ECHO, Offline
from bot.inference.offline import NAME as GUIDE
from bot.inference.offline_tasks import OfflineTasks
from bot.inference.painting import Painter
from bot.inference.policies import Fallback, Line, Tell, chain
from bot.inference.routing import Current, Routed
from bot.inference.spaces import Spaces
from bot.inference.tasks import Tasks
from bot.inference.templates import TEMPLATES, Templated
from bot.inference.tokens import stored_token, token_warnings
from bot.meter import SILENT, Meter
from bot.selection import Task

ROOT = Path(__file__).parents[1]

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Inference:
    """What answers, and with which token; `renew` takes up another one."""

    config: InferenceConfig
    tasks: TasksConfig
    session: aiohttp.ClientSession
    tell: Tell
    token: str = ""
    api_key: str = ""
    meter: Meter = SILENT
    backend: Current = field(init=False)
    models: Models = field(init=False)
    _hub: Hub = field(init=False)

    def __post_init__(self) -> None:
        self.models = Models(self._read_catalogue, self.config.window)
        self.backend = Current(self._make_backend())

    @property
    def offline(self) -> bool:
        return not self.token and not self.config.base_url

    @property
    def defaults(self) -> Mapping[Task, Callable[[], Sequence[str]]]:
        """The configured models of each task, the one that answers first."""
        tasks = self.tasks
        return {
            "chat": self._chat_models,
            "tweetify": self._chat_models,
            "imagine": lambda: tasks.imagine,
            "sentiment": lambda: (tasks.sentiment,),
            "entities": lambda: (tasks.entities,),
            "complete": lambda: (tasks.complete,),
            "recall": lambda: (tasks.recall,),
        }

    async def begin(self) -> None:
        """Look at the token and at the list of models; neither has to be there."""
        if self.offline:
            log.warning("no HF_TOKEN and no inference.base_url: the built-in offline guide answers")
            await self.models.refresh()
            return
        for warning in await token_warnings(self.session, self.config.hub_url, self.token):
            log.warning(warning)
        await self.models.refresh()
        log.info("the model is %s", next(iter(self._chat_models()), "") or "the server's own")

    async def renew(self, token: str, api_key: str) -> None:
        """Take up another token; answers that are being made go on with the old one. The first one needs a restart."""
        token = token or stored_token()
        if (token, api_key) == (self.token, self.api_key):
            return
        if self.offline or not (token or self.config.base_url):
            log.warning("whether a model answers or the offline guide is decided when the bot starts: restart it")
            return
        self.token, self.api_key = token, api_key
        self.backend.backend = self._make_backend()
        log.info("another token was taken up")
        await self.begin()

    async def pipeline_of(self, model: str) -> str:
        """The Hub's pipeline tag of a model; "" where it has none, or cannot be asked."""
        known = None if self.offline else await self._hub.look_up(model)
        return known.tag if known else ""

    async def _read_catalogue(self) -> Catalogue:
        if self.offline:
            return Catalogue({name: (Offer("", live=True),) for name in (GUIDE, ECHO)})
        return await read_catalogue(self.session, self.config, self.token, self.api_key)

    def _chat_models(self) -> Sequence[str]:
        return (GUIDE, ECHO) if self.offline else ordered(self.config.models, self.models.catalogue)

    def _make_backend(self) -> Backend:
        if self.offline:
            return Routed(self._make_guide(), {}, OfflineTasks(ROOT))
        config, tasks = self.config, self.tasks
        self._hub = Hub(self.session, config.hub_url, self.token, decides=not config.tasks_url)
        others, completer = self._make_tasks()
        spaces = Spaces(self.session, config.hub_url, tasks.seconds, tasks.max_file_bytes)
        painter = Painter(spaces, others, tasks.seconds, negative=tasks.negative_prompt)
        # With Hugging Face alone, one account pays for everything: what is used up for one task is so for all.
        lines: dict[str, Line] | None = None if config.base_url else {}
        pictures = task_chain(painter, tasks, config, self.tell, lines, self.meter)
        by_tag = {
            "text-to-image": Fallback(pictures, tasks.imagine),
            "text-generation": chain(completer, config, (), self.tell, lines, self.meter),
        }
        chat = chain(self._make_chat(), config, config.models, self.tell, lines, self.meter)
        return Routed(chat, by_tag, task_chain(others, tasks, config, self.tell, lines, self.meter))

    def _make_guide(self) -> Backend:
        if not self.config.guide_url:
            return Offline(ROOT)
        config = self.config.model_copy(update={"base_url": self.config.guide_url})
        return chain(HuggingFace(self.session, config, ""), config, (), self.tell)

    def _make_tasks(self) -> tuple[Backend, Backend]:
        """What does tasks other than chat, and what completes texts; offline where an own server knows only chat."""
        offline = OfflineTasks(ROOT)
        parts = (self.session, self._hub, self.tasks, self.config, self.token, self.api_key)
        reached = bool(self.config.tasks_url) or self.token.startswith(("hf_", "api_"))
        own_completer = "://" in self.tasks.complete
        return Tasks(*parts) if reached else offline, Completer(*parts) if reached or own_completer else offline

    def _make_chat(self) -> Backend:
        config, secrets = self.config, (self.token, self.api_key)
        if not config.template:
            return HuggingFace(self.session, config, *secrets)
        url = config.base_url
        completer = Completer(self.session, self._hub, self.tasks, config, *secrets, url=url)
        return Templated(completer, TEMPLATES[config.template], config)
