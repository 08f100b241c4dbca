"""Settings: typed, frozen, refused when unknown. Secrets never come from `config.toml`.

Each package owns its section (a `bot.section.Section`); the composition root composes them into one model and loads it
here. An environment variable `PARLEY_<SECTION>__<KEY>` wins over `config.toml`, which wins over the default.
"""

import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from dotenv import dotenv_values
from pydantic import Field, ValidationError

from bot.errors import Misconfigured
from bot.section import Names, Section

PREFIX = "PARLEY_"
EX_CONFIG = 78  # of sysexits.h: starting again would not help

HF_TOKEN_NAMES = (
    "HF_TOKEN",
    "HUGGINGFACE_TOKEN",
    "HUGGINGFACE_API_KEY",
    "HUGGING_FACE_API_TOKEN",
    "HUGGINGFACEHUB_API_TOKEN",
)
SECRETS: Mapping[str, Sequence[str]] = {  # field of `Secrets` -> variables, the first that is set counts
    "hf_token": HF_TOKEN_NAMES,
    "api_key": ("INFERENCE_API_KEY",),
    "discord_token": ("DISCORD_TOKEN",),
    "telegram_token": ("TELEGRAM_TOKEN",),
    "database_url": ("DATABASE_URL",),
}
BASE_URL_ALIAS = "HUGGINGFACE_API_BASE"
BASE_URL = "PARLEY_INFERENCE__BASE_URL"

AnySection = TypeVar("AnySection", bound=Section)


class RunConfig(Section):
    adapters: Names = Field((), description="which platforms to serve; none named: every platform that has a token")
    grace_seconds: float = Field(20.0, ge=0, description="how long running answers may go on after SIGTERM")


class LogConfig(Section):
    level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="how much is logged")
    format: str = Field("text", pattern="^(text|json)$", description="json: one object a line, for log collectors")


class PlaygroundConfig(Section):
    port: int = Field(8765, ge=0, le=65535, description="where the playground's page is served, on this machine only")


@dataclass(frozen=True, slots=True)
class Secrets:
    """What must never be printed; `repr` does not."""

    hf_token: str = ""
    api_key: str = ""  # for an own server behind inference.base_url
    discord_token: str = ""
    telegram_token: str = ""
    database_url: str = ""

    def __repr__(self) -> str:
        return "Secrets(...)"

    def values(self) -> tuple[str, ...]:
        return tuple(filter(None, (self.hf_token, self.api_key, self.discord_token, self.telegram_token)))


def environment() -> Mapping[str, str]:
    """The process's environment, and what the file .env adds to it."""
    file = dotenv_values(".env", interpolate=False)
    return {name: value for name, value in file.items() if value is not None} | dict(os.environ)


def survey(
    model: type[AnySection], file: Path | None, environ: Mapping[str, str]
) -> tuple[AnySection, Secrets, Sequence[str]]:
    """For `check`, all that can be read: what is wrong counts as not set, and is told in a sentence each."""
    values, mistakes = _values(file, environ)
    config = None
    while config is None:
        try:
            config = model.model_validate(values)
        except ValidationError as error:
            for each in error.errors(include_url=False):
                mistakes.append(_complaint(each))
                _drop(values, [str(part) for part in each["loc"]])
    secrets: dict[str, str] = {}
    for field, names in SECRETS.items():
        try:
            secrets[field] = _first(names, environ)
        except Misconfigured as remedy:
            mistakes.append(remedy.message)
    return config, Secrets(**secrets), mistakes


def load(model: type[AnySection], file: Path | None, environ: Mapping[str, str]) -> AnySection:
    """The whole configuration as one frozen model. Raises `Misconfigured` naming every key that is wrong."""
    values, mistakes = _values(file, environ)
    if mistakes:
        raise Misconfigured("\n".join(mistakes))
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise Misconfigured("\n".join(_complaint(each) for each in error.errors(include_url=False))) from error


def read_secrets(environ: Mapping[str, str]) -> Secrets:
    """Secrets from the environment, or from the file that NAME_FILE names. Raises `Misconfigured`."""
    return Secrets(**{field: _first(names, environ) for field, names in SECRETS.items()})


def _values(file: Path | None, environ: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """What is written by section and key, and what of it cannot be read."""
    mistakes: list[str] = []
    try:
        values = _read(file) if file else {}
    except Misconfigured as remedy:
        values, mistakes = {}, [remedy.message]
    for name, value in _overrides(environ).items():
        section, separator, key = name.removeprefix(PREFIX).lower().partition("__")
        if separator and isinstance(values.setdefault(section, {}), dict):
            values[section][key] = value
        elif not separator:
            mistakes.append(f"{name} is not a setting: the names are {PREFIX}<SECTION>__<KEY>, see config.toml.")
    return values, mistakes


def _drop(values: dict[str, Any], where: Sequence[str]) -> None:
    """Of a key that is wrong itself, only that; else its whole section."""
    section, *rest = where
    if rest and isinstance(values.get(section), dict) and rest[0] in values[section]:
        del values[section][rest[0]]
    else:
        values.pop(section, None)


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise Misconfigured(f"{file} cannot be read: {error.strerror}.") from error
    except ValueError as error:  # not TOML, or not UTF-8
        raise Misconfigured(f"{file} is not valid TOML: {error}.") from error


def _overrides(environ: Mapping[str, str]) -> dict[str, str]:
    overrides = {name: value for name, value in environ.items() if name.startswith(PREFIX)}
    if environ.get(BASE_URL_ALIAS):
        overrides.setdefault(BASE_URL, environ[BASE_URL_ALIAS])
    return overrides


def _first(names: Sequence[str], environ: Mapping[str, str]) -> str:
    return next(filter(None, (_secret(name, environ) for name in names)), "")


def _secret(name: str, environ: Mapping[str, str]) -> str:
    if value := environ.get(name, "").strip():
        return value
    file = environ.get(f"{name}_FILE", "")
    if not file:
        return ""
    try:
        return Path(file).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(f"{name}_FILE names a file that cannot be read: {file}.") from error


def _complaint(error: Any) -> str:
    """One line for one wrong key. The value is left out: it might be a secret in the wrong place."""
    section, *rest = (str(part) for part in error["loc"])
    key = re.sub(r"\.\d+$", "", ".".join(rest))
    if error["type"] == "extra_forbidden":
        known = f"[{section}] {key}" if key else f"[{section}]"
        return f"{known} ({_variable(section, key)}) is not a setting of Parley: remove it or mend its name."
    where = f"[{section}] {key} ({_variable(section, key)})" if key else f"[{section}]"
    return f"{where} is wrong: {error['msg']}."


def _variable(section: str, key: str) -> str:
    return f"{PREFIX}{section}__{key or '...'}".upper()
