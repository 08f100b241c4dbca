import stat
import tomllib
from pathlib import Path

import pytest

from bot.config import HF_TOKEN_NAMES, load, read_secrets
from bot.errors import Misconfigured
from bot.sections import Config

ROOT = Path(__file__).parents[2]


def test_config_toml_holds_every_key_with_its_default_and_a_line_of_why() -> None:
    text = (ROOT / "config.toml").read_text("utf-8")
    assert load(Config, ROOT / "config.toml", {}) == Config()
    sections = tomllib.loads(text)
    assert {name: set(section) for name, section in sections.items()} == {
        name: set(type(section).model_fields) for name, section in Config()
    }
    lines = text.splitlines()
    keys = [number for number, line in enumerate(lines) if "=" in line and line[:1].isalpha()]
    assert keys
    for number in keys:
        assert "#" in lines[number] or lines[number - 1].startswith("# "), lines[number]


def test_the_environment_wins_over_the_file_which_wins_over_the_default(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[run]\nadapters = ["discord"]\ngrace_seconds = 5\n')
    config = load(Config, file, {"PARLEY_RUN__ADAPTERS": "console, telegram", "PARLEY_LOG__LEVEL": "DEBUG"})
    assert config.run.adapters == ("console", "telegram")
    assert config.run.grace_seconds == 5
    assert config.log.level == "DEBUG"
    assert load(Config, None, {"PARLEY_RUN__ADAPTERS": '["discord"]'}).run.adapters == ("discord",)


def test_the_address_that_other_tools_use_is_taken_unless_ours_is_given() -> None:
    other = {"HUGGINGFACE_API_BASE": "http://127.0.0.1:1/v1"}
    ours = {"PARLEY_INFERENCE__BASE_URL": "http://127.0.0.1:2/v1"}
    assert load(Config, None, other).inference.base_url == "http://127.0.0.1:1/v1"
    assert load(Config, None, other | ours).inference.base_url == "http://127.0.0.1:2/v1"


@pytest.mark.parametrize(
    ("environ", "toml", "named"),
    [
        ({"PARLEY_RUN__SPEED": "1"}, "", "[run] speed"),
        ({"PARLEY_NOTHING__HERE": "1"}, "", "PARLEY_NOTHING"),
        ({"PARLEY_RUN": "1"}, "", "PARLEY_RUN "),
        ({"PARLEY_RUN__GRACE_SECONDS": "soon"}, "", "[run] grace_seconds (PARLEY_RUN__GRACE_SECONDS)"),
        ({"PARLEY_RUN__GRACE_SECONDS": "-1"}, "", "[run] grace_seconds"),
        ({"PARLEY_LOG__LEVEL": "LOUD"}, "", "[log] level"),
        ({"PARLEY_RUN__ADAPTERS": "[1"}, "", "[run] adapters"),
        ({}, "[run]\nspeed = 1", "[run] speed"),
        ({}, "[walk]\nspeed = 1", "[walk]"),
        ({}, "[run]\ngrace_seconds = 'soon'", "[run] grace_seconds"),
        ({}, "[run]\nadapters = 3", "[run] adapters"),
        ({}, "[run", "not valid TOML"),
    ],
)
def test_what_is_wrong_is_named(environ: dict[str, str], toml: str, named: str, tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(toml)
    with pytest.raises(Misconfigured) as error:
        load(Config, file, environ)
    assert named in error.value.message


def test_a_wrong_value_is_not_repeated() -> None:
    with pytest.raises(Misconfigured) as error:
        load(Config, None, {"PARLEY_RUN__GRACE_SECONDS": "hf_secretsecret"})
    assert "hf_secret" not in error.value.message


@pytest.mark.parametrize("name", HF_TOKEN_NAMES)
def test_the_names_that_other_tools_give_the_token(name: str) -> None:
    assert read_secrets({name: " hf_abc "}).hf_token == "hf_abc"


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("123:abc\n")
    file.chmod(stat.S_IRUSR)
    assert read_secrets({"TELEGRAM_TOKEN_FILE": str(file)}).telegram_token == "123:abc"
    assert read_secrets({"TELEGRAM_TOKEN": "direct", "TELEGRAM_TOKEN_FILE": str(file)}).telegram_token == "direct"
    with pytest.raises(Misconfigured, match="TELEGRAM_TOKEN_FILE"):
        read_secrets({"TELEGRAM_TOKEN_FILE": str(tmp_path / "missing")})


def test_secrets_do_not_print_themselves() -> None:
    secrets = read_secrets({"HF_TOKEN": "hf_abcdef", "DISCORD_TOKEN": "d.e.f"})
    assert "hf_abcdef" not in f"{secrets!r} {secrets}"
    assert set(secrets.values()) == {"hf_abcdef", "d.e.f"}
