import subprocess
import sys
from typing import Any

import pytest
from pydantic import ValidationError

from bot.inference.config import InferenceConfig

PARAMETERS = ("temperature", "top_p", "top_k", "seed", "frequency_penalty", "presence_penalty")


def test_every_key_says_why_in_a_line() -> None:
    for name, field in InferenceConfig.model_fields.items():
        assert field.description, name
        assert len(field.description) < 100, name


@pytest.mark.parametrize("name", PARAMETERS)
def test_an_empty_parameter_is_not_set(name: str) -> None:
    assert getattr(InferenceConfig(), name) is None
    assert getattr(InferenceConfig.model_validate({name: ""}), name) is None
    assert getattr(InferenceConfig.model_validate({name: "1"}), name) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"temperature": 2.1},
        {"temperature": "warm"},
        {"top_p": 0},
        {"top_k": 0},
        {"seed": -1},
        {"frequency_penalty": -2.5},
        {"presence_penalty": 3},
        {"max_tokens": 0},
        {"window": 10},
        {"total_seconds": 0},
        {"concurrent": 0},
        {"bill_to": "two words"},
        {"base_url": "ftp://example.org"},
        {"base_url": "http://"},
        {"base_url": "http://[::1"},
        {"base_url": "https://me:password@example.org/v1"},
        {"models": []},
        {"models": ""},
        {"modles": ["a/b"]},
    ],
)
def test_what_is_wrong_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        InferenceConfig.model_validate(wrong)


def test_an_own_server_needs_no_name_of_a_model() -> None:
    assert InferenceConfig.model_validate({"base_url": "http://127.0.0.1:8080/v1/", "models": ""}).models == ()


def test_models_are_a_list_in_toml_and_words_in_the_environment() -> None:
    assert InferenceConfig.model_validate({"models": ["a/b", "c/d"]}).models == ("a/b", "c/d")
    assert InferenceConfig.model_validate({"models": "a/b, c/d:fastest"}).models == ("a/b", "c/d:fastest")


def test_reading_the_settings_does_not_import_huggingface_hub() -> None:
    looks = "import sys, bot.inference.config; sys.exit('huggingface_hub' in sys.modules or 'aiohttp' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", looks], check=False).returncode == 0


def test_a_template_is_for_a_server_of_ones_own() -> None:
    assert InferenceConfig(base_url="http://127.0.0.1:1", template="chatml").template == "chatml"
    with pytest.raises(ValidationError, match="template needs base_url"):
        InferenceConfig(template="chatml")
