"""Every section of `config.toml` in one model. Part of the composition root: no room imports it."""

from adapters.console.config import ConsoleConfig
from adapters.discord.config import DiscordConfig
from adapters.telegram.config import TelegramConfig
from adapters.web.config import WebConfig
from bot.access import AccessConfig
from bot.admission import AdmissionConfig
from bot.budgets import BudgetConfig
from bot.config import LogConfig, PlaygroundConfig, RunConfig
from bot.conversation.chat import ChatConfig
from bot.inference.config import InferenceConfig, TasksConfig
from bot.section import Section
from storage.config import StorageConfig


class Config(Section):
    """Each section is defined in the package that it belongs to."""

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
