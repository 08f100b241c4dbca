"""Everything that an operator can have set up wrongly, one fault each: where, and what `check` has to say of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.journeys.seeds import (
    Seed,
    another_key,
    another_server_for_models,
    at_home_in_a_group,
    at_home_in_a_lost_channel,
    at_home_on_discord,
    at_home_where_it_was_kicked,
    clocks_ahead,
    configuration,
    damaged,
    exposed,
    gated,
    in_the_way,
    key_beside_the_data,
    key_gone,
    muted_at_home,
    muted_in_a_group,
    muted_where_it_was_asked,
    newer,
    no_key,
    no_permission,
    portal,
    trouble,
    unserved,
    webhook_failing,
    webhook_left,
)

ANOTHER = "MTIzNDU2Nzg5.simul.hunter2hunter2"  # of the form of Discord's tokens
AWAY = "http://127.0.0.1:9"  # nobody listens there


@dataclass(frozen=True, slots=True)
class Fault:
    part: str
    says: str  # a regular expression: what is wrong and, in it, the remedy
    settings: Mapping[str, str | None] = field(default_factory=dict)
    seed: Seed = lambda _: None


def environment(part: str, says: str, /, **settings: str | None) -> Fault:
    return Fault(part, says, settings)


def discord(says: str, seed: Seed, **settings: str | None) -> Fault:
    return Fault("Discord", says, settings, seed)


def telegram(says: str, seed: Seed, **settings: str | None) -> Fault:
    return Fault("Telegram", says, settings, seed)


FAULTS = {
    "discord: no token": environment(
        "Discord",
        "DISCORD_TOKEN is not set: docs/discord.md",
        DISCORD_TOKEN=None,
        PARLEY_RUN__ADAPTERS="discord,telegram",
    ),
    "discord: an application id": environment("Discord", "an application's .*id.*Reset Token", DISCORD_TOKEN="1" * 19),
    "discord: a public key": environment("Discord", "public key.*Reset Token", DISCORD_TOKEN="0a" * 32),
    "discord: a client secret": environment("Discord", "client secret.*Reset Token", DISCORD_TOKEN="aB_" * 10 + "xy"),
    "discord: Bot before it": environment("Discord", "begins with “Bot”", DISCORD_TOKEN=f"Bot {ANOTHER}"),
    "discord: no token at all": environment("Discord", "is no token.*Reset Token", DISCORD_TOKEN="hunter2"),
    "discord: refused": environment("Discord", "refuses DISCORD_TOKEN.*Reset Token", DISCORD_TOKEN=ANOTHER),
    "discord: an intent that was not granted": discord(
        "Message Content Intent.*Privileged Gateway Intents.*discord.message_content = false",
        lambda world: setattr(world.discord.gateway, "privileged", 0),
        PARLEY_DISCORD__MESSAGE_CONTENT="true",
    ),
    "discord: deaf at home": discord("home channels.*discord.message_content = true", at_home_on_discord),
    "discord: a home that is hidden": discord(
        "channel 4711, one of its homes.*View Channel",
        at_home_in_a_lost_channel,
        PARLEY_DISCORD__MESSAGE_CONTENT="true",
    ),
    "discord: no right to write at home": discord(
        r"in channel \d+ the bot lacks Send Messages: give its role",
        muted_at_home,
        PARLEY_DISCORD__MESSAGE_CONTENT="true",
    ),
    "discord: no right to write where it was asked": discord(
        r"in channel \d{10,} the bot lacks Send Messages: give its role", muted_where_it_was_asked
    ),
    "discord: an endpoint": discord(
        r"Interactions Endpoint URL is set \(https://old.example\).*General Information",
        portal(endpoint="https://old.example/hunter2"),
    ),
    "discord: nobody can invite it": discord("OAuth2 Code Grant.*switch it off", portal(code_grant=True)),
    "discord: in no server": discord(
        r"in no server. Invite it: https://discord.com/oauth2/authorize\?", portal(invited=False)
    ),
    "discord: no more starts": discord(r"no more starts.*wait \d+ h", portal(starts=0)),
    "discord: the API is away": environment(
        "Discord", "cannot be reached.*discord.api_url", PARLEY_DISCORD__API_URL=AWAY
    ),
    "discord: another server": discord(
        "not Discord's API.*discord.api_url", trouble("discord", "applications/@me", 200, b"<html>")
    ),
    "discord: trouble of its own": discord("trouble of its own.*later", trouble("discord", "applications/@me", 503)),
    "discord: the gateway is away": environment(
        "Discord", "cannot be reached.*discord.gateway_url", PARLEY_DISCORD__GATEWAY_URL="ws://127.0.0.1:9"
    ),
    "discord: no gateway": discord("discord.gateway_url", trouble("discord", "/gateway/$", 200, b"hello")),
    "telegram: no token": environment(
        "Telegram",
        "TELEGRAM_TOKEN is not set: docs/telegram.md",
        TELEGRAM_TOKEN=None,
        PARLEY_RUN__ADAPTERS="discord,telegram",
    ),
    "telegram: half a token": environment(
        "Telegram", "only the part before the colon.*@BotFather", TELEGRAM_TOKEN="123456789"
    ),
    "telegram: bot before it": environment(
        "Telegram", "leave out the “bot”", TELEGRAM_TOKEN="bot123456789:" + "hunter2" * 5
    ),
    "telegram: refused": environment(
        "Telegram", "refuses TELEGRAM_TOKEN.*@BotFather", TELEGRAM_TOKEN="123456789:" + "hunter2" * 5
    ),
    "telegram: a webhook left behind": telegram(r"webhook \(https://elsewhere.example\).*deleteWebhook", webhook_left),
    "telegram: a webhook that fails": telegram(
        r"could not post to telegram.webhook_url \(Connection refused\).*reverse proxy",
        webhook_failing,
        PARLEY_TELEGRAM__WEBHOOK_URL="https://bot.example/telegram",
    ),
    "telegram: deaf at home": telegram(
        r"privacy mode is on.*chat -\d+.*administrator.*/setprivacy.*again", at_home_in_a_group
    ),
    "telegram: a home that is lost": telegram(
        r"no member of the chat -\d+ any more.*add it again", at_home_where_it_was_kicked
    ),
    "telegram: no right to write at home": telegram(
        r"may not write in the chat -\d+: make it an administrator", muted_in_a_group
    ),
    "telegram: the API is away": environment(
        "Telegram", "cannot be reached.*telegram.api_url", PARLEY_TELEGRAM__API_URL=f"{AWAY}/bot"
    ),
    "telegram: another server": telegram("no Bot API.*telegram.api_url", trouble("telegram", "/getMe", 200, b"<html>")),
    "hugging face: another's token": environment("Hugging Face", "hf_.*INFERENCE_API_KEY", HF_TOKEN="sk-hunter2"),
    "hugging face: refused": Fault(
        "Hugging Face", "does not accept the token.*settings/tokens", seed=trouble("hf", "whoami", 401)
    ),
    "hugging face: no permission": Fault(
        "Hugging Face", "Make calls to Inference Providers.*settings/tokens", seed=no_permission
    ),
    "hugging face: the hub is away": environment(
        "Hugging Face", "cannot be reached.*inference.hub_url", PARLEY_INFERENCE__HUB_URL=AWAY
    ),
    "models: the server is away": environment(
        "Models", r"cannot be reached.*", PARLEY_INFERENCE__BASE_URL=f"{AWAY}/v1"
    ),
    "models: no server for chats": Fault(
        "Models", "OpenAI-compatible.*mend the address", seed=another_server_for_models
    ),
    "models: the key is refused": Fault(
        "Models", "refuses the key.*INFERENCE_API_KEY", seed=trouble("hf", "/v1/models", 401)
    ),
    "models: trouble": Fault("Models", r"has trouble \(status 503\)", seed=trouble("hf", "/v1/models", 503)),
    "models: none is served": Fault(
        "Models", "no model of inference.models.*gpt-oss-20b does not exist at the hub.*another/model", seed=unserved
    ),
    "models: gated": Fault(
        "Models", "gpt-oss-20b is gated: ask for access at https://huggingface.co/openai/gpt-oss-20b", seed=gated
    ),
    "database: no URL": environment(
        "Database", "DATABASE_URL is not the URL of a database", DATABASE_URL="data/parley.db"
    ),
    "database: a driver that is not known": environment(
        "Database",
        "DATABASE_URL names a database that Parley does not know.*postgresql",
        DATABASE_URL="mysql://me:hunter2@host/db",
    ),
    "database: away": environment(
        "Database",
        "cannot be reached: check that it runs.*DATABASE_URL",
        DATABASE_URL="postgresql://me:hunter2@127.0.0.1:9/db",
    ),
    "database: newer": Fault("Database", "newer version of Parley.*restore a backup", seed=newer),
    "database: damaged": Fault("Database", "damaged.*restore a backup", seed=damaged),
    "database: no folder": Fault("Database", r"cannot be made.*chown", seed=in_the_way),
    "key: gone": Fault("Master key", "is missing.*Put the right one there", seed=key_gone),
    "key: another": Fault("Master key", "not the one that this database was written with", seed=another_key),
    "key: none": Fault("Master key", "64 hexadecimal digits", seed=no_key),
    "key: readable by others": Fault("Master key", "chmod 600", seed=exposed),
    "key: beside the data": Fault(
        "Master key",
        r"database's folder.*move the key.*master_key_file",
        {"PARLEY_STORAGE__MASTER_KEY_FILE": "data/master.key"},
        key_beside_the_data,
    ),
    "disk: full": environment("Disk", "make room", PARLEY_STORAGE__LEAST_FREE_MB="999999999"),
    "clock: slow": Fault("Clock", r"\d+ s slow.*timedatectl set-ntp true", seed=clocks_ahead),
    "configuration: an unknown key": Fault(
        "Configuration", r"\[run\] adaptors.*is not a setting", seed=configuration("[run]\nadaptors = ['discord']")
    ),
    "configuration: a wrong value": environment(
        "Configuration", r"\[run\] grace_seconds.*is wrong", PARLEY_RUN__GRACE_SECONDS="soon"
    ),
    "configuration: no TOML": Fault("Configuration", "config.toml is not valid TOML", seed=configuration("[run")),
    "configuration: a platform that is none": environment(
        "Configuration", "run.adapters names fax: it can be", PARLEY_RUN__ADAPTERS="fax,discord,telegram"
    ),
    "configuration: a secret's file": environment(
        "Configuration",
        "INFERENCE_API_KEY_FILE names a file that cannot be read",
        INFERENCE_API_KEY=None,
        INFERENCE_API_KEY_FILE="no/such/file",
    ),
}
