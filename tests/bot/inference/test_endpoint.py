import subprocess
import sys
from pathlib import Path

import pytest

from bot.errors import Misconfigured
from bot.inference.endpoint import chat_url, credential, headers, is_hugging_face, models_url

HF, OLD, OWN, KEY = "hf_" + "x" * 34, "api_" + "x" * 34, "sk-own-server", "the-api-key"
ROUTER = "https://router.huggingface.co/v1"
DEDICATED = "https://abc123.us-east-1.aws.endpoints.huggingface.cloud"


@pytest.mark.parametrize(
    ("base_url", "chat"),
    [
        ("", f"{ROUTER}/chat/completions"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/v1/chat/completions"),
        ("http://127.0.0.1:8080/v1", "http://127.0.0.1:8080/v1/chat/completions"),
        ("http://127.0.0.1:8080/v1/", "http://127.0.0.1:8080/v1/chat/completions"),
        ("https://example.org/llm", "https://example.org/llm/v1/chat/completions"),
        ("https://example.org/odd/chat/completions", "https://example.org/odd/chat/completions"),
        ("https://example.org/v1?version=2", "https://example.org/v1/chat/completions?version=2"),
    ],
)
def test_the_address_is_completed_as_huggingface_hub_does(base_url: str, chat: str) -> None:
    assert chat_url(base_url) == chat
    assert models_url(base_url) == chat.replace("/chat/completions", "/models")


@pytest.mark.parametrize(
    ("url", "own"),
    [
        (ROUTER, True),
        ("https://huggingface.co/api/whoami-v2", True),
        (DEDICATED, True),
        ("https://HUGGINGFACE.CO./x", True),
        ("http://router.huggingface.co/v1", False),  # anybody on the way could read the token
        ("https://huggingface.co.evil.example/v1", False),
        ("https://evilhuggingface.co/v1", False),
        ("https://huggingface.co@evil.example/v1", False),
        ("https://evil.example/?huggingface.co", False),
        ("https://evil.example/#.huggingface.co", False),
        ("https://endpoints.huggingface.cloud.example", False),
        ("http://127.0.0.1:8080/v1", False),
        ("", False),
    ],
)
def test_which_hosts_are_hugging_faces(url: str, own: bool) -> None:
    assert is_hugging_face(url) is own


@pytest.mark.parametrize(
    ("url", "token", "api_key", "sent"),
    [
        (ROUTER, HF, KEY, HF),
        (ROUTER, OLD, "", OLD),
        (ROUTER, OWN, KEY, OWN),  # warned about at the start, not refused
        (ROUTER, "", KEY, ""),  # another server's key is not for Hugging Face
        (DEDICATED, HF, KEY, HF),
        ("http://127.0.0.1:8080/v1", HF, KEY, KEY),
        ("http://127.0.0.1:8080/v1", HF, "", ""),
        ("http://127.0.0.1:8080/v1", OLD, "", ""),
        ("http://127.0.0.1:8080/v1", OWN, "", OWN),
        ("http://127.0.0.1:8080/v1", OWN, KEY, KEY),
        ("https://example.org/v1", HF, "", ""),
        ("https://example.org/v1", "", "", ""),
    ],
)
def test_which_credential_goes_where(url: str, token: str, api_key: str, sent: str) -> None:
    assert credential(url, token, api_key) == sent
    assert headers(url, sent).get("authorization", "") == (f"Bearer {sent}" if sent else "")


def test_the_environments_token_is_never_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_of_the_environment")
    assert "authorization" not in headers("http://127.0.0.1:8080/v1", "")
    assert "authorization" not in headers(ROUTER, "")


def test_only_hugging_face_is_told_who_pays() -> None:
    assert headers(ROUTER, HF, "my-org")["X-HF-Bill-To"] == "my-org"
    assert "X-HF-Bill-To" not in headers(ROUTER, HF)
    assert "X-HF-Bill-To" not in headers("https://example.org/v1", "", "my-org")


@pytest.mark.parametrize("secret", ["hf_two words", "hf_line\nbreak", "hf_\x00", "hf_ümlaut"])
def test_a_secret_that_no_header_can_hold_names_its_remedy_and_not_itself(secret: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        headers(ROUTER, secret)
    assert "HF_TOKEN" in caught.value.message
    assert secret not in caught.value.message


def test_headers_ask_nobody(tmp_path: Path) -> None:
    """With the switch that the composition root sets, the first headers open no connection."""
    script = (
        "import socket, sys\n"
        "def refuse(*_): sys.exit('a connection was opened')\n"
        "socket.socket.connect = refuse; socket.getaddrinfo = refuse\n"
        "from bot.inference.endpoint import headers\n"
        "headers('https://router.huggingface.co/v1', 'hf_x')\n"
    )
    environment = {"HF_HUB_DISABLE_TELEMETRY": "1", "HF_HOME": str(tmp_path), "AGENT": "something"}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert list(tmp_path.iterdir()) == []
